// SPDX-License-Identifier: Apache-2.0 OR MIT
//! When a port that polls should look at what only the kernel knows: at most once a millisecond, and without asking the
//! clock at every poll.

use core::time::Duration;
use iceoryx2_cal::clock::{Clock, Moment};

const PERIOD: Duration = Duration::from_millis(1);
const POLLS_MAX: u32 = 64;

/// A count-down in front of the clock. Who polls rarely looks at every poll, who polls fast at every 64th.
#[derive(Debug)]
pub(crate) struct Pace {
    remaining: u32,
    reload: u32,
    last: Moment,
}

impl Pace {
    /// Begins with the first look behind it: who makes a port looks for its peers.
    pub(crate) fn new<C: Clock>() -> Self {
        Self {
            remaining: 1,
            reload: 1,
            last: C::now(),
        }
    }

    /// Whether it is time to look.
    #[inline]
    pub(crate) fn is_due<C: Clock>(&mut self) -> bool {
        self.remaining = self.remaining.saturating_sub(1);
        self.remaining == 0 && self.ask::<C>()
    }

    /// How many polls may come until it is time to look, at least.
    #[inline]
    pub(crate) const fn polls(&self) -> u32 {
        self.remaining.saturating_sub(1)
    }

    /// So many polls came.
    #[inline]
    pub(crate) const fn note_polls(&mut self, polls: u32) {
        self.remaining = self.remaining.saturating_sub(polls);
    }

    #[cold]
    fn ask<C: Clock>(&mut self) -> bool {
        let now = C::now();
        let due = now.since(self.last) >= PERIOD;
        if due {
            self.last = now;
            self.reload = 1;
        } else {
            self.reload = (self.reload * 2).min(POLLS_MAX);
        }
        self.remaining = self.reload;
        due
    }
}
