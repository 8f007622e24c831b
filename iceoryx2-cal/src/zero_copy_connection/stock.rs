// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A port's chunks that were handed out at least once: how many need each, and which are free, by their size.
//!
//! It is the owner's private truth. Chunks of the base object and of further ones are alike here: each has a *key*, its
//! place in a table that says everything about it, so that taking one and giving it back search for nothing.

mod class;

use self::class::{Class, GONE, Known, NONE, ROTATION_FEW};
use super::{Chunk, ChunkId, ChunkKey, growth, lending::Homecoming};
use core::ptr::NonNull;
use iceoryx2_bb_lock_free::fetch;

/// Bytes of chunks that may rotate before released ones are looked for.
const ROTATION_BYTES: usize = 8 * 1024 * 1024;
/// More chunks than this never rotate.
const ROTATION_MAX: usize = 16;
/// So many rotate however large they are.
const ROTATION_MIN: usize = ROTATION_FEW as usize;

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

/// The class of the base's chunks.
const BASE: u32 = 1;

/// A port's chunks that were handed out.
#[derive(Debug)]
pub(super) struct Stock {
    /// By key.
    // INVARIANT: it never becomes shorter, and the first, NONE, is nothing.
    chunks: Vec<Known>,
    /// By number.
    // INVARIANT: it never becomes shorter, and the first two are there.
    classes: Vec<Class>,
    /// Numbers of the classes besides the first two, ascending by size, each size once.
    by_size: Vec<u32>,
    /// The class of the last loan.
    // INVARIANT: the number of a class.
    latest: u32,
    /// The most chunks of the layout that are in use at a time.
    count: u32,
    /// The most that are in use now, and how many more than there are.
    most: i64,
    left: i64,
}

impl Stock {
    /// Nothing was handed out. The base's chunks have `stride` bytes, and `count` chunks are in use at most.
    pub(super) fn new(stride: usize, count: u32) -> Self {
        Self {
            chunks: vec![Known::nothing()],
            classes: vec![
                Class::new(usize::MAX, usize::MAX, 0),
                Class::new(0, stride, count),
            ],
            by_size: Vec::new(),
            latest: BASE,
            count,
            most: i64::from(count),
            left: i64::from(count),
        }
    }

    /// How many chunks somebody needs.
    #[inline]
    pub(super) fn in_use(&self) -> u32 {
        u32::try_from(self.most - self.left).unwrap_or(u32::MAX)
    }

    /// Whether another chunk may be in use.
    #[inline(always)]
    pub(super) const fn has_left(&self) -> bool {
        self.left > 0
    }

    /// So many chunks are in use at a time at most.
    pub(super) fn set_most(&mut self, count: u32) {
        self.left += i64::from(count) - self.most;
        self.most = i64::from(count);
    }

    /// A chunk of the class was taken.
    fn taken(&mut self, class: u32) {
        self.left -= 1;
        self.latest = class;
    }

    /// Takes a chunk of the same size as the last loan's for one who needs it, if another may be in use and one can be named
    /// to the peer. `None`: [`take_like_last`](Self::take_like_last) knows more.
    #[inline(always)]
    pub(super) fn take_at_once(&mut self, size: usize) -> Option<Chunk> {
        // SAFETY: it is the number of a class (INVARIANT), and those are never fewer.
        let class = unsafe { self.classes.get_unchecked(self.latest as usize) };
        // SAFETY: a key or NONE (INVARIANT), and the chunks are never fewer.
        let named = unsafe { self.chunks.get_unchecked(class.named as usize) };
        if class.can_name_one() && size >= class.least && size <= named.committed {
            // SAFETY: as above.
            unsafe { self.take_named(self.latest, 1) }
        } else {
            self.take_warm(size)
        }
    }

    /// Takes a chunk of the base that came home for so many who need it, if nobody else does and it is so large. If not, it is
    /// free like any other.
    #[inline(always)]
    pub(super) fn retake_of_base(
        &mut self,
        home: Homecoming,
        size: usize,
        owners: u32,
    ) -> Option<Chunk> {
        let known = self.chunks.get_mut(home.key.0 as usize)?;
        if known.references != 1 || size >= known.again_below {
            self.give_cold(home.key);
            return None;
        }
        if owners > 1 {
            known.references = owners;
        }
        fetch::to_write(known.data);
        // WHY: the names of the base's chunks begin alike, which needs no load.
        Some(Chunk {
            id: ChunkId::base(known.id.index),
            key: home.key,
            data: known.data,
            next: ChunkId::base(home.next.index),
        })
    }

