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
    // INVARIANT: 0 only between `must_ask` and `is_due`; in a forked child, which never looks, whatever it comes to.
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

    /// Counts this poll. Returns whether it must ask if it [is due](Self::is_due), which does not count it again.
    // WHY: who takes the short way has no clock.
    #[inline(always)]
    pub(crate) const fn must_ask(&mut self) -> bool {
        self.remaining = self.remaining.wrapping_sub(1);
        self.remaining == 0
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
