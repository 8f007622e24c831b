// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The border at which a peer's descriptor becomes an address.

use super::{ConnectionError, Content, descriptor::Body, layout::ChunkLayout};
use crate::{Mechanisms, shared_memory::PeerMemory};
use core::ptr::NonNull;
use std::sync::Arc;

/// Where a peer's half and chunks lie, as its handshake said.
#[derive(Debug, Clone)]
pub struct PeerPlace<M: Mechanisms> {
    /// The peer's memory.
    pub memory: Arc<M::PeerMemory>,
    /// Bytes from the base to the peer's half of this connection.
    pub half_offset: usize,
    /// The peer's chunks.
    pub chunks: ChunkLayout,
}

/// A peer's chunks, checked once against the memory that holds them.
#[derive(Debug)]
pub(super) struct PeerChunks {
    // INVARIANT: offset + stride * count <= size of the mapping at base, and every chunk is aligned to a line.
    base: NonNull<u8>,
    chunks: ChunkLayout,
}

impl PeerChunks {
    pub(super) fn new<M: Mechanisms>(place: &PeerPlace<M>) -> Result<Self, ConnectionError> {
        let chunks = place.chunks;
        let aligned = (chunks.offset | chunks.stride) % iceoryx2_bb_lock_free::word::LINE_SIZE == 0;
        if !aligned || chunks.end()? > place.memory.size() {
            return Err(ConnectionError::Size);
        }
        Ok(Self {
            base: place.memory.base(),
            chunks,
        })
    }

    /// Turns what the peer alleges into something that can be read.
    pub(super) fn content(&self, body: Body) -> Result<Content, ConnectionError> {
        match body {
            Body::Inline(inline) => Ok(Content::Inline(inline)),
            Body::Chunk { chunk, len } => {
                let offset = self
                    .chunks
                    .offset_of(chunk)
                    .ok_or(ConnectionError::Descriptor)?;
                if len > self.chunks.stride as u64 {
                    return Err(ConnectionError::Descriptor);
                }
                // SAFETY: the chunk index is below the count, so that the offset lies in the mapping (INVARIANT).
                let data = unsafe { self.base.add(offset) };
                Ok(Content::Chunk { data, len })
            }
        }
    }
}
