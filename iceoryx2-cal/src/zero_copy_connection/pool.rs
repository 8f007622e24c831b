// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which of a port's chunks are free: the owner's private truth.

/// A pool of chunk numbers, each with a private count of those who still need it.
///
/// Numbers that were in use before are handed out again before new ones are, so that few chunks are ever committed and
/// large ones stay in the cache. As long as all chunks in use together are small, a few new ones are preferred to
/// looking at what the peers have released.
#[derive(Debug)]
pub(super) struct Pool {
    free: Vec<u32>,
    /// By chunk, for those that were ever handed out: how many need it. 0: it is free.
    references: Vec<u32>,
    count: u32,
    rotation: u32,
}

/// Bytes of chunks that may rotate before released ones are looked for.
const ROTATION_BYTES: usize = 4 * 1024 * 1024;
/// More chunks than this never rotate.
const ROTATION_MAX: usize = 16;

/// What the pool says to a request for a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Draw {
    /// A chunk that was in use before.
    Used(u32),
    /// A chunk that was never in use: its pages may not be committed.
    New(u32),
    /// Look at what the peers have released, then ask again.
    ReclaimFirst,
    /// All are in use.
    Exhausted,
}

impl Pool {
    pub(super) fn new(count: u32, stride: usize) -> Self {
        let rotation = (ROTATION_BYTES / stride.max(1)).clamp(1, ROTATION_MAX);
        let rotation = u32::try_from(rotation).unwrap_or(1).min(count);
        Self {
            free: Vec::new(),
            references: Vec::new(),
            count,
            rotation,
        }
    }

    fn handed_out(&self) -> u32 {
        // INVARIANT: at most `count`, which is 32 bits.
        u32::try_from(self.references.len()).unwrap_or(u32::MAX)
    }

    /// The next chunk; `reclaimed` says that the peers' releases were just looked at. Taking it is a step of its own,
    /// [`Pool::take`], because committing its pages may fail in between.
    pub(super) fn draw(&self, reclaimed: bool) -> Draw {
        let next = self.handed_out();
        match self.free.last() {
            Some(chunk) => Draw::Used(*chunk),
            None if next < self.rotation => Draw::New(next),
            None if !reclaimed => Draw::ReclaimFirst,
            None if next < self.count => Draw::New(next),
            None => Draw::Exhausted,
        }
    }

    /// Takes what was drawn, for one who needs it.
    pub(super) fn take(&mut self, drawn: &Draw) -> Option<u32> {
        match *drawn {
            Draw::Used(chunk) if self.free.last() == Some(&chunk) => {
                self.free.pop();
                self.set(chunk, 1);
                Some(chunk)
            }
            Draw::New(chunk) if chunk == self.handed_out() => {
                self.references.push(1);
                // WHY: giving back must not allocate; a chunk that exists has its place in the free list reserved.
                self.free.reserve(self.references.len());
                Some(chunk)
            }
            _ => None,
        }
    }

    fn set(&mut self, chunk: u32, references: u32) {
        if let Some(entry) = self.references.get_mut(chunk as usize) {
            *entry = references;
        }
    }

    /// One more needs the chunk.
    pub(super) fn share(&mut self, chunk: u32) {
        if let Some(entry) = self.references.get_mut(chunk as usize) {
            *entry += 1;
        }
    }

    /// One less needs the chunk.
    pub(super) fn give(&mut self, chunk: u32) {
        let Some(entry) = self.references.get_mut(chunk as usize) else {
            return;
        };
        *entry = entry.saturating_sub(1);
        if *entry == 0 {
            self.free.push(chunk);
        }
    }

    /// How many chunks somebody needs.
    pub(super) fn in_use(&self) -> u32 {
        self.handed_out() - u32::try_from(self.free.len()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(pool: &mut Pool, reclaimed: bool) -> Option<u32> {
        let drawn = pool.draw(reclaimed);
        pool.take(&drawn)
    }

    #[test]
    fn small_chunks_rotate_before_anybody_is_asked_and_large_ones_never() {
        let mut small = Pool::new(100, 64);
        let rotated = (0..)
            .take_while(|_| draw(&mut small, false).is_some())
            .count();
        assert_eq!(rotated, ROTATION_MAX);
        let mut large = Pool::new(100, 1 << 22);
        assert_eq!(draw(&mut large, false), Some(0));
        assert_eq!(large.draw(false), Draw::ReclaimFirst);
        assert_eq!(draw(&mut large, true), Some(1));
    }

    #[test]
    fn a_chunk_is_free_when_the_last_who_needs_it_is_done() {
        let mut pool = Pool::new(1, 64);
        let chunk = draw(&mut pool, true).unwrap();
        pool.share(chunk);
        pool.give(chunk);
        assert_eq!((pool.draw(true), pool.in_use()), (Draw::Exhausted, 1));
        pool.give(chunk);
        assert_eq!((pool.draw(true), pool.in_use()), (Draw::Used(0), 0));
    }
}
