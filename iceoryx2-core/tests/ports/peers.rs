// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who reaches whom, in which order, and what outlives what.

use super::stage::{ClientOf, Large, PendingOf, ServerOf, Stage, eventually};
use iceoryx2::{port::Outcome, prelude::*};

fn take(server: &ServerOf<u64>) -> Option<u64> {
    server.receive().unwrap().map(|request| *request)
}

fn next(pending: &PendingOf<u64>) -> Option<u64> {
    pending.receive().unwrap().map(|response| *response)
}

/// Sends `numbers`, and drops what they would be answered to.
fn tell(client: &ClientOf<u64>, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        drop(client.send_copy(number).unwrap());
    }
}

// Fails if: `has_response` does not listen to young servers; or `has_any` finds nothing.
#[test]
fn one_thread_asks_and_answers_without_waiting() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    for n in 0..100 {
        let pending = client.send_copy(n).unwrap();
        assert!(server.has_requests().unwrap());
        let request = server.receive().unwrap().unwrap();
        assert_eq!((*request, request.is_connected()), (n, true));
        request.send_copy(n + 1).unwrap();
        assert!(pending.has_response());
        assert_eq!(next(&pending), Some(n + 1));
        assert!(!pending.has_response() && pending.is_connected());
        drop(request);
        assert!(!pending.is_connected());
    }
    assert!(!server.has_requests().unwrap());
}

// Fails if: `ServerState::receive` does not look for clients; or `ClientState::receive` does not listen to young
// servers.
#[test]
fn the_first_message_over_a_young_connection_is_found_at_once() {
    let stage = Stage::<u64>::with(|builder| builder.max_clients(64).max_servers(16));
    let server = stage.server();
    for n in 0..50 {
        let client = stage.client();
        let pending = client.send_copy(n).unwrap();
        assert_eq!(pending.number_of_server_connections(), 1);
        let request = server.receive().unwrap().unwrap();
        request.send_copy(n).unwrap();
        assert_eq!(next(&pending), Some(n));
    }
}

// Fails if: `has_requests` does not look for clients.
#[test]
fn has_requests_finds_what_a_young_client_sent() {
    let stage = Stage::<u64>::new();
    let server = stage.server();
    for n in 0..20 {
        assert!(!server.has_requests().unwrap());
        let client = stage.client();
        let _pending = client.send_copy(n).unwrap();
        assert!(server.has_requests().unwrap());
        assert_eq!(take(&server), Some(n));
    }
}

// Fails if: `has_response` does not listen to young servers.
#[test]
fn has_response_finds_what_a_young_server_answered() {
    for n in 0..10 {
        let stage = Stage::<u64>::new();
        let (client, server) = (stage.client(), stage.server());
        let pending = client.send_copy(n).unwrap();
        assert!(!pending.has_response());
        server.receive().unwrap().unwrap().send_copy(n).unwrap();
        assert!(pending.has_response());
        assert_eq!(next(&pending), Some(n));
    }
}

// Fails if: `ServerConnection::release` does nothing.
#[test]
fn a_stream_is_first_in_first_out() {
    let stage = Stage::<u64>::with(|builder| builder.max_response_buffer_size(16));
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(0).unwrap();
    let request = server.receive().unwrap().unwrap();
    for round in 0..50 {
        let numbers = round * 16..(round + 1) * 16;
        numbers.clone().for_each(|n| request.send_copy(n).unwrap());
        assert!(numbers.eq(std::iter::from_fn(|| next(&pending))));
    }
}

// Fails if: `finish` does not `end_stream`.
#[test]
fn requests_of_one_client_are_first_in_first_out() {
    let stage = Stage::<u64>::with(|builder| builder.max_active_requests_per_client(16));
    let (client, server) = (stage.client(), stage.server());
    for round in 0..50 {
        let numbers = round * 16..(round + 1) * 16;
        tell(&client, numbers.clone());
        assert!(numbers.eq(std::iter::from_fn(|| take(&server))));
    }
}

