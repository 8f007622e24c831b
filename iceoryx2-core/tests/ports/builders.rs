// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the builders of ports take for granted, and what a factory tells of its ports.

use super::stage::{Large, Stage};
use core::time::Duration;
use iceoryx2::{
    config::LIMIT_MAX,
    port::{
        LoanError, allocation_strategy::AllocationStrategy,
        backpressure_strategy::BackpressureStrategy, client::ClientCreateError,
        server::ServerCreateError,
    },
    prelude::*,
    service::dynamic_config::request_response::{ClientDetails, ServerDetails},
};

// Fails if: any of these defaults changes in config/request_response.rs.
#[test]
fn ports_have_the_defaults_of_the_configuration() {
    let stage = Stage::<[u64]>::new();
    let (client, server) = (stage.client(), stage.server());
    assert_eq!(client.max_active_requests(), 4);
    assert_eq!(client.initial_max_slice_len(), 1);
    assert_eq!(server.initial_max_slice_len(), 1);
    let waits = BackpressureStrategy::RetryUntilDelivered;
    assert_eq!(client.backpressure_strategy(), waits);
    assert_eq!(server.backpressure_strategy(), waits);
    assert_eq!((client.name().as_str(), server.name().as_str()), ("", ""));

    let pending = client.loan_slice(1).unwrap().send().unwrap();
    let active = server.receive().unwrap().unwrap();
    let _loans = [0, 1].map(|_| active.loan_slice(1).unwrap());
    assert_eq!(
        active.loan_slice(1).unwrap_err(),
        LoanError::ExceedsMaxLoans
    );
    drop(pending);
}

// Fails if: `AllocationStrategy::PowerOfTwo` is not the default in config/request_response.rs.
#[test]
fn slices_grow_unless_a_port_is_told_otherwise() {
    let stage = Stage::<[u64]>::new();
    let (client, server) = (stage.client(), stage.server());
    let request = client.loan_slice(1_000).unwrap();
    let pending = request.send().unwrap();
    let active = server.receive().unwrap().unwrap();
    active.loan_slice(3_000).unwrap().send().unwrap();
    assert_eq!(pending.receive().unwrap().unwrap().len(), 3_000);
    let fixed = stage
        .factory
        .client_builder()
        .allocation_strategy(AllocationStrategy::Static)
        .create()
        .unwrap();
    assert_eq!(
        fixed.loan_slice(2).unwrap_err(),
        LoanError::ExceedsMaxLoanSize
    );
}

// Fails if: `PortOptions::new` does not ask the configuration.
#[test]
fn a_configuration_gives_ports_their_defaults() {
    let root = crate::common::Root::new();
    let mut config = root.config();
    let defaults = &mut config.defaults.request_response;
    defaults.client_backpressure_strategy = BackpressureStrategy::DiscardData;
    defaults.server_backpressure_strategy = BackpressureStrategy::DiscardData;
    defaults.initial_max_slice_len = 7;
    defaults.allocation_strategy = AllocationStrategy::Static;
    defaults.max_loaned_responses_per_request = 1;
    defaults.delivery_timeout = Some(Duration::from_millis(1));
    let node = crate::common::node_of::<super::S>(&config);
    let factory = node
        .service_builder(&crate::common::name("configured"))
        .request_response::<[u64], [u64]>()
        .create()
        .unwrap();
    let client = factory.client_builder().create().unwrap();
    let server = factory.server_builder().create().unwrap();
    let drops = BackpressureStrategy::DiscardData;
    assert_eq!(client.backpressure_strategy(), drops);
    assert_eq!(server.backpressure_strategy(), drops);
    assert_eq!(client.initial_max_slice_len(), 7);
    assert_eq!(server.initial_max_slice_len(), 7);
    assert_eq!(
        client.loan_slice(8).unwrap_err(),
        LoanError::ExceedsMaxLoanSize
    );
    let _pending = client.loan_slice(7).unwrap().send().unwrap();
    let active = server.receive().unwrap().unwrap();
    let _loan = active.loan_slice(7).unwrap();
    assert_eq!(
        active.loan_slice(7).unwrap_err(),
        LoanError::ExceedsMaxLoans
    );
}

