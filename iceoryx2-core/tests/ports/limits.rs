// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Limits of ports and messages are kept exactly as configured, and memory comes back after any history.

use super::stage::{ActiveOf, Large, ServerOf, Stage};
use iceoryx2::port::{
    LoanError, ReceiveError, SendError,
    client::{ClientCreateError, RequestSendError},
    server::ServerCreateError,
};

/// Takes all requests there are.
fn drain(server: &ServerOf<u64>) -> Vec<u64> {
    std::iter::from_fn(|| server.receive().unwrap())
        .map(|request| *request)
        .collect()
}

// Fails if: `ClientState::loan` compares with `>`.
#[test]
fn loans_of_requests_end_at_the_limit() {
    for limit in [1, 2, 5] {
        let stage = Stage::<Large>::with(|builder| builder.max_loaned_requests(limit));
        let client = stage.client();
        let loans: Vec<_> = (0..limit).map(|_| client.loan_uninit().unwrap()).collect();
        assert_eq!(
            client.loan_uninit().unwrap_err(),
            LoanError::ExceedsMaxLoans
        );
        drop(loans);
        assert!(client.loan_uninit().is_ok());
    }
}

// Fails if: `begin` leaves the loan counted.
#[test]
fn a_sent_request_is_no_loan_any_more() {
    let stage = Stage::<u64>::with(|builder| builder.max_loaned_requests(1));
    let client = stage.client();
    let pending: Vec<_> = (0..4).map(|n| client.send_copy(n).unwrap()).collect();
    assert!(client.loan().is_ok());
    drop(pending);
}

// Fails if: `ClientConnection::loan` compares with `<=`.
#[test]
fn loans_of_responses_end_at_the_servers_limit_per_request() {
    let stage = Stage::<Large>::new();
    let (client, server) = (
        stage.client(),
        stage
            .factory
            .server_builder()
            .max_loaned_responses_per_request(3)
            .create()
            .unwrap(),
    );
    let _pending: Vec<_> = (0..2)
        .map(|n| client.send_copy(Large::new(n)).unwrap())
        .collect();
    let requests: Vec<_> = (0..2).map(|_| server.receive().unwrap().unwrap()).collect();
    let loans: Vec<_> = requests
        .iter()
        .flat_map(|request| (0..3).map(|_| request.loan_uninit().unwrap()))
        .collect();
    for request in &requests {
        assert_eq!(
            request.loan_uninit().unwrap_err(),
            LoanError::ExceedsMaxLoans
        );
    }
    drop(loans);
    assert!(requests.iter().all(|request| request.loan_uninit().is_ok()));
}

// Fails if: `ClientState::send_in_chunk` or `Responder::passage` asks for no loan.
#[test]
fn copies_in_chunks_end_at_the_limits_of_loans_and_lose_no_memory() {
    let stage = Stage::<Large>::with(|builder| builder.max_loaned_requests(1));
    let client = stage.client();
    let server = stage.factory.server_builder();
    let server = server.max_loaned_responses_per_request(1).create().unwrap();
    // So many chunks that the short way has one, whatever is loaned.
    let pending: Vec<_> = (0..4).map(|n| client.send_copy(Large::new(n))).collect();
    while let Some(request) = server.receive().unwrap() {
        (0..2).for_each(|n| request.send_copy(Large::new(n)).unwrap());
    }
    drop(pending);
    for n in 0..200 {
        let loan = client.loan_uninit().unwrap();
        let refused = client.send_copy(Large::new(n)).unwrap_err();
        assert_eq!(refused, RequestSendError::from(LoanError::ExceedsMaxLoans));
        drop(loan);
        let pending = client.send_copy(Large::new(n)).unwrap();
        let request = server.receive().unwrap().unwrap();
        let loan = request.loan_uninit().unwrap();
        let refused = request.send_copy(Large::new(0)).unwrap_err();
        assert_eq!(refused, SendError::from(LoanError::ExceedsMaxLoans));
        drop(loan);
        request.send_copy(Large::new(n + 1)).unwrap();
        let response = pending.receive().unwrap().unwrap();
        assert_eq!(response.number(), n + 1);
    }
}

