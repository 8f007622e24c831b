// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request to end the process ends every wait in it.

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
use core::time::Duration;
use iceoryx2::{
    node::NodeBuilder,
    port::{CallError, SendError, WaitError, client::RequestSendError},
    prelude::*,
};
use port_stage::{ClientOf, Factory, LONG, Large, ServerOf, Stage};
use std::thread;

type S = ipc::Service;

const SHORT: Duration = Duration::from_millis(20);

#[test]
fn child() {
    let Some((role, config)) = role() else { return };
    let node = NodeBuilder::new()
        .config(&config)
        .create::<ipc::Service>()
        .unwrap();
    let factory = node
        .service_builder(&common::name("stage"))
        .request_response::<Large, Large>()
        .open()
        .unwrap();
    let client = factory.client_builder().create().unwrap();
    let server = factory.server_builder().create().unwrap();
    if role == "room" {
        return wait_for_room(&client, &server, &factory);
    }
    let pending = client.send_copy(Large::new(1)).unwrap();
    say(&std::process::id().to_string());
    let error = match role.as_str() {
        "receive" => server
            .blocking_receive()
            .and_then(|_| server.blocking_receive())
            .unwrap_err(),
        "pending" => pending.blocking_receive().unwrap_err(),
        "servers" => client.wait_for_servers(2, LONG).unwrap_err(),
        "call" => match client.call(Large::new(2), LONG).unwrap_err() {
            CallError::Terminated => WaitError::Terminated,
            other => panic!("{other}"),
        },
        other => panic!("{other}"),
    };
    say(&error.to_string());
    listen();
}

/// Sends until one server has no room, then until two have none.
fn wait_for_room(client: &ClientOf<Large>, full: &ServerOf<Large>, factory: &Factory<Large>) {
    let empty = factory.server_builder().create().unwrap();
    drop(client.send_copy(Large::new(1)).unwrap());
    drop(empty.receive().unwrap().unwrap());
    say(&std::process::id().to_string());
    let reached = client.send_copy(Large::new(2)).unwrap();
    assert_eq!(reached.number_of_server_connections(), 1);
    let request = empty.receive().unwrap().unwrap();
    drop(reached);
    drop(client.send_copy(Large::new(3)).unwrap());
    let loan = client.loan_uninit().unwrap().write_payload(Large::new(4));
    let (mut loan, error) = loan.try_send().unwrap_err();
    *loan = Large::new(5);
    assert_eq!(request.number(), 2);
    assert_eq!(full.receive().unwrap().unwrap().number(), 1);
    assert_eq!(
        loan.send().unwrap().number_of_server_connections(),
        1,
        "there is room again"
    );
    say(&error.to_string());
    listen();
}

// Fails if: `is_terminated` in port/wait.rs does not ask: then it waits for ever.
#[test]
fn a_termination_request_ends_every_wait_for_room() {
    let stage = Stage::<Large>::with(|builder| {
        builder
            .enable_safe_overflow_for_requests(false)
            .max_active_requests_per_client(1)
    });
    let mut child = Actor::start("room", stage.root.path());
    let pid = child.hear();
    thread::sleep(SHORT);
    terminate(&pid);
    let error = RequestSendError::SendError(SendError::Terminated);
    assert_eq!(child.hear(), error.to_string());
    child.finish();
}

fn terminate(pid: &str) {
    let killed = std::process::Command::new("kill")
        .args(["-TERM", pid])
        .status();
    assert!(killed.unwrap().success());
}

// Fails if: `is_terminated` in port/wait.rs does not ask: then it waits for ever.
#[test]
fn a_termination_request_ends_every_wait() {
    for role in ["receive", "pending", "servers", "call"] {
        let stage = Stage::<Large>::new();
        let mut child = Actor::start(role, stage.root.path());
        let pid = child.hear();
        thread::sleep(SHORT);
        terminate(&pid);
        assert_eq!(child.hear(), WaitError::Terminated.to_string(), "{role}");
        child.finish();
    }
}
