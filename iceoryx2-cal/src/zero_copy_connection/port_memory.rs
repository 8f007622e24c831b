// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A port's memory: who uses which half and which chunk of its base object, what of that is committed, and the further
//! objects beside it.

use super::{
    Announcement, ChunkId, ChunkKey, Growth, Homecoming, PORT_PAGE,
    grown::Grown,
    layout::{PAGE, PortLayout},
    region::Region,
    stock::{New, Stock, rotation},
};
use crate::{Mechanisms, SystemError, clock::Moment, shared_memory::OwnedMemory};
use core::{fmt, ptr::NonNull};
use std::sync::Arc;

/// A port's memory and the private bookkeeping of it.
#[derive(Debug)]
pub struct PortMemory<M: Mechanisms> {
    memory: Arc<M::Memory>,
    layout: PortLayout,
    half_size: usize,
    /// The last is taken next. INVARIANT: those that were never taken lie below all others, the lowest uppermost.
    free_halves: Vec<u32>,
    /// So many halves are committed.
    halves_committed: u32,
    stock: Stock,
    /// Bytes from the base below which the chunks' pages are committed.
    committed: usize,
    grown: Grown<M>,
    /// Chunks that may be in use beside the layout's.
    spare: u32,
}

/// A half in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Half {
    index: u32,
    /// Bytes from the base.
    pub offset: usize,
}

/// A chunk in use.
#[derive(Debug, Clone, Copy)]
pub struct Chunk {
    /// Its name to peers.
    pub id: ChunkId,
    /// Its name here.
    pub key: ChunkKey,
    /// Its first byte, with as many committed bytes behind it as were asked for.
    pub data: NonNull<u8>,
    /// The chunk that will most likely be loaned next, as a hint to the receiver.
    pub next: ChunkId,
}

// SAFETY: a number and an address; who writes there owes the chunk, not the thread.
unsafe impl Send for Chunk {}

/// Why there is no chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkError {
    /// Look at what the peers have released, then ask again.
    ReclaimFirst,
    /// All chunks are in use.
    Exhausted,
    /// No chunk is so large.
    TooLarge,
    /// The machine is full.
    System(SystemError),
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReclaimFirst => f.write_str("released chunks were not looked for yet"),
            Self::Exhausted => f.write_str("all chunks of the port are in use"),
            Self::TooLarge => f.write_str("the message is larger than the port may send"),
            Self::System(error) => write!(f, "the chunk's memory could not be committed: {error}"),
        }
    }
}

impl core::error::Error for ChunkError {}

