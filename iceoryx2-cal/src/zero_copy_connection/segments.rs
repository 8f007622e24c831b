// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A peer's memory objects, and the border at which what it alleges of a chunk becomes an address.
//!
//! The base is there from the handshake on. What else a peer has is mapped read-only when it is announced, until it is
//! retired and nothing of it is read. An announcement is an allegation, too: whatever it says, memory that is borrowed
//! stays mapped, and a name stands for one object only.

use super::{
    Announcement, ChunkId, ConnectionError, MessageShape,
    chunk_id::Segment,
    chunks::{Borrow, Read, Unreadable},
    growth::{HEAD, OBJECTS_MAX},
    layout::{ChunkLayout, PAGE, Run},
    region::Region,
};
use crate::{Mechanisms, shared_memory::PeerMemory};
use core::ptr::NonNull;
use iceoryx2_bb_lock_free::word::{LINE_SIZE, Word};
use std::sync::Arc;

/// The chunks of one object: all that a descriptor is checked against.
#[derive(Debug, Clone, Copy)]
struct Extent {
    // INVARIANT: `count` chunks of `stride` bytes lie from here on in a mapping that stays as long as the extent is used,
    // each aligned as the shape asks, and each holds a message of `least` elements and up to `span` more.
    first: NonNull<u8>,
    stride: usize,
    /// 0: nothing is mapped.
    count: u32,
    least: u64,
    span: u64,
}

impl Extent {
    const NOTHING: Self = Self {
        first: NonNull::dangling(),
        stride: 0,
        count: 0,
        least: 0,
        span: 0,
    };

    /// The chunks of the mapping of `size` bytes at `base`, if they fit it and the shape.
    fn new(
        base: NonNull<u8>,
        size: usize,
        chunks: ChunkLayout,
        shape: &MessageShape,
    ) -> Result<Self, ConnectionError> {
        // WHY a page: the strictest alignment a chunk may have, so that strides that are aligned keep all chunks so.
        let aligned =
            chunks.offset % PAGE == 0 && chunks.stride % shape.align().max(LINE_SIZE) == 0;
        let fits = chunks.count == 0 || shape.fits(chunks.stride);
        if !aligned || !fits || chunks.end()? > size {
            return Err(ConnectionError::Size);
        }
        let elements = shape.elements_in(chunks.stride);
        let span = elements.end().checked_sub(*elements.start());
        Ok(Self {
            // SAFETY: the chunks' offset is at most their end, which lies in the mapping.
            first: unsafe { base.add(chunks.offset) },
            stride: chunks.stride,
            count: span.map_or(0, |_| chunks.count),
            least: *elements.start(),
            span: span.unwrap_or(0),
        })
    }

    #[inline(always)]
    fn address_of(&self, index: u32) -> Option<NonNull<u8>> {
        if index >= self.count {
            return None;
        }
        // SAFETY: the chunk's index is below the count, so that it lies in the mapping (INVARIANT).
        Some(unsafe { self.first.add(self.stride * index as usize) })
    }

    #[inline(always)]
    const fn admits(&self, elements: u64) -> bool {
        // WHY wrapping: what is less than the least is then more than any span, and one comparison tells.
        elements.wrapping_sub(self.least) <= self.span
    }

    /// Where the chunk lies, if it is made for so many elements.
    #[inline(always)]
    fn find(&self, index: u32, elements: u64) -> Option<NonNull<u8>> {
        if self.admits(elements) {
            self.address_of(index)
        } else {
            None
        }
    }
}

/// What keeps an announced object mapped.
#[derive(Debug)]
struct Mapped<M: Mechanisms> {
    retired: &'static Word,
    _head: Region<M::PeerMemory>,
}

/// A place where the peer has or had objects besides its base.
#[derive(Debug)]
struct Place<M: Mechanisms> {
    extent: Extent,
    /// Of the last object here; 0: there was none.
    generation: u32,
    /// Messages that are being read.
    borrows: u32,
    mapped: Option<Mapped<M>>,
}

/// The objects of a peer.
#[derive(Debug)]
pub(super) struct Segments<M: Mechanisms> {
    /// The base is there as long as anything, so that nobody counts who reads it.
    base: Extent,
    // INVARIANT: at most OBJECTS_MAX: an honest peer has no more objects, and takes the first free place.
    places: Vec<Place<M>>,
    /// How many announced objects are mapped.
    mapped: u32,
    shape: MessageShape,
}

// SAFETY: addresses and numbers beside what moves between threads; making a pointer of them reads nothing.
unsafe impl<M: Mechanisms> Send for Segments<M> {}
// SAFETY: as above.
unsafe impl<M: Mechanisms> Sync for Segments<M> {}

impl<M: Mechanisms> Segments<M> {
    /// The base alone. INVARIANT for the caller: its memory is kept beside this.
    ///
    /// # Errors
    /// [`ConnectionError::Size`] if the chunks do not fit the memory or the shape.
    pub(super) fn new(
        memory: &M::PeerMemory,
        chunks: ChunkLayout,
        shape: MessageShape,
    ) -> Result<Self, ConnectionError> {
        Ok(Self {
            base: Extent::new(memory.base(), memory.size(), chunks, &shape)?,
            places: Vec::new(),
            mapped: 0,
            shape,
        })
    }

