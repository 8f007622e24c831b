// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Waiting for requests, responses, servers and calls: across threads, with nodes of their own.

use super::stage::{LONG, Large, Stage, open};
use core::time::Duration;
use iceoryx2::port::{CallError, Outcome, ReceiveError, WaitError, client::RequestSendError};
use std::{sync::mpsc, thread, time::Instant};

const SHORT: Duration = Duration::from_millis(20);

/// Not a test: what the children of this program do.
/// How long `wait` took, which must have been at least `SHORT`.
fn timed<R>(wait: impl FnOnce() -> R) -> R {
    let began = Instant::now();
    let result = wait();
    assert!(began.elapsed() >= SHORT);
    result
}

// Fails if: `deadline_after` leaves out the timeout; or `number_of_servers` counts those that go.
#[test]
fn waits_end_when_their_time_is_up() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    assert_eq!(
        timed(|| server.timed_receive(SHORT)).unwrap_err(),
        WaitError::Timeout
    );
    let pending = client.send_copy(1).unwrap();
    assert_eq!(
        timed(|| pending.timed_receive(SHORT)).unwrap_err(),
        WaitError::Timeout
    );
    assert_eq!(
        timed(|| client.wait_for_servers(2, SHORT)).unwrap_err(),
        WaitError::Timeout
    );
    assert_eq!(
        timed(|| client.call(2, SHORT)).unwrap_err(),
        CallError::Timeout
    );
    drop(server);
    assert_eq!(
        timed(|| client.call(2, SHORT)).unwrap_err(),
        CallError::NoServer
    );
}

// Fails if: `wait_until` looks at the clock before it polls.
#[test]
fn no_time_at_all_is_one_look() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    assert_eq!(
        server.timed_receive(Duration::ZERO).unwrap_err(),
        WaitError::Timeout
    );
    let pending = client.send_copy(1).unwrap();
    let request = server.timed_receive(Duration::ZERO).unwrap();
    request.send_copy(2).unwrap();
    assert_eq!(*pending.timed_receive(Duration::ZERO).unwrap(), 2);
    assert_eq!(client.wait_for_servers(1, Duration::ZERO), Ok(1));
    assert_eq!(client.wait_for_servers(0, Duration::ZERO), Ok(1));
}

// Fails if: `deadline_after` adds unchecked.
#[test]
fn endless_timeouts_are_no_overflow() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    assert_eq!(client.wait_for_servers(1, Duration::MAX), Ok(1));
    let pending = client.send_copy(1).unwrap();
    server
        .timed_receive(Duration::MAX)
        .unwrap()
        .send_copy(2)
        .unwrap();
    assert_eq!(*pending.timed_receive(Duration::MAX).unwrap(), 2);
}

// Fails if: `ServerState::take` forgets `no_borrow_left`; or `ClientState::take` forgets `no_borrow_left`.
#[test]
fn waits_say_that_too_much_is_held() {
    let stage = Stage::<u64>::with(|builder| {
        builder
            .max_active_requests_per_client(1)
            .max_borrowed_responses_per_pending_response(1)
    });
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(1).unwrap();
    let request = server.blocking_receive().unwrap();
    request.send_copy(1).unwrap();
    request.send_copy(2).unwrap();
    let too_much = WaitError::Receive(ReceiveError::ExceedsMaxBorrows);
    let held = pending.blocking_receive().unwrap();
    assert_eq!(pending.blocking_receive().unwrap_err(), too_much);
    drop((held, pending));
    let _queued = client.send_copy(2).unwrap();
    assert_eq!(server.blocking_receive().unwrap_err(), too_much);
}

// Fails if: `ClientConnection::ring` rings nobody.
#[test]
fn sleepers_wake_each_other_over_and_over() {
    const ROUNDS: u64 = 2_000;
    let stage = Stage::<u64>::new();
    let client = stage.client();
    let config = stage.root.config();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<u64>(&config);
            let server = factory.server_builder().create().unwrap();
            for n in 0..ROUNDS {
                let request = server.blocking_receive().unwrap();
                assert_eq!(*request, n);
                request.send_copy(n + 1).unwrap();
            }
        });
        client.wait_for_servers(1, LONG).unwrap();
        for n in 0..ROUNDS {
            let pending = client.send_copy(n).unwrap();
            assert_eq!(*pending.blocking_receive().unwrap(), n + 1);
        }
    });
}

// Fails if: `ServerState::new` does not attach its listener.
#[test]
fn a_sleeping_server_is_woken_by_clients_that_are_new() {
    const CLIENTS: u64 = 50;
    let stage = Stage::<Large>::new();
    let server = stage.server();
    let config = stage.root.config();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<Large>(&config);
            for n in 0..CLIENTS {
                let client = factory.client_builder().create().unwrap();
                let response = client.call(Large::new(n), LONG).unwrap();
                assert_eq!(response.number(), n);
            }
        });
        for n in 0..CLIENTS {
            let request = server.timed_receive(LONG).unwrap();
            assert_eq!(request.number(), n);
            request.send_copy(Large::new(n)).unwrap();
        }
    });
}

// Fails if: `ClientConnection::ring` rings nobody; or `ServerState::new` does not attach its listener.
#[test]
fn clients_in_threads_of_their_own_are_all_served() {
    const THREADS: u64 = 4;
    const ROUNDS: u64 = 500;
    let stage = Stage::<Large>::new();
    let server = stage.server();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let config = stage.root.config();
            scope.spawn(move || {
                let (_node, factory) = open::<Large>(&config);
                let client = factory.client_builder().create().unwrap();
                for n in 0..ROUNDS {
                    let number = thread * ROUNDS + n;
                    let response = client.call(Large::new(number), LONG).unwrap();
                    assert_eq!(response.number(), number);
                }
            });
        }
        for _ in 0..THREADS * ROUNDS {
            let request = server.timed_receive(LONG).unwrap();
            request.send_copy(Large::new(request.number())).unwrap();
        }
    });
}

