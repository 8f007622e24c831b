// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether a wait begins by polling: only while that has lately paid, and never for long.
//!
//! ```text
//!     a sleep ended quickly ──▶ the next wait spins ── found something ──▶ and so does the one after it
//!                                     └── found nothing ──▶ the next 1, 3, 7 … 1023 waits sleep at once
//! ```
//!
//! Two peers that answer each other at once never enter the kernel. Two peers on one core, where nothing can come while
//! one of them spins, lose less than a thousandth of their time to trying.

use core::time::Duration;

/// The most waits in a row that do not try again.
const PENALTY_MAX: u32 = 1023;

/// The memory of how waits ended.
#[derive(Debug)]
pub(crate) struct Spin {
    limit: Duration,
    /// The last wait ended within the limit.
    quick: bool,
    /// Waits that sleep at once although it did.
    skip: u32,
    penalty: u32,
}

impl Spin {
    /// Spins for at most `limit`; zero: never.
    pub(crate) const fn new(limit: Duration) -> Self {
        Self {
            limit,
            quick: false,
            skip: 0,
            penalty: 0,
        }
    }

    /// How long a wait that begins now may spin; `None`: it sleeps at once.
    pub(crate) fn begin(&mut self) -> Option<Duration> {
        if !self.quick || self.limit.is_zero() {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        Some(self.limit)
    }

    /// A spin found something.
    pub(crate) const fn paid(&mut self) {
        self.penalty /= 2;
    }

    /// A spin found nothing.
    pub(crate) fn failed(&mut self) {
        self.penalty = (self.penalty * 2 + 1).min(PENALTY_MAX);
        self.skip = self.penalty;
    }

    /// A sleep ended after `duration`.
    pub(crate) fn slept(&mut self, duration: Duration) {
        self.quick = duration < self.limit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_micros(50);
    const QUICK: Duration = Duration::from_micros(5);

    #[test]
    fn only_who_was_woken_quickly_spins() {
        let mut spin = Spin::new(LIMIT);
        assert_eq!(spin.begin(), None);
        spin.slept(LIMIT);
        assert_eq!(spin.begin(), None);
        spin.slept(QUICK);
        assert_eq!(spin.begin(), Some(LIMIT));
        spin.paid();
        assert_eq!(spin.begin(), Some(LIMIT));
    }

    #[test]
    fn a_limit_of_zero_never_spins() {
        let mut spin = Spin::new(Duration::ZERO);
        spin.slept(Duration::ZERO);
        assert_eq!(spin.begin(), None);
    }

    #[test]
    fn who_spins_in_vain_tries_less_and_less() {
        let mut spin = Spin::new(LIMIT);
        let mut spins = 0;
        for _ in 0..10_000 {
            spin.slept(QUICK);
            if spin.begin().is_some() {
                spins += 1;
                spin.failed();
            }
        }
        assert!((10..=20).contains(&spins), "{spins} of 10,000 waits spun");
    }
}
