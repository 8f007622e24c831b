// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Clock: monotonic time, the only kind this system knows.

#[cfg(test)]
pub(crate) mod conformance;
mod monotonic;

use core::{fmt::Debug, time::Duration};
pub use monotonic::Monotonic;

/// A moment, in nanoseconds since a fixed but unknown one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The moment `ns` nanoseconds after the unknown beginning.
    #[must_use]
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    /// Nanoseconds since the unknown beginning.
    #[must_use]
    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// This moment plus `duration`, or `None` where no clock will ever show it.
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        u64::try_from(duration.as_nanos())
            .ok()
            .and_then(|ns| self.0.checked_add(ns))
            .map(Self)
    }

    /// How long after `earlier` this is; zero if it is not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Tells the time.
pub trait Clock: Debug + 'static {
    /// Now.
    fn now() -> Moment;
}
