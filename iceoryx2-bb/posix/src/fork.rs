// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What becomes of this crate's objects in a forked child.
//!
//! A child is born with a copy of every object and a duplicate of every descriptor, and must use neither: a duplicate
//! keeps a connection or a lock of the parent alive, and by the time the child's copy of an object is dropped its
//! number may name something else. So the child closes the duplicates, and the gates, and ends the mappings, before `fork`
//! returns to it and begins a new *generation*. Every object remembers the generation it was born in and refuses to work, and to clean up, in another.
//!
//! ```text
//!  fork() ── prepare ─────────────┬─ parent ── unlock
//!            lock the open list   └─ child ─── raise generation, close what is listed, unlock
//! ```
//!
//! A child made by a bare system call runs no such handlers, and keeps duplicates and mappings. It must `exec` or end.

#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

mod gate;

pub use gate::Gate;
pub(crate) use gate::close_inherited;

use crate::{Error, open_list, sys};
use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::OnceLock;

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between the first process that used this crate and this one.
#[must_use]
#[inline]
pub fn generation() -> u32 {
    // ORDERING: Relaxed; the word changes only while a child has a single thread.
    GENERATION.load(Ordering::Relaxed)
}

/// Remembers in which process something was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birth {
    generation: u32,
}

impl Birth {
    /// Born here and now.
    ///
    /// # Errors
    /// `OutOfMemory` if the system could not be asked to report forks.
    pub fn here() -> Result<Self, Error> {
        notice_forks()?;
        Ok(Self {
            generation: generation(),
        })
    }

    /// Whether this process is a forked child of the one it was born in.
    #[must_use]
    #[inline]
    pub fn is_foreign(&self) -> bool {
        self.generation != generation()
    }

    /// Refuses `call` in a forked child.
    ///
    /// # Errors
    /// `UsedAfterFork`.
    #[inline]
    pub fn check(&self, call: &'static str) -> Result<(), Error> {
        if self.is_foreign() {
            Err(Error::used_after_fork(call))
        } else {
            Ok(())
        }
    }
}

/// Installs the handlers, once per family of processes: children inherit them.
pub(crate) fn notice_forks() -> Result<(), Error> {
    static INSTALLED: OnceLock<Result<(), Error>> = OnceLock::new();
    *INSTALLED.get_or_init(|| sys::fork::install(before, in_parent, in_child))
}

extern "C" fn before() {
    open_list::hold();
}

extern "C" fn in_parent() {
    open_list::let_go();
}

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    open_list::close_all();
    open_list::let_go();
}
