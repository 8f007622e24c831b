// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The options of ports: handlers, timeouts, and how much memory there is.

use super::stage::{BuilderOf, LONG, Large, Stage};
use core::time::Duration;
use iceoryx2::port::{
    BackpressureAction, BackpressureInfo, LoanError, SendError,
    backpressure_strategy::BackpressureStrategy,
    client::{ClientCreateError, RequestSendError},
};
use iceoryx2::prelude::*;
use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

const SHORT: Duration = Duration::from_millis(20);

/// Room for one request and one response.
fn narrow<P: core::fmt::Debug + ZeroCopySend>(builder: BuilderOf<P>) -> BuilderOf<P> {
    builder
        .enable_safe_overflow_for_requests(false)
        .enable_safe_overflow_for_responses(false)
        .max_active_requests_per_client(2)
        .max_response_buffer_size(1)
}

/// What a handler was asked.
type Asked = Arc<Mutex<Vec<BackpressureInfo>>>;

/// A handler that retries so often and then decides.
fn retrying(
    asked: &Asked,
    retries: u64,
    then: BackpressureAction,
) -> impl Fn(&BackpressureInfo) -> BackpressureAction + Send + Sync + 'static {
    let asked = Arc::clone(asked);
    move |info| {
        asked.lock().unwrap().push(*info);
        if info.retries < retries {
            BackpressureAction::Retry
        } else {
            then
        }
    }
}

// Fails if: `next_try` does not count.
#[test]
fn a_handler_is_asked_for_each_try_and_told_between_whom() {
    let stage = Stage::<u64>::with(narrow);
    let asked = Asked::default();
    let handler = retrying(&asked, 3, BackpressureAction::DiscardData);
    let builder = stage.factory.client_builder();
    let client = builder.set_backpressure_handler(handler).create().unwrap();
    let server = stage.server();
    for n in 0..2 {
        drop(client.send_copy(n).unwrap());
    }
    assert!(asked.lock().unwrap().is_empty());
    let pending = client.send_copy(2).unwrap();
    assert_eq!(pending.number_of_server_connections(), 0);
    let asked = asked.lock().unwrap();
    let retries: Vec<_> = asked.iter().map(|info| info.retries).collect();
    assert_eq!(retries, [0, 1, 2, 3]);
    let factory: &dyn Fn() -> _ = &|| stage.factory.unique_service_id();
    for pair in asked.windows(2) {
        assert!(pair[0].elapsed_time <= pair[1].elapsed_time);
    }
    for info in asked.iter() {
        assert_eq!(info.service_id, factory());
        assert_eq!(info.sender_port_id, client.id().value());
        assert_eq!(info.receiver_port_id, server.id().value());
    }
}

// Fails if: `connection_layout` lets requests never overflow.
#[test]
fn a_handler_is_never_asked_while_overflow_is_on() {
    let stage = Stage::<u64>::with(|builder| {
        builder
            .max_active_requests_per_client(2)
            .max_response_buffer_size(1)
    });
    let asked = Asked::default();
    let client = stage
        .factory
        .client_builder()
        .set_backpressure_handler(retrying(&asked, 0, BackpressureAction::DiscardDataAndFail))
        .create()
        .unwrap();
    let server = stage
        .factory
        .server_builder()
        .set_backpressure_handler(retrying(&asked, 0, BackpressureAction::DiscardDataAndFail))
        .create()
        .unwrap();
    for n in 0..10 {
        drop(client.send_copy(n).unwrap());
    }
    let pending = client.send_copy(10).unwrap();
    while let Some(request) = server.receive().unwrap() {
        for n in 0..10 {
            request.send_copy(n).unwrap();
        }
    }
    assert_eq!(*pending.receive().unwrap().unwrap(), 9);
    assert!(asked.lock().unwrap().is_empty());
}

