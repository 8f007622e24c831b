// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The tree of this process, and of no other.
//!
//! ```text
//!   CURRENT ──▶ World of the parent          what a fork may have left locked for ever
//!      └──────▶ World of the child           made by its first use of it
//! ```
//!
//! A forked child begins with an empty world: its parent's places are none of its own, and the lock on their tree may be
//! held by a thread it does not have.
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use super::tree::Tree;
use crate::{ProcessBirth, SystemError};
use core::{
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// All places of one process.
#[derive(Debug)]
pub(super) struct World {
    birth: ProcessBirth,
    tree: Mutex<Tree>,
}

/// INVARIANT: null, or a world that is never freed.
static CURRENT: AtomicPtr<World> = AtomicPtr::new(ptr::null_mut());

impl World {
    /// This process's.
    ///
    /// # Errors
    /// `OutOfMemory` if the system could not be asked to report forks.
    #[inline]
    pub(super) fn here() -> Result<&'static Self, SystemError> {
        let birth = ProcessBirth::here()?;
        // ORDERING(world): pairs with the exchange below.
        let found = CURRENT.load(Ordering::Acquire);
        if let Some(world) = Self::of(found).filter(|world| world.birth == birth) {
            return Ok(world);
        }
        let made = Box::into_raw(Box::new(Self {
            birth,
            tree: Mutex::default(),
        }));
        // ORDERING(world): pairs with the load above.
        match CURRENT.compare_exchange(found, made, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Self::of(made),
            Err(other) => {
                // SAFETY: from a box, and nobody else was told of it.
                drop(unsafe { Box::from_raw(made) });
                Self::of(other)
            }
        }
        .ok_or(SystemError::used_after_fork("open"))
    }

    #[inline]
    fn of(current: *mut Self) -> Option<&'static Self> {
        // SAFETY: by the invariant of `CURRENT`, where it comes from or has gone to.
        unsafe { current.as_ref() }
    }

    /// The tree, locked.
    ///
    /// # Errors
    /// `UsedAfterFork`.
    #[inline]
    pub(super) fn tree(&self, call: &'static str) -> Result<MutexGuard<'_, Tree>, SystemError> {
        self.birth.check(call)?;
        Ok(self.tree.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
