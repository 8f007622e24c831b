// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a peer's descriptor becomes something that can be read.

use super::{
    ChunkId, ConnectionError, MessageShape, PORT_PAGE,
    descriptor::{Descriptor, Kind, Near, inline_kind},
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
    /// What a message in its descriptor says of its kind, if there may be one.
    inline: u32,
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
            inline: inline_kind(&place.shape),
        })
    }

    /// What a message in its descriptor says of its kind, if there may be one.
    #[inline(always)]
    pub(super) const fn inline_kind(&self) -> u32 {
        self.inline
    }

    /// What the peer has announced.
    #[inline]
    pub(super) const fn segments(&mut self) -> &mut Segments<M> {
        &mut self.segments
    }

    /// Where the near chunk lies that the peer alleges, if it is there and made for so many elements. Nobody needs to
    /// [hold](Self::hold) it: it is there as long as anything.
    #[inline(always)]
    pub(super) fn locate_near(&self, near: &Near) -> Option<NonNull<u8>> {
        self.segments.locate_in_base(near.index(), near.elements)
    }

    /// Where the chunk lies that the peer alleges, if it is there and made for so many elements. Who is to read it must
    /// [hold](Self::hold) it.
    #[inline]
    pub(super) fn locate(&self, descriptor: &Descriptor) -> Option<Read> {
        let (chunk, elements) = (descriptor.chunk(), descriptor.elements());
        match descriptor.heading.kind() {
            Kind::Near => Some(Read {
                data: self.segments.locate_in_base(chunk.index, elements)?,
                borrow: Borrow::BASE,
            }),
            Kind::Far => self.segments.locate_announced(chunk, elements),
            Kind::Inline | Kind::Unknown => None,
        }
    }

    /// What was located is read from now on, until it is [released](Self::release).
    #[inline(always)]
    pub(super) fn hold(&mut self, borrow: Borrow) {
        self.segments.hold(borrow);
    }

    /// Turns what the peer alleges of a chunk, as it does if the message is not inline, into something that can be read
    /// until it is [released](Self::release).
    #[inline]
    pub(super) fn read(&mut self, descriptor: &Descriptor) -> Result<Read, Unreadable> {
        match self.locate(descriptor) {
            Some(read) => {
                self.hold(read.borrow);
                Ok(read)
            }
            None => Err(self.segments.why_not(descriptor.chunk().segment)),
        }
    }

    /// Where a chunk lies, if there is one.
    #[inline]
    pub(super) fn hint(&self, chunk: ChunkId) -> Option<NonNull<u8>> {
        self.segments.hint(chunk)
    }

    /// Whether the message is one an honest peer may send, and its memory is known.
    #[inline]
    pub(super) fn vet(&self, descriptor: &Descriptor) -> Result<(), Unreadable> {
        if descriptor.heading.kind_bits() == self.inline {
            return Ok(());
        }
        if descriptor.is_inline() {
            return Err(Unreadable::Broken);
        }
        match self.locate(descriptor) {
            Some(_) => Ok(()),
            None => Err(self.segments.why_not(descriptor.chunk().segment)),
        }
    }

    /// What was read is not read any more.
    #[inline(always)]
    pub(super) fn release(&mut self, borrow: Borrow) {
        self.segments.release(borrow);
    }
}

/// What can be read now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read {
    /// The message's first byte.
    pub(super) data: NonNull<u8>,
    /// What it is read under.
    pub(super) borrow: Borrow,
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

    /// In use, for a chunk of the base.
    pub(super) const BASE: Self = Self(2);

    /// In use, for a chunk of the object in a place besides the base, which stays mapped for it.
    // INVARIANT: a place that a chunk was found in is from 1 to OBJECTS_MAX.
    #[inline]
    pub(super) const fn of(place: u32) -> Self {
        Self(place + Self::BASE.0)
    }

    /// The place of the object that stays mapped for it.
    #[inline(always)]
    pub(super) const fn pinned(self) -> Option<u32> {
        if self.0 > Self::BASE.0 {
            Some(self.0 - Self::BASE.0)
        } else {
            None
        }
    }

    #[inline]
    pub(super) fn is_free(self) -> bool {
        self == Self::FREE
    }
}