// Fails if: `failed` stays false in `wait_for_servers_in_turn`.
#[test]
fn a_handler_may_let_the_send_fail_and_the_request_comes_back() {
    let stage = Stage::<Large>::with(narrow);
    let fail = |_: &BackpressureInfo| BackpressureAction::DiscardDataAndFail;
    let builder = stage.factory.client_builder();
    let client = builder.set_backpressure_handler(fail).create().unwrap();
    let server = stage.server();
    for n in 0..2 {
        drop(client.send_copy(Large::new(n)).unwrap());
    }
    let request = client.loan_uninit().unwrap().write_payload(Large::new(7));
    let (request, error) = request.try_send().unwrap_err();
    assert_eq!(
        error,
        RequestSendError::SendError(SendError::UnableToDeliver)
    );
    assert_eq!(request.number(), 7);
    drop((server.receive().unwrap(), server.receive().unwrap()));
    let pending = request.send().unwrap();
    assert_eq!(server.receive().unwrap().unwrap().number(), 7);
    drop(pending);
}

// Fails if: `judge` takes Follow for Retry.
#[test]
fn a_handler_may_follow_the_strategy() {
    #[expect(deprecated, reason = "the old spelling must go on working")]
    let follow = [
        BackpressureAction::FollowBackpressureStrategy,
        BackpressureAction::FollowBackpressureyStrategy,
    ];
    for action in follow {
        let stage = Stage::<u64>::with(narrow);
        let client = stage
            .factory
            .client_builder()
            .backpressure_strategy(BackpressureStrategy::DiscardData)
            .set_backpressure_handler(move |_| action)
            .create()
            .unwrap();
        let _server = stage.server();
        for n in 0..3 {
            drop(client.send_copy(n).unwrap());
        }
    }
}

// Fails if: `ResponseTenure::wait_for_room` takes Fail for Discard.
#[test]
fn a_servers_handler_decides_about_its_responses() {
    for (action, result) in [
        (BackpressureAction::DiscardData, Ok(())),
        (
            BackpressureAction::DiscardDataAndFail,
            Err(SendError::UnableToDeliver),
        ),
    ] {
        let stage = Stage::<Large>::with(narrow);
        let asked = Asked::default();
        let handler = retrying(&asked, 2, action);
        let builder = stage.factory.server_builder();
        let server = builder.set_backpressure_handler(handler).create().unwrap();
        let client = stage.client();
        let pending = client.send_copy(Large::new(0)).unwrap();
        let request = server.receive().unwrap().unwrap();
        request.send_copy(Large::new(1)).unwrap();
        for _ in 0..100 {
            assert_eq!(request.send_copy(Large::new(2)), result);
        }
        let asked = asked.lock().unwrap();
        assert_eq!(asked.len(), 300);
        assert_eq!(asked[0].sender_port_id, server.id().value());
        assert_eq!(asked[0].receiver_port_id, client.id().value());
        assert_eq!(pending.receive().unwrap().unwrap().number(), 1);
    }
}

// Fails if: `Congestion::deadline` returns None.
#[test]
fn a_delivery_timeout_ends_the_wait_for_room() {
    let stage = Stage::<Large>::with(narrow);
    let client = stage
        .factory
        .client_builder()
        .delivery_timeout(SHORT)
        .create()
        .unwrap();
    let server = stage
        .factory
        .server_builder()
        .delivery_timeout(SHORT)
        .create()
        .unwrap();
    let pending = client.send_copy(Large::new(0)).unwrap();
    let request = server.receive().unwrap().unwrap();
    request.send_copy(Large::new(1)).unwrap();
    let began = Instant::now();
    assert_eq!(
        request.send_copy(Large::new(2)),
        Err(SendError::UnableToDeliver)
    );
    assert!(began.elapsed() >= SHORT);
    drop((pending, request));
    for n in 0..2 {
        drop(client.send_copy(Large::new(n)).unwrap());
    }
    for _ in 0..3 {
        let began = Instant::now();
        let error = client.send_copy(Large::new(2)).unwrap_err();
        assert_eq!(
            error,
            RequestSendError::SendError(SendError::UnableToDeliver)
        );
        assert!(SHORT <= began.elapsed() && began.elapsed() < LONG);
    }
}

