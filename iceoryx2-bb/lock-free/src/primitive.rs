// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The only file that names atomics: the real ones, or loom's under `--cfg loom`.
#![cfg_attr(
    not(loom),
    expect(
        clippy::disallowed_types,
        reason = "this is the facade everything else goes through"
    )
)]

#[cfg(not(loom))]
use core::sync::atomic;
#[cfg(loom)]
use loom::sync::atomic;

pub(crate) use atomic::{Ordering, fence};

/// The one atomic there is.
// WHY: an alias and no re-export, because clippy would find the forbidden type behind the latter everywhere.
pub(crate) type AtomicWord = atomic::AtomicU64;
