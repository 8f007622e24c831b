// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Ports and messages: one suite, every variant.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
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

mod ipc;
mod ipc_threadsafe;
mod local;
mod local_threadsafe;
