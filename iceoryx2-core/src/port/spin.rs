// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether a wait begins by polling: only while that has lately paid, and never for long.
//!
//! ```text
//!     a sleep ended quickly ──▶ the next wait spins ── found something ──▶ and so does the one after it
//!                                     └── found nothing ──▶ the next 1, 3, 7 … 1023 waits sleep at once
//! ```
//!
//! The first wait after a connect spins, too: the peer was just woken, and answers within what it takes to arrange a sleep
//! and to be woken from it.
//!
//! Two peers that answer each other at once never enter the kernel. Two peers on one core, where nothing can come while
//! one of them spins, lose less than a hundredth of their time to trying: after a failure a spin lasts no longer than a
//! few of the sleeps that it might replace.
//!
//! How long a sleep lasts is looked at only where the next wait might spin: asking the clock twice is a good part of what
//! a short sleep takes.

use core::time::Duration;

/// The most waits in a row that do not try again.
const PENALTY_MAX: u32 = 1023;

/// After a failure a spin lasts as long as so many of the last sleep that was measured.
// WHY more than one: that sleep was short because the peer was awake, and now it may have to be woken.
const PATIENCE: u32 = 4;

/// The memory of how waits ended.
#[derive(Debug)]
pub(crate) struct Spin {
    limit: Duration,
    /// How long the last sleep took that was measured, if that was less than the limit.
    quick: Option<Duration>,
    /// Waits that sleep at once although it did.
    skip: u32,
    penalty: u32,
    /// A peer was just woken that will answer.
    expects: bool,
}

/// How a wait begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// It may spin so long before it sleeps.
    Spin(Duration),
    /// It sleeps at once, and that is to be measured.
    Sleep,
    /// It sleeps at once, and nobody wants to know how long.
    SleepUnmeasured,
}

impl Spin {
    /// Spins for at most `limit`; zero: never.
    pub(crate) const fn new(limit: Duration) -> Self {
        Self {
            limit,
            quick: None,
            skip: 0,
            penalty: 0,
            expects: false,
        }
    }

    /// Something will come soon that nobody has waited for yet: the next wait spins, whatever has paid.
    pub(crate) const fn expect(&mut self) {
        self.expects = true;
    }

    /// What a wait that begins now does.
    #[inline]
    pub(crate) fn begin(&mut self) -> Begin {
        if self.limit.is_zero() {
            return Begin::SleepUnmeasured;
        }
        if core::mem::take(&mut self.expects) {
            return Begin::Spin(self.limit);
        }
        let Some(quick) = self.quick else {
            return Begin::Sleep;
        };
        match self.skip {
            0 if self.penalty == 0 => Begin::Spin(self.limit),
            0 => Begin::Spin(self.limit.min(quick.saturating_mul(PATIENCE))),
            1 => {
                self.skip = 0;
                Begin::Sleep
            }
            _ => {
                self.skip -= 1;
                Begin::SleepUnmeasured
            }
        }
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

    /// A sleep that was to be measured ended after `duration`.
    pub(crate) fn slept(&mut self, duration: Duration) {
        self.quick = Some(duration).filter(|duration| *duration < self.limit);
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
        assert_eq!(spin.begin(), Begin::Sleep);
        spin.slept(LIMIT);
        assert_eq!(spin.begin(), Begin::Sleep);
        spin.slept(QUICK);
        assert_eq!(spin.begin(), Begin::Spin(LIMIT));
        spin.paid();
        assert_eq!(spin.begin(), Begin::Spin(LIMIT));
    }

    #[test]
    fn who_expects_something_spins_once() {
        let mut spin = Spin::new(LIMIT);
        spin.expect();
        assert_eq!(spin.begin(), Begin::Spin(LIMIT));
        spin.failed();
        assert_eq!(spin.begin(), Begin::Sleep);
    }

    #[test]
    fn a_limit_of_zero_never_spins() {
        let mut spin = Spin::new(Duration::ZERO);
        spin.expect();
        spin.slept(Duration::ZERO);
        assert_eq!(spin.begin(), Begin::SleepUnmeasured);
    }

    #[test]
    fn after_a_failure_a_spin_lasts_a_few_sleeps() {
        let mut spin = Spin::new(LIMIT);
        spin.slept(QUICK);
        assert_eq!(spin.begin(), Begin::Spin(LIMIT));
        spin.failed();
        assert_eq!(spin.begin(), Begin::Sleep);
        spin.slept(QUICK);
        assert_eq!(spin.begin(), Begin::Spin(QUICK * PATIENCE));
        spin.failed();
        let next = (0..3).map(|_| spin.begin()).collect::<Vec<_>>();
        assert_eq!(
            next,
            [Begin::SleepUnmeasured, Begin::SleepUnmeasured, Begin::Sleep]
        );
        spin.slept(LIMIT * 2 / 3);
        assert_eq!(spin.begin(), Begin::Spin(LIMIT));
    }

    #[test]
    fn who_spins_in_vain_tries_less_and_less() {
        let mut spin = Spin::new(LIMIT);
        let (mut spins, mut measured, mut spun) = (0, 0, Duration::ZERO);
        for _ in 0..10_000 {
            match spin.begin() {
                Begin::Spin(duration) => {
                    spins += 1;
                    spun += duration;
                    spin.failed();
                }
                Begin::Sleep => {
                    measured += 1;
                    spin.slept(QUICK);
                }
                Begin::SleepUnmeasured => {}
            }
        }
        assert!((10..=20).contains(&spins), "{spins} of 10,000 waits spun");
        assert!(measured <= spins + 1, "{measured} sleeps were measured");
        assert!(spun < QUICK * 100, "{spun:?} of 10,000 waits were lost");
    }

    #[test]
    fn who_spins_with_success_again_forgets_its_failures() {
        let mut spin = Spin::new(LIMIT);
        spin.slept(QUICK);
        (0..20).for_each(|_| spin.failed());
        let mut waits = 0;
        while !matches!(spin.begin(), Begin::Spin(_)) {
            waits += 1;
            spin.slept(QUICK);
        }
        assert!(waits <= PENALTY_MAX, "{waits} waits");
        (0..10).for_each(|_| spin.paid());
        assert_eq!(spin.begin(), Begin::Spin(LIMIT));
    }
}
