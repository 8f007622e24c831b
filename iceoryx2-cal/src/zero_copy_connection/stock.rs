// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A port's chunks that were handed out at least once: how many need each, and which are free, by their size.
//!
//! It is the owner's private truth. Chunks of the base object and of further ones are alike here: each has a *key*, its
//! place in a table that says everything about it, so that taking one and giving it back search for nothing.

use super::{Chunk, ChunkId, ChunkKey, growth};
use core::ptr::NonNull;
use iceoryx2_bb_lock_free::fetch;

/// Bytes of chunks that may rotate before released ones are looked for.
const ROTATION_BYTES: usize = 8 * 1024 * 1024;
/// More chunks than this never rotate.
const ROTATION_MAX: usize = 16;
/// So many rotate however large they are.
// WHY three: one is lent, one comes home with the next message, and one is free, so that it can be named to the peer.
const ROTATION_MIN: usize = 3;
/// Chunks of at least so many bytes do not rotate while the last one is free again: it is in the caches, and several of that
/// size would drive one another out of them.
const WARM_BYTES: usize = 256 * 1024;

/// How many chunks of one size rotate before released ones are looked for: a look costs a cache line of each peer, a
/// chunk its memory.
pub(super) fn rotation(stride: usize) -> u32 {
    let rotation = (ROTATION_BYTES / stride.max(1)).clamp(ROTATION_MIN, ROTATION_MAX);
    u32::try_from(rotation).unwrap_or(1)
}

/// A chunk that is handed out for the first time.
#[derive(Debug, Clone, Copy)]
pub(super) struct New {
    pub(super) id: ChunkId,
    pub(super) data: NonNull<u8>,
    /// Bytes from its first below which its pages are committed.
    pub(super) committed: usize,
}

/// A chunk that was handed out.
#[derive(Debug)]
struct Known {
    id: ChunkId,
    data: NonNull<u8>,
    committed: usize,
    /// How many need it. 0: it is free.
    references: u32,
    class: u32,
    /// It was taken since somebody last asked.
    used: bool,
}

// SAFETY: an address and numbers; who writes there owes the chunk, not the thread.
unsafe impl Send for Known {}
// SAFETY: as above.
unsafe impl Sync for Known {}

/// The chunks of one size.
#[derive(Debug)]
struct Class {
    /// The smallest message they are taken for.
    least: usize,
    /// The largest, which is their size.
    stride: usize,
    /// So many are handed out before the last free one is used again.
    rotates: u32,
    /// Keys of those that are free. The last is used next, and stays the last whatever comes back, unless they are so large
    /// that what came back last is better.
    free: Vec<u32>,
    /// How many were handed out.
    handed_out: u32,
}

impl Class {
    const fn fits(&self, size: usize) -> bool {
        self.least <= size && size <= self.stride
    }

    /// Whether one is to be used again, and not rather a new one.
    fn has_spare(&self) -> bool {
        let named = usize::from(!self.is_warm());
        self.free.len() > named || self.handed_out >= self.rotates
    }

    /// Whether what came back last is used next.
    #[inline]
    const fn is_warm(&self) -> bool {
        self.stride >= WARM_BYTES
    }

    /// The one that will most likely be used next, after `key`.
    #[inline(always)]
    fn next_after(&self, key: u32) -> Option<u32> {
        // WHY: what is sent comes home with its answer.
        if self.is_warm() {
            Some(key)
        } else {
            self.free.last().copied()
        }
    }

    /// Takes one back.
    // WHY under the last: the latest message has named that one to its receiver, which fetches it while it waits.
    #[inline]
    fn give(&mut self, key: u32) {
        let top = self.free.len();
        self.free.push(key);
        if top > 0 && !self.is_warm() {
            self.free.swap(top - 1, top);
        }
    }
}

/// The class of the base's chunks, which is always there.
const BASE: u32 = 0;

/// The class of chunks whose memory is gone.
const GONE: u32 = u32::MAX;