// Fails if: `deliver` ends with the first server that has it; or `ClientState::take` asks the first server alone.
#[test]
fn every_server_gets_every_request_and_answers_for_itself() {
    let stage = Stage::<Large>::with(|builder| builder.max_servers(4));
    let servers: Vec<_> = (0..4).map(|_| stage.server()).collect();
    let client = stage.client();
    let pending = client.send_copy(Large::new(7)).unwrap();
    assert_eq!(pending.number_of_server_connections(), 4);
    for (n, server) in (0..).zip(&servers) {
        let request = server.receive().unwrap().unwrap();
        assert_eq!((request.number(), request.origin()), (7, client.id()));
        request.send_copy(Large::new(n)).unwrap();
        assert!(pending.is_connected());
    }
    let mut answers: Vec<_> = std::iter::from_fn(|| pending.receive().unwrap())
        .map(|response| (response.number(), response.origin()))
        .collect();
    answers.sort_unstable();
    let expected: Vec<_> = (0..)
        .zip(servers.iter().map(|server| server.id()))
        .collect();
    assert_eq!(answers, expected);
    assert_eq!(pending.outcome(), Some(Outcome::Finished));
    assert_eq!(pending.number_of_server_connections(), 4);
}

// Fails if: `ClientConnection::respond` takes slot 0.
#[test]
fn responses_reach_only_who_asked() {
    let stage = Stage::<u64>::new();
    let (clients, server) = ([stage.client(), stage.client()], stage.server());
    let pending: Vec<_> = (0..8)
        .map(|n| clients[n % 2].send_copy(n as u64).unwrap())
        .collect();
    while let Some(request) = server.receive().unwrap() {
        request.send_copy(*request + 100).unwrap();
    }
    for (n, pending) in (0..).zip(&pending) {
        assert_eq!((next(pending), next(pending)), (Some(n + 100), None));
    }
}

// Fails if: `Rotation::go_on_after` leaves `turn` at 0.
#[test]
fn clients_are_served_in_turn() {
    let stage = Stage::<u64>::with(|builder| builder.max_active_requests_per_client(8));
    let server = stage.server();
    let clients: Vec<_> = (0..4).map(|_| stage.client()).collect();
    for client in &clients {
        tell(client, 0..8);
    }
    for n in 0..8 {
        let mut served: Vec<_> = (0..4)
            .map(|_| {
                let request = server.receive().unwrap().unwrap();
                assert_eq!(*request, n);
                request.origin()
            })
            .collect();
        served.sort_unstable();
        served.dedup();
        assert_eq!(served.len(), 4, "round {n}");
    }
}

// Fails if: `Rotation::go_on_after` leaves `turn` at 0.
#[test]
fn a_client_that_never_pauses_starves_nobody() {
    let stage = Stage::<u64>::new();
    let (server, busy, quiet) = (stage.server(), stage.client(), stage.client());
    tell(&quiet, [1_000]);
    tell(&busy, 0..4);
    let taken: Vec<_> = (0..3)
        .map(|n| {
            tell(&busy, [n]);
            take(&server).unwrap()
        })
        .collect();
    assert!(taken.contains(&1_000), "{taken:?}");
}

// Fails if: `ClientState::take` leaves `turn` at 0.
#[test]
fn servers_are_heard_in_turn() {
    let stage = Stage::<u64>::with(|builder| builder.max_response_buffer_size(8));
    let (servers, client) = ([stage.server(), stage.server()], stage.client());
    let pending = client.send_copy(0).unwrap();
    for server in &servers {
        let request = server.receive().unwrap().unwrap();
        (0..8).for_each(|n| request.send_copy(n).unwrap());
    }
    for n in 0..8 {
        let pair = [0, 1].map(|_| pending.receive().unwrap().unwrap());
        assert_eq!([*pair[0], *pair[1]], [n, n]);
        assert_ne!(pair[0].origin(), pair[1].origin());
    }
}

