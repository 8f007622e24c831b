// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Nodes: who is here, who died, and what is swept after whom.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Actor, Root, listen, name, node, role, say};
use core::time::Duration;
use iceoryx2::{
    config::Config,
    node::{CleanupState, NodeWaitFailure},
    prelude::*,
};
use std::{path::PathBuf, process::Command, time::Instant};

/// Not a test: what the children of this program do.
#[test]
fn child() {
    let Some((role, config)) = role() else { return };
    let node = NodeBuilder::new()
        .name(&"victim".try_into().unwrap())
        .config(&config);
    let node = node.create::<ipc::Service>().unwrap();
    match role.as_str() {
        "node" => {
            say(&node.id().to_string());
            listen();
        }
        "with a service" => {
            let orders = node
                .service_builder(&name("a"))
                .request_response::<u64, u64>();
            let _service = orders.open_or_create().unwrap();
            say(&node.id().to_string());
            listen();
        }
        "waits" => {
            say(&std::process::id().to_string());
            let reason = node.wait(Duration::from_secs(600)).unwrap_err();
            assert_eq!(reason, NodeWaitFailure::TerminationRequest);
            assert_eq!(node.wait(Duration::from_secs(600)), Err(reason));
            say("woken");
            listen();
        }
        other => panic!("{other}"),
    }
}

fn states(config: &Config) -> Vec<NodeState<ipc::Service>> {
    let mut states = Vec::new();
    Node::<ipc::Service>::list(config, |state| {
        states.push(state);
        CallbackProgression::Continue
    })
    .unwrap();
    states
}

/// Nodes made with it sweep only when they are told to.
fn without_sweeping(root: &Root) -> Config {
    let mut config = root.config();
    config.global.node.cleanup_dead_nodes_on_creation = false;
    config
}

// Fails if: `describe` leaves out the name.
#[test]
fn a_node_knows_itself_and_is_listed_while_it_lives() {
    let root = Root::new();
    let config = root.config();
    assert!(states(&config).is_empty());
    assert_eq!(root.content(), [""; 0], "listing makes nothing");

    let node = NodeBuilder::new()
        .name(&"kitchen".try_into().unwrap())
        .config(&config);
    let node = node.create::<ipc::Service>().unwrap();
    assert_eq!(node.name().as_str(), "kitchen");
    assert_eq!(node.config(), &config);
    let [NodeState::Alive(view)] = &states(&config)[..] else {
        panic!("one living node")
    };
    assert_eq!(view.id(), node.id());
    assert_eq!(view.details().name().as_str(), "kitchen");
    let executable = std::env::current_exe().unwrap();
    let shown = view.details().executable().to_str().unwrap().to_owned();
    assert!(executable.starts_with(&shown) || executable.to_str().unwrap().starts_with(&shown));

    drop(node);
    assert!(states(&config).is_empty());
    root.assert_nothing_left();
}

// Fails if: `show` ends with the first node.
#[test]
fn nodes_have_different_ids_and_come_and_go_in_any_order() {
    let root = Root::new();
    let mut nodes: Vec<_> = (0..5).map(|_| node(&root.config())).collect();
    let ids: std::collections::HashSet<_> = nodes.iter().map(Node::id).collect();
    assert_eq!(ids.len(), 5);
    drop(nodes.remove(2));
    drop(nodes.remove(0));
    assert_eq!(states(&root.config()).len(), 3);
    nodes.push(node(&root.config()));
    assert_eq!(states(&root.config()).len(), 4);
    drop(nodes);
    root.assert_nothing_left();
}

// Fails if: `dead_nodes` finds nobody.
#[test]
fn a_killed_node_is_dead_until_somebody_sweeps() {
    let root = Root::new();
    let mut victim = Actor::start("node", root.path());
    let id = victim.hear();
    victim.kill();

    let config = without_sweeping(&root);
    let witness = node(&config);
    let dead: Vec<_> = states(&config)
        .into_iter()
        .filter(|state| matches!(state, NodeState::Dead(_)))
        .collect();
    let [NodeState::Dead(view)] = &dead[..] else {
        panic!("one dead node")
    };
    assert_eq!(view.id().to_string(), id);
    assert_eq!(view.details().name().as_str(), "victim");

    assert_eq!(view.clone().try_remove_stale_resources(), Ok(true));
    assert_eq!(view.clone().try_remove_stale_resources(), Ok(false));
    assert_eq!(states(&config).len(), 1);
    drop(witness);
    root.assert_nothing_left();
}

