// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Fetching the peer's next chunk into the cache while there is nothing to take.
//!
//! A message in a chunk takes two cache lines: its descriptor, which the receiver polls, and its payload. Each descriptor
//! names the chunk the sender will most likely use next; a receiver whose polls fail fetches its first line along with
//! the descriptor's, so that both arrive together. A wrong hint costs one useless fetch: nothing is read through it.

use core::ptr::NonNull;
use iceoryx2_bb_lock_free::fetch;

/// Failed polls in a row before the first fetch: who is answered at once needs none.
const PATIENCE: u32 = 4;

/// Where the peer's next payload will most likely lie.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Prefetch {
    line: Option<NonNull<u8>>,
    failed: u32,
}

// SAFETY: an address nothing is read through.
unsafe impl Send for Prefetch {}
// SAFETY: as above.
unsafe impl Sync for Prefetch {}

impl Prefetch {
    /// A message came, and said where the next one will lie.
    #[inline]
    pub(super) const fn expect(&mut self, line: Option<NonNull<u8>>) {
        self.line = line;
        self.failed = 0;
    }

    /// A message came that said nothing of the next one.
    #[inline]
    pub(super) const fn expect_nothing(&mut self) {
        self.line = None;
    }

    /// A poll found nothing.
    #[inline]
    pub(super) fn failed(&mut self) {
        if let Some(line) = self.line {
            self.failed = self.failed.saturating_add(1);
            if self.failed >= PATIENCE {
                fetch::to_read(line);
            }
        }
    }
}