// Fails if: `deliveries` counts every server; or `deliver` ends with the first server that has it.
#[test]
fn a_server_started_after_the_send_does_not_see_it() {
    let stage = Stage::<u64>::new();
    let client = stage.client();
    let early = stage.server();
    let pending = client.send_copy(1).unwrap();
    let late = stage.server();
    client.update_connections().unwrap();
    assert_eq!((take(&late), take(&early)), (None, Some(1)));
    assert_eq!(pending.number_of_server_connections(), 1);
    tell(&client, [2]);
    assert_eq!((take(&late), take(&early)), (Some(2), Some(2)));
}

// Fails if: `begin` does not ask the hint.
#[test]
fn a_server_created_before_the_send_sees_it() {
    let stage = Stage::<u64>::new();
    let client = stage.client();
    for n in 0..50 {
        let server = stage.server();
        let _pending = client.send_copy(n).unwrap();
        assert_eq!(take(&server), Some(n));
    }
}

// Fails if: `ServerState::take` does not begin with those that are gone; or `update_connections` of a server does not
// look.
#[test]
fn what_the_gone_had_queued_comes_first() {
    let stage = Stage::<u64>::new();
    let (server, living, gone) = (stage.server(), stage.client(), stage.client());
    for client in [&living, &gone] {
        tell(client, [0]);
    }
    while take(&server).is_some() {}
    tell(&living, [1, 2]);
    tell(&gone, [11, 12]);
    drop(gone);
    server.update_connections().unwrap();
    let order: Vec<_> = std::iter::from_fn(|| take(&server)).collect();
    assert_eq!(order, [11, 12, 1, 2]);
}

// Fails if: `settle` forgets a client that is gone already; or `bury` drops what a client that is gone had sent.
#[test]
fn a_client_that_leaves_before_it_was_let_in_is_still_heard() {
    let stage = Stage::<Large>::new();
    let server = stage.server();
    let client = stage.client();
    drop(client.send_copy(Large::new(5)).unwrap());
    drop(client);
    let request = server.receive().unwrap().unwrap();
    assert_eq!((request.number(), request.is_connected()), (5, false));
    assert_eq!(request.send_copy(Large::new(6)), Ok(()));
}

// Fails if: `ClientConnection::admit` takes the node for the client.
#[test]
fn a_request_outlives_its_client_and_its_loan_is_sent_after_it() {
    let stage = Stage::<Large>::new();
    let (client, server) = (stage.client(), stage.server());
    let loan = client.loan_uninit().unwrap();
    let id = client.id();
    drop(client);
    let pending = loan.write_payload(Large::new(3)).send().unwrap();
    let request = server.receive().unwrap().unwrap();
    assert_eq!((request.number(), request.origin()), (3, id));
    request.send_copy(Large::new(4)).unwrap();
    assert_eq!(pending.receive().unwrap().unwrap().number(), 4);
}

// Fails if: `leave` removes nothing.
#[test]
fn a_response_outlives_everything() {
    let stage = Stage::<Large>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(Large::new(1)).unwrap();
    let request = server.receive().unwrap().unwrap();
    request.send_copy(Large::new(2)).unwrap();
    let (response, origin) = (pending.receive().unwrap().unwrap(), server.id());
    drop((pending, client, request, server));
    let Stage {
        factory,
        node,
        root,
    } = stage;
    drop((factory, node));
    assert_eq!((response.number(), response.origin()), (2, origin));
    drop(response);
    root.assert_nothing_left();
}

// Fails if: `ClientConnection::is_over` does not count what is borrowed.
#[test]
fn an_active_request_outlives_its_client_and_its_server() {
    let stage = Stage::<Large>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(Large::new(1)).unwrap();
    let request = server.receive().unwrap().unwrap();
    drop((pending, client, server));
    assert!(!request.is_connected());
    assert_eq!(request.number(), 1);
    assert_eq!(request.send_copy(Large::new(2)), Ok(()));
}