    /// Takes a chunk that came home for one who needs it, if nobody else does and it is made for messages of that size. If
    /// not, it is free like any other.
    #[inline(always)]
    pub(super) fn retake(&mut self, home: Homecoming, size: usize) -> Option<Chunk> {
        let known = self.chunks.get_mut(home.key.0 as usize)?;
        // SAFETY: it is the number of a class (INVARIANT), and those are never fewer.
        let class = unsafe { self.classes.get_unchecked(known.class as usize) };
        if known.references != 1 || size < class.least || size > known.committed {
            self.give_cold(home.key);
            return None;
        }
        known.unused = 0;
        self.latest = known.class;
        fetch::to_write(known.data);
        Some(Chunk {
            id: known.id,
            key: home.key,
            data: known.data,
            next: home.next,
        })
    }

    /// Takes a chunk of the base for so many who need it, if they are not used warm, another may be in use and one can be named
    /// to the peer.
    #[inline(always)]
    pub(super) fn take_of_base_at_once(&mut self, size: usize, owners: u32) -> Option<Chunk> {
        // SAFETY: it is always there (INVARIANT).
        let class = unsafe { self.classes.get_unchecked(BASE as usize) };
        // INVARIANT: where others are free one is named if they are not warm; and those of the base are committed.
        if class.rest == NONE || size >= class.at_once_below {
            return None;
        }
        // SAFETY: as above.
        let chunk = unsafe { self.take_named(BASE, owners) }?;
        // WHY: the names of the base's chunks begin alike, which needs no load.
        Some(Chunk {
            id: ChunkId::base(chunk.id.index),
            next: ChunkId::base(chunk.next.index),
            ..chunk
        })
    }

    /// Takes the chunk that was named to the peer, if another may be in use. Another must be free to be named.
    ///
    /// # Safety
    /// There must be a class of that number.
    #[inline(always)]
    unsafe fn take_named(&mut self, number: u32, owners: u32) -> Option<Chunk> {
        if !self.has_left() {
            return None;
        }
        // SAFETY: the caller's promise, and they are never fewer.
        let class = unsafe { self.classes.get_unchecked_mut(number as usize) };
        let (key, next) = (class.named, class.rest);
        // SAFETY: a key or NONE (INVARIANT), and the chunks are never fewer.
        let likely = unsafe { self.chunks.get_unchecked(next as usize) };
        (class.named, class.rest) = (next, likely.below);
        let next = likely.id;
        // SAFETY: as above.
        let known = unsafe { self.chunks.get_unchecked_mut(key as usize) };
        known.begin(owners);
        let (id, data) = (known.id, known.data);
        fetch::to_write(data);
        self.left -= 1;
        Some(Chunk {
            id,
            key: ChunkKey(key),
            data,
            next,
        })
    }

    /// Takes the chunk that came home last, if they are used warm.
    #[inline(never)]
    fn take_warm(&mut self, size: usize) -> Option<Chunk> {
        let class = self.classes.get(self.latest as usize)?;
        if self.has_left() && class.is_warm() && class.fits(size) {
            self.take(self.latest, size)
        } else {
            None
        }
    }

