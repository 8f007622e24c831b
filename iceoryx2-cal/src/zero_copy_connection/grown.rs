// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The memory objects a port has besides its base.
//!
//! A new object is made only if no chunk of a fitting size is free, and, beyond a few, after the peers' releases were
//! looked at. Its life:
//!
//! ```text
//!     made ──▶ in use ◀──▶ idle ── for a quarter of a second, or too many are ──▶ retired: its word is 1,
//!                                                                                 its place is free again
//! ```

use super::{
    Announcement, Chunk, ChunkError, ChunkId, ChunkKey, Growth,
    chunk_id::Segment,
    growth::{IDLE_BYTES_MAX, IDLE_OBJECTS_MAX, IDLE_PERIOD, OBJECTS_MAX, TIDY_PERIOD},
    layout::ChunkLayout,
    object::Object,
    stock::{Stock, rotation},
};
use crate::{Mechanisms, SystemError, clock::Moment};

/// A place for an object.
#[derive(Debug)]
struct Place<M: Mechanisms> {
    /// How often it was used.
    generation: u32,
    object: Option<Object<M>>,
}

/// The objects a port has besides its base.
#[derive(Debug)]
pub(super) struct Grown<M: Mechanisms> {
    growth: Growth,
    label: Box<str>,
    align: usize,
    places: Vec<Place<M>>,
    objects: u32,
    tidied_at: Moment,
}

impl<M: Mechanisms> Grown<M> {
    /// None yet.
    pub(super) fn new(label: &str, growth: Growth, align: usize) -> Self {
        Self {
            growth,
            label: label.into(),
            align,
            places: Vec::new(),
            objects: 0,
            tidied_at: Moment::from_ns(0),
        }
    }

    /// Whether there is a way to grow.
    #[inline]
    pub(super) fn may_grow(&self) -> bool {
        self.growth != Growth::Never
    }

    /// Takes a chunk of at least `size` bytes for one who needs it. If that fails, nothing has happened.
    pub(super) fn take(
        &mut self,
        stock: &mut Stock,
        size: usize,
        reclaimed: bool,
    ) -> Result<Chunk, ChunkError> {
        self.take_by(self.growth, stock, size, reclaimed)
    }

    /// The same where memory does not grow otherwise.
    pub(super) fn take_spare(
        &mut self,
        stock: &mut Stock,
        size: usize,
        reclaimed: bool,
    ) -> Result<Chunk, ChunkError> {
        self.take_by(Growth::Exact, stock, size, reclaimed)
    }

    fn take_by(
        &mut self,
        growth: Growth,
        stock: &mut Stock,
        size: usize,
        reclaimed: bool,
    ) -> Result<Chunk, ChunkError> {
        if let Some(found) = stock.fitting(size, true) {
            return self.take_fitting(stock, found, size);
        }
        let error = match self.take_new(stock, growth, size, reclaimed) {
            Err(error) => error,
            taken => return taken,
        };
        match stock.fitting(size, false) {
            Some(found) => self.take_fitting(stock, found, size),
            None => Err(error),
        }
    }

    /// Takes a free chunk that was found, of which enough is committed then.
    fn take_fitting(
        &self,
        stock: &mut Stock,
        (key, id, mut committed): (ChunkKey, ChunkId, usize),
        size: usize,
    ) -> Result<Chunk, ChunkError> {
        if committed < size {
            let object = self.named(id.segment).ok_or(ChunkError::Exhausted)?;
            let more = object.commit(id.index, committed, size);
            committed = more.map_err(ChunkError::System)?;
        }
        stock
            .take_fitting(key, committed)
            .ok_or(ChunkError::Exhausted)
    }

    fn take_new(
        &mut self,
        stock: &mut Stock,
        growth: Growth,
        size: usize,
        reclaimed: bool,
    ) -> Result<Chunk, ChunkError> {
        let chunks = growth.chunks_for(size, self.align);
        let chunks = chunks.ok_or(ChunkError::TooLarge)?;
        // WHY of all sizes: one that grows with every message would else never look at what was released.
        if !reclaimed && stock.in_use() >= rotation(chunks.stride) {
            return Err(ChunkError::ReclaimFirst);
        }
        self.open(stock, chunks, size).map_err(|error| match error {
            // What was released may be enough.
            ChunkError::System(_) if !reclaimed => ChunkError::ReclaimFirst,
            error => error,
        })
    }

    /// Hands out a chunk that never was, of an object that has one or of a new one.
    fn open(
        &mut self,
        stock: &mut Stock,
        chunks: ChunkLayout,
        size: usize,
    ) -> Result<Chunk, ChunkError> {
        let row = match self.row_with_new(chunks.stride) {
            Some(row) => row,
            None => self.make(stock, chunks)?,
        };
        let place = Segment::in_row(row, 0).map(|segment| segment.place);
        let object = self.places.get_mut(row).and_then(|p| p.object.as_mut());
        let (Some(place), Some(object)) = (place, object) else {
            return Err(ChunkError::Exhausted);
        };
        match object.open(place, size) {
            Ok(new) => {
                let chunk = stock.add(chunks.stride, new);
                object.note(chunk.key);
                Ok(chunk)
            }
            Err(error) => {
                if object.keys().is_empty() {
                    self.retire(stock, row);
                }
                Err(ChunkError::System(error))
            }
        }
    }

