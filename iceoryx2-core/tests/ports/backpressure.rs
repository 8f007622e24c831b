// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What happens where a queue is full and overflow is off.

use super::stage::{BuilderOf, ClientOf, LONG, Large, ServerOf, Stage, open};
use core::time::Duration;
use iceoryx2::{
    port::{Outcome, backpressure_strategy::BackpressureStrategy},
    prelude::*,
};
use std::{sync::mpsc, thread};

/// Long enough for another thread to fall asleep; what is tested holds however long it is.
const A_WHILE: Duration = Duration::from_millis(20);

fn without_overflow(builder: BuilderOf<Large>) -> BuilderOf<Large> {
    builder
        .enable_safe_overflow_for_requests(false)
        .enable_safe_overflow_for_responses(false)
        .max_active_requests_per_client(2)
        .max_response_buffer_size(2)
}

fn discarding_client(stage: &Stage<Large>) -> ClientOf<Large> {
    stage
        .factory
        .client_builder()
        .backpressure_strategy(BackpressureStrategy::DiscardData)
        .create()
        .unwrap()
}

fn discarding_server(stage: &Stage<Large>) -> ServerOf<Large> {
    stage
        .factory
        .server_builder()
        .backpressure_strategy(BackpressureStrategy::DiscardData)
        .create()
        .unwrap()
}

// Fails if: `PortFactoryClient::new` takes another strategy.
#[test]
fn waiting_is_the_default() {
    let stage = Stage::with(without_overflow);
    let waits = BackpressureStrategy::RetryUntilDelivered;
    assert_eq!(stage.client().backpressure_strategy(), waits);
    assert_eq!(stage.server().backpressure_strategy(), waits);
    let drops = BackpressureStrategy::DiscardData;
    assert_eq!(discarding_client(&stage).backpressure_strategy(), drops);
    assert_eq!(discarding_server(&stage).backpressure_strategy(), drops);
}

// Fails if: `deliver` ends with the first server that is full.
#[test]
fn who_discards_requests_drops_the_newest_for_that_server_only() {
    let stage = Stage::with(without_overflow);
    let (client, full, empty) = (discarding_client(&stage), stage.server(), stage.server());
    for n in 0..2 {
        drop(client.send_copy(Large::new(n)).unwrap());
    }
    while empty.receive().unwrap().is_some() {}
    let pending = client.send_copy(Large::new(2)).unwrap();
    assert_eq!(pending.number_of_server_connections(), 1);
    let request = empty.receive().unwrap().unwrap();
    request.send_copy(Large::new(3)).unwrap();
    drop(request);
    assert_eq!(pending.receive().unwrap().unwrap().number(), 3);
    assert_eq!(pending.outcome(), Some(Outcome::Finished));
    let queued: Vec<_> = std::iter::from_fn(|| full.receive().unwrap())
        .map(|request| request.number())
        .collect();
    assert_eq!(queued, [0, 1]);
}

// Fails if: `known_outcome` takes no server for `Finished`.
#[test]
fn a_request_that_every_server_had_no_room_for_had_no_server() {
    let stage = Stage::with(without_overflow);
    let (client, _server) = (discarding_client(&stage), stage.server());
    for n in 0..2 {
        drop(client.send_copy(Large::new(n)).unwrap());
    }
    for _ in 0..1_000 {
        let pending = client.send_copy(Large::new(2)).unwrap();
        assert_eq!(pending.number_of_server_connections(), 0);
        assert_eq!(pending.outcome(), Some(Outcome::NoServer));
    }
}

// Fails if: `ResponseTenure::wait_for_room` takes Discard for Fail; or `connection_layout` lets responses always
// overflow.
#[test]
fn who_discards_responses_drops_the_newest() {
    let stage = Stage::with(without_overflow);
    let (client, server) = (stage.client(), discarding_server(&stage));
    let pending = client.send_copy(Large::new(0)).unwrap();
    let request = server.receive().unwrap().unwrap();
    for n in 0..1_000 {
        request.send_copy(Large::new(n)).unwrap();
    }
    let received: Vec<_> = std::iter::from_fn(|| pending.receive().unwrap())
        .map(|response| response.number())
        .collect();
    assert_eq!(received, [0, 1]);
}

// Fails if: `ServerConnection::cancel` does not tell the server; or `connection_layout` lets requests always overflow.
#[test]
fn a_cancelled_request_keeps_its_place_in_the_queue() {
    let stage = Stage::with(without_overflow);
    let (client, server) = (discarding_client(&stage), stage.server());
    for n in 0..3 {
        drop(client.send_copy(Large::new(n)).unwrap());
    }
    for expected in 0..2 {
        let request = server.receive().unwrap().unwrap();
        assert_eq!(
            (request.number(), request.is_connected()),
            (expected, false)
        );
    }
    assert!(server.receive().unwrap().is_none());
}

