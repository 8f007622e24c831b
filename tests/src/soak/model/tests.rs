// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A model that accepted everything would find nothing.

use super::{Asked, Model, Said, Taken};
use crate::{
    draw::Draw,
    soak::options::{Policy, PortOptions, ServiceOptions},
};
use iceoryx2::port::{LoanError, Outcome, ReceiveError, SendError, client::RequestSendError};

const CLIENT: u64 = 1;
const SERVER: u64 = 2;

fn options() -> ServiceOptions {
    ServiceOptions {
        request_overflow: true,
        response_overflow: true,
        fire_and_forget: true,
        active_requests: 2,
        loaned_requests: 4,
        response_buffer: 1,
        borrowed_responses: 1,
        servers: 1,
        clients: 1,
        nodes: 1,
    }
}

/// A client and a server.
fn model(options: ServiceOptions) -> Model {
    let port = PortOptions {
        policy: Policy::Discard,
        limit: None,
        preallocation: None,
        ..PortOptions::drawn(&mut Draw::new(1), 1, false)
    };
    let mut model = Model::new(options);
    let client = model.create_client(CLIENT, 0, port.clone(), None, Ok(2));
    let server = model.create_server(SERVER, 0, port, None, Ok(()));
    assert_eq!((client, server), (Ok(()), Ok(())));
    model
}

fn send(model: &mut Model, number: u64, reached: usize) -> Result<(), String> {
    model.loan_request(CLIENT, 1, Ok(()))?;
    model.send(number, CLIENT, 1, Ok(reached), &Asked::new())
}

fn take(model: &mut Model, number: u64, is_connected: bool) -> Result<(), String> {
    let taken = Taken {
        number,
        client: CLIENT,
        len: 1,
        is_connected,
        is_hinted: false,
    };
    model.take(SERVER, Ok(Some(taken)))
}

fn respond(model: &mut Model, number: u64, mark: u64) -> Result<(), String> {
    model.loan_response(number, SERVER, 1, Ok(()))?;
    model.respond((number, SERVER), (mark, 1), Ok(()), None)
}

fn said(outcome: Option<Outcome>, has_response: bool) -> Said {
    Said {
        servers: 1,
        is_connected: outcome.is_none() && !has_response,
        has_response,
        outcome,
    }
}

#[test]
fn requests_come_in_the_order_they_were_sent_and_once() {
    for (wrong, right) in [([11, 10], false), ([10, 10], false), ([10, 11], true)] {
        let mut model = model(options());
        send(&mut model, 10, 1).unwrap();
        send(&mut model, 11, 1).unwrap();
        let taken = wrong.map(|number| take(&mut model, number, true));
        assert_eq!(taken.iter().all(Result::is_ok), right, "{taken:?}");
    }
}

#[test]
fn what_waits_is_found_and_only_what_waits() {
    let mut model = model(options());
    assert_eq!(model.take(SERVER, Ok(None)), Ok(()));
    assert!(model.has_requests(SERVER, true).is_err());
    send(&mut model, 10, 1).unwrap();
    assert!(model.take(SERVER, Ok(None)).is_err());
    assert!(model.has_requests(SERVER, false).is_err());
    let blocked = model.take(SERVER, Err(ReceiveError::ExceedsMaxBorrows));
    assert!(blocked.is_err());
}

#[test]
fn overflow_replaces_the_oldest_request() {
    for number in [10, 11] {
        let mut model = model(options());
        for sent in [10, 11] {
            send(&mut model, sent, 1).unwrap();
            model.drop_pending(sent);
        }
        send(&mut model, 12, 1).unwrap();
        assert_eq!(take(&mut model, number, false).is_ok(), number == 11);
    }
}

#[test]
fn without_overflow_a_full_queue_takes_nothing() {
    let mut options = options();
    options.request_overflow = false;
    for reached in [0, 1] {
        let mut model = model(options.clone());
        for sent in [10, 11] {
            send(&mut model, sent, 1).unwrap();
            model.drop_pending(sent);
        }
        assert_eq!(send(&mut model, 12, reached).is_ok(), reached == 0);
    }
}

