// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The only file that names atomics: the real ones, or loom's under `--cfg loom`.
#![expect(
    clippy::disallowed_types,
    reason = "this is the facade everything else goes through"
)]

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};
