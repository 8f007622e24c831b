// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every interleaving of the rings, the words and the sleep handshake, by loom.
//!
//! `RUSTFLAGS="--cfg loom --cfg iceoryx2_hooks" cargo test -p iceoryx2-bb-lock-free --release --test loom`
//!
//! Each model names its legal outcomes; a model fails at an outcome that is not among them, at one of them that never
//! comes, at a data race on a chunk, and at a torn message. Each says how many preemptions it allows and which damage
//! to the sources it was seen to catch: `tests/mutations.py` does the damage and looks again.
#![cfg(loom)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at what it does not expect, and its numbers are small"
)]

#[cfg(any(debug_assertions, iceoryx2_hooks))]
mod crash;
mod hold;
mod lock;
mod overflow;
mod publish;
mod rig;
mod sleep;
mod stream;
