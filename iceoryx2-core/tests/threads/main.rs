// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Threads that share ports: one suite, both variants that allow it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]
#![allow(
    clippy::duplicate_mod,
    reason = "the suite is compiled once for each variant"
)]

#[path = "../common/mod.rs"]
mod common;
mod marks;
mod termination;
mod thread;
mod watchdog;

mod ipc;
mod local;

/// Not a test: what the child of this program does.
#[test]
fn child() {
    termination::child();
}
