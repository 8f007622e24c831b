// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Memory with one writer: [`AnonymousMemory`] here is [`PeerMemory`] there.
//!
//! ```text
//!   owner                                          peer
//!   ┌────────────────────────────────┐            ┌────────────────────────────────┐
//!   │ committed │ reserved, no pages │            │ the same pages, read-only      │
//!   └────────────────────────────────┘            └────────────────────────────────┘
//!     base    commit(range) ──►        ── Handle ──►  vetted, mapped, handle closed
//! ```
//!
//! Memory has no name; it is gone when the last process lets go of it. Its size is fixed at birth, its pages come
//! with [`commit`](AnonymousMemory::commit), so that a full machine is an error and never a signal. From birth on it
//! can neither shrink nor grow, nobody can map it writable again, and the owner's one writable mapping is not inherited
//! by a forked child.

use crate::{
    Error, Handle,
    fork::Birth,
    handle::{Descriptor, VetError},
    open_list, sys,
};
use core::{ops::Range, ptr::NonNull};
use std::sync::{Mutex, PoisonError};

/// Memory that this process writes and others can only read. Zero until written.
#[derive(Debug)]
pub struct AnonymousMemory {
    mapping: Mapping,
    handle: Handle,
    /// INVARIANT: below this byte every page is committed, and stays so: the seals forbid to give pages back.
    committed_below: Mutex<usize>,
}

impl AnonymousMemory {
    /// Reserves `size` bytes, rounded up to whole pages. `label` (at most 200 bytes) is for the system's listings.
    ///
    /// # Errors
    /// `InvalidInput` for no bytes or a bad label, `NoSpace` for more than the limit of file sizes (`ulimit -f`),
    /// `TooManyOpenFiles`, `OutOfMemory`.
    pub fn create(label: &str, size: usize) -> Result<Self, Error> {
        let size = whole_pages(size)?;
        let descriptor = open_list::create(|| sys::memory::open(label, size))?;
        Self::complete(descriptor, size, 0)
    }

    /// The same with all pages, as [`commit`](Self::commit) makes them.
    ///
    /// # Errors
    /// As [`create`](Self::create), and of [`commit`](Self::commit).
    pub fn create_committed(label: &str, size: usize) -> Result<Self, Error> {
        let size = whole_pages(size)?;
        if size > sys::memory::COMMIT_STEP {
            let memory = Self::create(label, size)?;
            memory.commit(0..size)?;
            return Ok(memory);
        }
        let descriptor = open_list::create(|| sys::memory::open_committed(label, size))?;
        Self::complete(descriptor, size, size)
    }

    fn complete(descriptor: Descriptor, size: usize, committed: usize) -> Result<Self, Error> {
        let mapping = Mapping::new(&descriptor, size, Access::ReadWrite)?;
        sys::memory::seal(&descriptor)?;
        Ok(Self {
            mapping,
            handle: Handle::new(descriptor),
            committed_below: Mutex::new(committed),
        })
    }

    /// The first byte, aligned to a page. In a forked child nothing is there: using it is a fault.
    #[must_use]
    pub fn base(&self) -> NonNull<u8> {
        self.mapping.base
    }

    /// Bytes reserved, a multiple of the page size.
    #[must_use]
    pub fn size(&self) -> usize {
        self.mapping.size
    }

    /// Makes the pages that hold `range` (bytes from the base) safe to touch. Committing twice does no harm.
    ///
    /// # Errors
    /// `NoSpace` or `OutOfMemory` where the machine is full, `InvalidInput` for a range that leaves the memory.
    pub fn commit(&self, range: Range<usize>) -> Result<(), Error> {
        if range.start > range.end || range.end > self.size() {
            return Err(Error::invalid_input("fallocate"));
        }
        if range.is_empty() {
            return Ok(());
        }
        self.mapping.birth.check("fallocate")?;
        // `end` stays within the size, which is a multiple of the page size.
        let end = whole_pages(range.end)?;
        let mut below = self
            .committed_below
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let start = (range.start - range.start % sys::memory::page_size()).max(*below);
        if start >= end {
            return Ok(());
        }
        sys::memory::commit(self.handle.descriptor(), start..end)?;
        if start == *below {
            *below = end;
        }
        Ok(())
    }

    /// Bytes that have pages now.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn committed(&self) -> Result<usize, Error> {
        sys::memory::committed(self.handle.descriptor())
    }

    /// What to send to a peer.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// Memory that a peer writes and this process only reads. Every byte may change at any time.
#[derive(Debug)]
pub struct PeerMemory {
    mapping: Mapping,
}

/// A peer's memory that has passed every check and is not mapped yet.
#[derive(Debug)]
pub struct VettedMemory {
    handle: Handle,
    // INVARIANT: of the memory, which is sealed against shrinking.
    size: usize,
}

impl VettedMemory {
    /// Vets the handle: what it names must be anonymous memory that nobody can shrink and that cannot be mapped writable
    /// any more.
    ///
    /// # Errors
    /// [`VetError`].
    pub fn vet(handle: Handle) -> Result<Self, VetError> {
        let size = sys::memory::vet(handle.descriptor())?;
        Ok(Self { handle, size })
    }

    /// Maps it, read-only.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn map(self) -> Result<PeerMemory, Error> {
        let mapping = Mapping::new(self.handle.descriptor(), self.size, Access::Read)?;
        Ok(PeerMemory { mapping })
    }
}

impl PeerMemory {
    /// [Vets](VettedMemory::vet) the handle and maps what it names, read-only.
    ///
    /// # Errors
    /// [`VetError`].
    pub fn map(handle: Handle) -> Result<Self, VetError> {
        Ok(VettedMemory::vet(handle)?.map()?)
    }

    /// The first byte, aligned to a page. In a forked child nothing is there: using it is a fault.
    #[must_use]
    pub fn base(&self) -> NonNull<u8> {
        self.mapping.base
    }

    /// Bytes that are certain to stay.
    #[must_use]
    pub fn size(&self) -> usize {
        self.mapping.size
    }
}

/// What a mapping lets this process do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    ReadWrite,
}

/// A shared mapping that a forked child does not have.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// INVARIANT: the first of `size` mapped bytes that nothing else unmaps, while `birth` is not foreign.
    base: NonNull<u8>,
    size: usize,
    birth: Birth,
}

impl Mapping {
    pub(crate) fn new(descriptor: &Descriptor, size: usize, access: Access) -> Result<Self, Error> {
        // Under the lock of the open list, so that no fork falls between mapping and entering it there.
        open_list::creating(|list| {
            let birth = Birth::here()?;
            let base = list.map(size, || sys::memory::map(descriptor, size, access))?;
            Ok(Self { base, size, birth })
        })
    }

    pub(crate) const fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(crate) const fn birth(&self) -> Birth {
        self.birth
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if !self.birth.is_foreign() {
            // SAFETY: by the invariant the mapping is ours; whoever borrowed from it borrowed from its owner, too.
            unsafe { open_list::unmap(self.base, self.size) };
        }
    }
}

// SAFETY: a mapping is a range of addresses; it has no affinity to a thread.
unsafe impl Send for Mapping {}
// SAFETY: its methods only tell where it is.
unsafe impl Sync for Mapping {}

fn whole_pages(size: usize) -> Result<usize, Error> {
    if size == 0 {
        return Err(Error::invalid_input("ftruncate"));
    }
    size.checked_next_multiple_of(sys::memory::page_size())
        .ok_or(sys::errno::out_of_memory("ftruncate"))
}

#[cfg(test)]
mod tests;
