// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Waking when names come into a directory.
//!
//! A [`Watch`] is readable once a name was made in the directory or moved into it since the last
//! [`drain`](Watch::drain). It says that something came, never what: look, after every wake.
//!
//! ```text
//!   create ─▶ look ─▶ wait ─▶ drain ─▶ look ─▶ wait ─▶ …
//! ```
//!
//! Draining before looking matters: the system reports the same name coming twice in a row only once, and stops
//! reporting when nobody reads for long. A drained watch misses nothing.

use crate::{Error, directory::Directory, handle::Descriptor, poll::Source, sys};

/// A watch on one directory. Systems allow a user few of them (128 by default on one of them): hold one only while waiting.
#[derive(Debug)]
pub struct Watch {
    descriptor: Descriptor,
}

impl Watch {
    /// Begins to watch. What came before is not reported: look after this returned.
    ///
    /// # Errors
    /// `TooManyOpenFiles` or `NoSpace` where the user has no watch left: look now and again instead.
    pub fn create(directory: &Directory) -> Result<Self, Error> {
        sys::watch::create(directory).map(|descriptor| Self { descriptor })
    }

    /// Makes the watch unreadable until the next name comes.
    ///
    /// # Errors
    /// `UsedAfterFork`.
    pub fn drain(&self) -> Result<(), Error> {
        sys::watch::drain(&self.descriptor)
    }

    /// To be waited for, level-triggered or edge-triggered: readable when a name has come.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        Source::new(&self.descriptor)
    }
}

#[cfg(test)]
mod tests;