// Fails if: `dead_nodes` finds nobody; or `clear` removes nothing.
#[test]
fn the_next_node_sweeps_what_killed_ones_left() {
    let root = Root::new();
    let mut victims: Vec<_> = (0..2)
        .map(|_| Actor::start("with a service", root.path()))
        .collect();
    for victim in &mut victims {
        victim.hear();
    }
    victims.into_iter().for_each(Actor::kill);
    assert!(root.service_directory().join("contract").exists());

    let next = node(&root.config());
    assert_eq!(root.content(), ["iox2", "iox2/nodes"]);
    assert_eq!(states(&root.config()).len(), 1);
    assert_eq!(
        Node::<ipc::Service>::try_cleanup_dead_nodes(&root.config()),
        CleanupState::default()
    );
    drop(next);
    root.assert_nothing_left();
}

// Fails if: a clean-up counts one too many; or `dead_nodes` finds nobody.
#[test]
fn sweeping_without_a_node_says_what_there_was_to_do() {
    let root = Root::new();
    let mut victim = Actor::start("with a service", root.path());
    victim.hear();
    let nothing = CleanupState::default();
    assert_eq!(
        Node::<ipc::Service>::try_cleanup_dead_nodes(&root.config()),
        nothing
    );
    victim.kill();

    let done = CleanupState {
        cleanups: 1,
        failed_cleanups: 0,
    };
    assert_eq!(
        Node::<ipc::Service>::try_cleanup_dead_nodes(&root.config()),
        done
    );
    root.assert_nothing_left();
    assert_eq!(
        Node::<ipc::Service>::try_cleanup_dead_nodes(&root.config()),
        nothing
    );
}

// Fails if: `remove_stale_names` takes nothing for stale.
#[test]
fn a_sweep_takes_from_a_living_service_only_what_is_dead() {
    let root = Root::new();
    let config = without_sweeping(&root);
    let holder = node(&config);
    let orders = || {
        holder
            .service_builder(&name("a"))
            .request_response::<u64, u64>()
    };
    let service = orders().create().unwrap();
    let mut victim = Actor::start("with a service", root.path());
    victim.hear();
    victim.kill();
    let directory = root.service_directory();
    let dead: Vec<PathBuf> = [".tmp-0", &"0a".repeat(16)]
        .iter()
        .map(|name| directory.join(name))
        .collect();
    for path in &dead {
        std::fs::write(path, b"").unwrap();
    }

    let done = CleanupState {
        cleanups: 1,
        failed_cleanups: 0,
    };
    assert_eq!(Node::<ipc::Service>::try_cleanup_dead_nodes(&config), done);
    assert!(dead.iter().all(|path| !path.exists()));
    let other = node(&config);
    let opened = other
        .service_builder(&name("a"))
        .request_response::<u64, u64>()
        .open()
        .unwrap();
    assert_eq!(opened.unique_service_id(), service.unique_service_id());
}

// Fails if: `show` ends with the first node.
#[test]
fn a_dead_nodes_record_is_not_overwritten_before_the_sweep() {
    let root = Root::new();
    let mut victim = Actor::start("node", root.path());
    victim.hear();
    victim.kill();
    let config = without_sweeping(&root);
    let _nodes = [node(&config), node(&config)];
    let dead = states(&config)
        .iter()
        .filter(|state| matches!(state, NodeState::Dead(_)))
        .count();
    assert_eq!(dead, 1);
    assert_eq!(states(&config).len(), 3);
}

// Fails if: `NodeInner::wait` does not wait.
#[test]
fn a_wait_lasts_as_long_as_it_was_told_to() {
    let root = Root::new();
    let node = node(&root.config());
    let began = Instant::now();
    assert_eq!(node.wait(Duration::from_millis(20)), Ok(()));
    assert!(began.elapsed() >= Duration::from_millis(20));
    assert_eq!(node.wait(Duration::ZERO), Ok(()));
}

// Fails if: `NodeInner::wait` does not ask for requests.
#[test]
fn a_termination_request_ends_the_wait_and_every_later_one() {
    let root = Root::new();
    let mut actor = Actor::start("waits", root.path());
    let pid = actor.hear();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(actor.hear(), "woken");
    actor.finish();
    root.assert_nothing_left();
}