// Fails if: `max_active_requests` keeps 0; or `max_loaned_responses_per_request` keeps 0.
#[test]
fn limits_of_zero_are_raised_to_one() {
    let stage = Stage::<u64>::new();
    let client = stage
        .factory
        .client_builder()
        .max_active_requests(0)
        .create()
        .unwrap();
    let server = stage
        .factory
        .server_builder()
        .max_loaned_responses_per_request(0)
        .create()
        .unwrap();
    assert_eq!(client.max_active_requests(), 1);
    let _pending = client.send_copy(1).unwrap();
    let request = server.receive().unwrap().unwrap();
    let _loan = request.loan().unwrap();
    assert_eq!(request.loan().unwrap_err(), LoanError::ExceedsMaxLoans);
}

// Fails if: `begin` compares with `>`.
#[test]
fn pending_responses_end_at_the_clients_limit() {
    let stage = Stage::<u64>::with(|builder| builder.max_active_requests_per_client(3));
    let whole = stage.client();
    let half = stage
        .factory
        .client_builder()
        .max_active_requests(2)
        .create()
        .unwrap();
    for (client, limit) in [(&whole, 3), (&half, 2)] {
        assert_eq!(client.max_active_requests(), limit);
        let mut pending: Vec<_> = (0..limit).map(|_| client.send_copy(1).unwrap()).collect();
        assert_eq!(
            client.send_copy(1).unwrap_err(),
            RequestSendError::ExceedsMaxActiveRequests
        );
        pending.pop();
        pending.push(client.send_copy(1).unwrap());
        assert!(client.send_copy(1).is_err());
    }
}

// Fails if: `create` does not compare with what is supported.
#[test]
fn a_client_cannot_have_more_active_requests_than_the_service_allows() {
    let stage = Stage::<u64>::with(|builder| builder.max_active_requests_per_client(3));
    let error = stage
        .factory
        .client_builder()
        .max_active_requests(4)
        .create()
        .unwrap_err();
    assert_eq!(
        error,
        ClientCreateError::MaxActiveRequestsExceedsMaxSupportedActiveRequestsOfService
    );
}

// Fails if: `begin` compares with `>`.
#[test]
fn a_refused_request_comes_back_ready_to_be_sent() {
    let stage = Stage::<Large>::with(|builder| builder.max_active_requests_per_client(1));
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(Large::new(1)).unwrap();
    let request = client.loan_uninit().unwrap().write_payload(Large::new(2));
    let (mut request, error) = request.try_send().unwrap_err();
    assert_eq!(error, RequestSendError::ExceedsMaxActiveRequests);
    assert_eq!(request.number(), 2);
    *request = Large::new(3);
    drop(pending);
    let _pending = request.try_send().unwrap();
    let numbers: Vec<_> = std::iter::from_fn(|| server.receive().unwrap())
        .map(|request| request.number())
        .collect();
    assert_eq!(numbers, [3], "a queue of one holds the last");
}

// Fails if: `Drop for RequestTenure` gives nothing back.
#[test]
fn a_refused_request_that_is_not_wanted_back_gives_its_loan_back() {
    let stage = Stage::<Large>::with(|builder| {
        builder
            .max_active_requests_per_client(1)
            .max_loaned_requests(1)
    });
    let client = stage.client();
    let _pending = client.send_copy(Large::new(1)).unwrap();
    for _ in 0..100 {
        assert_eq!(
            client.send_copy(Large::new(2)).unwrap_err(),
            RequestSendError::ExceedsMaxActiveRequests
        );
    }
}

// Fails if: `ServerState::take` forgets `no_borrow_left`.
#[test]
fn a_server_holds_so_many_active_requests_of_each_client() {
    let stage = Stage::<u64>::with(|builder| builder.max_active_requests_per_client(2));
    let (first, second, server) = (stage.client(), stage.client(), stage.server());
    let (mut pending, mut active) = (Vec::new(), Vec::<ActiveOf<u64>>::new());
    for client in [&first, &second] {
        for n in 0..2 {
            pending.push(client.send_copy(n).unwrap());
            active.push(server.receive().unwrap().unwrap());
        }
    }
    assert!(server.receive().unwrap().is_none());
    // The first client's requests are held; now it has given up on them and asks again.
    pending.drain(..2);
    pending.push(first.send_copy(7).unwrap());
    assert!(server.has_requests().unwrap());
    assert_eq!(
        server.receive().unwrap_err(),
        ReceiveError::ExceedsMaxBorrows
    );
    active.remove(0);
    assert_eq!(*server.receive().unwrap().unwrap(), 7);
}

