// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Ports wake each other over their connection until it is worth making doorbells, and by these from then on.
//!
//! A program of its own, for the hooks are the whole process's.

#![cfg(any(debug_assertions, iceoryx2_hooks))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node_of};
use core::time::Duration;
use iceoryx2::{
    __elementary::hooks::{self, Observer},
    prelude::*,
    service::ipc_threadsafe,
};
use std::{collections::BTreeMap, sync::Mutex, thread};

const LONG: Duration = Duration::from_secs(60);

/// Calls of all threads, by name.
static SEEN: Mutex<BTreeMap<&'static str, u32>> = Mutex::new(BTreeMap::new());

/// The counts are everybody's.
static TURN: Mutex<()> = Mutex::new(());

#[derive(Debug)]
struct Counter;

impl Observer for Counter {
    fn before_call(&self, name: &'static str) -> Option<i32> {
        *SEEN.lock().unwrap().entry(name).or_default() += 1;
        None
    }
}

fn seen(call: &'static str) -> u32 {
    SEEN.lock().unwrap().get(call).copied().unwrap_or(0)
}

/// Two ports that always sleep and wake each other `rounds` times, in two threads. Says how often `call` was made
/// in all, and after round `mark`.
fn calls_of<S: Service>(rounds: u64, call: &'static str, mark: u64) -> [u32; 2] {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    hooks::observe(&Counter);
    let root = Root::new();
    let mut config = root.config();
    config.global.service.spin_duration = Duration::ZERO;
    let factory_of = |node: &Node<S>| {
        let builder = node.service_builder(&name("a"));
        builder
            .request_response::<u64, u64>()
            .open_or_create()
            .unwrap()
    };
    let node = node_of::<S>(&config);
    let factory = factory_of(&node);
    let mut at = [seen(call); 2];
    thread::scope(|scope| {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let config = &config;
        scope.spawn(move || {
            let node = node_of::<S>(config);
            let server = factory_of(&node).server_builder().create().unwrap();
            ready.send(()).unwrap();
            for _ in 0..rounds {
                let request = server.timed_receive(LONG).unwrap();
                // The client sleeps by now.
                thread::sleep(Duration::from_millis(2));
                request.send_copy(*request + 1).unwrap();
            }
        });
        is_ready.recv().unwrap();
        let client = factory.client_builder().create().unwrap();
        for round in 0..rounds {
            // The server sleeps by now.
            thread::sleep(Duration::from_millis(2));
            let pending = client.send_copy(round).unwrap();
            assert_eq!(*pending.timed_receive(LONG).unwrap(), round + 1);
            if round == mark {
                at[1] = seen(call);
            }
        }
    });
    at.map(|at| seen(call) - at)
}

// Fails if: `heard_ring` never offers a doorbell, or `listen` does not take what it is offered.
#[test]
fn who_rings_often_gets_a_doorbell() {
    let [all, later] = calls_of::<ipc::Service>(60, "sendmsg", 30);
    assert!(all > 8, "{all}");
    // A sleep that is cut short by the other's look may still be ended over the connection, which has its end at last.
    assert!(later <= 2, "{later}");
}

// Fails if: `Endpoint::new` makes a doorbell for every port; or RINGS_MIN is 1.
#[test]
fn who_calls_rarely_needs_no_doorbell() {
    let [all, _] = calls_of::<ipc::Service>(2, "eventfd", 0);
    assert_eq!(all, 0);
}

// Fails if: `introduce` leaves out the doorbell of a port that threads share.
#[test]
fn ports_that_threads_share_have_doorbells_from_the_beginning() {
    let [_, after_the_first] = calls_of::<ipc_threadsafe::Service>(20, "sendmsg", 0);
    assert!(after_the_first <= 2, "{after_the_first}");
}