    /// Takes a chunk of the same size as the last loan's for one who needs it; `None` if none is free or fitting.
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
        let class = self.classes.get(BASE as usize)?;
        if sparing && !class.has_spare() {
            return None;
        }
        self.take(BASE, 0)
    }

    /// Takes the first chunk of the class; `None` if none is free or it is not committed so far.
    fn take(&mut self, number: u32, committed: usize) -> Option<Chunk> {
        let class = self.classes.get_mut(number as usize)?;
        if self.chunks.get(class.first() as usize)?.committed < committed {
            return None;
        }
        let next = self.chunks.get(class.likely() as usize)?.id;
        let key = class.take_first(&self.chunks)?;
        class.latest = key;
        let known = self.chunks.get_mut(key as usize)?;
        known.begin(1);
        let (id, data) = (known.id, known.data);
        fetch::to_write(data);
        self.taken(number);
        Some(Chunk {
            id,
            key: ChunkKey(key),
            data,
            next,
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
            .map(Class::first)
            .find(|key| *key != NONE)
            .and_then(|key| Some((ChunkKey(key), self.chunks.get(key as usize)?)))
            .map(|(key, known)| (key, known.id, known.committed))
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
        let base = self.classes.get(BASE as usize);
        base.map_or(0, |class| class.handed_out)
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
        let again_below = if class == BASE { new.committed + 1 } else { 0 };
        let key = self.enter(Known::new(new, class, again_below));
        self.taken(class);
        if let Some(class) = self.classes.get_mut(class as usize) {
            class.handed_out += 1;
            class.latest = key.0;
        }
        Chunk {
            id: new.id,
            key,
            data: new.data,
            next: ChunkId::NONE,
        }
    }

    fn enter(&mut self, known: Known) -> ChunkKey {
        let gone = self.classes.get_mut(GONE as usize);
        let key = gone.and_then(|gone| gone.take_first(&self.chunks));
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
        let class = Class::new(growth::least_for(stride), stride, self.count);
        // WHY: a number whose class is gone is that of no chunk.
        let unused = self
            .classes
            .iter()
            .skip(BASE as usize + 1)
            .position(|class| class.handed_out == 0);
        let index = unused.map_or(self.classes.len(), |index| index + BASE as usize + 1);
        match self.classes.get_mut(index) {
            Some(place) => *place = class,
            None => self.classes.push(class),
        }
        // INVARIANT: a port has far fewer classes than 32 bits count.
        let number = u32::try_from(index).unwrap_or(GONE);
        self.by_size.insert(place, number);
        number
    }

    /// One more needs the chunk.
    #[inline(always)]
    pub(super) fn share(&mut self, key: ChunkKey) {
        if let Some(known) = self.chunks.get_mut(key.0 as usize) {
            known.references += 1;
        }
    }

    /// One less needs the chunk.
    #[inline(always)]
    pub(super) fn give(&mut self, key: ChunkKey) {
        let Some(known) = self.chunks.get_mut(key.0 as usize) else {
            return;
        };
        known.references = known.references.wrapping_sub(1);
        if known.references != 0 {
            return;
        }
        self.left += 1;
        // SAFETY: it is the number of a class (INVARIANT), and those are never fewer.
        let class = unsafe { self.classes.get_unchecked_mut(known.class as usize) };
        class.put(&mut self.chunks, key.0);
    }

    /// The same if another needs it. If not, nothing was done.
    #[inline(always)]
    pub(super) fn give_shared(&mut self, key: ChunkKey) -> bool {
        match self.chunks.get_mut(key.0 as usize) {
            Some(known) if known.references > 1 => {
                known.references -= 1;
                true
            }
            _ => false,
        }
    }

    /// One less needs the chunk, as is found out away from the short way.
    #[cold]
    #[inline(never)]
    fn give_cold(&mut self, key: ChunkKey) {
        self.give(key);
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
                used |= core::mem::replace(&mut known.unused, 1) == 0;
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
        let number = self.known(keys).next().map(|known| known.class);
        let Some(number) = number.filter(|number| *number != GONE) else {
            return;
        };
        for key in keys {
            if let Some(known) = self.chunks.get_mut(key.0 as usize) {
                known.class = GONE;
            }
        }
        self.part(number);
        let Some(class) = self.classes.get_mut(number as usize) else {
            return;
        };
        class.handed_out -= u32::try_from(keys.len()).unwrap_or(class.handed_out);
        if class.handed_out == 0 {
            self.by_size.retain(|other| *other != number);
            if self.latest == number {
                self.latest = BASE;
            }
        }
    }

    /// Takes out of a class's free chunks those that are not its any more, and leaves the others in their order.
    fn part(&mut self, number: u32) {
        let mut kept = Vec::new();
        while let Some(key) = self.take_first(number) {
            match self.chunks.get(key as usize) {
                Some(known) if known.class == number => kept.push(key),
                _ => self.put_first(GONE, key),
            }
        }
        for key in kept.into_iter().rev() {
            self.put_first(number, key);
        }
    }

    fn take_first(&mut self, number: u32) -> Option<u32> {
        let class = self.classes.get_mut(number as usize)?;
        class.take_first(&self.chunks)
    }

    fn put_first(&mut self, number: u32, key: u32) {
        if let Some(class) = self.classes.get_mut(number as usize) {
            class.put_first(&mut self.chunks, key);
        }
    }
}

#[cfg(test)]
mod tests;
