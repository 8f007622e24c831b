// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The border at which a peer's descriptor becomes an address.

use super::{
    ChunkId, ConnectionError, Content, MessageShape, PORT_PAGE,
    descriptor::{Descriptor, Inline},
    layout::{ChunkLayout, PAGE},
    segments::Segments,
};
use crate::{Mechanisms, shared_memory::PeerMemory};
use core::ptr::NonNull;
use iceoryx2_bb_lock_free::word::LINE_SIZE;
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

/// A peer's chunks: those of its base, checked once against the memory that holds them, and those of what it has
/// announced since.
#[derive(Debug)]
pub(super) struct PeerChunks<M: Mechanisms> {
    // INVARIANT: offset + stride * count <= size of the mapping at base, and every chunk is aligned as the shape asks.
    base: NonNull<u8>,
    chunks: ChunkLayout,
    shape: MessageShape,
    segments: Segments<M>,
}

// SAFETY: an address and numbers beside what moves between threads; making a pointer of them reads nothing.
unsafe impl<M: Mechanisms> Send for PeerChunks<M> {}
// SAFETY: as above.
unsafe impl<M: Mechanisms> Sync for PeerChunks<M> {}

impl<M: Mechanisms> PeerChunks<M> {
    /// The chunks of a peer whose half has `half_size` bytes. Page, halves and chunks follow one another, as the peer
    /// must have laid them out: no payload is ever read as a word.
    pub(super) fn new(place: &PeerPlace<M>, half_size: usize) -> Result<Self, ConnectionError> {
        let chunks = place.chunks;
        let half_end = place.half_offset.checked_add(half_size);
        if place.half_offset < PORT_PAGE.end || half_end.is_none_or(|end| end > chunks.offset) {
            return Err(ConnectionError::Size);
        }
        // WHY a page: the strictest alignment a chunk may have, so that strides that are aligned keep all chunks so.
        let aligned =
            chunks.offset % PAGE == 0 && chunks.stride % place.shape.align().max(LINE_SIZE) == 0;
        let fits = chunks.count == 0 || place.shape.fits(chunks.stride);
        if !aligned || !fits || chunks.end()? > place.memory.size() {
            return Err(ConnectionError::Size);
        }
        Ok(Self {
            base: place.memory.base(),
            chunks,
            shape: place.shape,
            segments: Segments::new(place.shape),
        })
    }

    /// What the peer has announced.
    #[inline]
    pub(super) const fn segments(&mut self) -> &mut Segments<M> {
        &mut self.segments
    }

    /// Turns what the peer alleges into something that can be read: a chunk where it is, the rest where `copy` puts it.
    #[inline]
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
        let data = self.chunk(descriptor.chunk(), elements)?;
        Ok(Content { data, elements })
    }

    /// Whether the message is one an honest peer may send, and its memory is known.
    #[inline]
    pub(super) fn vet(&self, descriptor: &Descriptor) -> Result<(), Unreadable> {
        if descriptor.is_inline() {
            return Ok(());
        }
        self.chunk(descriptor.chunk(), descriptor.elements())
            .map(|_| ())
    }

    #[inline]
    fn chunk(&self, chunk: ChunkId, elements: u64) -> Result<NonNull<u8>, Unreadable> {
        if chunk.segment != ChunkId::BASE {
            return self.segments.find(chunk, elements);
        }
        if !self.shape.admits(elements, self.chunks.stride) {
            return Err(Unreadable::Broken);
        }
        let offset = self.chunks.offset_of(chunk.index);
        let offset = offset.ok_or(Unreadable::Broken)?;
        // SAFETY: the chunk index is below the count, so that the offset lies in the mapping (INVARIANT).
        Ok(unsafe { self.base.add(offset) })
    }

    /// Where the chunk lies that the sender says it will use next; `None` if it names none.
    #[inline(always)]
    pub(super) fn next_of(&self, descriptor: &Descriptor) -> Option<NonNull<u8>> {
        if descriptor.is_inline() {
            return None;
        }
        let next = descriptor.next();
        if next.segment != ChunkId::BASE {
            return self.segments.hint(next);
        }
        let offset = self.chunks.offset_of(next.index)?;
        // SAFETY: the chunk index is below the count, so that the offset lies in the mapping (INVARIANT).
        Some(unsafe { self.base.add(offset) })
    }

    /// A message is being read: what must stay mapped for it stays.
    #[inline]
    pub(super) fn borrow(&mut self, descriptor: &Descriptor) -> Borrow {
        let segment = descriptor.chunk().segment;
        if descriptor.is_inline() || segment == ChunkId::BASE {
            return Borrow::PLAIN;
        }
        self.segments.borrow(segment);
        Borrow(segment)
    }

    /// It is not read any more.
    #[inline]
    pub(super) fn release(&mut self, borrow: Borrow) {
        if borrow.0 > Borrow::PLAIN.0 {
            self.segments.release(borrow.0);
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
pub(super) struct Borrow(u64);

impl Borrow {
    /// Not in use.
    pub(super) const FREE: Self = Self(0);
    /// In use, for something that stays mapped anyway.
    // INVARIANT: below every name of a segment besides the base, which has a generation in its high half.
    const PLAIN: Self = Self(1);

    #[inline]
    pub(super) fn is_free(self) -> bool {
        self == Self::FREE
    }
}
