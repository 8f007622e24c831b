// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Wait set: one wait for many sources.

mod poller;

#[cfg(test)]
pub(crate) mod conformance;

use crate::{SystemError, clock::Moment};
use core::{fmt::Debug, time::Duration};

/// When a source counts as ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// As long as it is readable.
    Level,
    /// Once per event.
    Edge,
}

/// What happened to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// What the source was attached with.
    pub token: u64,
    /// There is something to read, to accept, or a process has ended.
    pub readable: bool,
    /// The other end is gone.
    pub hung_up: bool,
}

/// Waits for many sources at once. Shared by threads without a lock, if it was made for that.
pub trait WaitSet: Debug + Send + Sync + Sized + 'static {
    /// What it can wait for.
    type Source<'a>;

    /// Makes an empty wait set.
    ///
    /// # Errors
    /// What the system refuses.
    fn create() -> Result<Self, SystemError>;

    /// Makes an empty wait set for one thread at a time: while one waits, no other may change it, and a source is to be
    /// detached before it is closed. It asks the system for little before it is used.
    ///
    /// # Errors
    /// What the system refuses.
    fn create_for_one_thread() -> Result<Self, SystemError>;

    /// Adds a source under a token of the caller's.
    ///
    /// # Errors
    /// What the system refuses.
    fn attach(
        &self,
        source: Self::Source<'_>,
        token: u64,
        trigger: Trigger,
    ) -> Result<(), SystemError>;

    /// Removes a source.
    ///
    /// # Errors
    /// What the system refuses.
    fn detach(&self, source: Self::Source<'_>) -> Result<(), SystemError>;

    /// Sleeps until a source is ready or `timeout` has passed (`None`: no limit; zero: only look), and reports what is
    /// ready, at most a few dozen sources a call. Returns how many; 0 means the time has passed. The timeout is never
    /// cut short by signals, and is kept to a millisecond upwards.
    ///
    /// # Errors
    /// What the system refuses.
    fn wait(
        &self,
        timeout: Option<Duration>,
        report: impl FnMut(Readiness),
    ) -> Result<usize, SystemError>;

    /// The same until `deadline`, for who has asked the clock a moment ago: it said `now`.
    ///
    /// # Errors
    /// What the system refuses.
    fn wait_until(
        &self,
        now: Moment,
        deadline: Moment,
        report: impl FnMut(Readiness),
    ) -> Result<usize, SystemError>;
}
