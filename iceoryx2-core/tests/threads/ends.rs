// SPDX-License-Identifier: Apache-2.0 OR MIT
//! However a thread's wait ends, the others' go on, and each ends when it should.

use super::stage::Stage;
use crate::{thread::Thread, watchdog::Watchdog};
use core::time::Duration;
use iceoryx2::port::{Outcome, WaitError};
use std::{sync::mpsc, thread, time::Instant};

const SHORT: Duration = Duration::from_millis(50);

/// Longer than the watchdog's patience.
const HOUR: Duration = Duration::from_secs(3600);

/// Fails if: a follower waits without a timeout.
#[test]
fn a_follower_keeps_its_timeout() {
    let _watchdog = Watchdog::new("a follower's timeout");
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let (seats, waiting) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            seats.send(Thread::this()).unwrap();
            server.blocking_receive().unwrap();
        });
        waiting.recv().unwrap().wait_until_asleep();
        let began = Instant::now();
        assert_eq!(server.timed_receive(SHORT).unwrap_err(), WaitError::Timeout);
        assert!(began.elapsed() >= SHORT);
        assert_eq!(
            server.timed_receive(Duration::ZERO).unwrap_err(),
            WaitError::Timeout
        );
        drop(client.send_copy(1).unwrap().blocking_receive());
    });
}

/// Fails if: `Drop for Seat` rings nobody.
#[test]
fn who_follows_a_leader_whose_time_is_up_leads() {
    let _watchdog = Watchdog::new("a leader's timeout");
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let (seats, waiting) = mpsc::channel();
    thread::scope(|scope| {
        let leader = scope.spawn(|| {
            seats.send(Thread::this()).unwrap();
            server.timed_receive(SHORT * 4).unwrap_err()
        });
        waiting.recv().unwrap().wait_until_asleep();
        let followers: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| *server.blocking_receive().unwrap()))
            .collect();
        assert_eq!(leader.join().unwrap(), WaitError::Timeout);
        for number in 0..3 {
            thread::sleep(SHORT / 10);
            drop(client.send_copy(number).unwrap().blocking_receive());
        }
        let mut taken: Vec<_> = followers.into_iter().map(|it| it.join().unwrap()).collect();
        taken.sort_unstable();
        assert_eq!(taken, [0, 1, 2]);
    });
}

/// Fails if: `has_news` does not ask for the outcome.
#[test]
fn a_stream_that_ends_wakes_the_thread_that_waits_for_it() {
    let _watchdog = Watchdog::new("a stream that ends");
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let (seats, waiting) = mpsc::channel();
    thread::scope(|scope| {
        let sit = |number| {
            let pending = client.send_copy(number).unwrap();
            let request = server.blocking_receive().unwrap();
            let seats = seats.clone();
            let wait = scope.spawn(move || {
                seats.send(Thread::this()).unwrap();
                pending.blocking_receive().map(|response| *response)
            });
            waiting.recv().unwrap().wait_until_asleep();
            (request, wait)
        };
        let (first, leader) = sit(1);
        let (second, follower) = sit(2);
        drop(second);
        let end = follower.join().unwrap();
        assert_eq!(end, Err(WaitError::Ended(Outcome::Rejected)));
        first.send_copy(1).unwrap();
        assert_eq!(leader.join().unwrap(), Ok(1));
    });
}

/// Fails if: `Drop for Seat` rings nobody.
#[test]
fn every_thread_learns_that_its_server_has_gone() {
    let _watchdog = Watchdog::new("a server that goes");
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let (seats, waiting) = mpsc::channel();
    thread::scope(|scope| {
        let waits: Vec<_> = (0..4)
            .map(|number| {
                let pending = client.send_copy(number).unwrap();
                let seats = seats.clone();
                scope.spawn(move || {
                    seats.send(Thread::this()).unwrap();
                    pending.blocking_receive().unwrap_err()
                })
            })
            .collect();
        waiting
            .iter()
            .take(4)
            .for_each(|thread| thread.wait_until_asleep());
        drop(server);
        for wait in waits {
            assert_eq!(wait.join().unwrap(), WaitError::Ended(Outcome::Rejected));
        }
    });
}

/// Fails if: `Interest::Anything` is never ready.
#[test]
fn many_threads_wait_for_servers() {
    let _watchdog = Watchdog::new("threads wait for servers");
    let stage = Stage::<u64>::with(|builder| builder.max_servers(4));
    let (client, server) = (stage.client(), stage.server());
    let (seats, waiting) = mpsc::channel();
    thread::scope(|scope| {
        // Who leads waits for something else.
        let pending = client.send_copy(0).unwrap();
        let request = server.blocking_receive().unwrap();
        let leader = scope.spawn({
            let seats = seats.clone();
            move || {
                seats.send(Thread::this()).unwrap();
                *pending.blocking_receive().unwrap()
            }
        });
        waiting.recv().unwrap().wait_until_asleep();
        let waits: Vec<_> = [2, 3, 4, 2, 3, 4]
            .into_iter()
            .map(|wanted| {
                let (client, seats) = (&client, seats.clone());
                scope.spawn(move || {
                    seats.send(Thread::this()).unwrap();
                    client.wait_for_servers(wanted, HOUR).unwrap() >= wanted
                })
            })
            .collect();
        waiting
            .iter()
            .take(6)
            .for_each(|thread| thread.wait_until_asleep());
        let servers: Vec<_> = (0..3)
            .map(|_| {
                thread::sleep(SHORT / 10);
                stage.server()
            })
            .collect();
        assert!(waits.into_iter().all(|wait| wait.join().unwrap()));
        request.send_copy(1).unwrap();
        assert_eq!(leader.join().unwrap(), 1);
        drop(servers);
    });
}

/// A thread that polls looks at the kernel now and then, and so takes rings away from the one that sleeps.
///
/// Fails if: `look` does not stir; `rouse` does nothing.
#[test]
fn who_polls_takes_no_ring_away_from_who_sleeps() {
    const CALLS: u64 = 300;
    let _watchdog = Watchdog::new("one polls, one sleeps");
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    thread::scope(|scope| {
        let silent = client.send_copy(u64::MAX).unwrap();
        let kept = server.blocking_receive().unwrap();
        let (leash, slack) = mpsc::channel::<()>();
        scope.spawn(move || {
            while slack.try_recv() == Err(mpsc::TryRecvError::Empty) {
                assert!(silent.receive().unwrap().is_none());
                thread::sleep(Duration::from_micros(1));
            }
        });
        scope.spawn(|| {
            for number in 0..CALLS {
                let request = server.blocking_receive().unwrap();
                thread::sleep(Duration::from_micros(number * 7 % 300));
                request.send_copy(*request).unwrap();
            }
        });
        for number in 0..CALLS {
            let pending = client.send_copy(number).unwrap();
            assert_eq!(*pending.blocking_receive().unwrap(), number);
        }
        drop((leash, kept));
    });
}
