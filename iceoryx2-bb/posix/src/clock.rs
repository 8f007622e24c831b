// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Monotonic time. It never runs backwards, nobody can set it, and all processes of the machine see the same.

use crate::{Error, sys};
use core::time::Duration;

/// Nanoseconds since a moment that is fixed until the machine starts anew.
///
/// ```
/// let earlier = iceoryx2_bb_posix::clock::now_ns();
/// assert!(iceoryx2_bb_posix::clock::now_ns() >= earlier);
/// ```
#[must_use]
#[inline]
pub fn now_ns() -> u64 {
    sys::clock::now_ns()
}

/// Sleeps for `duration`; signals do not cut it short.
///
/// # Errors
/// What the system refuses.
pub fn sleep(duration: Duration) -> Result<(), Error> {
    let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    sys::clock::sleep_until_ns(now_ns().saturating_add(ns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_while_one_sleeps() {
        let before = now_ns();
        sleep(Duration::from_millis(2)).unwrap();
        assert!(now_ns() - before >= 2_000_000);
    }
}
