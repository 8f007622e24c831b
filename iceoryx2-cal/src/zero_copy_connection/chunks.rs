// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a peer's descriptor becomes something that can be read.

use super::{
    ConnectionError, Content, MessageShape, PORT_PAGE,
    chunk_id::Segment,
    descriptor::{Descriptor, Inline},
    layout::ChunkLayout,
    segments::Segments,
};
use crate::Mechanisms;
use core::ptr::NonNull;
use std::sync::Arc;

/// Where a peer's half and chunks lie, as its handshake said.
#[derive(Debug)]
pub struct PeerPlace<M: Mechanisms> {
    /// The peer's memory.
    pub memory: Arc<M::PeerMemory>,
    /// Bytes from the base to the peer's half of this connection.
    pub half_offset: usize,
    /// The peer's chunks.
    pub chunks: ChunkLayout,
    /// What lies in them.
    pub shape: MessageShape,
}

// WHY: derived, it would ask the mechanisms themselves to be `Clone`.
impl<M: Mechanisms> Clone for PeerPlace<M> {
    fn clone(&self) -> Self {
        Self {
            memory: Arc::clone(&self.memory),
            half_offset: self.half_offset,
            chunks: self.chunks,
            shape: self.shape,
        }
    }
}

/// A peer's chunks: those of its base, and those of what it has announced since.
#[derive(Debug)]
pub(super) struct PeerChunks<M: Mechanisms> {
    segments: Segments<M>,
}

impl<M: Mechanisms> PeerChunks<M> {
    /// The chunks of a peer whose half has `half_size` bytes. Page, halves and chunks follow one another, as the peer
    /// must have laid them out: no payload is ever read as a word. INVARIANT for the caller: the place's memory is kept
    /// beside this.
    pub(super) fn new(place: &PeerPlace<M>, half_size: usize) -> Result<Self, ConnectionError> {
        let chunks = place.chunks;
        let half_end = place.half_offset.checked_add(half_size);
        if place.half_offset < PORT_PAGE.end || half_end.is_none_or(|end| end > chunks.offset) {
            return Err(ConnectionError::Size);
        }
        Ok(Self {
            segments: Segments::<M>::new(&place.memory, chunks, place.shape)?,
        })
    }

    /// What the peer has announced.
    #[inline]
    pub(super) const fn segments(&mut self) -> &mut Segments<M> {
        &mut self.segments
    }

    /// Turns what the peer alleges into something that can be read: a chunk where it is, the rest where `copy` puts it.
    #[inline(always)]
    pub(super) fn content(
        &self,
        descriptor: &Descriptor,
        copy: impl FnOnce(Inline) -> Option<NonNull<u8>>,
    ) -> Result<Content, Unreadable> {
        if descriptor.is_inline() {
            let data = copy(descriptor.inline()).ok_or(Unreadable::Broken)?;
            return Ok(Content { data, elements: 1 });
        }
        let elements = descriptor.elements();
        let data = self.segments.find(descriptor.chunk(), elements)?;
        Ok(Content { data, elements })
    }

    /// Whether the message is one an honest peer may send, and its memory is known.
    #[inline]
    pub(super) fn vet(&self, descriptor: &Descriptor) -> Result<(), Unreadable> {
        if descriptor.is_inline() {
            return Ok(());
        }
        self.segments
            .find(descriptor.chunk(), descriptor.elements())
            .map(|_| ())
    }

    /// Where the chunk lies that the sender says it will use next; `None` if it names none.
    #[inline(always)]
    pub(super) fn next_of(&self, descriptor: &Descriptor) -> Option<NonNull<u8>> {
        if descriptor.is_inline() {
            return None;
        }
        self.segments.hint(descriptor.next())
    }

    /// A message is being read: what must stay mapped for it stays.
    #[inline(always)]
    pub(super) fn borrow(&mut self, descriptor: &Descriptor) -> Borrow {
        if descriptor.is_inline() {
            return Borrow::PLAIN;
        }
        let place = Segment::of(descriptor.chunk().segment).place;
        self.segments.borrow(place);
        Borrow::of(place)
    }

    /// It is not read any more.
    #[inline(always)]
    pub(super) fn release(&mut self, borrow: Borrow) {
        if let Some(place) = borrow.place() {
            self.segments.release(place);
        }
    }
}

/// Why there is nothing to read.
// WHY no ConnectionError: beside an address, these two need no further byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Nothing is known of its memory yet.
    Unknown,
    /// No honest peer sends that.
    Broken,
}

/// Whether a borrow is in use, and what must stay mapped for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Borrow(u32);

impl Borrow {
    /// Not in use.
    pub(super) const FREE: Self = Self(0);
    /// In use, for what was copied.
    pub(super) const PLAIN: Self = Self(1);

    /// In use, for a chunk of the object in a place.
    // INVARIANT: a place that a chunk was found in is no higher than OBJECTS_MAX.
    #[inline]
    const fn of(place: u32) -> Self {
        Self(place + 2)
    }

    #[inline]
    const fn place(self) -> Option<u32> {
        self.0.checked_sub(2)
    }

    #[inline]
    pub(super) fn is_free(self) -> bool {
        self == Self::FREE
    }
}