    /// Where an object of that size has chunks that were never handed out.
    fn row_with_new(&self, stride: usize) -> Option<usize> {
        self.places.iter().position(|place| {
            let object = place.object.as_ref();
            object.is_some_and(|object| object.chunks().stride == stride && object.has_new())
        })
    }

    /// Makes an object. Returns its row.
    fn make(&mut self, stock: &mut Stock, chunks: ChunkLayout) -> Result<usize, ChunkError> {
        self.retire_surplus(stock);
        let row = self.free_row().ok_or(ChunkError::Exhausted)?;
        let place = self.places.get_mut(row).ok_or(ChunkError::Exhausted)?;
        let generation = place.generation + 1;
        let made = Object::create(&self.label, generation, chunks);
        place.object = Some(made.map_err(ChunkError::System)?);
        place.generation = generation;
        self.objects += 1;
        Ok(row)
    }

    /// The first row without an object whose generations are not used up.
    fn free_row(&mut self) -> Option<usize> {
        let free = |place: &Place<M>| place.object.is_none() && place.generation < u32::MAX;
        let row = self.places.iter().position(free);
        let row = row.unwrap_or(self.places.len());
        if row >= OBJECTS_MAX as usize {
            return None;
        }
        if row == self.places.len() {
            self.places.push(Place {
                generation: 0,
                object: None,
            });
        }
        Some(row)
    }

    fn named(&self, segment: u64) -> Option<&Object<M>> {
        let named = Segment::of(segment);
        let object = self.places.get(named.row())?.object.as_ref()?;
        (object.generation == named.generation).then_some(object)
    }

    /// What a peer must be told before the first message that lies in the object.
    pub(super) fn announcement(&self, segment: u64) -> Option<(Announcement, M::Handle)> {
        let object = self.named(segment)?;
        let announcement = Announcement {
            segment,
            chunks: object.chunks(),
        };
        Some((announcement, object.handle()))
    }

    // ----- giving memory back

    /// Whether there is something to be tidied, and it was not done lately.
    #[inline]
    pub(super) fn must_tidy(&self, now: Moment) -> bool {
        self.objects > 0 && now.since(self.tidied_at) >= TIDY_PERIOD
    }

    /// Whether there is any object.
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.objects == 0
    }

    /// Retires what nobody has used for a while.
    pub(super) fn tidy(&mut self, stock: &mut Stock, now: Moment) {
        self.tidied_at = now;
        for row in 0..self.places.len() {
            let object = self.places.get_mut(row).and_then(|p| p.object.as_mut());
            let since = object.and_then(|object| object.ask_idle(stock, now));
            if since.is_some_and(|since| now.since(since) >= IDLE_PERIOD) {
                self.retire(stock, row);
            }
        }
    }

    /// Keeps few idle objects, and of those the ones that were used last.
    fn retire_surplus(&mut self, stock: &mut Stock) {
        let mut idle: Vec<_> = (0..)
            .zip(&self.places)
            .filter_map(|(row, place)| {
                let object = place.object.as_ref()?;
                let keys = object.keys();
                (!stock.are_in_use(keys)).then(|| (row, stock.bytes(keys), object.idle_since()))
            })
            .collect();
        idle.sort_unstable_by_key(|(.., since)| (since.is_none(), *since));
        let mut count = idle.len();
        let mut bytes = idle
            .iter()
            .fold(0, |sum: usize, (_, bytes, _)| sum.saturating_add(*bytes));
        for (row, size, _) in idle {
            if count < IDLE_OBJECTS_MAX && bytes <= IDLE_BYTES_MAX {
                return;
            }
            self.retire(stock, row);
            count -= 1;
            bytes = bytes.saturating_sub(size);
        }
    }

    fn retire(&mut self, stock: &mut Stock, row: usize) {
        if let Some(object) = self.places.get_mut(row).and_then(|p| p.object.take()) {
            self.objects -= 1;
            stock.remove(object.keys());
            object.retire();
        }
    }

    #[cfg(test)]
    pub(super) fn retire_all(&mut self, stock: &mut Stock) {
        (0..self.places.len()).for_each(|row| self.retire(stock, row));
    }

    /// Bytes the system has committed for the objects there are.
    pub(super) fn committed(&self) -> Result<usize, SystemError> {
        let mut objects = self.places.iter().filter_map(|place| place.object.as_ref());
        objects.try_fold(0_usize, |sum, object| {
            Ok(sum.saturating_add(object.committed()?))
        })
    }
}
