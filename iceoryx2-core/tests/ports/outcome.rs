// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How each request ended: exactly one outcome, and the right one.

use super::stage::{LONG, PendingOf, Stage, eventually};
use iceoryx2::{
    port::{Outcome, WaitError},
    prelude::*,
};

/// Not a test: what the children of this program do.
fn ended(pending: &PendingOf<u64>) -> Outcome {
    let by_waiting = pending.timed_receive(LONG).unwrap_err();
    let outcome = pending.outcome().unwrap();
    assert_eq!(by_waiting, WaitError::Ended(outcome));
    assert!(!pending.is_connected() && !pending.has_response());
    outcome
}

// Fails if: `known_outcome` takes no server for `Finished`.
#[test]
fn without_servers_it_is_no_server() {
    let stage = Stage::<u64>::new();
    let client = stage.client();
    let pending = client.send_copy(1).unwrap();
    assert_eq!(pending.number_of_server_connections(), 0);
    assert_eq!(ended(&pending), Outcome::NoServer);
    let _late = stage.server();
    client.update_connections().unwrap();
    assert_eq!(ended(&pending), Outcome::NoServer);
}

// Fails if: `known_outcome` does not ask for responses that are left.
#[test]
fn while_a_server_has_it_there_is_no_outcome() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(1).unwrap();
    assert_eq!((pending.outcome(), pending.is_connected()), (None, true));
    let request = server.receive().unwrap().unwrap();
    assert_eq!((pending.outcome(), pending.is_connected()), (None, true));
    request.send_copy(2).unwrap();
    drop(request);
    assert_eq!(
        pending.outcome(),
        None,
        "there is a response to be received"
    );
    assert_eq!(*pending.receive().unwrap().unwrap(), 2);
    assert_eq!(ended(&pending), Outcome::Finished);
}

// Fails if: `ending` takes every ended stream for finished.
#[test]
fn a_request_dropped_unanswered_is_rejected() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(1).unwrap();
    drop(server.receive().unwrap().unwrap());
    assert_eq!(ended(&pending), Outcome::Rejected);
}

// Fails if: `ServerState::close` does not end the streams of what is queued.
#[test]
fn what_an_orderly_server_has_not_taken_is_rejected() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending: Vec<_> = (0..4).map(|n| client.send_copy(n).unwrap()).collect();
    drop(server);
    for pending in &pending {
        assert_eq!(ended(pending), Outcome::Rejected);
    }
}

// Fails if: `ending` does not reject what a closing server has not taken.
#[test]
fn what_a_server_leaves_in_the_queue_with_requests_in_hand_is_rejected() {
    let stage = Stage::<u64>::with(|builder| builder.max_active_requests_per_client(2));
    let (client, server) = (stage.client(), stage.server());
    let abandoned: Vec<_> = (0..2).map(|n| client.send_copy(n).unwrap()).collect();
    let held = [0, 1].map(|_| server.receive().unwrap().unwrap());
    drop(abandoned);
    let pending: Vec<_> = (0..2).map(|n| client.send_copy(n).unwrap()).collect();
    drop(server);
    for pending in &pending {
        assert_eq!(ended(pending), Outcome::Rejected);
    }
    drop(held);
    for pending in &pending {
        assert_eq!(ended(pending), Outcome::Rejected);
    }
}

// Fails if: `known_outcome` does not ask for responses that are left; or `Requester::detach` rescues nothing.
#[test]
fn what_an_orderly_server_had_published_is_received_first() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(1).unwrap();
    let request = server.receive().unwrap().unwrap();
    request.send_copy(2).unwrap();
    request.send_copy(3).unwrap();
    drop((request, server));
    assert!(pending.has_response());
    assert_eq!(pending.outcome(), None);
    assert_eq!(*pending.receive().unwrap().unwrap(), 2);
    assert_eq!(*pending.timed_receive(LONG).unwrap(), 3);
    assert_eq!(ended(&pending), Outcome::Finished);
}

// Fails if: `note_eviction` notes nothing.
#[test]
fn what_overflow_replaced_is_evicted() {
    for admitted in [false, true] {
        let stage = Stage::<u64>::new();
        let server = stage.server();
        let clients = [stage.client(), stage.client()];
        if admitted {
            for client in &clients {
                drop(client.send_copy(0).unwrap());
            }
            while server.receive().unwrap().is_some() {}
            let probe = clients[0].send_copy(0).unwrap();
            server.receive().unwrap().unwrap().send_copy(0).unwrap();
            assert!(eventually(|| probe.receive().unwrap()).origin() == server.id());
        }
        let stale: Vec<_> = (0..2).map(|n| clients[0].send_copy(n).unwrap()).collect();
        for n in 0..2 {
            drop(clients[0].send_copy(n).unwrap());
        }
        let fresh: Vec<_> = (0..2)
            .map(|n| clients[0].send_copy(10 + n).unwrap())
            .collect();
        while let Some(request) = server.receive().unwrap() {
            request.send_copy(*request).unwrap();
        }
        for pending in &stale {
            assert_eq!(pending.number_of_server_connections(), 1);
            assert_eq!(ended(pending), Outcome::Evicted, "admitted: {admitted}");
        }
        for (n, pending) in (0..).zip(&fresh) {
            assert_eq!(*pending.receive().unwrap().unwrap(), 10 + n);
            assert_eq!(ended(pending), Outcome::Finished);
        }
    }
}

// Fails if: `worse` compares with `>`.
#[test]
fn of_several_servers_the_worst_counts() {
    let stage = Stage::<u64>::new();
    let (client, servers) = (stage.client(), [stage.server(), stage.server()]);
    let pending = client.send_copy(1).unwrap();
    let requests = servers
        .each_ref()
        .map(|server| server.receive().unwrap().unwrap());
    let [answered, dropped] = requests;
    answered.send_copy(2).unwrap();
    drop(dropped);
    assert_eq!(pending.outcome(), None);
    drop(answered);
    assert_eq!(*pending.receive().unwrap().unwrap(), 2);
    assert_eq!(ended(&pending), Outcome::Rejected);
}

// Fails if: `ClientState::take` passes over servers whose stream has ended.
#[test]
fn a_full_stream_of_a_finished_request_is_received_whole_after_overflow() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(1).unwrap();
    let request = server.receive().unwrap().unwrap();
    (0..7).for_each(|n| request.send_copy(n).unwrap());
    drop(request);
    assert_eq!(*pending.timed_receive(LONG).unwrap(), 5);
    assert_eq!(*pending.timed_receive(LONG).unwrap(), 6);
    assert_eq!(ended(&pending), Outcome::Finished);
}