/// A port's chunks that were handed out.
#[derive(Debug)]
pub(super) struct Stock {
    /// By key.
    chunks: Vec<Known>,
    /// Keys of chunks that are gone.
    vacant: Vec<u32>,
    /// By number.
    classes: Vec<Class>,
    /// Numbers of the classes besides the base's, ascending by size, each size once.
    by_size: Vec<u32>,
    /// The class of the last loan.
    latest: u32,
    in_use: u32,
    /// The most chunks that are in use at a time.
    count: u32,
}

impl Stock {
    /// Nothing was handed out. The base's chunks have `stride` bytes, and `count` chunks are in use at most.
    pub(super) fn new(stride: usize, count: u32) -> Self {
        Self {
            chunks: Vec::new(),
            vacant: Vec::new(),
            classes: vec![Class {
                least: 0,
                stride,
                rotates: rotates(count),
                free: Vec::new(),
                handed_out: 0,
            }],
            by_size: Vec::new(),
            latest: BASE,
            in_use: 0,
            count,
        }
    }

    /// How many chunks somebody needs.
    #[inline]
    pub(super) const fn in_use(&self) -> u32 {
        self.in_use
    }

    /// Takes a chunk of the same size as the last loan's for one who needs it; `None` if none is free or fitting.
    #[inline(always)]
    pub(super) fn take_like_last(&mut self, size: usize) -> Option<Chunk> {
        let class = self.classes.get(self.latest as usize)?;
        if class.fits(size) && class.has_spare() {
            self.take(self.latest, size)
        } else {
            None
        }
    }

    /// Takes a chunk of the base. `sparing`: not the last, if a new one is to be preferred.
    pub(super) fn take_of_base(&mut self, sparing: bool) -> Option<Chunk> {
        let class = self.classes.first()?;
        if sparing && !class.has_spare() {
            return None;
        }
        self.take(BASE, 0)
    }

    /// Takes the first chunk of the class; `None` if none is free or it is not committed so far.
    #[inline(always)]
    fn take(&mut self, number: u32, committed: usize) -> Option<Chunk> {
        let class = self.classes.get_mut(number as usize)?;
        let key = *class.free.last()?;
        let known = self.chunks.get_mut(key as usize)?;
        if known.committed < committed {
            return None;
        }
        class.free.pop();
        known.references = 1;
        known.used = true;
        let (id, data) = (known.id, known.data);
        fetch::to_write(data);
        self.in_use += 1;
        self.latest = number;
        let next = class
            .next_after(key)
            .and_then(|key| self.chunks.get(key as usize));
        Some(Chunk {
            id,
            key: ChunkKey(key),
            data,
            next: next.map_or(ChunkId::NONE, |next| next.id),
        })
    }

    /// The first free chunk, beside the base's, that is large enough for `size` bytes and not much too large: of the
    /// smallest such size. With it comes below which of its bytes it is committed. `sparing`: not the last of its size, if
    /// a new one is to be preferred.
    pub(super) fn fitting(&self, size: usize, sparing: bool) -> Option<(ChunkKey, ChunkId, usize)> {
        let first = self
            .by_size
            .partition_point(|number| self.stride(*number) < size);
        self.by_size
            .get(first..)?
            .iter()
            .filter_map(|number| self.classes.get(*number as usize))
            .take_while(|class| class.fits(size))
            .filter(|class| !sparing || class.has_spare())
            .find_map(|class| class.free.last())
            .and_then(|key| {
                let known = self.chunks.get(*key as usize)?;
                Some((ChunkKey(*key), known.id, known.committed))
            })
    }

    /// Takes the chunk that was found [`fitting`](Self::fitting), of which so many bytes are committed now.
    pub(super) fn take_fitting(&mut self, key: ChunkKey, committed: usize) -> Option<Chunk> {
        let known = self.chunks.get_mut(key.0 as usize)?;
        known.committed = committed;
        let class = known.class;
        self.take(class, committed)
    }

    fn stride(&self, number: u32) -> usize {
        self.classes
            .get(number as usize)
            .map_or(usize::MAX, |class| class.stride)
    }

    /// How many of the base's chunks were handed out.
    pub(super) fn handed_out_of_base(&self) -> u32 {
        self.classes.first().map_or(0, |class| class.handed_out)
    }

