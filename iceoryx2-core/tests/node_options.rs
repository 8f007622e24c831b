// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a node is told when it is made, on every variant.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "common/variants.rs"]
mod variants;

use common::{Actor, Root, node_of, role, say};
use core::time::Duration;
use iceoryx2::prelude::*;
use iceoryx2_cal::{
    Mechanisms,
    membership::{Membership, RECORD_PAYLOAD},
    static_storage::StaticStorage,
};
use std::{os::unix::fs::PermissionsExt, process::Command, time::Instant};
use variants::on_every_variant;

/// Not a test: what the children of this program do.
#[test]
fn child() {
    let Some((_, config)) = role() else { return };
    let node = node_of::<iceoryx2::service::ipc::Service>(&config);
    say(&std::process::id().to_string());
    let _ = node.wait(Duration::from_secs(600));
}

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

// Fails if: `of_record` in node/view.rs passes over what it does not understand.
fn a_node_whose_record_makes_no_sense_is_undefined<S: Service>() {
    type Members<S> = <<S as Service>::Mechanisms as Mechanisms>::Membership;
    let root = Root::new();
    let config = root.config();
    let node = node_of::<S>(&config);
    let place = root.path().join("iox2");
    let storage = <S::Mechanisms as Mechanisms>::Storage::open(&place).unwrap();
    let members = Members::<S>::open(&storage, "nodes").unwrap().unwrap();
    let mut record = [u8::MAX; RECORD_PAYLOAD];
    record[..16].copy_from_slice(&7_u128.to_le_bytes());
    let slot = members.claim(0..8, &record).unwrap().unwrap();
    let mut undefined = Vec::new();
    Node::<S>::list(&config, |state| {
        match state {
            NodeState::Alive(view) => assert_eq!(view.id(), node.id()),
            NodeState::Undefined(id) => undefined.push(id.value()),
            other => panic!("{other:?}"),
        }
        CallbackProgression::Continue
    })
    .unwrap();
    assert_eq!(undefined, [7]);
    members.release(slot);
}

on_every_variant!(
    a_node_whose_record_makes_no_sense_is_undefined,
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

// Fails if: `register` in node/inner.rs registers whatever the mode is.
#[test]
fn a_node_that_leaves_signals_alone_ends_by_them() {
    let root = Root::new();
    let mut actor = Actor::start("is left alone", root.path());
    let pid = actor.hear();
    let killed = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(killed.unwrap().success());
    assert!(!actor.end());
}

// Fails if: `OWNER_ALL` in bb-posix's directory.rs lets others in.
#[test]
fn what_a_node_makes_below_its_root_path_is_its_owners_alone() {
    let root = Root::new();
    let mut config = root.config();
    config.global.set_root_path(&root.path().join("one/two"));
    let node = node_of::<iceoryx2::service::ipc::Service>(&config);
    let _service = node
        .service_builder(&common::name("private"))
        .request_response::<u64, u64>()
        .create()
        .unwrap();
    let places = root.content();
    assert!(places.len() > 5, "{places:?}");
    for place in places {
        let found = std::fs::metadata(root.path().join(&place)).unwrap();
        assert_eq!(found.permissions().mode() & 0o077, 0, "{place}");
    }
}