// Fails if: `ServerState::take` forgets `no_borrow_left`; or `ServerState::receive` does not look for clients.
#[test]
fn who_holds_too_much_of_one_client_is_served_by_another_still_young() {
    let stage = Stage::<u64>::with(|builder| builder.max_active_requests_per_client(1));
    let (greedy, server) = (stage.client(), stage.server());
    let pending = greedy.send_copy(1).unwrap();
    let _active = server.receive().unwrap().unwrap();
    drop(pending);
    let _queued = greedy.send_copy(2).unwrap();
    for n in 0..20 {
        assert_eq!(
            server.receive().unwrap_err(),
            ReceiveError::ExceedsMaxBorrows
        );
        let young = stage.client();
        let _pending = young.send_copy(10 + n).unwrap();
        assert_eq!(*server.receive().unwrap().unwrap(), 10 + n);
    }
}

// Fails if: `ClientState::take` forgets `no_borrow_left`; or `ClientState::receive` does not listen to young servers.
#[test]
fn who_holds_too_much_of_one_server_is_answered_by_another_still_young() {
    for _ in 0..20 {
        let stage =
            Stage::<u64>::with(|builder| builder.max_borrowed_responses_per_pending_response(1));
        let first = stage.server();
        let client = stage.client();
        // Known to be there before the second one is.
        drop(client.send_copy(0).unwrap());
        drop(first.receive().unwrap());
        let second = stage.server();
        let pending = client.send_copy(1).unwrap();
        let request = first.receive().unwrap().unwrap();
        request.send_copy(1).unwrap();
        request.send_copy(2).unwrap();
        let _held = pending.receive().unwrap().unwrap();
        assert_eq!(
            pending.receive().unwrap_err(),
            ReceiveError::ExceedsMaxBorrows
        );
        second.receive().unwrap().unwrap().send_copy(3).unwrap();
        let response = pending.receive().unwrap().unwrap();
        assert_eq!((*response, response.origin()), (3, second.id()));
    }
}

// Fails if: `ClientState::take` forgets `no_borrow_left`.
#[test]
fn responses_end_at_the_limit_per_server() {
    for (limit, buffer) in [(1, 2), (2, 2), (3, 5)] {
        let stage = Stage::<Large>::with(|builder| {
            builder
                .max_borrowed_responses_per_pending_response(limit)
                .max_response_buffer_size(buffer)
        });
        let (client, servers) = (stage.client(), [stage.server(), stage.server()]);
        let pending = client.send_copy(Large::new(0)).unwrap();
        let requests = servers
            .each_ref()
            .map(|server| server.receive().unwrap().unwrap());
        let mut responses = Vec::new();
        for n in 0..limit {
            for request in &requests {
                request.send_copy(Large::new(n as u64)).unwrap();
                responses.push(pending.receive().unwrap().unwrap());
            }
        }
        requests[0].send_copy(Large::new(99)).unwrap();
        assert_eq!(
            pending.receive().unwrap_err(),
            ReceiveError::ExceedsMaxBorrows
        );
        assert!(pending.has_response());
        responses.remove(0);
        assert_eq!(pending.receive().unwrap().unwrap().number(), 99);
    }
}

// Fails if: `connection_layout` rounds the response buffer up to a power of two.
#[test]
fn queues_hold_exactly_what_is_configured() {
    for capacity in [1, 2, 3, 5, 7] {
        let stage = Stage::<u64>::with(|builder| {
            builder
                .max_active_requests_per_client(capacity)
                .max_response_buffer_size(capacity)
        });
        let (client, server) = (stage.client(), stage.server());
        let count = capacity as u64;
        // Cancelled requests leave their place in the queue only to newer ones.
        for n in 0..3 * count {
            drop(client.send_copy(n).unwrap());
        }
        assert_eq!(
            drain(&server),
            (2 * count..3 * count).collect::<Vec<_>>(),
            "capacity {capacity}"
        );
        let pending = client.send_copy(0).unwrap();
        let request = server.receive().unwrap().unwrap();
        for n in 0..3 * count {
            request.send_copy(n).unwrap();
        }
        let received: Vec<_> = std::iter::from_fn(|| pending.receive().unwrap())
            .map(|response| *response)
            .collect();
        assert_eq!(received, (2 * count..3 * count).collect::<Vec<_>>());
    }
}

