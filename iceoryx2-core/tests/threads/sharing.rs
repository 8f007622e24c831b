// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Many threads on one port: each message reaches a thread that can take it, and only whom it concerns.

use super::stage::{LONG, Large, Stage};
use crate::{thread::Thread, watchdog::Watchdog};
use core::time::Duration;
use std::{
    sync::{Mutex, mpsc},
    thread,
};

const THREADS: usize = 8;
const STOP: u64 = u64::MAX;

/// Fails if: `Drop for Seat` rings nobody.
#[test]
fn eight_threads_share_one_server() {
    const CLIENTS: u64 = 4;
    const REQUESTS: u64 = 300;
    let _watchdog = Watchdog::new("eight threads share one server");
    let stage = Stage::<u64>::new();
    let server = stage.server();
    let answered = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let request = server.blocking_receive().unwrap();
                    if *request == STOP {
                        return;
                    }
                    *answered.lock().unwrap() += 1;
                    request.send_copy(*request + 1).unwrap();
                }
            });
        }
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let stage = &stage;
                scope.spawn(move || {
                    let caller = stage.client();
                    for number in 0..REQUESTS {
                        let number = client * REQUESTS + number;
                        let pending = caller.send_copy(number).unwrap();
                        assert_eq!(*pending.blocking_receive().unwrap(), number + 1);
                        assert!(pending.blocking_receive().is_err(), "answered once");
                    }
                })
            })
            .collect();
        clients
            .into_iter()
            .for_each(|client| client.join().unwrap());
        let last = stage.client();
        for _ in 0..THREADS {
            drop(last.send_copy(STOP).unwrap().blocking_receive());
        }
    });
    assert_eq!(answered.into_inner().unwrap(), CLIENTS * REQUESTS);
}

/// Each waits for its own response; the answers come in another order.
///
/// Fails if: `wake_ready` is left out; `has_news` is always false.
#[test]
fn eight_threads_of_one_client_wait_each_for_its_own_response() {
    const ROUNDS: u64 = 100;
    let _watchdog = Watchdog::new("eight threads of one client");
    let stage = Stage::<u64>::with(|builder| {
        builder
            .max_active_requests_per_client(THREADS)
            .max_loaned_requests(THREADS)
    });
    let (client, server) = (stage.client(), stage.server());
    thread::scope(|scope| {
        for thread in 0..THREADS as u64 {
            let client = &client;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let number = thread * ROUNDS + round;
                    let pending = client.send_copy(number).unwrap();
                    assert_eq!(*pending.blocking_receive().unwrap(), number + 1);
                }
            });
        }
        scope.spawn(|| {
            let mut left = THREADS as u64 * ROUNDS;
            while left > 0 {
                let mut batch = vec![server.blocking_receive().unwrap()];
                // More than may be held at a time stay in the queue.
                while let Ok(Some(request)) = server.receive() {
                    batch.push(request);
                }
                left -= batch.len() as u64;
                for request in batch.into_iter().rev() {
                    request.send_copy(*request + 1).unwrap();
                }
            }
        });
    });
}

/// One of the waiting threads leads, and is woken for all; every other sleeps until its own message comes.
///
/// Fails if: `ClientState::is_ready` is always true.
#[test]
fn a_response_wakes_nobody_whom_it_does_not_concern() {
    const CALLS: u64 = 50;
    let _watchdog = Watchdog::new("whom it does not concern");
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let (seats, waiting) = mpsc::channel();
    thread::scope(|scope| {
        let mut silent = Vec::new();
        for number in 0..3 {
            let pending = client.send_copy(number).unwrap();
            silent.push(server.blocking_receive().unwrap());
            let seats = seats.clone();
            scope.spawn(move || {
                seats.send(Thread::this()).unwrap();
                assert_eq!(*pending.blocking_receive().unwrap(), number);
            });
        }
        let waiting: Vec<_> = waiting.iter().take(3).collect();
        waiting.iter().for_each(Thread::wait_until_asleep);
        let before: Vec<_> = waiting.iter().map(Thread::sleeps).collect();
        let answering = scope.spawn(|| {
            for _ in 0..CALLS {
                let request = server.blocking_receive().unwrap();
                thread::sleep(Duration::from_micros(100));
                request.send_copy(*request).unwrap();
            }
        });
        for number in 0..CALLS {
            assert_eq!(*client.call(number, LONG).unwrap(), number);
        }
        answering.join().unwrap();
        let woken = waiting
            .iter()
            .zip(before)
            .map(|(it, old)| it.sleeps() - old);
        let undisturbed = woken.filter(|woken| *woken <= 1).count();
        silent
            .iter()
            .for_each(|request| request.send_copy(**request).unwrap());
        assert!(undisturbed >= 2, "{undisturbed} of three slept through");
    });
}

/// Fails if: followers wait with a timeout of their own.
#[test]
fn who_waits_in_vain_costs_nothing() {
    let _watchdog = Watchdog::new("who waits in vain");
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let (seats, waiting) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                seats.send(Thread::this()).unwrap();
                server.blocking_receive().unwrap();
            });
        }
        let waiting: Vec<_> = waiting.iter().take(THREADS).collect();
        waiting.iter().for_each(Thread::wait_until_asleep);
        let sleeps = || waiting.iter().map(Thread::sleeps).sum::<u64>();
        let before = sleeps();
        thread::sleep(Duration::from_millis(200));
        let woken = sleeps() - before;
        for _ in 0..THREADS {
            drop(client.send_copy(0).unwrap().blocking_receive());
        }
        assert_eq!(woken, 0);
    });
}

/// What `work` returns, from a thread of its own.
fn elsewhere<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(work).join().unwrap())
}

/// Fails if: any message's drop does not reach its port: after as many rounds as there are loans, that is an error.
#[test]
fn every_message_may_be_sent_and_dropped_by_another_thread_than_made_it() {
    const ROUNDS: u64 = 100;
    let _watchdog = Watchdog::new("messages change threads");
    let stage = Stage::<Large>::new();
    let (client, server) = (stage.client(), stage.server());
    for number in 0..ROUNDS {
        let empty = elsewhere(|| client.loan_uninit().unwrap());
        let request = elsewhere(|| empty.write_payload(Large::new(number)));
        let pending = elsewhere(|| request.send().unwrap());
        let active = elsewhere(|| server.blocking_receive().unwrap());
        assert_eq!(active.number(), number);
        let answer = active.loan_uninit().unwrap();
        let answer = elsewhere(|| answer.write_payload(*active));
        elsewhere(|| answer.send().unwrap());
        let unsent = active.loan_uninit().unwrap();
        elsewhere(move || drop(unsent));
        elsewhere(move || drop(active));
        let (pending, response) = elsewhere(move || {
            let response = pending.blocking_receive().unwrap();
            (pending, response)
        });
        elsewhere(move || drop(pending));
        assert_eq!(response.number(), number);
        elsewhere(move || drop(response));
        let unsent = client.loan_uninit().unwrap();
        elsewhere(move || drop(unsent));
    }
}