// Fails if: `ServerState::close` buries its clients; or `is_open` takes a closing server for open.
#[test]
fn an_active_request_goes_on_answering_after_its_server() {
    let stage = Stage::<Large>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(Large::new(1)).unwrap();
    let request = server.receive().unwrap().unwrap();
    drop(server);
    for n in 0..10 {
        request.send_copy(Large::new(n)).unwrap();
        assert_eq!(pending.receive().unwrap().unwrap().number(), n);
        assert_eq!((pending.is_connected(), pending.outcome()), (true, None));
    }
    let after = client.send_copy(Large::new(1)).unwrap();
    assert_eq!(after.number_of_server_connections(), 0);
    drop(request);
    assert_eq!(pending.outcome(), Some(Outcome::Finished));
}

// Fails if: `ServerConnection::cancel` does not tell the server; or `Requester::has_response` does not look at the
// generation.
#[test]
fn dropping_a_pending_response_is_seen_at_once() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(1).unwrap();
    let request = server.receive().unwrap().unwrap();
    assert!(request.is_connected());
    drop(pending);
    assert!(!request.is_connected());
    assert_eq!(request.send_copy(1), Ok(()));
    let again = client.send_copy(2).unwrap();
    assert!(!request.is_connected(), "the next request is another one");
    assert_eq!(request.send_copy(99), Ok(()));
    assert_eq!((again.has_response(), next(&again)), (false, None));
}

// Fails if: `Requester::has_response` does not look at the generation.
#[test]
fn what_was_meant_for_an_earlier_request_never_reaches_a_later_one() {
    let stage = Stage::<u64>::with(|builder| builder.max_active_requests_per_client(1));
    let (client, server) = (stage.client(), stage.server());
    for n in 0..20 {
        let abandoned = client.send_copy(n).unwrap();
        let old = server.receive().unwrap().unwrap();
        old.send_copy(1_000).unwrap();
        old.send_copy(1_001).unwrap();
        drop((abandoned, old));
        let pending = client.send_copy(n).unwrap();
        assert_eq!(
            (pending.has_response(), pending.outcome()),
            (false, None),
            "before the server took it"
        );
        assert_eq!(next(&pending), None);
        let request = server.receive().unwrap().unwrap();
        assert!(!pending.has_response());
        request.send_copy(n).unwrap();
        assert!(pending.has_response());
        assert_eq!((next(&pending), next(&pending)), (Some(n), None));
    }
}

// Fails if: `Responder::has_disconnect_hint` does not look at the generation; or `hint_disconnect` tells nobody.
#[test]
fn a_hint_is_a_wish_only() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let (pending, other) = (client.send_copy(1).unwrap(), client.send_copy(2).unwrap());
    let (request, unhinted) = (
        server.receive().unwrap().unwrap(),
        server.receive().unwrap().unwrap(),
    );
    assert!(!request.has_disconnect_hint());
    pending.set_disconnect_hint();
    assert!(request.has_disconnect_hint() && request.is_connected());
    assert!(!unhinted.has_disconnect_hint());
    request.send_copy(3).unwrap();
    assert_eq!(next(&pending), Some(3));
    drop((pending, request));
    let _again = client.send_copy(4).unwrap();
    assert!(!server.receive().unwrap().unwrap().has_disconnect_hint());
    drop(other);
}

// Fails if: `hint_disconnect` tells nobody.
#[test]
fn a_hint_before_the_request_was_taken_is_found() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(1).unwrap();
    pending.set_disconnect_hint();
    assert!(server.receive().unwrap().unwrap().has_disconnect_hint());
}

