// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A process that ends right before any one of its system calls, from its first node to its last farewell, is no trouble
//! to those who come after it.

#![cfg(any(debug_assertions, iceoryx2_hooks))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Actor, Root, name, node, role};
use iceoryx2::{
    __elementary::hooks::{self, Observer},
    prelude::{Node, ipc},
};
use std::sync::Mutex;

const CALLS: &str = "IOX2_TEST_CALLS";

/// More calls than a whole life takes.
const CALLS_MAX: usize = 1_000;

/// Ends the process right before a call.
#[derive(Debug)]
struct Executioner {
    calls_left: Mutex<usize>,
}

impl Observer for Executioner {
    fn before_call(&self, _: &'static str) -> Option<i32> {
        let mut calls_left = self.calls_left.lock().unwrap();
        if *calls_left == 0 {
            std::process::abort();
        }
        *calls_left -= 1;
        None
    }
}

/// Not a test: what the children of this program do.
#[test]
fn child() {
    let Some((role, config)) = role() else { return };
    if role == "corpse" {
        let node = node(&config);
        let orders = node
            .service_builder(&name("a"))
            .request_response::<u64, u64>();
        let _service = orders.create().unwrap();
        std::process::abort();
    }
    let calls_left = Mutex::new(std::env::var(CALLS).unwrap().parse().unwrap());
    hooks::observe(Box::leak(Box::new(Executioner { calls_left })));
    if role == "sweeper" {
        let _ = Node::<ipc::Service>::try_cleanup_dead_nodes(&config);
        return;
    }
    let node = node(&config);
    let orders = || {
        node.service_builder(&name("a"))
            .request_response::<u64, u64>()
    };
    let service = orders().open_or_create().unwrap();
    drop(service);
    drop(orders().create().unwrap());
}

/// Lets a child live for so many calls. Says whether it came to its end in order.
fn live(root: &Root, calls: usize) -> bool {
    play("victim", root, calls)
}

fn play(role: &str, root: &Root, calls: usize) -> bool {
    Actor::start_with(role, root.path(), CALLS, calls).end()
}

/// The next participant finds no service, makes one, and leaves nothing.
fn next(root: &Root, calls: usize) {
    let node = node(&root.config());
    let residue: Vec<_> = root.content().into_iter().skip(1).collect();
    assert_eq!(residue, ["iox2/nodes"], "after {calls} calls");
    let orders = node
        .service_builder(&name("a"))
        .request_response::<u64, u64>();
    let service = orders.create().unwrap();
    drop((service, node));
    root.assert_nothing_left();
}

// Fails if: `clear` removes nothing; or `is_held` does not count.
#[test]
fn a_process_may_end_before_any_call() {
    let lived = (0..CALLS_MAX).find(|calls| {
        let root = Root::new();
        let lived = live(&root, *calls);
        if lived {
            root.assert_nothing_left();
        } else {
            next(&root, *calls);
        }
        lived
    });
    assert!(
        lived.is_some_and(|calls| calls > 50),
        "{lived:?} calls were seen"
    );
}

/// The dead of all earlier rounds are swept by who dies next, a little earlier each time.
// Fails if: `clear` removes nothing; or `is_held` does not count.
#[test]
fn who_sweeps_after_the_killed_may_be_killed_too() {
    let root = Root::new();
    for calls in (0..CALLS_MAX / 5).rev().step_by(7) {
        live(&root, calls);
    }
    next(&root, 0);
}

// Fails if: `clear` removes nothing; or `is_held` does not count.
#[test]
fn a_sweeper_that_is_no_node_may_be_killed_too() {
    let lived = (0..CALLS_MAX).find(|calls| {
        let root = Root::new();
        assert!(!play("corpse", &root, 0));
        let lived = play("sweeper", &root, *calls);
        if lived {
            root.assert_nothing_left();
        } else {
            next(&root, *calls);
        }
        lived
    });
    assert!(
        lived.is_some_and(|calls| calls > 20),
        "{lived:?} calls were seen"
    );
}
