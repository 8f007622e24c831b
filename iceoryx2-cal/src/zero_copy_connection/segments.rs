// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A peer's memory besides its base, as it announced it: mapped read-only until it is retired and nothing of it is read.
//!
//! What a peer announces is an allegation. Whatever it says, memory that is borrowed stays mapped, and a name stands for
//! one object only.

use super::{
    Announcement, ChunkId, ConnectionError, MessageShape,
    chunk_id::Segment,
    chunks::Unreadable,
    growth::{HEAD, OBJECTS_MAX},
    layout::{ChunkLayout, PAGE, Run},
    region::Region,
};
use crate::{Mechanisms, shared_memory::PeerMemory};
use core::ptr::NonNull;
use iceoryx2_bb_lock_free::word::{LINE_SIZE, Word};
use std::sync::Arc;

/// One object of a peer.
#[derive(Debug)]
struct Mapped<M: Mechanisms> {
    // INVARIANT: offset + stride * count <= size of the mapping at base, which `head` keeps; every chunk is aligned as
    // the shape asks.
    base: NonNull<u8>,
    chunks: ChunkLayout,
    retired: &'static Word,
    /// Messages that are being read.
    borrows: u32,
    _head: Region<M::PeerMemory>,
}

// SAFETY: an address and numbers beside what moves between threads; making a pointer of them reads nothing.
unsafe impl<M: Mechanisms> Send for Mapped<M> {}
// SAFETY: as above.
unsafe impl<M: Mechanisms> Sync for Mapped<M> {}

/// A place where the peer had objects.
#[derive(Debug)]
struct Place<M: Mechanisms> {
    /// Of the last object here; 0: there was none.
    generation: u32,
    mapped: Option<Mapped<M>>,
}

/// The objects of a peer besides its base.
#[derive(Debug)]
pub(super) struct Segments<M: Mechanisms> {
    // INVARIANT: no more than OBJECTS_MAX: an honest peer has no more objects, and takes the first free place.
    places: Vec<Place<M>>,
    /// How many objects are mapped.
    mapped: u32,
    shape: MessageShape,
}

impl<M: Mechanisms> Segments<M> {
    /// None yet.
    pub(super) const fn new(shape: MessageShape) -> Self {
        Self {
            places: Vec::new(),
            mapped: 0,
            shape,
        }
    }

    /// Takes in what the peer has announced.
    ///
    /// # Errors
    /// No honest peer announces that.
    pub(super) fn add(
        &mut self,
        announcement: &Announcement,
        memory: &Arc<M::PeerMemory>,
    ) -> Result<(), ConnectionError> {
        let segment = Segment::of(announcement.segment);
        let row = segment.row();
        if row >= OBJECTS_MAX as usize {
            return Err(ConnectionError::Announcement);
        }
        let mapped = Mapped::new(announcement.chunks, &self.shape, memory)?;
        if row >= self.places.len() {
            self.places.resize_with(row + 1, || Place {
                generation: 0,
                mapped: None,
            });
        }
        let Some(place) = self.places.get_mut(row) else {
            return Err(ConnectionError::Announcement);
        };
        let in_use = place.mapped.as_ref().is_some_and(|old| !old.is_over());
        if in_use || segment.generation <= place.generation {
            return Err(ConnectionError::Announcement);
        }
        place.generation = segment.generation;
        if place.mapped.replace(mapped).is_none() {
            self.mapped += 1;
        }
        Ok(())
    }

    #[inline]
    fn get(&self, segment: u64) -> Option<&Mapped<M>> {
        let segment = Segment::of(segment);
        let place = self.places.get(segment.row())?;
        let mapped = place.mapped.as_ref()?;
        (place.generation == segment.generation).then_some(mapped)
    }

    /// Where the chunk lies, which must be large enough for so many elements.
    #[inline(never)]
    pub(super) fn find(&self, chunk: ChunkId, elements: u64) -> Result<NonNull<u8>, Unreadable> {
        let mapped = self.get(chunk.segment).ok_or(Unreadable::Unknown)?;
        if !self.shape.admits(elements, mapped.chunks.stride) {
            return Err(Unreadable::Broken);
        }
        mapped.address_of(chunk.index).ok_or(Unreadable::Broken)
    }

    /// Where the chunk lies, if there is one.
    #[inline(never)]
    pub(super) fn hint(&self, chunk: ChunkId) -> Option<NonNull<u8>> {
        self.get(chunk.segment)?.address_of(chunk.index)
    }

    /// A message in the object is being read.
    pub(super) fn borrow(&mut self, segment: u64) {
        self.count(segment, |borrows| borrows.saturating_add(1));
    }

    /// A message in the object is not read any more.
    pub(super) fn release(&mut self, segment: u64) {
        self.count(segment, |borrows| borrows.saturating_sub(1));
    }

    fn count(&mut self, segment: u64, change: impl FnOnce(u32) -> u32) {
        let place = self.places.get_mut(Segment::of(segment).row());
        if let Some(mapped) = place.and_then(|place| place.mapped.as_mut()) {
            mapped.borrows = change(mapped.borrows);
        }
    }

    /// Lets go of what the peer has retired.
    #[inline]
    pub(super) fn sweep(&mut self) {
        if self.mapped > 0 {
            self.sweep_places();
        }
    }

    #[cold]
    fn sweep_places(&mut self) {
        for place in &mut self.places {
            if place.mapped.as_ref().is_some_and(Mapped::is_over) {
                place.mapped = None;
                self.mapped -= 1;
            }
        }
    }

    /// How many objects are mapped.
    #[cfg(test)]
    pub(super) const fn mapped(&self) -> u32 {
        self.mapped
    }
}

impl<M: Mechanisms> Mapped<M> {
    fn new(
        chunks: ChunkLayout,
        shape: &MessageShape,
        memory: &Arc<M::PeerMemory>,
    ) -> Result<Self, ConnectionError> {
        // INVARIANT of HEAD: no chunk begins in the page whose words are read.
        let behind_head = chunks.offset >= PAGE && chunks.offset % PAGE == 0;
        let aligned = chunks.stride % shape.align().max(LINE_SIZE) == 0;
        let fits = chunks.count > 0 && chunks.stride > 0 && shape.fits(chunks.stride);
        if !behind_head || !aligned || !fits || chunks.end()? > memory.size() {
            return Err(ConnectionError::Size);
        }
        let head = Region::of_peer(memory, HEAD.start, HEAD.end)?;
        Ok(Self {
            base: memory.base(),
            chunks,
            retired: head.word(Run { first: 0, lines: 1 })?,
            borrows: 0,
            _head: head,
        })
    }

    #[inline]
    fn address_of(&self, index: u32) -> Option<NonNull<u8>> {
        let offset = self.chunks.offset_of(index)?;
        // SAFETY: the chunk's index is below the count, so that it lies in the mapping (INVARIANT).
        Some(unsafe { self.base.add(offset) })
    }

    /// Whether the peer has retired it and nothing of it is read.
    fn is_over(&self) -> bool {
        // ORDERING(retired): pairs with the Release store in `Object::retire`.
        self.borrows == 0 && self.retired.observe() != 0
    }
}
