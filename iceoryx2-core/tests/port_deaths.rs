// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a client learns when its server's process is killed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "ports/stage.rs"]
mod port_stage;

use common::{Actor, listen, role, say};
use iceoryx2::{
    port::{Outcome, WaitError},
    prelude::*,
};
use port_stage::{LONG, Large, Stage, eventually};

type S = ipc::Service;

#[test]
fn child() {
    let Some((role, config)) = role() else { return };
    let (_node, factory) = port_stage::open::<Large>(&config);
    let server = factory.server_builder().create().unwrap();
    say("ready");
    if role == "deaf" {
        return listen();
    }
    let request = server.blocking_receive().unwrap();
    for n in 0..request.number() {
        request.send_copy(Large::new(n)).unwrap();
    }
    say("answered");
    listen();
}

// Fails if: `ClientState::bury` does nothing.
#[test]
fn a_server_killed_before_it_took_the_request_died_untaken() {
    let stage = Stage::<Large>::new();
    let mut server = Actor::start("deaf", stage.root.path());
    assert_eq!(server.hear(), "ready");
    let client = stage.client();
    let pending = client.send_copy(Large::new(1)).unwrap();
    server.kill();
    let outcome = Outcome::ServerDied {
        taken: false,
        received: 0,
    };
    assert_eq!(eventually(|| pending.outcome()), outcome);
    assert_eq!(
        pending.timed_receive(LONG).unwrap_err(),
        WaitError::Ended(outcome)
    );
    assert!(!pending.is_connected());
}

// Fails if: `Requester::detach` rescues nothing.
#[test]
fn what_a_killed_server_had_published_is_received_first() {
    for count in 0..3 {
        let stage = Stage::<Large>::new();
        let mut server = Actor::start("answering", stage.root.path());
        assert_eq!(server.hear(), "ready");
        let client = stage.client();
        let pending = client.send_copy(Large::new(count)).unwrap();
        assert_eq!(server.hear(), "answered");
        server.kill();
        for n in 0..count {
            assert_eq!(pending.blocking_receive().unwrap().number(), n);
        }
        let outcome = Outcome::ServerDied {
            taken: true,
            received: count,
        };
        assert_eq!(
            pending.blocking_receive().unwrap_err(),
            WaitError::Ended(outcome)
        );
        assert_eq!(pending.outcome(), Some(outcome));
    }
}

// Fails if: `ClientState::bury` does nothing.
#[test]
fn a_killed_server_is_not_counted_for_long() {
    let stage = Stage::<Large>::new();
    let mut server = Actor::start("deaf", stage.root.path());
    assert_eq!(server.hear(), "ready");
    let client = stage.client();
    assert_eq!(client.wait_for_servers(1, LONG).unwrap(), 1);
    server.kill();
    std::thread::sleep(core::time::Duration::from_millis(2));
    assert_eq!(
        client
            .wait_for_servers(1, core::time::Duration::ZERO)
            .unwrap_err(),
        WaitError::Timeout
    );
}
