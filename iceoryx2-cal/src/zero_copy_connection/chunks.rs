// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The border at which a peer's descriptor becomes an address.

use super::{
    ChunkId, ConnectionError, Content, MessageShape, PORT_PAGE,
    descriptor::{Body, Inline},
    layout::{ChunkLayout, PAGE},
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

/// A peer's chunks, checked once against the memory that holds them.
#[derive(Debug)]
pub(super) struct PeerChunks {
    // INVARIANT: offset + stride * count <= size of the mapping at base, and every chunk is aligned to a line.
    base: NonNull<u8>,
    chunks: ChunkLayout,
    shape: MessageShape,
}

// SAFETY: an address and numbers; making a pointer of them reads nothing.
unsafe impl Send for PeerChunks {}
// SAFETY: as above.
unsafe impl Sync for PeerChunks {}

impl PeerChunks {
    /// The chunks of a peer whose half has `half_size` bytes. Page, halves and chunks follow one another, as the peer
    /// must have laid them out: no payload is ever read as a word.
    pub(super) fn new<M: Mechanisms>(
        place: &PeerPlace<M>,
        half_size: usize,
    ) -> Result<Self, ConnectionError> {
        let chunks = place.chunks;
        let half_end = place.half_offset.checked_add(half_size);
        if place.half_offset < PORT_PAGE.end || half_end.is_none_or(|end| end > chunks.offset) {
            return Err(ConnectionError::Size);
        }
        // WHY a page: the strictest alignment a chunk may have, so that strides that are aligned keep all chunks so.
        let aligned = chunks.offset % PAGE == 0 && chunks.stride % LINE_SIZE == 0;
        let fits = chunks.count == 0 || place.shape.fits(chunks.stride);
        if !aligned || !fits || chunks.end()? > place.memory.size() {
            return Err(ConnectionError::Size);
        }
        Ok(Self {
            base: place.memory.base(),
            chunks,
            shape: place.shape,
        })
    }

    /// Turns what the peer alleges into something that can be read: a chunk where it is, the rest where `copy` puts it.
    #[inline]
    pub(super) fn content(
        &self,
        body: &Body,
        copy: impl FnOnce(Inline) -> Option<NonNull<u8>>,
    ) -> Result<Content, ConnectionError> {
        let (data, elements) = match *body {
            Body::Inline(inline) => (copy(inline), 1),
            Body::Chunk {
                chunk, elements, ..
            } => (self.chunk(chunk, elements), elements),
        };
        let data = data.ok_or(ConnectionError::Descriptor)?;
        Ok(Content { data, elements })
    }

    /// Whether the body is one an honest peer may send.
    #[inline]
    pub(super) fn vet(&self, body: &Body) -> Result<(), ConnectionError> {
        match *body {
            Body::Chunk {
                chunk, elements, ..
            } if self.chunk(chunk, elements).is_none() => Err(ConnectionError::Descriptor),
            _ => Ok(()),
        }
    }

    #[inline]
    fn chunk(&self, chunk: ChunkId, elements: u64) -> Option<NonNull<u8>> {
        if chunk.segment != ChunkId::BASE || !self.shape.admits(elements, self.chunks.stride) {
            return None;
        }
        let offset = self.chunks.offset_of(chunk.index)?;
        // SAFETY: the chunk index is below the count, so that the offset lies in the mapping (INVARIANT).
        Some(unsafe { self.base.add(offset) })
    }

    /// Where the chunk lies that the sender says it will use next; `None` if it names none.
    #[inline]
    pub(super) fn next_of(&self, body: &Body) -> Option<NonNull<u8>> {
        let Body::Chunk { next, .. } = body else {
            return None;
        };
        if next.segment != ChunkId::BASE {
            return None;
        }
        let offset = self.chunks.offset_of(next.index)?;
        // SAFETY: the chunk index is below the count, so that the offset lies in the mapping (INVARIANT).
        Some(unsafe { self.base.add(offset) })
    }
}
