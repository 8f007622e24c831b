// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Many threads of one port wait for room.

use super::stage::Stage;
use crate::{thread::Thread, watchdog::Watchdog};
use std::{
    sync::{Barrier, mpsc},
    thread,
};

const STREAMS: usize = 4;

/// Fails if: `Interest::Anything` is never ready.
#[test]
fn threads_that_answer_wait_each_for_room_in_its_stream() {
    const RESPONSES: u64 = 20;
    let _watchdog = Watchdog::new("room for responses");
    let stage = Stage::<u64>::with(|builder| {
        builder
            .enable_safe_overflow_for_responses(false)
            .max_response_buffer_size(1)
    });
    let (client, server) = (stage.client(), stage.server());
    let (seats, waiting) = mpsc::channel();
    thread::scope(|scope| {
        let mut pendings = Vec::new();
        for number in 0..STREAMS as u64 {
            pendings.push(client.send_copy(number).unwrap());
            let request = server.blocking_receive().unwrap();
            let seats = seats.clone();
            scope.spawn(move || {
                seats.send(Thread::this()).unwrap();
                for response in 0..RESPONSES {
                    request.send_copy(*request * RESPONSES + response).unwrap();
                }
            });
        }
        waiting
            .iter()
            .take(STREAMS)
            .for_each(|thread| thread.wait_until_asleep());
        for (number, pending) in (0..STREAMS as u64).rev().zip(pendings.iter().rev()) {
            for response in 0..RESPONSES {
                let expected = number * RESPONSES + response;
                assert_eq!(*pending.blocking_receive().unwrap(), expected);
            }
        }
    });
}

/// Fails if: `Interest::Anything` is never ready.
#[test]
fn threads_that_ask_wait_for_room_in_the_queue() {
    const REQUESTS: u64 = 50;
    let _watchdog = Watchdog::new("room for requests");
    let stage = Stage::<u64>::with(|builder| {
        builder
            .enable_safe_overflow_for_requests(false)
            .max_active_requests_per_client(STREAMS)
            .max_loaned_requests(STREAMS)
    });
    let (client, server) = (stage.client(), stage.server());
    thread::scope(|scope| {
        for _ in 0..STREAMS {
            scope.spawn(|| {
                for number in 0..REQUESTS {
                    // Dropped unanswered: it stays in the queue, which so fills up.
                    drop(client.send_copy(number).unwrap());
                }
            });
        }
        for taken in 0..STREAMS as u64 * REQUESTS {
            drop(server.blocking_receive().unwrap());
            if taken % 16 == 0 {
                thread::yield_now();
            }
        }
    });
    assert!(!server.has_requests().unwrap());
}

/// One thread leads because it waits for room, so none of those that wait for requests takes what comes at once.
///
/// Fails if: who leaves with a request hands nothing on (`wake_ready_for_request`).
#[test]
fn requests_that_come_at_once_reach_as_many_threads_although_another_leads() {
    const ROUNDS: u64 = 50;
    let _watchdog = Watchdog::new("requests that come at once");
    let stage = Stage::<u64>::with(|builder| {
        builder
            .enable_safe_overflow_for_responses(false)
            .max_response_buffer_size(1)
            .max_active_requests_per_client(STREAMS)
            .max_loaned_requests(STREAMS)
    });
    let (slow, client, server) = (stage.client(), stage.client(), stage.server());
    let (seats, waiting) = mpsc::channel();
    let all_have_one = Barrier::new(STREAMS);
    thread::scope(|scope| {
        let full = slow.send_copy(0).unwrap();
        let stream = server.blocking_receive().unwrap();
        stream.send_copy(0).unwrap();
        scope.spawn(move || {
            seats.send(Thread::this()).unwrap();
            stream.send_copy(1).unwrap();
        });
        waiting.recv().unwrap().wait_until_asleep();
        for _ in 0..STREAMS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let request = server.blocking_receive().unwrap();
                    all_have_one.wait();
                    request.send_copy(*request).unwrap();
                }
            });
        }
        for _ in 0..ROUNDS {
            let loans = [(); STREAMS].map(|()| client.loan_uninit().unwrap().write_payload(7));
            let pendings = loans.map(|loan| loan.send().unwrap());
            for pending in pendings {
                assert_eq!(*pending.blocking_receive().unwrap(), 7);
            }
        }
        drop(full);
    });
}
