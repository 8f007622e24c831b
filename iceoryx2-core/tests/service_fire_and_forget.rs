// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What becomes of requests nobody listens to any more.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "common/variants.rs"]
mod variants;

use common::{Root, name, node_of};
use iceoryx2::{
    active_request::ActiveRequest,
    port::{ReceiveError, client::Client, server::Server},
    prelude::*,
    service::port_factory::request_response::PortFactory,
};
use variants::on_every_variant;

const ACTIVE_REQUESTS: usize = 3;

/// More than fits a descriptor, so that it takes a chunk.
type Payload = [u64; 32];

struct Stage<S: Service> {
    factory: PortFactory<S, Payload, (), u64, ()>,
    _node: Node<S>,
    _root: Root,
}

impl<S: Service> Stage<S> {
    fn new(fire_and_forget: bool, overflow: bool) -> Self {
        let root = Root::new();
        let node = node_of::<S>(&root.config());
        let factory = node
            .service_builder(&name("stage"))
            .request_response::<Payload, u64>()
            .enable_fire_and_forget_requests(fire_and_forget)
            .enable_safe_overflow_for_requests(overflow)
            .max_active_requests_per_client(ACTIVE_REQUESTS)
            .create()
            .unwrap();
        Self {
            factory,
            _node: node,
            _root: root,
        }
    }

    fn client(&self) -> Client<S, Payload, (), u64, ()> {
        self.factory.client_builder().create().unwrap()
    }

    fn server(&self) -> Server<S, Payload, (), u64, ()> {
        self.factory.server_builder().create().unwrap()
    }
}

fn number<S: Service>(request: Option<ActiveRequest<S, Payload, (), u64, ()>>) -> Option<u64> {
    request.map(|request| {
        assert!(request.is_connected());
        request.payload()[0]
    })
}

// Fails if: `skip_unless_awaited` in server/state.rs always returns false.
fn without_it_dropped_requests_are_passed_over<S: Service>() {
    let stage = Stage::<S>::new(false, true);
    let (server, client) = (stage.server(), stage.client());
    let _first = client.send_copy([1; 32]).unwrap();
    drop(client.send_copy([2; 32]).unwrap());
    let _third = client.send_copy([3; 32]).unwrap();
    assert_eq!(number(server.receive().unwrap()), Some(1));
    assert_eq!(number(server.receive().unwrap()), Some(3));
    assert_eq!(number(server.receive().unwrap()), None);
}

// Fails if: `has_request_of` in server/state.rs asks `has_request` alone.
fn without_it_dropped_requests_are_not_reported<S: Service>() {
    let stage = Stage::<S>::new(false, true);
    let (server, client) = (stage.server(), stage.client());
    for _ in 0..ACTIVE_REQUESTS {
        drop(client.send_copy([1; 32]).unwrap());
    }
    assert!(!server.has_requests().unwrap());
    let _awaited = client.send_copy([2; 32]).unwrap();
    assert!(server.has_requests().unwrap());
    assert_eq!(number(server.receive().unwrap()), Some(2));
    assert!(!server.has_requests().unwrap());
}

// Fails if: `skip_unless_awaited` does not `disown`.
fn without_it_the_memory_of_dropped_requests_returns<S: Service>() {
    for overflow in [false, true] {
        let stage = Stage::<S>::new(false, overflow);
        let (server, client) = (stage.server(), stage.client());
        for round in 0..100 {
            for _ in 0..ACTIVE_REQUESTS {
                drop(client.send_copy([round; 32]).unwrap());
            }
            assert_eq!(number(server.receive().unwrap()), None);
        }
        let pending = client.send_copy([7; 32]).unwrap();
        server.receive().unwrap().unwrap().send_copy(8).unwrap();
        assert_eq!(*pending.receive().unwrap().unwrap(), 8);
    }
}

// Fails if: `fire_and_forget` in `ServerState::new` is true.
fn without_it_the_requests_of_a_client_that_is_gone_are_passed_over<S: Service>() {
    let stage = Stage::<S>::new(false, true);
    let server = stage.server();
    for round in 0..50 {
        let client = stage.client();
        drop(client.send_copy([1; 32]).unwrap());
        if round % 2 == 0 {
            server.update_connections().unwrap();
        }
        drop(client);
        assert!(!server.has_requests().unwrap());
        if round % 3 == 0 {
            assert_eq!(number(server.receive().unwrap()), None);
        }
    }
}

// Fails if: `take_from` returns `Err(())` whenever no borrow is left.
fn without_it_dropped_requests_exceed_no_borrows<S: Service>() {
    let stage = Stage::<S>::new(false, true);
    let (server, client) = (stage.server(), stage.client());
    let mut active = Vec::new();
    for _ in 0..ACTIVE_REQUESTS {
        let _pending = client.send_copy([1; 32]).unwrap();
        active.extend(server.receive().unwrap());
    }
    assert_eq!(active.len(), ACTIVE_REQUESTS);
    drop(client.send_copy([2; 32]).unwrap());
    assert_eq!(number(server.receive().unwrap()), None);
    assert!(!server.has_requests().unwrap());

    let _awaited = client.send_copy([3; 32]).unwrap();
    assert!(server.has_requests().unwrap());
    let error = server.receive().unwrap_err();
    assert_eq!(error, ReceiveError::ExceedsMaxBorrows);
    active.pop();
    assert_eq!(number(server.receive().unwrap()), Some(3));
}

// Fails if: `taken` skips whatever `fire_and_forget` says.
fn with_it_dropped_requests_are_delivered_and_not_connected<S: Service>() {
    let stage = Stage::<S>::new(true, true);
    let (server, client) = (stage.server(), stage.client());
    drop(client.send_copy([1; 32]).unwrap());
    assert!(server.has_requests().unwrap());
    let request = server.receive().unwrap().unwrap();
    assert_eq!(request.payload()[0], 1);
    assert!(!request.is_connected());
    request.send_copy(1).unwrap();
}

// Fails if: `ClientConnection::bury` always calls `discard_rescued`.
fn with_it_the_requests_of_a_client_that_is_gone_are_delivered<S: Service>() {
    for introduced in [false, true] {
        let stage = Stage::<S>::new(true, true);
        let (server, client) = (stage.server(), stage.client());
        if introduced {
            server.update_connections().unwrap();
        }
        drop(client.send_copy([1; 32]).unwrap());
        drop(client.send_copy([2; 32]).unwrap());
        drop(client);
        server.update_connections().unwrap();
        assert!(server.has_requests().unwrap());
        for expected in [1, 2] {
            let request = server.receive().unwrap().unwrap();
            assert_eq!(request.payload()[0], expected);
            assert!(!request.is_connected());
        }
        assert!(server.receive().unwrap().is_none());
    }
}

on_every_variant!(
    without_it_dropped_requests_are_passed_over,
    without_it_dropped_requests_are_not_reported,
    without_it_the_memory_of_dropped_requests_returns,
    without_it_the_requests_of_a_client_that_is_gone_are_passed_over,
    without_it_dropped_requests_exceed_no_borrows,
    with_it_dropped_requests_are_delivered_and_not_connected,
    with_it_the_requests_of_a_client_that_is_gone_are_delivered,
);
