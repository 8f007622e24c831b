// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Event: a doorbell. It wakes a sleeper and carries nothing else.

mod doorbell;
mod drain_bell;
mod in_process;

#[cfg(test)]
pub(crate) mod conformance;

use crate::{SystemError, shared_memory::OpenError};
use core::fmt::Debug;
pub(crate) use drain_bell::DrainBell;
pub use in_process::{LocalDoorbell, LocalRinger};

/// The end that sleeps.
pub trait EventListener: Debug + Send + Sync + Sized + 'static {
    /// What a peer needs to ring.
    type Handle;
    /// What a wait set waits for.
    type Source<'a>
    where
        Self: 'a;

    /// Makes a doorbell.
    ///
    /// # Errors
    /// What the system refuses.
    fn create() -> Result<Self, SystemError>;

    /// What to send to a peer.
    fn handle(&self) -> Self::Handle;

    /// To be attached edge-triggered and never read: each ring is one readiness.
    fn source(&self) -> Self::Source<'_>;
}

/// The end that wakes.
pub trait EventNotifier: Debug + Send + Sync + Sized + 'static {
    /// What the peer sent.
    type Handle;

    /// Vets the handle.
    ///
    /// # Errors
    /// `NotMemory` stands for a handle of the wrong kind.
    fn open(handle: Self::Handle) -> Result<Self, OpenError>;

    /// Wakes the listener, or lets its next wait return at once. Never blocks.
    ///
    /// # Errors
    /// What the system refuses. A full doorbell is rung already and no error.
    fn notify(&self) -> Result<(), SystemError>;
}
