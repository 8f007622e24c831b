// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How much of the heap is in use, to the byte. What a process holds of the system for its heap only hints at that.

#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use crate::{
    actor::{Actor, listen, say},
    census::Footprint,
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

static LIVING: AtomicUsize = AtomicUsize::new(0);

/// The system's heap, and a count of the bytes in use.
#[derive(Debug)]
pub struct CountedHeap;

// SAFETY: all is done by the system's heap.
unsafe impl GlobalAlloc for CountedHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVING.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        LIVING.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVING.fetch_add(size, Ordering::Relaxed);
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

/// Says how much is in use whenever the test says a line. Nothing else listens to the test from now on.
pub fn tell_when_asked() {
    // WHY: the server's own thread sleeps where a line from the test would not wake it.
    std::thread::spawn(|| {
        while listen().is_some() {
            say(LIVING.load(Ordering::Relaxed));
        }
    });
}

/// What an actor that tells its heap takes once it has nothing to do.
pub fn at_rest(actor: &mut Actor) -> Footprint {
    actor.wait_until_asleep();
    let said = actor.ask("heap?");
    Footprint {
        living_bytes: said.parse().expect(&said),
        ..Footprint::of(actor.pid())
    }
}