#[test]
fn limits_are_neither_passed_nor_missed() {
    let mut model = model(options());
    for number in [10, 11] {
        send(&mut model, number, 1).unwrap();
    }
    model.loan_request(CLIENT, 1, Ok(())).unwrap();
    let asked = Asked::new();
    let refused = Err(RequestSendError::ExceedsMaxActiveRequests);
    assert!(model.send(12, CLIENT, 1, Ok(1), &asked).is_err());
    assert_eq!(model.send(12, CLIENT, 1, refused, &asked), Ok(()));
    model.drop_pending(10);
    assert!(model.send(12, CLIENT, 1, refused, &asked).is_err());
    let refused = Err(LoanError::ExceedsMaxLoans);
    assert!(model.loan_request(CLIENT, 1, refused).is_err());
    let refused = Err(LoanError::OutOfMemory);
    assert!(model.loan_request(CLIENT, 1, refused).is_err());
}

#[test]
fn a_stream_keeps_the_last_responses_in_order() {
    for (received, right) in [(20, false), (21, true)] {
        let mut model = model(options());
        send(&mut model, 10, 1).unwrap();
        take(&mut model, 10, true).unwrap();
        respond(&mut model, 10, 20).unwrap();
        respond(&mut model, 10, 21).unwrap();
        assert!(model.receive(10, Ok(None)).is_err());
        let received = model.receive(10, Ok(Some((SERVER, (received, 1)))));
        assert_eq!(received.is_ok(), right);
    }
}

#[test]
fn a_response_that_was_discarded_is_no_failure() {
    let mut options = options();
    options.response_overflow = false;
    let mut model = model(options);
    send(&mut model, 10, 1).unwrap();
    take(&mut model, 10, true).unwrap();
    respond(&mut model, 10, 20).unwrap();
    respond(&mut model, 10, 21).unwrap();
    model.loan_response(10, SERVER, 1, Ok(())).unwrap();
    let failed = model.respond((10, SERVER), (22, 1), Err(SendError::UnableToDeliver), None);
    assert!(failed.is_err());
}

#[test]
fn each_request_has_its_one_outcome() {
    let mut model = model(options());
    send(&mut model, 10, 1).unwrap();
    let open = Said {
        is_connected: true,
        ..said(None, false)
    };
    assert_eq!(model.ask_pending(10, open), Ok(()));
    assert!(
        model
            .ask_pending(10, said(Some(Outcome::Rejected), false))
            .is_err()
    );
    take(&mut model, 10, true).unwrap();
    respond(&mut model, 10, 20).unwrap();
    model.drop_active(10, SERVER);
    assert!(
        model
            .ask_pending(10, said(Some(Outcome::Finished), false))
            .is_err()
    );
    assert_eq!(model.ask_pending(10, said(None, true)), Ok(()));
    model.receive(10, Ok(Some((SERVER, (20, 1))))).unwrap();
    assert!(
        model
            .ask_pending(10, said(Some(Outcome::Rejected), false))
            .is_err()
    );
    assert_eq!(
        model.ask_pending(10, said(Some(Outcome::Finished), false)),
        Ok(())
    );
}

#[test]
fn who_is_gone_is_not_counted_and_who_has_messages_is() {
    let mut model = model(options());
    send(&mut model, 10, 1).unwrap();
    take(&mut model, 10, true).unwrap();
    model.close_client(CLIENT);
    model.close_server(SERVER);
    assert_eq!((model.count_clients(), model.count_servers()), (1, 1));
    assert!(model.ask_active(10, false, false).is_err());
    model.drop_pending(10);
    assert_eq!((model.count_clients(), model.count_servers()), (0, 1));
    assert_eq!(model.ask_active(10, false, false), Ok(()));
    model.drop_active(10, SERVER);
    assert_eq!(model.count_servers(), 0);
    assert!(model.is_empty(), "{model:?}");
}