// Fails if: `slots::of_servers` has one slot more; or `Drop for Claim` releases nothing.
#[test]
fn ports_end_at_the_services_limits() {
    let stage = Stage::<u64>::with(|builder| builder.max_clients(2).max_servers(1));
    let clients = [stage.client(), stage.client()];
    let server = stage.server();
    assert_eq!(
        stage.factory.client_builder().create().unwrap_err(),
        ClientCreateError::ExceedsMaxSupportedClients
    );
    assert_eq!(
        stage.factory.server_builder().create().unwrap_err(),
        ServerCreateError::ExceedsMaxSupportedServers
    );
    drop((clients, server));
    drop((stage.client(), stage.server()));
}

// Fails if: a client gives its byte back when its handle is dropped; or `slots::of_servers` has one slot more.
#[test]
fn a_port_counts_as_long_as_a_message_of_it_lives() {
    let stage = Stage::<Large>::with(|builder| builder.max_clients(1).max_servers(1));
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(Large::new(1)).unwrap();
    let request = server.receive().unwrap().unwrap();
    request.send_copy(Large::new(2)).unwrap();
    let response = pending.receive().unwrap().unwrap();
    drop((client, pending, server));
    assert!(stage.factory.client_builder().create().is_err());
    assert!(stage.factory.server_builder().create().is_err());
    assert_eq!(response.number(), 2);
    drop((response, request));
    drop((stage.client(), stage.server()));
}

// Fails if: a client gives its byte back when its handle is dropped; or `slots::of_servers` has one slot more.
#[test]
fn a_loan_counts_as_a_message() {
    let stage = Stage::<Large>::with(|builder| builder.max_clients(1).max_servers(1));
    let (client, server) = (stage.client(), stage.server());
    let loan = client.loan_uninit().unwrap();
    drop(client);
    assert!(stage.factory.client_builder().create().is_err());
    drop(loan);
    let client = stage.client();
    let _pending = client.send_copy(Large::new(1)).unwrap();
    let request = server.receive().unwrap().unwrap();
    let loan = request.loan_uninit().unwrap();
    drop((request, server));
    assert!(stage.factory.server_builder().create().is_err());
    drop(loan);
    drop(stage.server());
}

// Fails if: `ServerConnection::reclaim` does nothing.
#[test]
fn requests_to_a_server_that_does_nothing_cost_no_memory() {
    let stage = Stage::<Large>::new();
    let (client, server) = (stage.client(), stage.server());
    for n in 0..1_000 {
        drop(client.send_copy(Large::new(n)).unwrap());
    }
    let left: Vec<_> = std::iter::from_fn(|| server.receive().unwrap())
        .map(|request| request.number())
        .collect();
    assert_eq!(left, [996, 997, 998, 999]);
}

// Fails if: `Requester::send_otherwise` does not call `reclaim_unanswered`.
#[test]
fn no_memory_is_lost_however_much_was_sent_before_the_server_answered() {
    // WHY one request and many loans: the memory is larger than what a connection can note as lent.
    let stage = Stage::<Large>::with(|builder| {
        builder
            .max_active_requests_per_client(1)
            .max_loaned_requests(20)
    });
    let (client, server) = (stage.client(), stage.server());
    for n in 0..1_000 {
        drop(client.send_copy(Large::new(n)).unwrap());
    }
    assert_eq!(server.receive().unwrap().unwrap().number(), 999);
    let loans: Vec<_> = (0..20).map(|_| client.loan_uninit().unwrap()).collect();
    drop(loans);
}

// Fails if: `chunks` in port_factory/client.rs counts no servers; or `ServerConnection::reclaim` does nothing.
#[test]
fn requests_that_a_server_holds_cost_no_memory_beyond_the_limits() {
    let stage = Stage::<Large>::new();
    let client = stage.client();
    let servers = [stage.server(), stage.server()];
    let mut held = Vec::new();
    for n in 0..4 {
        drop(client.send_copy(Large::new(n)).unwrap());
        held.extend(
            servers
                .each_ref()
                .map(|server| server.receive().unwrap().unwrap()),
        );
    }
    for n in 0..1_000 {
        let loans = [client.loan_uninit().unwrap(), client.loan_uninit().unwrap()];
        for loan in loans {
            drop(loan.write_payload(Large::new(n)).send().unwrap());
        }
        held.rotate_left(1);
    }
    assert_eq!(held.iter().map(|request| request.number()).sum::<u64>(), 12);
}

