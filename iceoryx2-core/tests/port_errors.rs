// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every error of ports and messages is one sentence that a user can act on.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a helper fails the test"
)]

use core::fmt::{Debug, Display};
use iceoryx2::port::{
    CallError, LoanError, Outcome, ReceiveError, SendError, WaitError,
    client::{ClientCreateError, RequestSendError},
    port_name::PortName,
    server::ServerCreateError,
    update_connections::ConnectionFailure,
};
use std::error::Error;

/// One line, begun small, ended without a stop, with single blanks, and without the look of `Debug`.
fn check(error: &(impl Debug + Display)) {
    let (text, debug) = (error.to_string(), format!("{error:?}"));
    let complain = |what: &str| panic!("{debug} {what}: {text}");
    if !text.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit()) {
        complain("does not begin like a part of a sentence");
    }
    if text.ends_with(['.', '!', ' ', ':']) {
        complain("has an end of its own");
    }
    if text.contains(['\n', '{', '}']) || text.contains("  ") {
        complain("is not one line of text");
    }
    let variant = debug.split(['(', ' ', '{']).next().unwrap();
    if text.contains(variant) || text.contains("Some(") || text.contains("None") {
        complain("looks like Debug");
    }
    if text.split(' ').count() < 4 {
        complain("is no sentence");
    }
}

const OUTCOMES: [Outcome; 7] = [
    Outcome::Finished,
    Outcome::NoServer,
    Outcome::Rejected,
    Outcome::ServerDied {
        taken: false,
        received: 0,
    },
    Outcome::ServerDied {
        taken: true,
        received: 3,
    },
    Outcome::Evicted,
    Outcome::Expired,
];

const LOANS: [LoanError; 4] = [
    LoanError::OutOfMemory,
    LoanError::ExceedsMaxLoans,
    LoanError::ExceedsMaxLoanSize,
    LoanError::UsedAfterFork,
];

const FAILURES: [ConnectionFailure; 2] = [
    ConnectionFailure::FailedToEstablishConnection,
    ConnectionFailure::UnableToMapSendersDataSegment,
];

fn sends() -> Vec<SendError> {
    let mut all = vec![
        SendError::ConnectionCorrupted,
        SendError::UnableToDeliver,
        SendError::Terminated,
        SendError::UsedAfterFork,
    ];
    all.extend(LOANS.map(SendError::LoanError));
    all.extend(FAILURES.map(SendError::ConnectionError));
    all
}

fn receives() -> Vec<ReceiveError> {
    let mut all = vec![ReceiveError::ExceedsMaxBorrows, ReceiveError::UsedAfterFork];
    all.extend(FAILURES.map(ReceiveError::ConnectionFailure));
    all
}

fn requests() -> Vec<RequestSendError> {
    let mut all = vec![RequestSendError::ExceedsMaxActiveRequests];
    all.extend(sends().into_iter().map(RequestSendError::SendError));
    all
}

#[test]
fn every_error_is_a_sentence() {
    OUTCOMES.iter().for_each(check);
    LOANS.iter().for_each(check);
    FAILURES.iter().for_each(check);
    sends().iter().for_each(check);
    receives().iter().for_each(check);
    requests().iter().for_each(check);
}

#[test]
fn every_end_of_a_wait_is_a_sentence() {
    check(&WaitError::Timeout);
    check(&WaitError::Terminated);
    check(&CallError::Timeout);
    check(&CallError::NoServer);
    check(&CallError::Terminated);
    for outcome in OUTCOMES {
        check(&WaitError::Ended(outcome));
        check(&CallError::Ended(outcome));
    }
    for error in receives() {
        check(&WaitError::Receive(error));
        check(&CallError::Receive(error));
    }
    requests()
        .into_iter()
        .for_each(|error| check(&CallError::Send(error)));
}

#[test]
fn every_refusal_of_a_port_is_a_sentence() {
    check(&ClientCreateError::ExceedsMaxSupportedClients);
    check(&ClientCreateError::MaxActiveRequestsExceedsMaxSupportedActiveRequestsOfService);
    check(&ClientCreateError::UnableToCreateDataSegment);
    check(&ServerCreateError::ExceedsMaxSupportedServers);
    check(&ServerCreateError::UnableToCreateDataSegment);
    check(&PortName::new(&"x".repeat(1_000)).unwrap_err());
}

#[test]
fn limits_name_their_option_and_their_key() {
    let texts = [
        (
            RequestSendError::ExceedsMaxActiveRequests.to_string(),
            "max_active_requests_per_client",
        ),
        (
            ReceiveError::ExceedsMaxBorrows.to_string(),
            "max_borrowed_responses_per_pending_response",
        ),
        (
            LoanError::ExceedsMaxLoans.to_string(),
            "max_loaned_requests",
        ),
        (
            ClientCreateError::ExceedsMaxSupportedClients.to_string(),
            "max_clients",
        ),
        (
            ServerCreateError::ExceedsMaxSupportedServers.to_string(),
            "max_servers",
        ),
    ];
    for (text, option) in texts {
        let key = format!("defaults.request-response.{}", option.replace('_', "-"));
        assert!(text.contains(option) && text.contains(&key), "{text}");
    }
}

#[test]
fn causes_are_sources() {
    let error = CallError::Send(RequestSendError::SendError(SendError::LoanError(
        LoanError::OutOfMemory,
    )));
    let depth = core::iter::successors(error.source(), |error| (*error).source()).count();
    assert_eq!(depth, 3);
    assert!(
        WaitError::Receive(ReceiveError::ExceedsMaxBorrows)
            .source()
            .is_some()
    );
    assert!(WaitError::Ended(Outcome::Finished).source().is_none());
}
