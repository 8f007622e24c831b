// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The system's heap, with a count of what is asked of it.

#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

#[global_allocator]
static HEAP: CountedHeap = CountedHeap;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static LIVING: AtomicUsize = AtomicUsize::new(0);

/// How often this process has asked for memory.
pub fn allocations() -> u64 {
    ALLOCATIONS.load(Ordering::Relaxed)
}

/// How many bytes it has not given back.
pub fn living_bytes() -> usize {
    LIVING.load(Ordering::Relaxed)
}

struct CountedHeap;

fn count(size: usize) {
    ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    LIVING.fetch_add(size, Ordering::Relaxed);
}

// SAFETY: all is done by the system's heap.
unsafe impl GlobalAlloc for CountedHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        LIVING.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        LIVING.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(old, layout) }
    }
}
