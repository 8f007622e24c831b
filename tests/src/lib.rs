// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "what fails in a harness fails the test"
)]

pub mod actor;
pub mod census;
pub mod churn;
pub mod commands;
pub mod course;
pub mod draw;
pub mod heap;
pub mod idle;
pub mod load;
pub mod puppet;
pub mod reconnect;
pub mod soak;
pub mod stage;
pub mod swarm;
pub mod syscalls;
pub mod torture;