// Fails if: `chunks` in port_factory/client.rs counts no servers; or `ServerConnection::reclaim` does nothing.
#[test]
fn the_worst_case_of_both_sides_is_within_the_memory() {
    let stage = Stage::<Large>::new();
    let client = stage.client();
    let servers = [stage.server(), stage.server()];
    for _ in 0..20 {
        let mut pending: Vec<_> = (0..4)
            .map(|n| client.send_copy(Large::new(n)).unwrap())
            .collect();
        let active: Vec<_> = servers
            .iter()
            .flat_map(|server| (0..4).map(|_| server.receive().unwrap().unwrap()))
            .collect();
        let mut responses = Vec::new();
        for request in &active {
            request.send_copy(Large::new(1)).unwrap();
        }
        for pending in &pending {
            responses.extend((0..2).map(|_| pending.receive().unwrap().unwrap()));
        }
        for request in &active {
            for _ in 0..5 {
                request.send_copy(Large::new(2)).unwrap();
            }
        }
        // What was taken stays the servers', what is queued stays queued, and everything is loaned besides.
        pending.clear();
        let pending: Vec<_> = (0..4)
            .map(|n| client.send_copy(Large::new(n)).unwrap())
            .collect();
        let loans: Vec<_> = (0..2).map(|_| client.loan_uninit().unwrap()).collect();
        let replies: Vec<_> = active
            .iter()
            .flat_map(|request| (0..2).map(|_| request.loan_uninit().unwrap()))
            .collect();
        drop((pending, loans, replies, active));
        for server in &servers {
            while server.receive().unwrap().is_some() {}
        }
        drop(responses);
    }
}

// Fails if: `ClientConnection::bury` does not `give_half`; or `Drop for Claim` releases nothing.
#[test]
fn a_chain_of_dead_clients_takes_nothing_from_the_next() {
    let stage = Stage::<Large>::with(|builder| builder.max_clients(1));
    let server = stage.server();
    for n in 0..200 {
        let client = stage.client();
        let pending = client.send_copy(Large::new(n)).unwrap();
        let request = server.receive().unwrap().unwrap();
        for _ in 0..3 {
            request.send_copy(Large::new(n)).unwrap();
        }
        let response = pending.receive().unwrap().unwrap();
        assert_eq!((request.number(), response.number()), (n, n));
    }
}

// Fails if: `disown` finishes a stream with loans.
#[test]
fn a_loan_of_a_response_may_be_sent_after_its_request_was_dropped() {
    let stage = Stage::<Large>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = client.send_copy(Large::new(1)).unwrap();
    let request = server.receive().unwrap().unwrap();
    let loan = request.loan_uninit().unwrap();
    drop(request);
    assert_eq!((pending.is_connected(), pending.outcome()), (true, None));
    assert_eq!(
        loan.write_payload(Large::new(2)).send(),
        Ok::<(), SendError>(())
    );
    assert_eq!(pending.receive().unwrap().unwrap().number(), 2);
    assert!(!pending.is_connected());
}

// Fails if: `loans_for_the_gone` says 0.
#[test]
fn loans_for_clients_that_are_gone_do_not_count_against_newcomers() {
    let stage = Stage::<Large>::with(|builder| builder.max_clients(1));
    let server = stage.server();
    let mut kept = Vec::new();
    for round in 0..20 {
        let client = stage.client();
        let pending: Vec<_> = (0..4)
            .map(|n| client.send_copy(Large::new(round * 4 + n)).unwrap())
            .collect();
        let requests: Vec<_> = (0..4).map(|_| server.receive().unwrap().unwrap()).collect();
        for (request, pending) in requests.iter().zip(&pending) {
            for n in 0..4 {
                request.send_copy(Large::new(n)).unwrap();
            }
            assert_eq!(pending.receive().unwrap().unwrap().number(), 2);
        }
        for request in requests {
            let loans = [0, 1].map(|_| request.loan_uninit().unwrap());
            kept.push((request, loans));
        }
    }
    for (request, loans) in kept {
        for loan in loans {
            loan.write_payload(Large::new(1)).send().unwrap();
        }
        assert!(!request.is_connected());
    }
}
