// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A program of one test, which counts what its process has mapped.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node};

const ROUNDS: usize = 100;

/// How many pieces of shared memory this process has mapped.
fn mapped() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().filter(|line| line.contains("memfd:")).count()
}

// Fails if: `hang_up` does not change the hint.
#[test]
fn a_server_that_polls_keeps_nothing_of_a_client_that_left_before_its_call() {
    let root = Root::new();
    let node = node(&root.config());
    let service = node.service_builder(&name("a"));
    let service = service.request_response::<u64, u64>().create().unwrap();
    let server = service.server_builder().create().unwrap();
    let before = mapped();
    for round in 0..ROUNDS as u64 {
        let client = service.client_builder().create().unwrap();
        let pending = client.send_copy(round).unwrap();
        server.receive().unwrap().unwrap().send_copy(round).unwrap();
        assert_eq!(*pending.receive().unwrap().unwrap(), round);
        drop((client, pending));
        assert!(server.receive().unwrap().is_none());
        assert_eq!(mapped(), before, "in round {round}");
    }
}
