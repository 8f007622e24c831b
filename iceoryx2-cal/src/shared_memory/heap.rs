// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Within one process: an allocation that its owner and its readers share.
//!
//! ```text
//!   HeapMemory ──┐
//!   LocalHandle ─┼─ Arc<Allocation> ── │ … │ page │ page │ … │ page │ … │
//!   HeapView ────┘                         ▲ base                    ▲ the system's allocation, zeroed, ends
//! ```
//!
//! The system backs a large allocation with pages only as they are touched. It promises them at once: more than it would
//! ever promise is refused when the memory is made, where memory between processes is refused when it is committed. So
//! committing is bookkeeping here. Nobody is kept from writing but by the types: peers of one process trust each other.
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

use super::{OpenError, OwnedMemory, PeerMemory};
use crate::{LocalHandle, ProcessBirth, SystemError, SystemErrorKind};
use core::{alloc::Layout, ops::Range, ptr::NonNull};
use std::{
    alloc::{alloc_zeroed, dealloc},
    sync::{Arc, Mutex, PoisonError},
};

/// What the base is aligned to and committed by.
const PAGE: usize = 4096;

/// Memory that this end writes.
#[derive(Debug)]
pub struct HeapMemory {
    allocation: Arc<Allocation>,
    /// Which pages are committed.
    committed: Mutex<Pages>,
    birth: ProcessBirth,
}

/// Memory that another end of this process writes.
#[derive(Debug)]
pub struct HeapView(Arc<Allocation>);

/// Zeroed memory of whole pages.
#[derive(Debug)]
pub(crate) struct Allocation {
    /// INVARIANT: allocated with `layout`, and nothing else frees it.
    start: NonNull<u8>,
    layout: Layout,
    /// INVARIANT: the first page boundary from `start` on; `size` bytes from here on are ours.
    base: NonNull<u8>,
    size: usize,
}

// SAFETY: a range of addresses has no affinity to a thread.
unsafe impl Send for Allocation {}
// SAFETY: its methods only tell where it is.
unsafe impl Sync for Allocation {}

impl Allocation {
    /// WHY: one page more instead of an allocation aligned to a page. The system has lazily zeroed memory only at its
    /// own alignment; anything else is zeroed, and thereby touched, byte by byte.
    #[inline]
    fn new(size: usize) -> Result<Self, SystemErrorKind> {
        if size == 0 {
            return Err(SystemErrorKind::InvalidInput);
        }
        let size = size.checked_next_multiple_of(PAGE);
        let size = size.ok_or(SystemErrorKind::OutOfMemory)?;
        let layout = size
            .checked_add(PAGE)
            .and_then(|size| Layout::from_size_align(size, align_of::<u128>()).ok())
            .ok_or(SystemErrorKind::OutOfMemory)?;
        // SAFETY: the size is not 0.
        let start = unsafe { alloc_zeroed(layout) };
        let start = NonNull::new(start).ok_or(SystemErrorKind::OutOfMemory)?;
        let to_boundary = start.addr().get().wrapping_neg() % PAGE;
        // SAFETY: less than the page that was allocated beyond `size`.
        let base = unsafe { start.add(to_boundary) };
        Ok(Self {
            start,
            layout,
            base,
            size,
        })
    }
}

impl Drop for Allocation {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: by the invariant; whoever borrowed from it borrowed from somebody who shares it.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

impl OwnedMemory for HeapMemory {
    type Handle = LocalHandle;

    #[inline]
    fn create(_label: &str, size: usize) -> Result<Self, SystemError> {
        let refused = |kind| SystemError::of_kind("alloc", kind);
        let birth = ProcessBirth::here()?;
        let allocation = Allocation::new(size).map_err(refused)?;
        let committed = Pages::none_of(allocation.size / PAGE).map_err(refused)?;
        Ok(Self {
            allocation: Arc::new(allocation),
            committed: Mutex::new(committed),
            birth,
        })
    }

    #[inline]
    fn base(&self) -> NonNull<u8> {
        self.allocation.base
    }

    #[inline]
    fn size(&self) -> usize {
        self.allocation.size
    }

    #[inline]
    fn commit(&self, range: Range<usize>) -> Result<(), SystemError> {
        if range.start > range.end || range.end > self.size() {
            return Err(SystemError::invalid_input("commit"));
        }
        self.birth.check("commit")?;
        let mut committed = self
            .committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !range.is_empty() {
            committed.add(range.start / PAGE..range.end.div_ceil(PAGE));
        }
        Ok(())
    }

    #[inline]
    fn committed(&self) -> Result<usize, SystemError> {
        self.birth.check("committed")?;
        let committed = self
            .committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(committed.count() * PAGE)
    }

    #[inline]
    fn handle(&self) -> LocalHandle {
        LocalHandle::of_memory(Arc::clone(&self.allocation))
    }
}

impl PeerMemory for HeapView {
    type Handle = LocalHandle;
    type Vetted = Self;

    #[inline]
    fn vet(handle: LocalHandle) -> Result<Self, OpenError> {
        handle.into_memory().map(Self).ok_or(OpenError::NotMemory)
    }

    #[inline]
    fn map_vetted(vetted: Self) -> Result<Self, SystemError> {
        Ok(vetted)
    }

    #[inline]
    fn base(&self) -> NonNull<u8> {
        self.0.base
    }

    #[inline]
    fn size(&self) -> usize {
        self.0.size
    }
}

/// A set of pages.
#[derive(Debug)]
struct Pages(Vec<u64>);

const BITS: usize = u64::BITS as usize;

impl Pages {
    /// The empty set, with room for `count` pages.
    #[inline]
    fn none_of(count: usize) -> Result<Self, SystemErrorKind> {
        let mut words = Vec::new();
        let len = count.div_ceil(BITS);
        words
            .try_reserve_exact(len)
            .map_err(|_| SystemErrorKind::OutOfMemory)?;
        words.resize(len, 0);
        Ok(Self(words))
    }

    #[inline]
    fn add(&mut self, pages: Range<usize>) {
        for page in pages {
            if let Some(word) = self.0.get_mut(page / BITS) {
                *word |= 1 << (page % BITS);
            }
        }
    }

    #[inline]
    fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventListener, LocalDoorbell};

    crate::shared_memory::conformance::tests!(crate::Local);

    #[test]
    fn what_cannot_be_had_is_an_error() {
        for size in [usize::MAX, usize::MAX / 2, isize::MAX as usize - PAGE] {
            let error = HeapMemory::create("test", size).unwrap_err();
            assert_eq!(error.kind(), SystemErrorKind::OutOfMemory);
        }
    }

    #[test]
    fn a_large_reservation_costs_nothing_until_it_is_touched() {
        let before = resident();
        let memory = HeapMemory::create("test", 1 << 30).unwrap();
        assert!(resident() < before + (256 << 20));
        drop(memory);
    }

    #[test]
    fn a_doorbell_is_no_memory() {
        let bell = LocalDoorbell::create().unwrap();
        let error = HeapView::open(bell.handle()).unwrap_err();
        assert_eq!(error, OpenError::NotMemory);
    }

    #[test]
    fn the_last_one_frees_it() {
        let memory = HeapMemory::create("test", 1).unwrap();
        let gone = Arc::downgrade(&memory.allocation);
        let (handle, view) = (memory.handle(), HeapView::open(memory.handle()).unwrap());
        drop(memory);
        drop(handle);
        assert!(gone.upgrade().is_some());
        drop(view);
        assert!(gone.upgrade().is_none());
    }

    /// Bytes of this process that have pages.
    fn resident() -> usize {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
        pages * PAGE
    }
}
