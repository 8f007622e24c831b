// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which chunks are lent through one ring: the sender's private truth.

use super::ChunkKey;
use iceoryx2_bb_lock_free::ring::{Claims, Producer};

#[derive(Debug, Clone, Copy)]
struct Lent {
    position: u64,
    chunk: ChunkKey,
}

/// The chunks lent through one ring, oldest first.
#[derive(Debug)]
pub(super) struct Lendings {
    // INVARIANT: a power of two of places, at least `limit`; those from `first` to `next`, each modulo that power, are in
    // use. The hot path allocates nothing.
    places: Box<[Lent]>,
    first: usize,
    next: usize,
    // INVARIANT: at most `queue + borrows` are really out, so that settling at the limit always makes room.
    limit: usize,
}

impl Lendings {
    /// For a ring with `queue` messages and `borrows` borrows at most.
    pub(super) fn new(queue: u32, borrows: u32) -> Self {
        // WHY: more than can be out, so that the peer's hold words are looked at once in a while, not per message.
        let limit = 2 * (queue as usize + borrows as usize) + 8;
        let nothing = Lent {
            position: u64::MAX,
            chunk: ChunkKey(u32::MAX),
        };
        Self {
            places: vec![nothing; limit.next_power_of_two()].into(),
            first: 0,
            next: 0,
            limit,
        }
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.next - self.first >= self.limit
    }

    pub(super) fn is_empty(&self) -> bool {
        self.next == self.first
    }

    #[inline]
    fn place(&mut self, number: usize) -> Option<&mut Lent> {
        let mask = self.places.len().wrapping_sub(1);
        self.places.get_mut(number & mask)
    }

    /// To be called only while it is not [full](Self::is_full).
    #[inline]
    pub(super) fn push(&mut self, position: u64, chunk: ChunkKey) {
        if let Some(place) = self.place(self.next) {
            *place = Lent { position, chunk };
            self.next += 1;
        }
    }

    #[inline]
    fn front(&mut self) -> Option<Lent> {
        if self.is_empty() {
            return None;
        }
        self.place(self.first).copied()
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
        let (lent, mut kept) = (self.first..self.next, self.first);
        for number in lent {
            let Some(lent) = self.place(number).copied() else {
                return;
            };
            if lent.position < oldest && !claims.holds(lent.position) {
                give(lent.chunk);
            } else if let Some(place) = self.place(kept) {
                *place = lent;
                kept += 1;
            }
        }
        self.next = kept;
    }

    /// Gives home every chunk whose position is below `oldest`: certainly nobody holds one of them.
    #[inline(always)]
    pub(super) fn settle_below(&mut self, oldest: u64, mut give: impl FnMut(ChunkKey)) {
        while let Some(lent) = self.front().filter(|lent| lent.position < oldest) {
            self.first += 1;
            give(lent.chunk);
        }
    }

    /// Gives everything home: the peer is gone.
    pub(super) fn settle_all(&mut self, give: &mut dyn FnMut(ChunkKey)) {
        self.settle_below(u64::MAX, give);
    }
}
