// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which chunks are lent through one ring: the sender's private truth.

use super::ChunkKey;
use iceoryx2_bb_lock_free::ring::{Claims, Producer};
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy)]
struct Lent {
    position: u64,
    chunk: ChunkKey,
}

/// The chunks lent through one ring, oldest first.
#[derive(Debug)]
pub(super) struct Lendings {
    lent: VecDeque<Lent>,
    // INVARIANT: at most so many, the capacity reserved at the beginning: the hot path allocates nothing. At most
    // `queue + borrows` of them are really out, so that settling at the limit always makes room.
    limit: usize,
}

impl Lendings {
    /// For a ring with `queue` messages and `borrows` borrows at most.
    pub(super) fn new(queue: u32, borrows: u32) -> Self {
        // WHY: more than can be out, so that the peer's hold words are looked at once in a while, not per message.
        let limit = 2 * (queue as usize + borrows as usize) + 8;
        Self {
            lent: VecDeque::with_capacity(limit),
            limit,
        }
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.lent.len() >= self.limit
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lent.is_empty()
    }

    #[inline]
    pub(super) fn push(&mut self, position: u64, chunk: ChunkKey) {
        self.lent.push_back(Lent { position, chunk });
    }

    /// Gives home every chunk whose position was taken or evicted and is not held any more.
    #[cold]
    pub(super) fn settle(
        &mut self,
        ring: &Producer,
        claims: Claims<'_>,
        give: &mut dyn FnMut(ChunkKey),
    ) {
        let oldest = ring.oldest();
        if claims.are_idle() {
            return self.settle_below(oldest, give);
        }
        self.lent.retain(|lent| {
            let home = lent.position < oldest && !claims.holds(lent.position);
            if home {
                give(lent.chunk);
            }
            !home
        });
    }

    /// Gives home every chunk whose position is below `oldest`: certainly nobody holds one of them.
    #[inline]
    pub(super) fn settle_below(&mut self, oldest: u64, give: &mut dyn FnMut(ChunkKey)) {
        while let Some(lent) = self.lent.front().filter(|lent| lent.position < oldest) {
            give(lent.chunk);
            self.lent.pop_front();
        }
    }

    /// Gives everything home: the peer is gone.
    pub(super) fn settle_all(&mut self, give: &mut dyn FnMut(ChunkKey)) {
        self.lent.drain(..).for_each(|lent| give(lent.chunk));
    }
}
