// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a node is told when it is made, on every variant.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "common/variants.rs"]
mod variants;

use common::{Root, node_of};
use core::time::Duration;
use iceoryx2::prelude::*;
use std::time::Instant;
use variants::on_every_variant;

fn named<S: Service>(config: &Config, name: &NodeName) -> Node<S> {
    NodeBuilder::new()
        .name(name)
        .config(config)
        .signal_handling_mode(SignalHandlingMode::Disabled)
        .create()
        .unwrap()
}

/// The living nodes: what they are called, which they are, and what program they belong to.
fn living<S: Service>(config: &Config) -> Vec<(String, String, bool)> {
    let program = std::env::current_exe().unwrap();
    let mut living = Vec::new();
    Node::<S>::list(config, |state| {
        if let NodeState::Alive(view) = &state {
            let shown = view.details().executable().to_str().unwrap();
            living.push((
                view.details().name().as_str().to_owned(),
                view.id().to_string(),
                !shown.is_empty() && program.to_str().unwrap().starts_with(shown),
            ));
        }
        CallbackProgression::Continue
    })
    .unwrap();
    living.sort();
    living
}

// Fails if: `describe` in node/inner.rs leaves out the name.
fn a_node_is_what_it_was_told_and_is_listed_so<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let names = ["", "kitchen", "x"].map(|text| NodeName::new(text).unwrap());
    let nodes = names.each_ref().map(|name| named::<S>(&config, name));
    for (node, name) in nodes.iter().zip(&names) {
        assert_eq!((node.name(), node.config()), (name, &config));
    }
    let expected: Vec<_> = nodes
        .iter()
        .map(|node| (node.name().as_str().to_owned(), node.id().to_string(), true))
        .collect();
    assert_eq!(living::<S>(&config), expected);
    drop(nodes);
    assert_eq!(living::<S>(&config), []);
}

// Fails if: `show` in node/list.rs does not stop.
fn a_callback_that_has_enough_sees_no_further_node<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let _nodes = [node_of::<S>(&config), node_of::<S>(&config)];
    let mut shown = 0;
    Node::<S>::list(&config, |_| {
        shown += 1;
        CallbackProgression::Stop
    })
    .unwrap();
    assert_eq!(shown, 1);
}

// Fails if: `NodeInner::wait` does not wait.
fn a_wait_of_a_node_lasts_its_cycle<S: Service>() {
    let cycle = Duration::from_millis(20);
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    let began = Instant::now();
    for cycles in 1..=3 {
        assert_eq!(node.wait(cycle), Ok(()));
        assert!(began.elapsed() >= cycle * cycles);
    }
}

// Fails if: `cleanup_after` counts one where nobody died.
fn there_is_normally_nothing_to_clean_up<S: Service>() {
    let root = Root::new();
    let _node = node_of::<S>(&root.config());
    let done = Node::<S>::try_cleanup_dead_nodes(&root.config());
    assert_eq!((done.cleanups, done.failed_cleanups), (0, 0));
}

on_every_variant!(
    a_node_is_what_it_was_told_and_is_listed_so,
    a_callback_that_has_enough_sees_no_further_node,
    a_wait_of_a_node_lasts_its_cycle,
    there_is_normally_nothing_to_clean_up,
);

// Fails if: the range in `text_name!` for `NodeName` is 1..=128 or 0..=129.
#[test]
fn the_name_of_a_node_has_at_most_128_bytes() {
    for text in [
        String::new(),
        "x".repeat(128),
        "ä".repeat(64),
        "\0".to_owned(),
    ] {
        assert_eq!(NodeName::new(&text).unwrap().as_str(), text);
    }
    for text in ["x".repeat(129), "ä".repeat(65)] {
        let error = NodeName::new(&text).unwrap_err().to_string();
        assert!(error.contains("expected 0 to 128 bytes"), "{error}");
    }
}
