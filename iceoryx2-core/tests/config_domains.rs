// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Nodes meet where their root path and prefix are the same, and never where one of them differs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::Root;
use iceoryx2::prelude::*;

fn node<S: Service>(root: &Root, prefix: &str) -> Node<S> {
    let mut config = root.config();
    config.global.prefix = prefix.try_into().unwrap();
    NodeBuilder::new()
        .config(&config)
        .signal_handling_mode(SignalHandlingMode::Disabled)
        .create::<S>()
        .unwrap()
}

fn nodes_seen_by<S: Service>(node: &Node<S>) -> usize {
    let mut seen = 0;
    Node::<S>::list(node.config(), |_| {
        seen += 1;
        CallbackProgression::Continue
    })
    .unwrap();
    seen
}

fn services_seen_by<S: Service>(node: &Node<S>) -> usize {
    let mut seen = 0;
    S::list(node.config(), |_| {
        seen += 1;
        CallbackProgression::Continue
    })
    .unwrap();
    seen
}

fn different_roots_and_prefixes_are_different_worlds<S: Service>() {
    let roots = [Root::new(), Root::new()];
    let nodes = [
        node::<S>(&roots[0], "a"),
        node::<S>(&roots[0], "b"),
        node::<S>(&roots[1], "a"),
    ];
    let name: ServiceName = "one/name".try_into().unwrap();
    let numbers = |node: &Node<S>| node.service_builder(&name).request_response::<u64, u64>();

    let services = nodes.each_ref().map(|node| {
        assert!(numbers(node).open().is_err());
        numbers(node).create().unwrap()
    });
    for (node, service) in nodes.iter().zip(&services) {
        assert_eq!(nodes_seen_by(node), 1);
        assert_eq!(services_seen_by(node), 1);
        let again = numbers(node).open().unwrap();
        assert_eq!(again.unique_service_id(), service.unique_service_id());
    }
}

fn the_same_root_and_prefix_are_one_world<S: Service>() {
    let root = Root::new();
    let nodes = ["a", "a"].map(|prefix| node::<S>(&root, prefix));
    let name: ServiceName = "one/name".try_into().unwrap();
    let numbers = |node: &Node<S>| node.service_builder(&name).request_response::<u64, u64>();

    let created = numbers(&nodes[0]).create().unwrap();
    let opened = numbers(&nodes[1]).open().unwrap();
    assert_eq!(opened.unique_service_id(), created.unique_service_id());
    assert_eq!(nodes.each_ref().map(nodes_seen_by), [2, 2]);
}

macro_rules! for_each_variant {
    ($($variant:ident),+) => {$(
        mod $variant {
            use iceoryx2::service::$variant::Service;

            // Fails if: `place` in config/global.rs leaves out the prefix, or the root path.
            #[test]
            fn different_roots_and_prefixes_are_different_worlds() {
                super::different_roots_and_prefixes_are_different_worlds::<Service>();
            }

            // Fails if: `place` in config/global.rs appends anything that differs from call to call.
            #[test]
            fn the_same_root_and_prefix_are_one_world() {
                super::the_same_root_and_prefix_are_one_world::<Service>();
            }
        }
    )+};
}

for_each_variant!(ipc, ipc_threadsafe, local, local_threadsafe);
