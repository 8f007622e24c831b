// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A wake-up without data.
//!
//! The owner of a [`Doorbell`] adds its [source](Doorbell::source) to a [`Poller`](crate::poll::Poller),
//! edge-triggered, and never reads it: every ring is one readiness. Peers get its [handle](Doorbell::handle) and ring
//! through a [`Ringer`].
//!
//! Whoever holds the handle can do harm: fill the bell, so that no further ring wakes, or make it blocking and fill
//! it, so that the next ringer sleeps. So a handle is given to processes of the same user only, who could do worse.

use crate::{Error, Handle, handle::VetError, open_list, poll::Source, sys};

/// The end that sleeps.
#[derive(Debug)]
pub struct Doorbell {
    handle: Handle,
}

impl Doorbell {
    /// Makes a doorbell that was not rung.
    ///
    /// # Errors
    /// `TooManyOpenFiles`, `OutOfMemory`.
    pub fn create() -> Result<Self, Error> {
        let descriptor = open_list::create(sys::doorbell::open)?;
        Ok(Self {
            handle: Handle::new(descriptor),
        })
    }

    /// What to send to a peer.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// What rings it from within this process, where there is nothing to vet.
    #[must_use]
    pub fn ringer(&self) -> Ringer {
        Ringer {
            handle: self.handle(),
        }
    }

    /// To be added edge-triggered and never read.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        Source::new(self.handle.descriptor())
    }
}

/// The end that wakes.
#[derive(Debug)]
pub struct Ringer {
    handle: Handle,
}

impl Ringer {
    /// Vets the handle: it must be a doorbell that does not block.
    ///
    /// # Errors
    /// [`VetError`].
    pub fn open(handle: Handle) -> Result<Self, VetError> {
        sys::doorbell::vet(handle.descriptor())?;
        Ok(Self { handle })
    }

    /// Wakes the owner, or lets its next wait return at once. A bell that is full was rung, and that is no error.
    ///
    /// # Errors
    /// What the system refuses.
    #[inline]
    pub fn ring(&self) -> Result<(), Error> {
        sys::doorbell::ring(self.handle.descriptor())
    }
}

#[cfg(test)]
mod tests;
