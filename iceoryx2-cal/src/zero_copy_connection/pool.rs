// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which of a port's chunks are free: the owner's private truth.

/// A pool of chunk numbers, each with a private count of those who still need it.
///
/// Numbers that were in use before are handed out again before new ones are, so that few chunks are ever committed and
/// large ones stay in the cache. Up to a few new ones are preferred to looking at what the peers have released: a look
/// costs a cache line of each peer.
#[derive(Debug)]
pub(super) struct Pool {
    free: Vec<u32>,
    /// By chunk, for those that were ever handed out: how many need it. 0: it is free.
    references: Vec<u32>,
    count: u32,
    rotation: u32,
}

/// Bytes of chunks that may rotate before released ones are looked for.
const ROTATION_BYTES: usize = 8 * 1024 * 1024;
/// More chunks than this never rotate.
const ROTATION_MAX: usize = 16;
/// So many rotate however large they are.
// WHY: with one, a slice of 16 MiB cost 1.4 times one of 64 B, and with two 1.25, because every loan, or every other,
// looked at the peer's claims; with four it is 1.15 (`benchmarks -- slices`).
const ROTATION_MIN: usize = 4;

/// How many chunks of one size rotate before released ones are looked for.
pub(super) fn rotation(stride: usize) -> u32 {
    let rotation = (ROTATION_BYTES / stride.max(1)).clamp(ROTATION_MIN, ROTATION_MAX);
    u32::try_from(rotation).unwrap_or(1)
}

/// What the pool says when no chunk that was in use before is free.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Draw {
    /// The next chunk that was never in use: commit its pages, then [`add`](Pool::add) it.
    New(u32),
    /// Look at what the peers have released, then ask again.
    ReclaimFirst,
    /// All are in use.
    Exhausted,
}

impl Pool {
    pub(super) fn new(count: u32, stride: usize) -> Self {
        Self {
            free: Vec::new(),
            references: Vec::new(),
            count,
            rotation: rotation(stride).min(count),
        }
    }

    fn handed_out(&self) -> u32 {
        // INVARIANT: at most `count`, which is 32 bits.
        u32::try_from(self.references.len()).unwrap_or(u32::MAX)
    }

    /// Takes a chunk that was in use before, for one who needs it.
    #[inline]
    pub(super) fn reuse(&mut self) -> Option<u32> {
        let chunk = self.free.pop()?;
        if let Some(references) = self.references.get_mut(chunk as usize) {
            *references = 1;
        }
        Some(chunk)
    }

    /// The chunk that will be reused next, unless another is given back before.
    #[inline]
    pub(super) fn next(&self) -> Option<u32> {
        self.free.last().copied()
    }

    /// Whether hardly a chunk is free, and no new one is to be had before released ones are looked for.
    #[inline]
    pub(super) fn is_low(&self) -> bool {
        self.free.len() < 2 && self.handed_out() >= self.rotation
    }

    /// What to do where none can be reused; `reclaimed` says that the peers' releases were just looked at.
    pub(super) fn draw(&self, reclaimed: bool) -> Draw {
        let next = self.handed_out();
        match (next < self.rotation, reclaimed) {
            (true, _) => Draw::New(next),
            (false, false) => Draw::ReclaimFirst,
            (false, true) if next < self.count => Draw::New(next),
            (false, true) => Draw::Exhausted,
        }
    }

    /// Takes the new chunk that was drawn, for one who needs it.
    pub(super) fn add(&mut self) {
        self.references.push(1);
        // WHY: giving back must not allocate; a chunk that exists has its place in the free list reserved.
        self.free.reserve(self.references.len());
    }

    /// One more needs the chunk.
    #[inline]
    pub(super) fn share(&mut self, chunk: u32) {
        if let Some(entry) = self.references.get_mut(chunk as usize) {
            *entry += 1;
        }
    }

    /// One less needs the chunk.
    #[inline]
    pub(super) fn give(&mut self, chunk: u32) {
        let Some(entry) = self.references.get_mut(chunk as usize) else {
            return;
        };
        *entry = entry.saturating_sub(1);
        if *entry == 0 {
            put_under(&mut self.free, chunk);
        }
    }

    /// How many chunks somebody needs.
    pub(super) fn in_use(&self) -> u32 {
        self.handed_out() - u32::try_from(self.free.len()).unwrap_or(0)
    }
}

/// Puts a free chunk below the one that will be used next.
// WHY: the last message has named that one to its receiver, which fetches it while it waits.
#[inline]
pub(super) fn put_under<T>(free: &mut Vec<T>, chunk: T) {
    let top = free.len();
    free.push(chunk);
    if top > 0 {
        free.swap(top - 1, top);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(pool: &mut Pool, reclaimed: bool) -> Option<u32> {
        pool.reuse().or_else(|| match pool.draw(reclaimed) {
            Draw::New(chunk) => {
                pool.add();
                Some(chunk)
            }
            _ => None,
        })
    }

    #[test]
    fn many_small_chunks_and_a_few_large_ones_rotate_before_anybody_is_asked() {
        let mut small = Pool::new(100, 64);
        let rotated = (0..)
            .take_while(|_| draw(&mut small, false).is_some())
            .count();
        assert_eq!(rotated, ROTATION_MAX);
        let mut large = Pool::new(100, 1 << 23);
        for chunk in 0..4 {
            assert_eq!(draw(&mut large, false), Some(chunk));
        }
        assert_eq!(large.draw(false), Draw::ReclaimFirst);
        assert_eq!(draw(&mut large, true), Some(4));
    }

    #[test]
    fn a_chunk_is_free_when_the_last_who_needs_it_is_done() {
        let mut pool = Pool::new(1, 64);
        let chunk = draw(&mut pool, true).unwrap();
        pool.share(chunk);
        pool.give(chunk);
        assert_eq!((pool.draw(true), pool.in_use()), (Draw::Exhausted, 1));
        pool.give(chunk);
        assert_eq!((pool.reuse(), pool.in_use()), (Some(0), 1));
    }
}
