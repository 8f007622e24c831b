// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Within one process: three words on the heap.

#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use super::{ChangeHint, Hint};
use core::{
    convert::Infallible,
    sync::atomic::{AtomicU64, Ordering},
};

/// Words that say "look again".
#[derive(Debug, Default)]
pub struct HintWords {
    servers: AtomicU64,
    clients: AtomicU64,
    answers: AtomicU64,
}

impl HintWords {
    const fn word(&self, hint: Hint) -> &AtomicU64 {
        match hint {
            Hint::Servers => &self.servers,
            Hint::Clients => &self.clients,
            Hint::Answers => &self.answers,
        }
    }
}

impl ChangeHint for HintWords {
    type Word = Infallible;

    fn find(&self, _: Hint) -> Option<Infallible> {
        None
    }

    #[inline]
    fn load(&self, hint: Hint) -> u64 {
        // ORDERING(hint): pairs with bump.
        self.word(hint).load(Ordering::Acquire)
    }

    fn bump(&self, hint: Hint) {
        // ORDERING(hint): pairs with load.
        self.word(hint).fetch_add(1, Ordering::Release);
    }
}