impl<M: Mechanisms> PortMemory<M> {
    /// Reserves the memory and commits the port page. As many chunks may be in use at a time as the layout has, wherever
    /// they lie; `growth` says where those lie that are longer than the layout's.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn create(
        label: &str,
        layout: PortLayout,
        half_size: usize,
        commit_everything: bool,
        growth: Growth,
    ) -> Result<Self, SystemError> {
        let memory = if commit_everything || layout.size() <= PAGE {
            M::Memory::create_committed(label, layout.size())?
        } else {
            let memory = M::Memory::create(label, layout.size())?;
            memory.commit(PORT_PAGE)?;
            memory
        };
        let chunks = layout.chunks();
        Ok(Self {
            memory: Arc::new(memory),
            layout,
            half_size,
            free_halves: (0..layout.halves()).rev().collect(),
            halves_committed: 0,
            stock: Stock::new(chunks.stride, chunks.count),
            committed: if commit_everything {
                layout.size()
            } else {
                chunks.offset
            },
            grown: Grown::new(label, growth, layout.chunk_align()),
            spare: 0,
        })
    }

    /// The memory.
    #[must_use]
    pub const fn memory(&self) -> &Arc<M::Memory> {
        &self.memory
    }

    /// Where everything lies in it.
    #[must_use]
    #[inline]
    pub const fn layout(&self) -> &PortLayout {
        &self.layout
    }

    /// Takes a free half, committed and all zero; `None` if there is none.
    ///
    /// # Errors
    /// The machine is full.
    pub fn take_half(&mut self) -> Result<Option<Half>, SystemError> {
        let Some(index) = self.free_halves.last().copied() else {
            return Ok(None);
        };
        let Some(offset) = self.layout.half_offset(index) else {
            return Ok(None);
        };
        if index >= self.halves_committed {
            // Nobody has written there yet: it is zero, and is touched when something is published.
            self.memory.commit(offset..offset + self.half_size)?;
            self.halves_committed = index.saturating_add(1);
        } else {
            Region::of_own(&self.memory, offset, self.half_size)
                .map_err(|_| SystemError::invalid_input("map"))?
                .clear();
        }
        self.free_halves.pop();
        Ok(Some(Half { index, offset }))
    }

    /// Gives a half back that no end of a connection touches any more.
    pub fn give_half(&mut self, half: Half) {
        self.free_halves.push(half.index);
    }

    /// Takes a chunk of at least `size` bytes for one who needs it: the one that came home, if nobody else needs it and it is
    /// made for that size, and without one a chunk like the last, if one is free and nothing stands in the way. `None`:
    /// [`take_chunk`](Self::take_chunk) knows what to do. What came home and is not taken is free like any other.
    #[inline(always)]
    pub fn take_chunk_at_once(&mut self, home: Option<Homecoming>, size: usize) -> Option<Chunk> {
        match home {
            Some(home) => self.stock.retake(home, size),
            None => self.stock.take_at_once(size),
        }
    }

    /// The same for a chunk of the base, which is not large unless it came home, and for so many `owners` who need it.
    #[inline(always)]
    pub fn take_chunk_of_base_at_once(
        &mut self,
        home: Option<Homecoming>,
        size: usize,
        owners: u32,
    ) -> Option<Chunk> {
        match home {
            Some(home) => self.stock.retake_of_base(home, size, owners),
            None => self.stock.take_of_base_at_once(size, owners),
        }
    }

    /// Takes a chunk of at least `size` bytes for one who needs it. `reclaimed` says that the peers' releases were just
    /// looked at.
    ///
    /// # Errors
    /// [`ChunkError`].
    #[inline(never)]
    pub fn take_chunk(&mut self, size: usize, reclaimed: bool) -> Result<Chunk, ChunkError> {
        if self.stock.has_left() {
            if let Some(chunk) = self.stock.take_like_last(size) {
                return Ok(chunk);
            }
        }
        let is_longer = size > self.layout.chunks().stride;
        if is_longer && !self.grown.may_grow() {
            return Err(ChunkError::TooLarge);
        }
        match (self.stock.has_left(), reclaimed) {
            (true, _) => {}
            (false, false) => return Err(ChunkError::ReclaimFirst),
            (false, true) => return Err(ChunkError::Exhausted),
        }
        if is_longer {
            return self.grown.take(&mut self.stock, size, reclaimed);
        }
        self.take_of_base(size, reclaimed)
    }

    fn take_of_base(&mut self, size: usize, reclaimed: bool) -> Result<Chunk, ChunkError> {
        if let Some(chunk) = self.stock.take_of_base(true) {
            return Ok(chunk);
        }
        let error = match self.take_new_of_base(reclaimed) {
            Err(error) => error,
            taken => return taken,
        };
        match self.stock.take_of_base(false) {
            Some(chunk) => Ok(chunk),
            None if error == ChunkError::Exhausted && self.spare > 0 => {
                self.grown.take_spare(&mut self.stock, size, reclaimed)
            }
            None => Err(error),
        }
    }

    fn take_new_of_base(&mut self, reclaimed: bool) -> Result<Chunk, ChunkError> {
        let chunks = self.layout.chunks();
        let index = self.stock.handed_out_of_base();
        if !reclaimed && index >= rotation(chunks.stride).min(chunks.count) {
            return Err(ChunkError::ReclaimFirst);
        }
        let offset = chunks.offset_of(index).ok_or(ChunkError::Exhausted)?;
        let committed = self.commit_up_to(offset + chunks.stride);
        committed.map_err(ChunkError::System)?;
        Ok(self.stock.add_to_base(New {
            id: ChunkId::base(index),
            // SAFETY: the layout's size covers every chunk, and the memory has that size.
            data: unsafe { self.memory.base().add(offset) },
            committed: chunks.stride,
        }))
    }

    /// Commits what lies between the pages that are committed and `end`.
    fn commit_up_to(&mut self, end: usize) -> Result<(), SystemError> {
        if end > self.committed {
            self.memory.commit(self.committed..end)?;
            self.committed = end.next_multiple_of(PAGE).min(self.layout.size());
        }
        Ok(())
    }

    /// One more needs the chunk.
    #[inline(always)]
    pub fn share_chunk(&mut self, chunk: ChunkKey) {
        self.stock.share(chunk);
    }

    /// One less needs the chunk.
    #[inline(always)]
    pub fn give_chunk(&mut self, chunk: ChunkKey) {
        self.stock.give(chunk);
    }

    /// One less needs the chunk, if another does. If not, nothing was done.
    #[inline(always)]
    pub fn give_shared_chunk(&mut self, chunk: ChunkKey) -> bool {
        self.stock.give_shared(chunk)
    }

    /// How many chunks somebody needs.
    #[must_use]
    #[inline]
    pub fn chunks_in_use(&self) -> u32 {
        self.stock.in_use()
    }

    /// So many more chunks than the layout's may be in use: what is still held for peers that are gone shall not count
    /// against those that are there.
    pub fn set_spare(&mut self, chunks: u32) {
        self.spare = chunks;
        let most = self.layout.chunks().count.saturating_add(chunks);
        self.stock.set_most(most);
    }

    /// What a peer must be told before the first message in that segment, and the handle that goes with it; `None` if
    /// there is no such segment, or it is the base.
    #[must_use]
    pub fn announcement(&self, segment: u64) -> Option<(Announcement, M::Handle)> {
        self.grown.announcement(segment)
    }

    /// Whether there is memory besides the base, which might be given back.
    #[must_use]
    #[inline]
    pub const fn has_grown(&self) -> bool {
        !self.grown.is_empty()
    }

    /// Whether memory might be given back, and it was not looked for lately: if so, look at what the peers have
    /// released, then [`tidy`](Self::tidy).
    #[must_use]
    pub fn must_tidy(&self, now: Moment) -> bool {
        self.grown.must_tidy(now)
    }

    /// Gives memory back that nobody has used for a while.
    pub fn tidy(&mut self, now: Moment) {
        self.grown.tidy(&mut self.stock, now);
    }

    /// Retires every object beside the base, whoever uses it.
    #[cfg(test)]
    pub(super) fn retire_all(&mut self) {
        self.grown.retire_all(&mut self.stock);
    }

    /// Bytes the system has committed for this port.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn committed(&self) -> Result<usize, SystemError> {
        let grown = self.grown.committed()?;
        Ok(self.memory.committed()?.saturating_add(grown))
    }
}
