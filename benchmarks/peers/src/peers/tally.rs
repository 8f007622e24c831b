// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How many requests were answered by threads that a peer has of its own.

use std::sync::{Condvar, Mutex, PoisonError};

#[derive(Debug, Default)]
struct Counts {
    answered: u64,
    wanted: u64,
}

#[derive(Debug, Default)]
pub struct Tally {
    counts: Mutex<Counts>,
    enough: Condvar,
}

impl Tally {
    /// One more was answered.
    pub fn count(&self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.answered += 1;
        if counts.answered == counts.wanted {
            self.enough.notify_all();
        }
    }

    /// Sleeps until so many more were answered since the last call.
    pub fn wait(&self, requests: u32) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.wanted += u64::from(requests);
        let counts = self
            .enough
            .wait_while(counts, |counts| counts.answered < counts.wanted);
        drop(counts);
    }
}
