// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a refusal says: the service, both sides, and what helps, in one line.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Actor, Root, assert_says, listen, name, node, role, say};
use iceoryx2::{
    prelude::*,
    service::{
        builder::request_response::{Builder, RequestResponseOpenError as OpenError},
        port_factory::request_response,
    },
};

type Numbers = Builder<u64, (), u64, (), ipc::Service>;
type Factory = request_response::PortFactory<ipc::Service, u64, (), u64, ()>;

fn numbers(node: &Node<ipc::Service>) -> Numbers {
    node.service_builder(&name("My/Numbers"))
        .request_response::<u64, u64>()
}

/// Not a test: what the children of this program do.
#[test]
fn child() {
    let Some((role, config)) = role() else { return };
    let nodes = match role.as_str() {
        "has it by default" => [Config::default(), config].map(|config| node(&config)),
        other => panic!("{other}"),
    };
    let _service = numbers(&nodes[0]).create().unwrap();
    say(&numbers(&nodes[1]).open().unwrap_err().to_string());
    listen();
}

// Fails if: `explanation::of` remembers nothing; or `LockedPlace::lock` takes a missing directory for an error.
#[test]
fn a_service_that_does_not_exist_is_named_with_where_it_was_looked_for() {
    let root = Root::new();
    let node = node(&root.config());
    let error = numbers(&node).open().unwrap_err();
    assert_eq!(error, OpenError::DoesNotExist);
    let place = root.path().join("iox2").join("My_Numbers-");
    let place = place.to_str().unwrap();
    assert_says(
        &error.to_string(),
        &[
            "\"My/Numbers\"",
            place,
            "global.root-path",
            "global.prefix",
            "first",
        ],
    );
    assert!(!error.to_string().contains("does exist"), "{error}");
}

// Fails if: `does_not_exist` does not look elsewhere.
#[test]
fn a_service_below_another_default_root_is_pointed_at() {
    let (root, session) = (Root::new(), Root::new());
    let runtime_dir = session.path().to_str().unwrap();
    let mut actor = Actor::start_with(
        "has it by default",
        root.path(),
        "XDG_RUNTIME_DIR",
        runtime_dir,
    );
    let said = actor.hear();
    actor.finish();
    let elsewhere = session.path().join("iceoryx2");
    let below = format!("below {} a service", elsewhere.display());
    assert_says(
        &said,
        &[root.path().to_str().unwrap(), &below, "does exist"],
    );
}

// Fails if: `explanation::of` remembers nothing.
#[test]
fn limits_and_switches_name_option_key_and_both_values() {
    type Ask = fn(Numbers) -> Numbers;
    let root = Root::new();
    let (creator, opener) = (node(&root.config()), node(&root.config()));
    let _service: Factory = numbers(&creator)
        .max_servers(3)
        .enable_safe_overflow_for_requests(false)
        .create()
        .unwrap();
    let table: [(Ask, &[&str]); 3] = [
        (
            |numbers| numbers.max_servers(7),
            &[
                "max_servers = 3",
                "at least 7",
                "request less",
                "defaults.request-response.max-servers)",
            ],
        ),
        (
            |numbers| numbers.max_active_requests_per_client(usize::MAX),
            &[
                "max_active_requests_per_client = 4",
                "at least 18446744073709551615",
                "defaults.request-response.max-active-requests-per-client)",
            ],
        ),
        (
            |numbers| numbers.enable_safe_overflow_for_requests(true),
            &[
                "enable_safe_overflow_for_requests = false",
                "true is requested",
                "defaults.request-response.enable-safe-overflow-for-requests)",
            ],
        ),
    ];
    for (ask, parts) in table {
        for node in [&creator, &opener] {
            let sentence = ask(numbers(node)).open().unwrap_err().to_string();
            assert_says(&sentence, parts);
            assert_says(&sentence, &["the service \"My/Numbers\" exists with"]);
            let again = ask(numbers(node)).open_or_create().unwrap_err();
            assert_eq!(again.to_string(), sentence);
        }
    }
}

// Fails if: `explanation::of` remembers nothing.
#[test]
fn a_full_service_an_existing_one_and_one_of_another_version_are_named() {
    let root = Root::new();
    let (first, second) = (node(&root.config()), node(&root.config()));
    let _service = numbers(&first).max_nodes(1).create().unwrap();
    let directory = root.service_directory();
    let path = directory.to_str().unwrap();

    let error = numbers(&second).create().unwrap_err();
    assert_says(
        &error.to_string(),
        &["\"My/Numbers\"", "exists already", path, "open it"],
    );
    let error = numbers(&second).open().unwrap_err();
    assert_eq!(error, OpenError::ExceedsMaxNumberOfNodes);
    assert_says(
        &error.to_string(),
        &["\"My/Numbers\"", "max_nodes = 1", "max-nodes)", "end one"],
    );

    let contract = directory.join("contract");
    let document = std::fs::read_to_string(&contract).unwrap();
    let document = document.replace("layout-version = 7", "layout-version = 9");
    std::fs::write(&contract, document).unwrap();
    let error = numbers(&second).open().unwrap_err();
    assert_eq!(error, OpenError::VersionMismatch);
    assert_says(
        &error.to_string(),
        &[path, "version 9", "this build has 7", "alike"],
    );
}

// Fails if: `explanation::of` does not compare the variant.
#[test]
fn a_refusal_told_elsewhere_or_too_late_is_told_in_general() {
    let root = Root::new();
    let node = node(&root.config());
    let error = numbers(&node).open().unwrap_err();
    let full = error.to_string();
    let general = std::thread::scope(|scope| {
        let told = scope.spawn(|| error.to_string());
        told.join().unwrap()
    });
    assert_ne!(general, full);
    assert_says(&general, &["does not exist", "global.root-path"]);

    let _service = numbers(&node).create().unwrap();
    numbers(&node).create().unwrap_err();
    assert_eq!(error.to_string(), general);
}