    /// Takes in a chunk that is handed out for the first time, for one who needs it, and has the base's size.
    pub(super) fn add_to_base(&mut self, new: New) -> Chunk {
        self.add_to(BASE, new)
    }

    /// The same for one beside the base's, of `stride` bytes.
    pub(super) fn add(&mut self, stride: usize, new: New) -> Chunk {
        let class = self.class_of(stride);
        self.add_to(class, new)
    }

    fn add_to(&mut self, class: u32, new: New) -> Chunk {
        let New {
            id,
            data,
            committed,
        } = new;
        let known = Known {
            id,
            data,
            committed,
            references: 1,
            class,
            used: true,
        };
        let key = self.enter(known);
        self.in_use += 1;
        self.latest = class;
        if let Some(class) = self.classes.get_mut(class as usize) {
            class.handed_out += 1;
            // WHY: giving back must not allocate; a chunk that exists has its place in the free list reserved.
            class.free.reserve(class.handed_out as usize);
        }
        Chunk {
            id,
            key,
            data,
            next: ChunkId::NONE,
        }
    }

    fn enter(&mut self, known: Known) -> ChunkKey {
        let key = self.vacant.pop();
        match key.and_then(|key| self.chunks.get_mut(key as usize).zip(Some(key))) {
            Some((place, key)) => {
                *place = known;
                ChunkKey(key)
            }
            None => {
                // INVARIANT: a port has far fewer chunks than 32 bits count.
                let key = u32::try_from(self.chunks.len()).unwrap_or(u32::MAX);
                self.chunks.push(known);
                ChunkKey(key)
            }
        }
    }

    /// The number of the class of that size, which is made if there is none.
    fn class_of(&mut self, stride: usize) -> u32 {
        let found = self
            .by_size
            .binary_search_by_key(&stride, |number| self.stride(*number));
        let place = match found {
            Ok(place) => return self.by_size.get(place).copied().unwrap_or(GONE),
            Err(place) => place,
        };
        let class = Class {
            least: growth::least_for(stride),
            stride,
            rotates: rotates(self.count),
            free: Vec::new(),
            handed_out: 0,
        };
        // WHY: a number whose class is gone is that of no chunk.
        let unused = self
            .classes
            .iter()
            .skip(1)
            .position(|class| class.handed_out == 0);
        let index = unused.map_or(self.classes.len(), |index| index + 1);
        match self.classes.get_mut(index) {
            Some(place) => *place = class,
            None => self.classes.push(class),
        }
        let number = u32::try_from(index).unwrap_or(GONE);
        self.by_size.insert(place, number);
        number
    }

    /// One more needs the chunk.
    #[inline]
    pub(super) fn share(&mut self, key: ChunkKey) {
        if let Some(known) = self.chunks.get_mut(key.0 as usize) {
            known.references += 1;
        }
    }

    /// One less needs the chunk.
    #[inline]
    pub(super) fn give(&mut self, key: ChunkKey) {
        let Some(known) = self.chunks.get_mut(key.0 as usize) else {
            return;
        };
        known.references = known.references.saturating_sub(1);
        if known.references > 0 {
            return;
        }
        self.in_use -= 1;
        match self.classes.get_mut(known.class as usize) {
            Some(class) => class.give(key.0),
            None => self.vacant.push(key.0),
        }
    }

    // ----- giving memory back

    /// Whether somebody needs one of the chunks.
    pub(super) fn are_in_use(&self, keys: &[ChunkKey]) -> bool {
        self.known(keys).any(|known| known.references > 0)
    }

    /// Whether one of the chunks was taken since this was last asked.
    pub(super) fn take_used(&mut self, keys: &[ChunkKey]) -> bool {
        let mut used = false;
        for key in keys {
            if let Some(known) = self.chunks.get_mut(key.0 as usize) {
                used |= core::mem::take(&mut known.used);
            }
        }
        used
    }

    /// Bytes that are committed in the chunks.
    pub(super) fn bytes(&self, keys: &[ChunkKey]) -> usize {
        self.known(keys)
            .fold(0, |sum, known| sum.saturating_add(known.committed))
    }

