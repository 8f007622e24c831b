// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What becomes of connections that cannot be made is up to the port's handlers.

#![cfg(any(debug_assertions, iceoryx2_hooks))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "ports/stage.rs"]
mod port_stage;

use iceoryx2::{
    __elementary::hooks::{self, Observer},
    port::{
        DegradationAction, DegradationCause, DegradationInfo, ReceiveError, SendError,
        client::RequestSendError, update_connections::ConnectionFailure,
    },
    prelude::*,
};
use port_stage::Stage;
use std::{
    cell::Cell,
    sync::{Arc, Mutex},
};

type S = ipc::Service;

thread_local! {
    /// What each call of this name fails with, as long as it stands here.
    static SABOTAGED: Cell<Option<(&'static str, i32)>> = const { Cell::new(None) };
}

#[derive(Debug)]
struct Saboteur;

impl Observer for Saboteur {
    fn before_call(&self, name: &'static str) -> Option<i32> {
        let (sabotaged, errno) = SABOTAGED.try_with(Cell::get).ok()??;
        (sabotaged == name).then_some(errno)
    }
}

const EACCES: i32 = 13;

/// Runs `action` while each call of `name` is denied.
fn denied<R>(name: &'static str, action: impl FnOnce() -> R) -> R {
    hooks::observe(&Saboteur);
    SABOTAGED.set(Some((name, EACCES)));
    let result = action();
    SABOTAGED.set(None);
    result
}

type Told = Arc<Mutex<Vec<(DegradationCause, DegradationInfo)>>>;

fn answering(
    told: &Told,
    action: DegradationAction,
) -> impl Fn(DegradationCause, &DegradationInfo) -> DegradationAction + Send + Sync + 'static {
    let told = Arc::clone(told);
    move |cause, info| {
        told.lock().unwrap().push((cause, *info));
        action
    }
}

// Fails if: `reach_wanted` only logs what the system refused.
#[test]
fn a_client_that_cannot_reach_a_server_asks_its_handler() {
    for action in [
        DegradationAction::Ignore,
        DegradationAction::Warn,
        DegradationAction::DegradeAndFail,
    ] {
        let stage = Stage::<u64>::new();
        let server = stage.server();
        let told = Told::default();
        let client = denied("connect", || {
            stage
                .factory
                .client_builder()
                .set_request_degradation_handler(answering(&told, action))
                .create()
                .unwrap()
        });
        {
            let told = told.lock().unwrap();
            let (cause, info) = told[0];
            assert_eq!(cause, DegradationCause::FailedToEstablishConnection);
            assert_eq!(info.service_id, stage.factory.unique_service_id());
            assert_eq!(info.sender_port_id, client.id().value());
            assert_eq!(info.receiver_port_id, server.id().value());
            assert_eq!(told.len(), 1);
        }
        if action == DegradationAction::DegradeAndFail {
            let failure = ConnectionFailure::FailedToEstablishConnection;
            assert_eq!(
                client.send_copy(1).unwrap_err(),
                RequestSendError::SendError(SendError::ConnectionError(failure))
            );
        }
        assert_eq!(
            client.send_copy(1).unwrap().number_of_server_connections(),
            0
        );
        client.update_connections().unwrap();
        assert_eq!(
            client.send_copy(1).unwrap().number_of_server_connections(),
            1
        );
    }
}

// Fails if: `update_connections` of a client does not check.
#[test]
fn looking_for_servers_by_hand_fails_if_the_handler_says_so() {
    let stage = Stage::<u64>::new();
    let client = stage
        .factory
        .client_builder()
        .set_request_degradation_handler(|_, _| DegradationAction::DegradeAndFail)
        .create()
        .unwrap();
    let _server = stage.server();
    let failed = denied("connect", || client.update_connections());
    assert_eq!(failed, Err(ConnectionFailure::FailedToEstablishConnection));
    assert_eq!(client.update_connections(), Ok(()));
}

// Fails if: `turn_away` only logs.
#[test]
fn a_server_that_cannot_let_a_client_in_asks_its_handler() {
    let stage = Stage::<u64>::new();
    let told = Told::default();
    let server = stage
        .factory
        .server_builder()
        .set_request_degradation_handler(answering(&told, DegradationAction::DegradeAndFail))
        .create()
        .unwrap();
    let client = stage.client();
    let _pending = client.send_copy(1).unwrap();
    let received = denied("mmap", || server.receive());
    assert_eq!(
        received.unwrap_err(),
        ReceiveError::ConnectionFailure(ConnectionFailure::FailedToEstablishConnection)
    );
    let told = told.lock().unwrap();
    assert_eq!(told[0].0, DegradationCause::FailedToEstablishConnection);
    assert_eq!(told[0].1.receiver_port_id, server.id().value());
    assert!(server.receive().unwrap().is_none());
    drop(stage.client().send_copy(2).unwrap());
    assert_eq!(*server.receive().unwrap().unwrap(), 2);
}

// Fails if: `admit` does not give the half back.
#[test]
fn who_could_not_be_let_in_takes_nobodys_place() {
    let stage = Stage::<u64>::with(|builder| builder.max_clients(1));
    let server = stage.server();
    for number in 0..10 {
        let client = stage.client();
        let _pending = client.send_copy(number).unwrap();
        assert!(denied("mmap", || server.receive()).unwrap().is_none());
    }
    drop(stage.client().send_copy(10).unwrap());
    assert_eq!(*server.receive().unwrap().unwrap(), 10);
}
