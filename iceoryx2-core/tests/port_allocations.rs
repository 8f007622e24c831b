// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Sending and receiving allocate nothing once they have begun.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "ports/stage.rs"]
mod port_stage;

use iceoryx2::prelude::*;
use port_stage::{BuilderOf, ClientOf, LONG, Large, ServerOf, Stage};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// The system's allocator, with a count for each thread.
type S = ipc::Service;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
}

#[expect(unsafe_code, reason = "an allocator is made of unsafe calls")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller promised it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller promised it.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller promised it.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often `action` allocates in this thread.
fn allocations(action: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    action();
    ALLOCATIONS.get() - before
}

/// Many rounds of all that the hot path is made of.
fn rounds<P: Copy + core::fmt::Debug + ZeroCopySend>(
    client: &ClientOf<P>,
    server: &ServerOf<P>,
    payload: P,
) {
    for _ in 0..2_000 {
        let pending = client.send_copy(payload).unwrap();
        assert!(server.has_requests().unwrap());
        let request = server.timed_receive(LONG).unwrap();
        for _ in 0..5 {
            request.send_copy(payload).unwrap();
        }
        while pending.receive().unwrap().is_some() {}
        assert!(!pending.has_response() && pending.is_connected());
        drop(request);
        assert!(pending.outcome().is_some());
        // What nobody takes, and what nobody has asked for.
        for _ in 0..3 {
            drop(client.send_copy(payload).unwrap());
        }
        while server.receive().unwrap().is_some() {}
    }
}

fn check<P: Copy + core::fmt::Debug + ZeroCopySend>(
    payload: P,
    options: fn(BuilderOf<P>) -> BuilderOf<P>,
) {
    let stage = Stage::<P>::with(options);
    let (client, server) = (stage.client(), stage.server());
    rounds(&client, &server, payload);
    assert_eq!(allocations(|| rounds(&client, &server, payload)), 0);
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(Box::new(1))), 1);
}

#[test]
fn small_messages_allocate_nothing() {
    check(1_u64, |builder| builder);
}

#[test]
fn large_messages_allocate_nothing() {
    check(Large::new(1), |builder| builder);
}

#[test]
fn messages_with_room_for_all_allocate_nothing_without_overflow() {
    check(Large::new(1), |builder| {
        builder
            .max_response_buffer_size(5)
            .enable_safe_overflow_for_requests(false)
            .enable_safe_overflow_for_responses(false)
    });
}
