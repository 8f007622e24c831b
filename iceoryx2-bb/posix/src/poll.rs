// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One wait for many sources.
//!
//! ```text
//!   Doorbell  Connection  Listener  PeerProcess  Watch  Termination  Poller
//!       └─────────┴──────────┴──────────┴──────────┴────────┴──────────┘
//!                                source()
//!                      Poller::add(source, token, trigger)
//!                      Poller::wait(timeout, report)  ──►  report(Readiness { token, .. })
//! ```
//!
//! A poller may be waited on by several threads, and changed by one while another waits. A [`LazyPoller`] belongs to one
//! thread at a time, and costs no call until it waits.

mod lazy;
mod timed;

use crate::{Error, handle::Descriptor, open_list, sys};
use core::time::Duration;
pub use lazy::LazyPoller;

/// The most sources one call of [`Poller::wait`] reports.
pub const READINESS_MAX: usize = 32;

/// Something that can be waited for.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    descriptor: &'a Descriptor,
}

impl<'a> Source<'a> {
    pub(crate) fn new(descriptor: &'a Descriptor) -> Self {
        Self { descriptor }
    }

    pub(crate) fn descriptor(&self) -> &'a Descriptor {
        self.descriptor
    }
}

/// When a source counts as ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// As long as it is.
    Level,
    /// Once per event.
    Edge,
}

/// What happened to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// What the source was added with.
    pub token: u64,
    /// There is something to read, to accept, or a process has ended.
    pub readable: bool,
    /// The other end is gone.
    pub hung_up: bool,
}

/// A set of sources to wait for.
#[derive(Debug)]
pub struct Poller {
    descriptor: Descriptor,
}

impl Poller {
    /// Makes an empty poller.
    ///
    /// # Errors
    /// `TooManyOpenFiles`, `OutOfMemory`.
    pub fn create() -> Result<Self, Error> {
        Ok(Self {
            descriptor: open_list::create(sys::poll::open)?,
        })
    }

    /// Adds a source. It leaves by [`remove`](Self::remove) or when nobody has it open any more, peers included.
    ///
    /// # Errors
    /// `AlreadyExists` if it is there, `NoSpace` or `OutOfMemory`.
    pub fn add(&self, source: Source<'_>, token: u64, trigger: Trigger) -> Result<(), Error> {
        sys::poll::add(&self.descriptor, source.descriptor(), token, trigger)
    }

    /// Removes a source.
    ///
    /// # Errors
    /// `NotFound` if it is not there.
    pub fn remove(&self, source: Source<'_>) -> Result<(), Error> {
        sys::poll::remove(&self.descriptor, source.descriptor())
    }

    /// Sleeps until a source is ready or `timeout` has passed (`None`: no limit; zero: only look) and reports at most
    /// [`READINESS_MAX`] ready sources. Returns how many; 0 means that the time has passed. Signals do not cut the
    /// timeout short; it may be rounded up to a millisecond.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn wait(
        &self,
        timeout: Option<Duration>,
        report: &mut dyn FnMut(Readiness),
    ) -> Result<usize, Error> {
        sys::poll::wait(&self.descriptor, timeout, report)
    }

    /// The same until `deadline_ns` of the [clock](crate::clock), for who knows that it was `now_ns` a moment ago. If it has
    /// passed by then, this only looks.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn wait_until(
        &self,
        now_ns: u64,
        deadline_ns: u64,
        report: &mut dyn FnMut(Readiness),
    ) -> Result<usize, Error> {
        sys::poll::wait_until(&self.descriptor, Some((now_ns, deadline_ns)), report)
    }

    /// A poller is ready while one of its sources is.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        Source::new(&self.descriptor)
    }
}

#[cfg(test)]
mod tests;