    /// The announced object of that name.
    #[inline]
    fn named(&self, segment: u64) -> Option<&Place<M>> {
        let segment = Segment::of(segment);
        self.places
            .get(segment.row())
            .filter(|place| place.generation == segment.generation)
    }

    #[inline]
    fn extent_of(&self, segment: u64) -> Option<&Extent> {
        if segment == ChunkId::BASE {
            return Some(&self.base);
        }
        self.named(segment).map(|place| &place.extent)
    }

    /// Where a chunk of the base lies, if it is there and made for so many elements.
    #[inline(always)]
    pub(super) fn locate_in_base(&self, index: u32, elements: u64) -> Option<NonNull<u8>> {
        self.base.find(index, elements)
    }

    /// The same for a chunk outside of the base.
    pub(super) fn locate_announced(&self, chunk: ChunkId, elements: u64) -> Option<Read> {
        let place = self.named(chunk.segment)?;
        Some(Read {
            data: place.extent.find(chunk.index, elements)?,
            borrow: Borrow::of(Segment::of(chunk.segment).place),
        })
    }

    /// What was located is read from now on: it stays mapped until it is [released](Self::release).
    #[inline(always)]
    pub(super) fn hold(&mut self, borrow: Borrow) {
        if let Some(place) = self.pinned_by(borrow) {
            place.borrows += 1;
        }
    }

    /// The object that stays mapped for a borrow.
    #[inline(always)]
    fn pinned_by(&mut self, borrow: Borrow) -> Option<&mut Place<M>> {
        let place = borrow.pinned()?;
        let segment = Segment {
            place,
            generation: 0,
        };
        self.places.get_mut(segment.row())
    }

    /// Why nothing was located there.
    #[cold]
    #[inline(never)]
    pub(super) fn why_not(&self, segment: u64) -> Unreadable {
        let extent = self.extent_of(segment);
        if segment == ChunkId::BASE || extent.is_some_and(|extent| extent.count > 0) {
            Unreadable::Broken
        } else {
            Unreadable::Unknown
        }
    }

    /// Where the chunk lies, if there is one.
    #[inline(never)]
    pub(super) fn hint(&self, chunk: ChunkId) -> Option<NonNull<u8>> {
        self.extent_of(chunk.segment)?.address_of(chunk.index)
    }

    /// What was read is not read any more.
    #[inline(always)]
    pub(super) fn release(&mut self, borrow: Borrow) {
        if let Some(place) = self.pinned_by(borrow) {
            place.borrows -= 1;
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
        let (extent, mapped) = self.map(announcement.chunks, memory)?;
        if row >= self.places.len() {
            self.places.resize_with(row + 1, Place::unused);
        }
        let Some(place) = self.places.get_mut(row) else {
            return Err(ConnectionError::Announcement);
        };
        let in_use = place.mapped.is_some() && !place.is_over();
        if in_use || segment.generation <= place.generation {
            return Err(ConnectionError::Announcement);
        }
        place.generation = segment.generation;
        place.extent = extent;
        if place.mapped.replace(mapped).is_none() {
            self.mapped += 1;
        }
        Ok(())
    }

    fn map(
        &self,
        chunks: ChunkLayout,
        memory: &Arc<M::PeerMemory>,
    ) -> Result<(Extent, Mapped<M>), ConnectionError> {
        // INVARIANT of HEAD: no chunk begins in the page whose words are read.
        if chunks.offset < PAGE || chunks.count == 0 || chunks.stride == 0 {
            return Err(ConnectionError::Size);
        }
        let extent = Extent::new(memory.base(), memory.size(), chunks, &self.shape)?;
        let head = Region::of_peer(memory, HEAD.start, HEAD.end)?;
        let retired = head.word(Run { first: 0, lines: 1 })?;
        let mapped = Mapped {
            retired,
            _head: head,
        };
        Ok((extent, mapped))
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
            if place.is_over() {
                place.extent = Extent::NOTHING;
                place.mapped = None;
                self.mapped -= 1;
            }
        }
    }

    /// How many announced objects are mapped.
    #[cfg(test)]
    pub(super) const fn mapped(&self) -> u32 {
        self.mapped
    }
}

impl<M: Mechanisms> Place<M> {
    const fn unused() -> Self {
        Self {
            extent: Extent::NOTHING,
            generation: 0,
            borrows: 0,
            mapped: None,
        }
    }

    /// Whether the peer has retired what is mapped here and nothing of it is read.
    fn is_over(&self) -> bool {
        let mapped = self.mapped.as_ref().filter(|_| self.borrows == 0);
        // ORDERING(retired): pairs with the Release store in `Object::retire`.
        mapped.is_some_and(|mapped| mapped.retired.observe() != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::Extent;

    // Fails if: `admits` compares with the least, or with the span, alone.
    #[test]
    fn no_fewer_and_no_more_elements_are_admitted_than_a_chunk_is_made_for() {
        for (least, most) in [(0, 0), (0, 5), (1, 1), (3, 9), (0, u64::MAX), (1, u64::MAX)] {
            let extent = Extent {
                least,
                span: most - least,
                ..Extent::NOTHING
            };
            for elements in [0, 1, 2, 3, 5, 6, 9, 10, 1 << 63, u64::MAX - 1, u64::MAX] {
                let admitted = (least..=most).contains(&elements);
                assert_eq!(
                    extent.admits(elements),
                    admitted,
                    "{elements} of {least} to {most}"
                );
            }
        }
    }
}