// Fails if: `judge` discards where the strategy is to wait.
#[test]
fn a_client_waits_until_a_server_has_taken_one() {
    let stage = Stage::with(without_overflow);
    let client = stage.client();
    let config = stage.root.config();
    let (ready, is_ready) = mpsc::channel();
    thread::scope(|scope| {
        let server = scope.spawn(move || {
            let (_node, factory) = open::<Large>(&config);
            let server = factory.server_builder().create().unwrap();
            ready.send(()).unwrap();
            thread::sleep(A_WHILE);
            let received: Vec<_> = (0..100)
                .map(|_| server.timed_receive(LONG).unwrap().number())
                .collect();
            received
        });
        is_ready.recv().unwrap();
        for n in 0..100 {
            let pending = client.send_copy(Large::new(n)).unwrap();
            assert_eq!(pending.number_of_server_connections(), 1);
        }
        assert_eq!(server.join().unwrap(), (0..100).collect::<Vec<_>>());
    });
}

// Fails if: `wait_for_servers_in_turn` polls in vain: then it waits for ever.
#[test]
fn a_client_that_waits_for_room_goes_on_when_the_server_leaves() {
    let stage = Stage::with(without_overflow);
    let client = stage.client();
    let config = stage.root.config();
    let (ready, is_ready) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<Large>(&config);
            let _server = factory.server_builder().create().unwrap();
            ready.send(()).unwrap();
            thread::sleep(A_WHILE);
        });
        is_ready.recv().unwrap();
        for n in 0..3 {
            drop(client.send_copy(Large::new(n)).unwrap());
        }
    });
}

// Fails if: `judge` discards where the strategy is to wait; or `ServerState::respond` takes a full stream for done.
#[test]
fn a_server_waits_until_the_client_has_received_one() {
    let stage = Stage::with(without_overflow);
    let client = stage.client();
    let config = stage.root.config();
    let (ready, is_ready) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<Large>(&config);
            let server = factory.server_builder().create().unwrap();
            ready.send(()).unwrap();
            let request = server.timed_receive(LONG).unwrap();
            for n in 0..100 {
                request.send_copy(Large::new(n)).unwrap();
            }
        });
        is_ready.recv().unwrap();
        let pending = client.send_copy(Large::new(0)).unwrap();
        thread::sleep(A_WHILE);
        for n in 0..100 {
            assert_eq!(pending.timed_receive(LONG).unwrap().number(), n);
        }
        assert!(pending.timed_receive(LONG).is_err());
    });
}

/// A server thread that answers one request three times, which is once more than there is room for.
fn overfull(config: Config, ready: mpsc::Sender<()>) {
    let (_node, factory) = open::<Large>(&config);
    let server = factory.server_builder().create().unwrap();
    ready.send(()).unwrap();
    let request = server.timed_receive(LONG).unwrap();
    for n in 0..3 {
        request.send_copy(Large::new(n)).unwrap();
    }
    assert!(!request.is_connected());
}

// Fails if: `judge` discards where the strategy is to wait; or `ServerState::respond` takes a full stream for done.
#[test]
fn a_server_that_waits_for_room_goes_on_when_nobody_listens_any_more() {
    for whole_client in [false, true] {
        let stage = Stage::with(without_overflow);
        let client = stage.client();
        let config = stage.root.config();
        let (ready, is_ready) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || overfull(config, ready));
            is_ready.recv().unwrap();
            let pending = client.send_copy(Large::new(0)).unwrap();
            thread::sleep(A_WHILE);
            let client = (!whole_client).then_some(client);
            drop(pending);
            drop(client);
        });
    }
}

// Fails if: `Requester::detach` rescues nothing.
#[test]
fn nothing_is_lost_in_ten_thousand_requests_and_twice_as_many_responses() {
    const REQUESTS: u64 = 10_000;
    let stage = Stage::with(without_overflow);
    let client = stage.client();
    let config = stage.root.config();
    let (ready, is_ready) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = open::<Large>(&config);
            let server = factory.server_builder().create().unwrap();
            ready.send(()).unwrap();
            for n in 0..REQUESTS {
                let request = server.timed_receive(LONG).unwrap();
                assert_eq!(request.number(), n);
                for half in 0..2 {
                    request.send_copy(Large::new(2 * n + half)).unwrap();
                }
            }
        });
        is_ready.recv().unwrap();
        let mut pending = std::collections::VecDeque::new();
        for n in 0..REQUESTS + 2 {
            if n >= 2 {
                let oldest: super::stage::PendingOf<Large> = pending.pop_front().unwrap();
                for half in 0..2 {
                    let response = oldest.timed_receive(LONG).unwrap();
                    assert_eq!(response.number(), 2 * (n - 2) + half);
                }
            }
            if n < REQUESTS {
                pending.push_back(client.send_copy(Large::new(n)).unwrap());
            }
        }
    });
}