// Fails if: `ClientConnection::admit` does not note the node; or `ServerConnection::admit` does not note the node.
#[test]
fn ports_of_several_nodes_meet() {
    let stage = Stage::<u64>::new();
    let ((here, one), (there, two)) = (stage.open(), stage.open());
    let server = one.server_builder().create().unwrap();
    let client = two.client_builder().create().unwrap();
    let pending = client.send_copy(1).unwrap();
    let request = server.receive().unwrap().unwrap();
    assert_eq!(request.header().node_id(), there.id());
    request.send_copy(2).unwrap();
    let response = pending.receive().unwrap().unwrap();
    assert_eq!(response.header().node_id(), here.id());
    assert_eq!(*response, 2);
}

// Fails if: the builders' `name` forgets it; or `Drop for Claim` releases nothing.
#[test]
fn ports_are_listed_with_their_names() {
    let stage = Stage::<u64>::new();
    let client = stage
        .factory
        .client_builder()
        .name(&PortName::new("asker").unwrap())
        .create()
        .unwrap();
    let server = stage
        .factory
        .server_builder()
        .name(&PortName::new("teller").unwrap())
        .create()
        .unwrap();
    assert_eq!(
        (client.name().as_str(), server.name().as_str()),
        ("asker", "teller")
    );
    let config = stage.factory.dynamic_config();
    assert_eq!(
        (config.number_of_clients(), config.number_of_servers()),
        (1, 1)
    );
    drop((client, server));
    let config = stage.factory.dynamic_config();
    assert_eq!(
        (config.number_of_clients(), config.number_of_servers()),
        (0, 0)
    );
}

// Fails if: `ServerConnection::bury` does not `give_half`; or `Requester::detach` rescues nothing.
#[test]
fn servers_come_and_go_under_a_client_that_stays() {
    let stage = Stage::<u64>::new();
    let client = stage.client();
    for n in 0..100 {
        let servers = [stage.server(), stage.server()];
        let pending = client.send_copy(n).unwrap();
        for server in &servers {
            server.receive().unwrap().unwrap().send_copy(n).unwrap();
        }
        drop(servers);
        assert_eq!((next(&pending), next(&pending)), (Some(n), Some(n)));
        assert_eq!(next(&pending), None);
        assert_eq!(pending.outcome(), Some(Outcome::Finished));
    }
}

// Fails if: `ClientConnection::bury` does not `give_half`; or `ServerState::receive` does not look for clients.
#[test]
fn clients_come_and_go_under_a_server_that_stays() {
    let stage = Stage::<u64>::with(|builder| builder.max_clients(2));
    let server = stage.server();
    for n in 0..100 {
        let clients = [stage.client(), stage.client()];
        for client in &clients {
            tell(client, [n]);
        }
        assert_eq!((take(&server), take(&server)), (Some(n), Some(n)));
        assert_eq!(take(&server), None);
    }
}

// Fails if: `ServerConnection::release` does nothing.
#[test]
fn a_thousand_times_ten_messages_arrive_whole_and_in_order() {
    let stage = Stage::<Large>::with(|builder| builder.max_response_buffer_size(10));
    let (client, server) = (stage.client(), stage.server());
    for round in 0..1_000 {
        let pending = client.send_copy(Large::new(round)).unwrap();
        let request = server.receive().unwrap().unwrap();
        assert_eq!(request.number(), round);
        for n in 0..10 {
            request.send_copy(Large::new(round + n)).unwrap();
        }
        drop(request);
        for n in 0..10 {
            assert_eq!(pending.receive().unwrap().unwrap().number(), round + n);
        }
        assert_eq!(pending.outcome(), Some(Outcome::Finished));
    }
}

// Fails if: `PortFactory::drop` ends the service.
#[test]
fn the_service_stays_as_long_as_a_port_does() {
    let Stage {
        factory,
        node,
        root,
    } = Stage::<u64>::new();
    let server = factory.server_builder().create().unwrap();
    drop((factory, node));
    let (_node, factory) = super::stage::open::<u64>(&root.config());
    let client = factory.client_builder().create().unwrap();
    let _pending = client.send_copy(1).unwrap();
    assert_eq!(eventually(|| take(&server)), 1);
}
