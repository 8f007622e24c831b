// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The handshake between who is about to sleep and who has something for it.
//!
//! ```text
//!     sleeper                              waker
//!     -------                              -----
//!     sleep word = odd        (1)          publish the message     (3)
//!     SeqCst fence                         SeqCst fence
//!     look at everything once more (2)     look at the sleep word  (4)
//!     sleep                                ring if odd and new
//!     sleep word = even
//! ```
//!
//! Either the sleeper's look (2) finds the message (3), or the waker's look (4) finds the odd word (1): the two fences
//! forbid that both miss. The word counts up by one at each step, so that a waker rings once for each sleep and never
//! twice: a second message to the same sleep costs no system call.
//!
//! CRASH: a sleeper that dies leaves its word odd; each waker then rings once in vain. A waker that dies between (3)
//! and its ring is noticed by its hang-up, which the sleeper waits for as well.

use crate::{
    primitive::{Ordering, fence},
    word::Word,
};

/// The sleeper's side, private to it. The word it writes lies in shared memory.
#[derive(Debug, Default)]
pub struct Sleeper {
    value: u64,
}

impl Sleeper {
    /// A sleeper that is awake, over a word that holds zero.
    #[must_use]
    pub const fn new() -> Self {
        Self { value: 0 }
    }

    /// Publishes that a sleep begins. Afterwards look once more at everything that could wake, and then sleep. Each
    /// sleep needs an announcement of its own, even one that follows a vain wake-up.
    #[inline]
    pub fn announce(&mut self, word: &Word) {
        // WHY: from odd it goes to the next odd value: a waker that rang for this sleep must ring again for the next.
        self.value = (self.value + 1) | 1;
        word.set(self.value);
        // ORDERING(sleep): pairs with the fence in `Waker::must_ring`.
        fence(Ordering::SeqCst);
    }

    /// Publishes that the sleep is over.
    #[inline]
    pub fn awake(&mut self, word: &Word) {
        if self.value & 1 == 1 {
            self.value += 1;
            word.set(self.value);
        }
    }
}

/// The waker's side of one sleeper, private to the waker.
#[derive(Debug, Default)]
pub struct Waker {
    rung: u64,
}

impl Waker {
    /// A waker that has not rung yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { rung: 0 }
    }

    /// To be asked after each publish: whether the sleeper sleeps and has not been rung for this sleep.
    #[inline]
    #[must_use]
    pub fn must_ring(&mut self, word: &Word) -> bool {
        // ORDERING(sleep): pairs with the fence in `Sleeper::announce`.
        fence(Ordering::SeqCst);
        let value = word.peek();
        let ring = value & 1 == 1 && value != self.rung;
        if ring {
            self.rung = value;
        }
        ring
    }
}

/// Whether a sleeper sleeps, to be asked after a publish that may concern nobody. If so, and if it does concern somebody,
/// [`Waker::must_ring`] is to be asked as well; that answer must stay right.
#[inline]
#[must_use]
pub fn is_asleep(word: &Word) -> bool {
    // ORDERING(sleep): pairs with the fence in `Sleeper::announce`.
    fence(Ordering::SeqCst);
    word.peek() & 1 == 1
}
