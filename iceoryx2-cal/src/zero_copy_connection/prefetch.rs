// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Fetching the peer's next chunk into the cache while there is nothing to take.
//!
//! A message in a chunk takes two cache lines: its descriptor, which the receiver polls, and its payload. Each descriptor
//! names the chunk the sender will most likely use next; a receiver whose polls fail fetches its first line along with
//! the descriptor's, so that both arrive together. A wrong hint costs one useless fetch: nothing is read through it.

use super::{ChunkId, descriptor::NextNear};
use core::ptr::NonNull;
use iceoryx2_bb_lock_free::fetch;

/// Failed polls in a row before the first fetch: who is answered at once needs none.
const PATIENCE: u32 = 4;

/// What is known of the peer's next payload.
#[derive(Debug, Default, Clone, Copy)]
enum Next {
    /// Nothing.
    #[default]
    Unknown,
    /// It will most likely lie in this chunk, or in none that there is.
    // WHY not its address: most often nobody waits for it.
    Named(ChunkId),
    /// The same, as a message in a near chunk has said it.
    Near(NextNear),
    /// It will most likely lie here.
    Found(NonNull<u8>),
}

/// Where the peer's next payload will most likely lie.
#[derive(Debug, Default)]
pub(super) struct Prefetch {
    next: Next,
    /// So many polls fail before the first fetch.
    patience: u32,
}

// SAFETY: an address nothing is read through.
unsafe impl Send for Prefetch {}
// SAFETY: as above.
unsafe impl Sync for Prefetch {}

impl Prefetch {
    /// A message came, and said where the next one will lie.
    #[inline(always)]
    pub(super) const fn expect(&mut self, next: ChunkId) {
        self.next = Next::Named(next);
        self.patience = PATIENCE;
    }

    /// The same of a message in a near chunk.
    #[inline(always)]
    pub(super) const fn expect_near(&mut self, next: NextNear) {
        self.next = Next::Near(next);
        self.patience = PATIENCE;
    }

    /// A message came that said nothing of the next one.
    #[inline(always)]
    pub(super) const fn expect_nothing(&mut self) {
        self.next = Next::Unknown;
    }

    /// A poll found nothing. `find` says where a chunk lies, if there is one.
    #[inline(always)]
    pub(super) fn failed(&mut self, find: impl FnOnce(ChunkId) -> Option<NonNull<u8>>) {
        if !matches!(self.next, Next::Unknown) {
            self.be_patient(find);
        }
    }

    #[inline]
    fn be_patient(&mut self, find: impl FnOnce(ChunkId) -> Option<NonNull<u8>>) {
        if self.patience > 0 {
            self.patience -= 1;
            return;
        }
        let found = match self.next {
            Next::Unknown => None,
            Next::Named(chunk) => find(chunk),
            Next::Near(next) => find(next.chunk()),
            Next::Found(line) => Some(line),
        };
        self.next = found.map_or(Next::Unknown, Next::Found);
        if let Some(line) = found {
            fetch::to_read(line);
        }
    }
}