// Fails if: `chunks` in port_factory/client.rs counts what a server holds and not what is queued.
#[test]
fn a_port_whose_memory_cannot_be_laid_out_is_refused() {
    let stage = Stage::<Large>::with(|builder| {
        builder
            .max_active_requests_per_client(LIMIT_MAX)
            .max_servers(LIMIT_MAX)
            .max_clients(LIMIT_MAX)
    });
    let error = stage.factory.client_builder().create().unwrap_err();
    assert_eq!(error, ClientCreateError::UnableToCreateDataSegment);
    let error = stage.factory.server_builder().create().unwrap_err();
    assert_eq!(error, ServerCreateError::UnableToCreateDataSegment);
    assert_eq!(stage.factory.dynamic_config().number_of_clients(), 0);
    assert_eq!(stage.factory.dynamic_config().number_of_servers(), 0);
}

// Fails if: `number_of_clients` counts servers; or `record` leaves out the node or the name.
#[test]
fn a_factory_lists_ports_with_who_and_what_they_are() {
    let stage = Stage::<u64>::new();
    let (elsewhere, factory) = stage.open();
    let client = factory
        .client_builder()
        .name(&"asker".try_into().unwrap())
        .create()
        .unwrap();
    let other = stage.client();
    let server = stage
        .factory
        .server_builder()
        .name(&"teller".try_into().unwrap())
        .create()
        .unwrap();

    for factory in [&stage.factory, &factory] {
        let config = factory.dynamic_config();
        assert_eq!(config.number_of_clients(), 2);
        assert_eq!(config.number_of_servers(), 1);
        let mut clients = Vec::new();
        config.list_clients(|details| {
            clients.push(details.clone());
            CallbackProgression::Continue
        });
        clients.sort_by_key(|details| details.name.clone());
        let expected = [
            (other.id(), stage.node.id(), ""),
            (client.id(), elsewhere.id(), "asker"),
        ]
        .map(|(client_id, node_id, name)| ClientDetails {
            client_id,
            node_id,
            name: name.to_owned(),
        });
        assert_eq!(clients, expected);
        let mut servers = Vec::new();
        config.list_servers(|details| {
            servers.push(details.clone());
            CallbackProgression::Continue
        });
        let expected = ServerDetails {
            server_id: server.id(),
            node_id: stage.node.id(),
            name: "teller".to_owned(),
        };
        assert_eq!(servers, [expected]);
    }

    let mut shown = 0;
    stage.factory.dynamic_config().list_clients(|_| {
        shown += 1;
        CallbackProgression::Stop
    });
    assert_eq!(shown, 1, "a callback that has enough is not asked again");
}

// Fails if: `update_connections` of a client does not look.
#[test]
fn a_client_that_looks_by_hand_reaches_new_servers() {
    let stage = Stage::<u64>::new();
    let client = stage.client();
    let server = stage.server();
    let known = || client.wait_for_servers(0, Duration::ZERO);
    assert_eq!(known(), Ok(0), "nothing was sent yet");
    client.update_connections().unwrap();
    server.update_connections().unwrap();
    assert_eq!(known(), Ok(1));
    assert!(!server.has_requests().unwrap());
}

// Fails if: `PortName::new` compares with `>=`.
#[test]
fn the_name_of_a_port_has_at_most_128_bytes() {
    let stage = Stage::<u64>::new();
    for text in [
        String::new(),
        "x".repeat(128),
        "ä".repeat(64),
        "\0".to_owned(),
    ] {
        let name = PortName::new(&text).unwrap();
        let builder = stage.factory.client_builder().name(&name);
        let client = builder.create().unwrap();
        assert_eq!(client.name().as_str(), text);
        let mut listed = String::new();
        stage.factory.dynamic_config().list_clients(|details| {
            listed.clone_from(&details.name);
            CallbackProgression::Continue
        });
        assert_eq!(listed, text);
    }
    for text in ["x".repeat(129), "ä".repeat(65)] {
        let error = PortName::new(&text).unwrap_err();
        assert!(error.to_string().contains("128 bytes"), "{error}");
    }
}
