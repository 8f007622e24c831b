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
use core::{cell, sync::atomic};
#[cfg(loom)]
use loom::{cell, sync::atomic};

pub(crate) use atomic::{Ordering, fence};

/// The one atomic there is.
// WHY: an alias and no re-export, because clippy would find the forbidden type behind the latter everywhere.
pub(crate) type AtomicWord = atomic::AtomicU64;

/// What one thread at a time may reach.
pub(crate) type Guarded<T> = cell::UnsafeCell<T>;

/// Where the value lies. Under loom, reaching it is checked for races as long as `f` runs.
#[inline]
pub(crate) fn reach<T, R>(guarded: &Guarded<T>, f: impl FnOnce(*mut T) -> R) -> R {
    #[cfg(not(loom))]
    return f(guarded.get());
    #[cfg(loom)]
    return guarded.with_mut(f);
}

/// One half of a fence whose other half another thread makes us execute. Free of charge: it only forbids the compiler
/// to move accesses across it.
// WHY the fence under loom: it has no such halves, and two whole fences are what both together amount to.
#[inline]
pub(crate) fn light_fence() {
    #[cfg(not(loom))]
    atomic::compiler_fence(Ordering::SeqCst);
    #[cfg(loom)]
    fence(Ordering::SeqCst);
}

/// Whether a model has failed: then loom is gone, and cleaning up would only hide why.
#[inline]
pub(crate) fn model_has_failed() -> bool {
    cfg!(loom) && std::thread::panicking()
}