// Fails if: `deadline_after` leaves out the timeout.
#[test]
fn who_waits_for_servers_is_woken_by_the_one_that_was_missing() {
    let stage = Stage::<u64>::new();
    let (first, client) = (stage.server(), stage.client());
    assert_eq!(client.wait_for_servers(1, LONG), Ok(1));
    let config = stage.root.config();
    let (done, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<u64>(&config);
            thread::sleep(SHORT);
            let _second = factory.server_builder().create().unwrap();
            let _ = is_done.recv();
        });
        assert_eq!(client.wait_for_servers(2, LONG), Ok(2));
        drop(done);
    });
    drop(first);
    assert_eq!(
        client.wait_for_servers(1, Duration::ZERO),
        Err(WaitError::Timeout)
    );
}

// Fails if: `RequestMut::call` waits for 0 servers.
#[test]
fn a_call_waits_for_the_first_server() {
    let stage = Stage::<u64>::new();
    let client = stage.client();
    let config = stage.root.config();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<u64>(&config);
            thread::sleep(SHORT);
            let server = factory.server_builder().create().unwrap();
            let request = server.timed_receive(LONG).unwrap();
            request.send_copy(*request + 1).unwrap();
        });
        assert_eq!(*client.call(41, LONG).unwrap(), 42);
    });
}

// Fails if: `deliver` ends with the first server that has it; or `ClientState::take` asks the first server alone.
#[test]
fn a_call_takes_the_first_answer_of_anybody() {
    let stage = Stage::<u64>::new();
    let (client, _silent) = (stage.client(), stage.server());
    let config = stage.root.config();
    thread::scope(|scope| {
        let (ready, is_ready) = mpsc::channel();
        scope.spawn(move || {
            let (_node, factory) = open::<u64>(&config);
            let server = factory.server_builder().create().unwrap();
            ready.send(()).unwrap();
            server.timed_receive(LONG).unwrap().send_copy(7).unwrap();
        });
        is_ready.recv().unwrap();
        assert_eq!(*client.call(1, LONG).unwrap(), 7);
    });
}

// Fails if: `ending` takes every ended stream for finished.
#[test]
fn a_call_that_nobody_answers_says_how_it_ended() {
    let stage = Stage::<u64>::new();
    let client = stage.client();
    let config = stage.root.config();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<u64>(&config);
            let server = factory.server_builder().create().unwrap();
            drop(server.timed_receive(LONG).unwrap());
        });
        assert_eq!(
            client.call(1, LONG).unwrap_err(),
            CallError::Ended(Outcome::Rejected)
        );
    });
}

// Fails if: `begin` compares with `>`.
#[test]
fn a_call_above_the_limit_is_refused() {
    let stage = Stage::<u64>::with(|builder| builder.max_active_requests_per_client(1));
    let (client, _server) = (stage.client(), stage.server());
    let pending = client.send_copy(1).unwrap();
    assert_eq!(
        client.call(2, LONG).unwrap_err(),
        CallError::Send(RequestSendError::ExceedsMaxActiveRequests)
    );
    drop(pending);
    let request = client.loan_uninit().unwrap().write_payload(3);
    assert_eq!(
        request.call(Duration::ZERO).unwrap_err(),
        CallError::Timeout
    );
}

// Fails if: `Requester::detach` rescues nothing.
#[test]
fn the_response_of_a_call_outlives_it() {
    let stage = Stage::<Large>::new();
    let client = stage.client();
    let config = stage.root.config();
    let response = thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<Large>(&config);
            let server = factory.server_builder().create().unwrap();
            let request = server.timed_receive(LONG).unwrap();
            request.send_copy(Large::new(5)).unwrap();
        });
        client.call(Large::new(1), LONG).unwrap()
    });
    drop(client);
    assert_eq!(response.number(), 5);
}

// Fails if: `ClientConnection::respond` takes slot 0.
#[test]
fn two_pending_responses_are_waited_for_in_either_order() {
    let stage = Stage::<u64>::new();
    let client = stage.client();
    let config = stage.root.config();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<u64>(&config);
            let server = factory.server_builder().create().unwrap();
            for _ in 0..200 {
                let pair = [0, 1].map(|_| server.timed_receive(LONG).unwrap());
                for request in pair {
                    request.send_copy(*request).unwrap();
                }
            }
        });
        client.wait_for_servers(1, LONG).unwrap();
        for n in 0..200 {
            let mut pair = [2 * n, 2 * n + 1].map(|n| client.send_copy(n).unwrap());
            if n % 2 == 0 {
                pair.reverse();
            }
            for pending in pair {
                assert_eq!(*pending.timed_receive(LONG).unwrap(), *pending);
            }
        }
    });
}

// Fails if: `ending` takes every ended stream for rejected.
#[test]
fn a_wait_ends_with_the_stream() {
    let stage = Stage::<u64>::new();
    let client = stage.client();
    let config = stage.root.config();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<u64>(&config);
            let server = factory.server_builder().create().unwrap();
            let request = server.timed_receive(LONG).unwrap();
            thread::sleep(SHORT);
            request.send_copy(1).unwrap();
            thread::sleep(SHORT);
        });
        client.wait_for_servers(1, LONG).unwrap();
        let pending = client.send_copy(0).unwrap();
        assert_eq!(*pending.blocking_receive().unwrap(), 1);
        assert_eq!(
            pending.blocking_receive().unwrap_err(),
            WaitError::Ended(Outcome::Finished)
        );
    });
}
