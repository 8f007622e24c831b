// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The names of services, and finding services by them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "common/variants.rs"]
mod variants;

use common::{Root, name, node_of};
use iceoryx2::prelude::*;
use std::collections::BTreeSet;
use variants::on_every_variant;

const PATTERN: MessagingPattern = MessagingPattern::RequestResponse;

/// Names with every byte that text can have, alone, in company and at the limits of the length.
fn odd_names() -> Vec<String> {
    let mut names: Vec<String> = (0..=127).map(|byte| char::from(byte).to_string()).collect();
    names.extend((0..=127).map(|byte| format!("a{}b", char::from(byte))));
    names.extend(
        [
            "..",
            "/",
            "//",
            "../../etc",
            "a/../b",
            "ä",
            "\u{10ffff}",
            "a\u{301}",
            " a",
            "a ",
        ]
        .map(str::to_owned),
    );
    names.extend([254, 255].map(|len| "x".repeat(len)));
    names.extend(["/".repeat(255), "\0".repeat(255), "ä".repeat(127)]);
    names
}

// Fails if: `ServiceHash::directory_name` keeps a slash, or the contract a control character.
fn every_name_is_a_service_of_its_own<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let node = node_of::<S>(&config);
    for text in odd_names() {
        let name = name(&text);
        assert_eq!(
            S::does_exist(&name, &config, PATTERN),
            Ok(false),
            "{text:?}"
        );
        let builder = || node.service_builder(&name).request_response::<u64, u64>();
        let service = builder().create().unwrap();
        assert_eq!(service.name().as_str(), text);
        assert_eq!(S::does_exist(&name, &config, PATTERN), Ok(true), "{text:?}");
        let other = node_of::<S>(&config);
        let opened = other
            .service_builder(&name)
            .request_response::<u64, u64>()
            .open()
            .unwrap();
        assert_eq!(opened.unique_service_id(), service.unique_service_id());
        assert_eq!(opened.service_hash(), service.service_hash());
    }
    assert_eq!(listed::<S>(&config), BTreeSet::new());
}

fn listed<S: Service>(config: &Config) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    S::list(config, |service| {
        names.insert(service.static_details.name().as_str().to_owned());
        CallbackProgression::Continue
    })
    .unwrap();
    names
}

// Fails if: `details::list` breaks on `Continue`.
fn all_services_are_listed_with_what_they_are<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let node = node_of::<S>(&config);
    assert_eq!(listed::<S>(&config), BTreeSet::new());
    let services: Vec<_> = (1..=5)
        .map(|clients| {
            node.service_builder(&name(&format!("service {clients}")))
                .request_response::<u64, u64>()
                .max_clients(clients)
                .create()
                .unwrap()
        })
        .collect();
    let names: BTreeSet<_> = services
        .iter()
        .map(|s| s.name().as_str().to_owned())
        .collect();
    assert_eq!(listed::<S>(&config), names);

    for service in &services {
        let details = S::details(service.name(), &config, PATTERN)
            .unwrap()
            .unwrap();
        let found = &details.static_details;
        assert_eq!(found.unique_service_id(), service.unique_service_id());
        assert_eq!(found.service_hash(), service.service_hash());
        assert_eq!(found.request_response(), service.static_config());
        assert_eq!(found.messaging_pattern(), PATTERN);
        let nodes = details.dynamic_details.unwrap().nodes;
        assert_eq!(nodes.len(), 1);
        assert!(matches!(&nodes[0], NodeState::Alive(view) if view.id() == node.id()));
    }

    let mut shown = 0;
    S::list(&config, |_| {
        shown += 1;
        CallbackProgression::Stop
    })
    .unwrap();
    assert_eq!(shown, 1);

    drop(services);
    assert_eq!(listed::<S>(&config), BTreeSet::new());
    let gone = S::details(&name("service 1"), &config, PATTERN).unwrap();
    assert!(gone.is_none());
}

// Fails if: `PortFactory::drop` ends the service.
fn a_service_is_found_as_long_as_a_port_or_message_of_it_lives<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let node = node_of::<S>(&config);
    let exists = || S::does_exist(&name("lasting"), &config, PATTERN).unwrap();
    let service = node
        .service_builder(&name("lasting"))
        .request_response::<u64, u64>()
        .create()
        .unwrap();
    let copy = service.clone();
    drop(service);
    assert!(exists());
    let client = copy.client_builder().create().unwrap();
    drop(copy);
    assert!(exists());
    let request = client.loan_uninit().unwrap();
    drop(client);
    assert!(exists());
    let pending = request.write_payload(1).send().unwrap();
    drop(node);
    assert!(exists());
    drop(pending);
    assert!(!exists());
}

on_every_variant!(
    every_name_is_a_service_of_its_own,
    all_services_are_listed_with_what_they_are,
    a_service_is_found_as_long_as_a_port_or_message_of_it_lives,
);

// Fails if: the range in `text_name!` for `ServiceName` is 0..=255 or 1..=256.
#[test]
fn names_have_1_to_255_bytes() {
    for text in [
        String::new(),
        "x".repeat(256),
        "ä".repeat(128),
        "\0".repeat(256),
    ] {
        let error = ServiceName::new(&text).unwrap_err().to_string();
        assert!(error.contains("expected 1 to 255 bytes"), "{error}");
    }
    for text in odd_names() {
        assert_eq!(ServiceName::new(&text).unwrap().as_str(), text);
    }
}
