// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One memory object besides a port's base: its pages, and who needs its chunks.

use super::{
    growth::HEAD,
    layout::{ChunkLayout, PAGE, Run},
    region::Region,
};
use crate::{Mechanisms, SystemError, clock::Moment, shared_memory::OwnedMemory};
use core::ptr::NonNull;
use iceoryx2_bb_lock_free::word::Word;
use std::sync::Arc;

/// A chunk that was handed out at least once.
#[derive(Debug)]
struct Handed {
    /// How many need it. 0: it is free.
    references: u32,
    /// Bytes from its first below which its pages are committed.
    committed: usize,
}

/// A memory object besides the base.
#[derive(Debug)]
pub(super) struct Object<M: Mechanisms> {
    pub(super) generation: u32,
    memory: Arc<M::Memory>,
    // INVARIANT: the chunks lie in the memory.
    chunks: ChunkLayout,
    retired: &'static Word,
    _head: Region<M::Memory>,
    /// By chunk.
    handed: Vec<Handed>,
    in_use: u32,
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
            handed: Vec::new(),
            in_use: 0,
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

    pub(super) fn handed_out(&self) -> u32 {
        // INVARIANT: at most the chunks' count, which is 32 bits.
        u32::try_from(self.handed.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn has_new(&self) -> bool {
        self.handed_out() < self.chunks.count
    }

    pub(super) const fn is_in_use(&self) -> bool {
        self.in_use > 0
    }

    /// Hands out a chunk that never was, with `size` committed bytes. If that fails, nothing has happened.
    pub(super) fn hand_out_new(&mut self, size: usize) -> Result<u32, SystemError> {
        let index = self.handed_out();
        let committed = self.commit(index, 0, size)?;
        self.handed.push(Handed {
            references: 0,
            committed,
        });
        self.take(index);
        Ok(index)
    }

    /// Hands out a chunk that is free, with `size` committed bytes. If that fails, nothing has happened.
    #[inline]
    pub(super) fn hand_out(&mut self, index: u32, size: usize) -> Result<(), SystemError> {
        let committed = self
            .handed
            .get(index as usize)
            .map_or(0, |handed| handed.committed);
        if size > committed {
            let committed = self.commit(index, committed, size)?;
            if let Some(handed) = self.handed.get_mut(index as usize) {
                handed.committed = committed;
            }
        }
        self.take(index);
        Ok(())
    }

    #[inline]
    fn take(&mut self, index: u32) {
        if let Some(handed) = self.handed.get_mut(index as usize) {
            handed.references = 1;
        }
        self.in_use += 1;
        self.idle_since = None;
    }

    /// Commits the chunk's bytes from `from` to `size`. Returns below which of them its pages are committed then.
    #[cold]
    fn commit(&self, index: u32, from: usize, size: usize) -> Result<usize, SystemError> {
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

    /// Where the chunk lies.
    #[inline]
    pub(super) fn address_of(&self, index: u32) -> Option<NonNull<u8>> {
        let offset = self.chunks.offset_of(index)?;
        // SAFETY: the chunk lies in the memory (INVARIANT).
        Some(unsafe { self.memory.base().add(offset) })
    }

    /// One more needs the chunk.
    #[inline]
    pub(super) fn share(&mut self, index: u32) {
        if let Some(handed) = self.handed.get_mut(index as usize) {
            handed.references += 1;
        }
    }

    /// One less needs the chunk. Returns whether it is free now.
    #[inline]
    pub(super) fn give(&mut self, index: u32) -> bool {
        let Some(handed) = self.handed.get_mut(index as usize) else {
            return false;
        };
        let free = handed.references == 1;
        handed.references = handed.references.saturating_sub(1);
        if free {
            self.in_use -= 1;
        }
        free
    }

    /// Since when nobody has been known to need a chunk; `None` if somebody does, or nobody has asked.
    pub(super) const fn idle_since(&self) -> Option<Moment> {
        self.idle_since
    }

    /// Asks whether nobody needs a chunk, and since when that is known: since now if nobody has asked before.
    pub(super) fn ask_idle(&mut self, now: Moment) -> Option<Moment> {
        if self.in_use > 0 {
            self.idle_since = None;
            return None;
        }
        Some(*self.idle_since.get_or_insert(now))
    }

    /// Bytes that are committed in its chunks.
    pub(super) fn bytes(&self) -> usize {
        let committed = self.handed.iter().map(|handed| handed.committed);
        committed.fold(0, usize::saturating_add)
    }

    /// Tells the peers that nothing will come in it any more, and lets go of it. All its chunks must be home.
    pub(super) fn retire(self) {
        // ORDERING(retired): pairs with the observation in `Segments::sweep`: every chunk was home before.
        // CRASH: the peers keep it mapped until they notice the death.
        self.retired.publish(1);
    }
}
