// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which chunks are lent through one ring: the sender's private truth.

use super::{ChunkId, ChunkKey};
use iceoryx2_bb_lock_free::ring::{Claims, Producer};

/// A chunk that came home.
#[derive(Debug, Clone, Copy)]
pub struct Homecoming {
    pub(super) key: ChunkKey,
    /// The one that will most likely come home next.
    pub(super) next: ChunkId,
}

/// A place for a chunk that is lent.
#[derive(Debug, Clone, Copy)]
struct Lent {
    /// [`NOWHERE`]: the place is free.
    position: u64,
    chunk: ChunkKey,
}

/// Above every position, so that what is not there is never below one.
const NOWHERE: u64 = u64::MAX;

impl Lent {
    const NOTHING: Self = Self {
        position: NOWHERE,
        chunk: ChunkKey(u32::MAX),
    };
}

/// The chunks lent through one ring, oldest first.
#[derive(Debug)]
pub(super) struct Lendings {
    // INVARIANT: a power of two of places, at least `limit`; those from `first` to `next`, each modulo that power, are in
    // use, and no others. The hot path allocates nothing.
    places: Box<[Lent]>,
    // INVARIANT: one less than there are places.
    mask: usize,
    first: usize,
    next: usize,
    /// The last that was lent.
    latest: ChunkId,
    // INVARIANT: at most `queue + borrows` are really out, so that settling at the limit always makes room.
    limit: usize,
}

impl Lendings {
    /// For a ring with `queue` messages and `borrows` borrows at most.
    pub(super) fn new(queue: u32, borrows: u32) -> Self {
        // WHY: more than can be out, so that the peer's hold words are looked at once in a while, not per message.
        let limit = 2 * (queue as usize + borrows as usize) + 8;
        let places: Box<[_]> = vec![Lent::NOTHING; limit.next_power_of_two()].into();
        Self {
            mask: places.len() - 1,
            places,
            first: 0,
            next: 0,
            latest: ChunkId::NONE,
            limit,
        }
    }

    #[inline(always)]
    pub(super) const fn is_full(&self) -> bool {
        self.next - self.first >= self.limit
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.next == self.first
    }

    #[inline(always)]
    fn place(&mut self, number: usize) -> &mut Lent {
        // SAFETY: masked to what is one less than there are places (INVARIANT).
        unsafe { self.places.get_unchecked_mut(number & self.mask) }
    }

    /// To be called only while it is not [full](Self::is_full).
    #[inline(always)]
    pub(super) fn push(&mut self, position: u64, chunk: ChunkKey, id: ChunkId) {
        debug_assert!(!self.is_full(), "a chunk that is lent would be forgotten");
        *self.place(self.next) = Lent { position, chunk };
        self.next += 1;
        self.latest = id;
    }

    /// The latest of the chunks whose position is below `oldest`, which is the caller's now, for certainly nobody holds it. Older
    /// ones are given home.
    #[inline(always)]
    pub(super) fn settle_one(
        &mut self,
        oldest: u64,
        give: impl FnMut(ChunkKey),
    ) -> Option<Homecoming> {
        let position = self.place(self.first).position;
        if position >= oldest {
            return None;
        }
        // WHY: positions ascend, and most often there is one.
        if position + 1 < oldest {
            self.settle_older(oldest, give);
        }
        let key = self.take_first();
        // WHY the latest: it comes home before this one comes again, or is this one.
        let next = self.latest;
        Some(Homecoming { key, next })
    }

    /// The same for who lends another, for which there is room then. `None`: there is none.
    #[inline(always)]
    pub(super) fn make_room(
        &mut self,
        oldest: u64,
        give: impl FnMut(ChunkKey),
    ) -> Option<Option<Homecoming>> {
        match self.settle_one(oldest, give) {
            None if self.is_full() => None,
            home => Some(home),
        }
    }

    /// Gives home every chunk whose position is below `oldest`, but the latest of them.
    #[cold]
    #[inline(never)]
    fn settle_older(&mut self, oldest: u64, mut give: impl FnMut(ChunkKey)) {
        while self.place(self.first + 1).position < oldest {
            give(self.take_first());
        }
    }

    /// To be called only while there is one.
    #[inline(always)]
    fn take_first(&mut self) -> ChunkKey {
        debug_assert!(!self.is_empty(), "what is not lent does not come home");
        let first = self.place(self.first);
        first.position = NOWHERE;
        let key = first.chunk;
        self.first += 1;
        key
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
            let lent = core::mem::replace(self.place(number), Lent::NOTHING);
            if lent.position < oldest && !claims.holds(lent.position) {
                give(lent.chunk);
            } else {
                *self.place(kept) = lent;
                kept += 1;
            }
        }
        self.next = kept;
    }

    /// Gives home every chunk whose position is below `oldest`: certainly nobody holds one of them.
    // INVARIANT: it ends at the first free place, or when it has freed all.
    pub(super) fn settle_below(&mut self, oldest: u64, give: &mut dyn FnMut(ChunkKey)) {
        while self.place(self.first).position < oldest {
            give(self.take_first());
        }
    }

    /// Gives everything home: the peer is gone.
    #[cold]
    pub(super) fn settle_all(&mut self, give: &mut dyn FnMut(ChunkKey)) {
        self.settle_below(NOWHERE, give);
    }
}