    fn known(&self, keys: &[ChunkKey]) -> impl Iterator<Item = &Known> {
        keys.iter()
            .filter_map(|key| self.chunks.get(key.0 as usize))
    }

    /// The memory of the chunks goes, all of which are of one size and beside the base.
    pub(super) fn remove(&mut self, keys: &[ChunkKey]) {
        let Some(number) = self.known(keys).next().map(|known| known.class) else {
            return;
        };
        for key in keys {
            if let Some(known) = self.chunks.get_mut(key.0 as usize) {
                known.class = GONE;
                if known.references == 0 {
                    self.vacant.push(key.0);
                }
            }
        }
        let Some(class) = self.classes.get_mut(number as usize) else {
            return;
        };
        let chunks = &self.chunks;
        class.free.retain(|key| {
            chunks
                .get(*key as usize)
                .is_some_and(|known| known.class == number)
        });
        class.handed_out -= u32::try_from(keys.len()).unwrap_or(class.handed_out);
        if class.handed_out == 0 {
            self.by_size.retain(|other| *other != number);
            if self.latest == number {
                self.latest = BASE;
            }
        }
    }
}

/// How many chunks of a size are handed out before the last free one is used again.
fn rotates(count: u32) -> u32 {
    u32::try_from(ROTATION_MIN).map_or(count, |few| few.min(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(segment: u64, committed: usize) -> New {
        New {
            id: ChunkId { segment, index: 0 },
            data: NonNull::dangling(),
            committed,
        }
    }

    /// A free chunk of each size, each in a segment named by its place here, from 1 on.
    fn of_sizes(strides: &[usize]) -> (Stock, Vec<ChunkKey>) {
        let mut stock = Stock::new(32, 1);
        let add = |(segment, stride): (u64, &usize)| stock.add(*stride, new(segment, *stride)).key;
        let keys: Vec<_> = (1..).zip(strides).map(add).collect();
        keys.iter().for_each(|key| stock.give(*key));
        (stock, keys)
    }

    fn fitting(stock: &Stock, size: usize) -> Option<u64> {
        stock.fitting(size, true).map(|(_, id, _)| id.segment)
    }

    #[test]
    fn the_smallest_that_fits_is_used_and_none_that_is_twice_too_large() {
        let (stock, _) = of_sizes(&[1024, 64, 256]);
        let found =
            [64, 65, 127, 128, 256, 257, 511, 512, 1024, 1025].map(|size| fitting(&stock, size));
        let (small, middle, large) = (Some(2), Some(3), Some(1));
        assert_eq!(
            found,
            [
                small, None, None, middle, middle, None, None, large, large, None
            ]
        );
    }

    #[test]
    fn a_chunk_like_the_last_is_taken_without_a_search() {
        let (mut stock, _) = of_sizes(&[64, 64, 256]);
        assert!(stock.take_like_last(64).is_none(), "the last was of 256");
        assert_eq!(stock.take_like_last(200).unwrap().id.segment, 3);
        assert!(stock.take_like_last(200).is_none());
        let (key, _, committed) = stock.fitting(40, true).unwrap();
        let first = stock.take_fitting(key, committed).unwrap();
        assert_eq!((first.id.segment, first.next.segment), (1, 2));
        assert_eq!(stock.take_like_last(40).unwrap().id.segment, 2);
        assert_eq!(stock.in_use(), 3);
    }

    #[test]
    fn what_is_not_committed_so_far_is_not_taken_without_a_look() {
        let mut stock = Stock::new(32, 1);
        let key = stock.add(256, new(1, 128)).key;
        stock.give(key);
        assert!(stock.take_like_last(200).is_none());
        let (key, _, committed) = stock.fitting(200, true).unwrap();
        assert_eq!(committed, 128);
        assert!(stock.take_fitting(key, 256).is_some());
        stock.give(key);
        assert!(stock.take_like_last(200).is_some());
    }

    #[test]
    fn what_is_first_stays_first_whatever_comes_back_and_what_goes_away_is_not_found() {
        let (mut stock, keys) = of_sizes(&[64, 64, 64]);
        assert_eq!(fitting(&stock, 64), Some(1));
        stock.remove(&keys[..1]);
        assert_eq!(fitting(&stock, 64), Some(3));
        let first = stock.take_like_last(64).unwrap();
        assert_eq!((first.id.segment, first.next.segment), (3, 2));
        stock.give(first.key);
        assert_eq!(fitting(&stock, 64), Some(2));
        stock.remove(&keys[1..2]);
        stock.remove(&keys[2..]);
        assert_eq!(fitting(&stock, 64), None);
        assert!(stock.by_size.is_empty());
        let again = stock.add(128, new(9, 128)).key;
        assert!(keys.contains(&again) && stock.classes.len() == 2);
    }

    #[test]
    fn a_chunk_is_free_when_the_last_who_needs_it_is_done() {
        let mut stock = Stock::new(64, 1);
        let chunk = stock.add_to_base(new(0, 64));
        stock.share(chunk.key);
        stock.give(chunk.key);
        assert!(stock.take_of_base(false).is_none());
        assert_eq!(stock.in_use(), 1);
        stock.give(chunk.key);
        assert_eq!(stock.in_use(), 0);
        assert_eq!(stock.take_of_base(true).unwrap().id, chunk.id);
    }

    #[test]
    fn new_chunks_are_preferred_until_one_is_free_to_be_named_to_the_peer() {
        let mut stock = Stock::new(64, 8);
        for index in 0..2 {
            assert!(stock.take_of_base(true).is_none() && stock.take_like_last(64).is_none());
            let chunk = stock.add_to_base(new(index, 64));
            stock.give(chunk.key);
        }
        assert!(stock.take_like_last(64).unwrap().next != ChunkId::NONE);
        let mut stock = Stock::new(64, 8);
        let chunk = stock.add_to_base(new(0, 64));
        stock.give(chunk.key);
        assert!(stock.take_of_base(false).is_some());
    }

    // Fails if: `is_warm` is false always.
    #[test]
    fn of_large_chunks_the_one_that_came_back_last_is_used_and_named() {
        let (mut stock, keys) = of_sizes(&[WARM_BYTES, WARM_BYTES]);
        let chunk = stock.take_like_last(WARM_BYTES).unwrap();
        assert_eq!((chunk.key, chunk.next), (keys[1], chunk.id));
        let other = stock.take_like_last(WARM_BYTES).unwrap();
        assert_eq!(other.key, keys[0]);
        stock.give(other.key);
        stock.give(chunk.key);
        assert_eq!(stock.take_like_last(WARM_BYTES).unwrap().key, keys[1]);
    }

    #[test]
    fn a_chunk_whose_memory_went_while_it_was_needed_comes_back_to_nobody() {
        let (mut stock, keys) = of_sizes(&[64]);
        let chunk = stock.take_like_last(64).unwrap();
        stock.remove(&keys);
        stock.give(chunk.key);
        assert_eq!((stock.in_use(), fitting(&stock, 64)), (0, None));
    }

    #[test]
    fn whether_chunks_were_used_is_said_once() {
        let (mut stock, keys) = of_sizes(&[64, 128]);
        assert!(stock.take_used(&keys) && !stock.take_used(&keys));
        let chunk = stock.take_like_last(128).unwrap();
        assert!(stock.take_used(&keys) && !stock.take_used(&keys));
        assert!(stock.are_in_use(&keys) && !stock.are_in_use(&keys[..1]));
        stock.give(chunk.key);
        assert!(!stock.take_used(&keys) && !stock.are_in_use(&keys));
        assert_eq!(stock.bytes(&keys), 192);
    }

    #[test]
    fn many_small_chunks_and_a_few_large_ones_rotate_before_anybody_is_asked() {
        assert_eq!(rotation(64) as usize, ROTATION_MAX);
        assert_eq!(rotation(1 << 20), 8);
        assert_eq!(rotation(1 << 23) as usize, ROTATION_MIN);
    }
}