// Fails if: `plan` ignores `preallocation`.
#[test]
fn a_lowered_preallocation_is_what_there_is() {
    let stage = Stage::<u64>::with(|builder| {
        builder
            .max_loaned_requests(4)
            .max_active_requests_per_client(3)
    });
    let told = Arc::new(Mutex::new(0));
    let sink = Arc::clone(&told);
    let client = stage
        .factory
        .client_builder()
        .override_request_preallocation(move |worst| {
            *sink.lock().unwrap() = worst;
            2
        })
        .create()
        .unwrap();
    let worst = *told.lock().unwrap();
    assert!((3 + 4..=2 * 2 * 3 + 3 + 4).contains(&worst), "{worst}");
    let loans = [client.loan().unwrap(), client.loan().unwrap()];
    assert_eq!(client.loan().unwrap_err(), LoanError::OutOfMemory);
    drop(loans);
    assert!(client.loan().is_ok());

    let server = stage
        .factory
        .server_builder()
        .max_loaned_responses_per_request(5)
        .override_response_preallocation(|_| 0)
        .create()
        .unwrap();
    let pending = client.send_copy(1).unwrap();
    let request = server.receive().unwrap().unwrap();
    let loan = request.loan().unwrap();
    assert_eq!(request.loan().unwrap_err(), LoanError::OutOfMemory);
    loan.send().unwrap();
    assert_eq!(request.loan().unwrap_err(), LoanError::OutOfMemory);
    drop(pending.receive().unwrap().unwrap());
    assert!(request.loan().is_ok());
}

// Fails if: `clamp` is left out of `plan`.
#[test]
fn a_preallocation_is_at_least_one_and_at_most_what_can_be_needed() {
    for chosen in [0, 1, usize::MAX] {
        let stage = Stage::<Large>::new();
        let client = stage
            .factory
            .client_builder()
            .override_request_preallocation(move |_| chosen)
            .create()
            .unwrap();
        let first = client.loan_uninit().unwrap();
        assert_eq!(client.loan_uninit().is_ok(), chosen > 1);
        drop(first);
    }
}

// Fails if: `create` compares with `>=`.
#[test]
fn a_client_may_lower_its_active_requests_and_not_raise_them() {
    let stage = Stage::<u64>::with(|builder| builder.max_active_requests_per_client(3));
    for (asked, got) in [(0, 1), (1, 1), (3, 3)] {
        let builder = stage.factory.client_builder();
        let client = builder.max_active_requests(asked).create().unwrap();
        assert_eq!(client.max_active_requests(), got);
        let pending: Vec<_> = (0..got as u64)
            .map(|n| client.send_copy(n).unwrap())
            .collect();
        assert_eq!(
            client.send_copy(9).unwrap_err(),
            RequestSendError::ExceedsMaxActiveRequests
        );
        drop(pending);
    }
    let builder = stage.factory.client_builder().max_active_requests(4);
    assert_eq!(
        builder.create().unwrap_err(),
        ClientCreateError::MaxActiveRequestsExceedsMaxSupportedActiveRequestsOfService
    );
}

// Fails if: `create` passes another port's name.
#[test]
fn ports_have_names_and_identifiers_of_their_own() {
    let stage = Stage::<u64>::new();
    let client = stage
        .factory
        .client_builder()
        .name(&"asker".try_into().unwrap())
        .create()
        .unwrap();
    let server = stage
        .factory
        .server_builder()
        .name(&"answerer".try_into().unwrap())
        .create()
        .unwrap();
    assert_eq!(
        (client.name().as_str(), server.name().as_str()),
        ("asker", "answerer")
    );
    assert_ne!(client.id(), stage.client().id());
    assert_ne!(server.id(), stage.server().id());
    assert_eq!(
        client.backpressure_strategy(),
        BackpressureStrategy::RetryUntilDelivered
    );
    let pending = client.send_copy(1).unwrap();
    let request = server.receive().unwrap().unwrap();
    assert_eq!(request.origin(), client.id());
    request.send_copy(2).unwrap();
    assert_eq!(pending.receive().unwrap().unwrap().origin(), server.id());
}
