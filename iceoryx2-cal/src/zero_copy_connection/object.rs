// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One memory object besides a port's base: its pages, and which of its chunks were handed out.

use super::{
    ChunkId, ChunkKey,
    chunk_id::Segment,
    growth::HEAD,
    layout::{ChunkLayout, PAGE, Run},
    region::Region,
    stock::{New, Stock},
};
use crate::{Mechanisms, SystemError, clock::Moment, shared_memory::OwnedMemory};
use iceoryx2_bb_lock_free::word::Word;
use std::sync::Arc;

/// A memory object besides the base.
#[derive(Debug)]
pub(super) struct Object<M: Mechanisms> {
    pub(super) generation: u32,
    memory: Arc<M::Memory>,
    // INVARIANT: the chunks lie in the memory.
    chunks: ChunkLayout,
    retired: &'static Word,
    _head: Region<M::Memory>,
    /// Of those that were handed out, by number.
    keys: Vec<ChunkKey>,
    /// Since when nobody is known to need a chunk.
    idle_since: Option<Moment>,
}

impl<M: Mechanisms> Object<M> {
    /// Reserves the object and commits its head.
    pub(super) fn create(
        label: &str,
        generation: u32,
        chunks: ChunkLayout,
    ) -> Result<Self, SystemError> {
        let too_large = |_| SystemError::invalid_input("map");
        let memory = M::Memory::create(label, chunks.end().map_err(too_large)?)?;
        memory.commit(HEAD)?;
        let memory = Arc::new(memory);
        let head = Region::of_own(&memory, HEAD.start, HEAD.end).map_err(too_large)?;
        let retired = head.word(Run { first: 0, lines: 1 }).map_err(too_large)?;
        Ok(Self {
            generation,
            memory,
            chunks,
            retired,
            _head: head,
            keys: Vec::new(),
            idle_since: None,
        })
    }

    pub(super) const fn chunks(&self) -> ChunkLayout {
        self.chunks
    }

    pub(super) fn handle(&self) -> M::Handle {
        self.memory.handle()
    }

    pub(super) fn committed(&self) -> Result<usize, SystemError> {
        self.memory.committed()
    }

    /// The keys of the chunks that were handed out.
    pub(super) fn keys(&self) -> &[ChunkKey] {
        &self.keys
    }

    pub(super) fn has_new(&self) -> bool {
        self.keys.len() < self.chunks.count as usize
    }

    /// Commits `size` bytes of a chunk that was never handed out. If that fails, nothing has happened; if not,
    /// [`note`](Self::note) it.
    pub(super) fn open(&self, place: u32, size: usize) -> Result<New, SystemError> {
        let outside = || SystemError::invalid_input("commit");
        let index = u32::try_from(self.keys.len()).map_err(|_| outside())?;
        let committed = self.commit(index, 0, size)?;
        let offset = self.chunks.offset_of(index).ok_or_else(outside)?;
        let segment = Segment {
            place,
            generation: self.generation,
        };
        Ok(New {
            id: ChunkId {
                segment: segment.name(),
                index,
            },
            // SAFETY: the chunk lies in the memory (INVARIANT).
            data: unsafe { self.memory.base().add(offset) },
            committed,
        })
    }

    /// The chunk that was just opened was handed out under this key.
    pub(super) fn note(&mut self, key: ChunkKey) {
        self.keys.push(key);
    }

    /// Commits the chunk's bytes from `from` to `size`. Returns below which of them its pages are committed then.
    pub(super) fn commit(
        &self,
        index: u32,
        from: usize,
        size: usize,
    ) -> Result<usize, SystemError> {
        let outside = || SystemError::invalid_input("commit");
        let first = self.chunks.offset_of(index).ok_or_else(outside)?;
        if size > self.chunks.stride {
            return Err(outside());
        }
        // INVARIANT: no sum here is above the object's size.
        self.memory.commit(first + from..first + size)?;
        let page_end = (first + size).next_multiple_of(PAGE);
        Ok(self.chunks.stride.min(page_end - first))
    }

    /// Since when nobody has been known to need a chunk; `None` if somebody did lately, or nobody has asked.
    pub(super) const fn idle_since(&self) -> Option<Moment> {
        self.idle_since
    }

    /// Asks whether nobody needs a chunk, and since when that is known: since now if one was used since this was last asked.
    pub(super) fn ask_idle(&mut self, stock: &mut Stock, now: Moment) -> Option<Moment> {
        if stock.take_used(&self.keys) {
            self.idle_since = None;
        }
        if stock.are_in_use(&self.keys) {
            return None;
        }
        Some(*self.idle_since.get_or_insert(now))
    }

    /// Tells the peers that nothing will come in it any more, and lets go of it. All its chunks must be home.
    pub(super) fn retire(self) {
        // ORDERING(retired): pairs with the observation in `Segments::sweep`: every chunk was home before.
        // CRASH: the peers keep it mapped until they notice the death.
        self.retired.publish(1);
    }
}
