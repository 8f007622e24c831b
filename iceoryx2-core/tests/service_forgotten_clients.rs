// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A program of one test, which counts what its process has mapped.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node};
use iceoryx2::prelude::UpdateConnections;

const ROUNDS: usize = 100;

/// How many pieces of shared memory this process has mapped.
fn mapped() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().filter(|line| line.contains("memfd:")).count()
}

// Fails if: `ClientConnection::bury` never calls `discard_rescued`.
#[test]
fn without_fire_and_forget_a_server_that_only_looks_keeps_nothing_of_clients_that_are_gone() {
    let root = Root::new();
    let node = node(&root.config());
    let service = node
        .service_builder(&name("a"))
        .request_response::<[u64; 32], u64>()
        .enable_fire_and_forget_requests(false)
        .create()
        .unwrap();
    let server = service.server_builder().create().unwrap();
    let before = mapped();
    assert_ne!(before, 0);
    for round in 0..ROUNDS {
        let client = service.client_builder().create().unwrap();
        if round % 2 == 0 {
            server.update_connections().unwrap();
        }
        drop(client.send_copy([1; 32]).unwrap());
        drop(client);
        assert!(!server.has_requests().unwrap());
    }
    server.update_connections().unwrap();
    assert!(mapped() <= before + 2, "{before} became {}", mapped());
}
