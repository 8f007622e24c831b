// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The memory objects a port has besides its base.
//!
//! Free chunks are kept by size; the one that is used next stays so whatever comes back. A new object is made only if no
//! chunk of a fitting size is free, and, beyond a few, after the peers' releases were looked at. Its life:
//!
//! ```text
//!     made ──▶ in use ◀──▶ idle ── for a quarter of a second, or too many are ──▶ retired: its word is 1,
//!                                                                                 its place is free again
//! ```

use super::{
    Announcement, Chunk, ChunkError, ChunkId, ChunkKey, Growth,
    chunk_id::Segment,
    classes::{Classes, Seat},
    growth::{IDLE_BYTES_MAX, IDLE_OBJECTS_MAX, IDLE_PERIOD, OBJECTS_MAX, TIDY_PERIOD},
    layout::ChunkLayout,
    object::Object,
    pool::rotation,
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
    classes: Classes,
    objects: u32,
    in_use: u32,
    /// After the last loan hardly a chunk like it was free.
    low: bool,
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
            classes: Classes::default(),
            objects: 0,
            in_use: 0,
            low: false,
            tidied_at: Moment::from_ns(0),
        }
    }

    /// Whether there is a way to grow.
    #[inline]
    pub(super) fn may_grow(&self) -> bool {
        self.growth != Growth::Never
    }

    /// How many chunks somebody needs.
    #[inline]
    pub(super) const fn in_use(&self) -> u32 {
        self.in_use
    }

    /// Whether hardly a chunk like the last was free after it was taken.
    #[inline]
    pub(super) const fn is_low(&self) -> bool {
        self.low
    }

    /// Takes a chunk of at least `size` bytes for one who needs it. If that fails, nothing has happened.
    #[inline]
    pub(super) fn take(&mut self, size: usize, reclaimed: bool) -> Result<Chunk, ChunkError> {
        match self.reuse(size) {
            Some(chunk) => chunk.map_err(ChunkError::System),
            None => self.take_new(self.growth, size, reclaimed),
        }
    }

    /// The same where memory does not grow otherwise.
    pub(super) fn take_spare(&mut self, size: usize, reclaimed: bool) -> Result<Chunk, ChunkError> {
        match self.reuse(size) {
            Some(chunk) => chunk.map_err(ChunkError::System),
            None => self.take_new(Growth::Exact, size, reclaimed),
        }
    }

    #[inline]
    fn reuse(&mut self, size: usize) -> Option<Result<Chunk, SystemError>> {
        let free = self.classes.fitting(size)?;
        let seat = free.first()?;
        if let Err(error) = object(&mut self.places, seat.row)?.hand_out(seat.index, size) {
            return Some(Err(error));
        }
        let (next, low) = free.take_first();
        self.low = low;
        self.in_use += 1;
        self.chunk(seat, next).map(Ok)
    }

    #[cold]
    fn take_new(
        &mut self,
        growth: Growth,
        size: usize,
        reclaimed: bool,
    ) -> Result<Chunk, ChunkError> {
        let chunks = growth.chunks_for(size, self.align);
        let chunks = chunks.ok_or(ChunkError::TooLarge)?;
        // WHY of all sizes: one that grows with every message would else never look at what was released.
        if !reclaimed && self.in_use >= rotation(chunks.stride) {
            return Err(ChunkError::ReclaimFirst);
        }
        let seat = match self.row_with_new(chunks.stride) {
            Some(row) => self.hand_out_new(row, size),
            None => self.make(chunks, size),
        };
        let seat = seat.map_err(|error| match error {
            // What was released may be enough.
            ChunkError::System(_) if !reclaimed => ChunkError::ReclaimFirst,
            error => error,
        })?;
        self.in_use += 1;
        self.classes.hand_out_new(chunks.stride);
        self.chunk(seat, None).ok_or(ChunkError::Exhausted)
    }

    /// Where an object of that size has chunks that were never handed out.
    fn row_with_new(&self, stride: usize) -> Option<u32> {
        (0..).zip(&self.places).find_map(|(row, place)| {
            let object = place.object.as_ref()?;
            (object.chunks().stride == stride && object.has_new()).then_some(row)
        })
    }

    fn hand_out_new(&mut self, row: u32, size: usize) -> Result<Seat, ChunkError> {
        let object = object(&mut self.places, row).ok_or(ChunkError::Exhausted)?;
        let index = object.hand_out_new(size).map_err(ChunkError::System)?;
        Ok(Seat { row, index })
    }

    /// Makes an object and hands its first chunk out.
    fn make(&mut self, chunks: ChunkLayout, size: usize) -> Result<Seat, ChunkError> {
        self.retire_surplus();
        let row = self.free_row().ok_or(ChunkError::Exhausted)?;
        let place = self.places.get_mut(row as usize);
        let place = place.ok_or(ChunkError::Exhausted)?;
        let generation = place.generation + 1;
        let made = Object::create(&self.label, generation, chunks);
        let mut object = made.map_err(ChunkError::System)?;
        let index = object.hand_out_new(size).map_err(ChunkError::System)?;
        place.generation = generation;
        place.object = Some(object);
        self.objects += 1;
        Ok(Seat { row, index })
    }

    /// The first row without an object whose generations are not used up.
    fn free_row(&mut self) -> Option<u32> {
        let free = |place: &Place<M>| place.object.is_none() && place.generation < u32::MAX;
        let row = self.places.iter().position(free);
        let row = u32::try_from(row.unwrap_or(self.places.len())).ok()?;
        if row >= OBJECTS_MAX {
            return None;
        }
        if row as usize == self.places.len() {
            self.places.push(Place {
                generation: 0,
                object: None,
            });
        }
        Some(row)
    }

    /// A chunk that was just handed out, and the one that will most likely be the next.
    #[inline]
    fn chunk(&self, seat: Seat, next: Option<Seat>) -> Option<Chunk> {
        let id = self.name(seat)?;
        Some(Chunk {
            id,
            key: ChunkKey(id),
            data: self.object(seat.row)?.address_of(seat.index)?,
            next: next
                .and_then(|next| self.name(next))
                .unwrap_or(ChunkId::NONE),
        })
    }

    #[inline]
    fn name(&self, seat: Seat) -> Option<ChunkId> {
        let generation = self.object(seat.row)?.generation;
        Some(ChunkId {
            segment: Segment::in_row(seat.row as usize, generation)?.name(),
            index: seat.index,
        })
    }

    #[inline]
    fn object(&self, row: u32) -> Option<&Object<M>> {
        self.places.get(row as usize)?.object.as_ref()
    }

    /// One more needs the chunk.
    #[inline(never)]
    pub(super) fn share(&mut self, chunk: ChunkId) {
        if let Some((_, object)) = self.named(chunk.segment) {
            object.share(chunk.index);
        }
    }

    /// One less needs the chunk.
    #[inline(never)]
    pub(super) fn give(&mut self, chunk: ChunkId) {
        let Some((row, object)) = self.named(chunk.segment) else {
            return;
        };
        let stride = object.chunks().stride;
        if object.give(chunk.index) {
            self.in_use -= 1;
            let index = chunk.index;
            self.classes.give(stride, Seat { row, index });
        }
    }

    #[inline]
    fn named(&mut self, segment: u64) -> Option<(u32, &mut Object<M>)> {
        let segment = Segment::of(segment);
        let row = u32::try_from(segment.row()).ok()?;
        let object = object(&mut self.places, row)?;
        (object.generation == segment.generation).then_some((row, object))
    }

    /// What a peer must be told before the first message that lies in the object.
    pub(super) fn announcement(&self, segment: u64) -> Option<(Announcement, M::Handle)> {
        let named = Segment::of(segment);
        let object = self.places.get(named.row())?.object.as_ref()?;
        let announcement = Announcement {
            segment,
            chunks: object.chunks(),
        };
        (object.generation == named.generation).then(|| (announcement, object.handle()))
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
    pub(super) fn tidy(&mut self, now: Moment) {
        self.tidied_at = now;
        for row in 0..self.places.len() {
            let object = self.places.get_mut(row).and_then(|p| p.object.as_mut());
            let since = object.and_then(|object| object.ask_idle(now));
            if since.is_some_and(|since| now.since(since) >= IDLE_PERIOD) {
                self.retire(row);
            }
        }
    }

    /// Keeps few idle objects, and of those the ones that were used last.
    fn retire_surplus(&mut self) {
        let mut idle: Vec<_> = (0..)
            .zip(&self.places)
            .filter_map(|(row, place)| {
                let object = place.object.as_ref().filter(|object| !object.is_in_use())?;
                Some((row, object.bytes(), object.idle_since()))
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
            self.retire(row);
            count -= 1;
            bytes = bytes.saturating_sub(size);
        }
    }

    fn retire(&mut self, row: usize) {
        let Some(object) = self.places.get_mut(row).and_then(|p| p.object.take()) else {
            return;
        };
        self.objects -= 1;
        if let Ok(row) = u32::try_from(row) {
            let stride = object.chunks().stride;
            self.classes.remove(stride, row, object.handed_out());
        }
        object.retire();
    }

    #[cfg(test)]
    pub(super) fn retire_all(&mut self) {
        (0..self.places.len()).for_each(|row| self.retire(row));
    }

    /// Bytes the system has committed for the objects there are.
    pub(super) fn committed(&self) -> Result<usize, SystemError> {
        let mut objects = self.places.iter().filter_map(|place| place.object.as_ref());
        objects.try_fold(0_usize, |sum, object| {
            Ok(sum.saturating_add(object.committed()?))
        })
    }
}

#[inline]
fn object<M: Mechanisms>(places: &mut [Place<M>], row: u32) -> Option<&mut Object<M>> {
    places.get_mut(row as usize)?.object.as_mut()
}
