// SPDX-License-Identifier: Apache-2.0 OR MIT
//! After long messages are gone, their memory is back.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node_of};
use core::time::Duration;
use iceoryx2::prelude::*;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    collections::BTreeSet,
    fs, thread,
};

/// From one call of both ends to the next.
const PAUSE: Duration = Duration::from_millis(5);

/// After so many calls memory must be back: after a second of them.
// WHY not the time: on a machine that lets this process wait for a second there was hardly a call in it.
const CALLS_MAX: u32 = 200;

const MEBIBYTE: usize = 1 << 20;

/// What the contract allows on top of twice the living bytes.
const ALLOWANCE: usize = MEBIBYTE;

/// The memory objects this process has mapped or open.
fn objects() -> usize {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mapped = maps.lines().filter(|line| line.contains("/memfd:iceoryx2"));
    mapped
        .filter_map(|line| line.split_whitespace().nth(4))
        .collect::<BTreeSet<_>>()
        .len()
}

/// Bytes of shared memory this process has touched. Whatever is gone is not counted, whoever had it.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssShmem:"));
    let kibibytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kibibytes.parse::<usize>().unwrap() * 1024
}

/// The system's allocator, with a count of what a thread has of it.
// WHY not what the system says: the allocator keeps for later what it was given back.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

fn count(given: usize, taken: usize) {
    let _ =
        ALLOCATED.try_with(|bytes| bytes.set(bytes.get().wrapping_add(given).wrapping_sub(taken)));
}

#[expect(unsafe_code, reason = "an allocator is made of unsafe calls")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller promised it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller promised it.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: the caller promised it.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller promised it.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Bytes of memory the ports have.
fn held() -> usize {
    resident() + ALLOCATED.get()
}

const PAGE: usize = 4096;

/// Writes to every page.
fn touch(bytes: &mut [u8]) {
    bytes.iter_mut().step_by(PAGE).for_each(|byte| *byte = 1);
}

fn touched(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .step_by(PAGE)
        .filter(|byte| **byte == 1)
        .count()
}

/// Goes through the life of long messages, and measures what is left of them.
fn long_messages_leave_nothing<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    let factory = node
        .service_builder(&name("a"))
        .request_response::<[u8], [u8]>()
        .create()
        .unwrap();
    let client = factory.client_builder().create().unwrap();
    let server = factory.server_builder().create().unwrap();
    let travel = |there: usize, back: usize| {
        let mut request = client.loan_slice(there).unwrap();
        touch(&mut request);
        let pending = request.send().unwrap();
        let request = server.receive().unwrap().unwrap();
        assert_eq!(touched(&request), there.div_ceil(PAGE));
        let mut response = request.loan_slice(back).unwrap();
        touch(&mut response);
        response.send().unwrap();
        let response = pending.receive().unwrap().unwrap();
        assert_eq!(touched(&response), back.div_ceil(PAGE));
        (pending, request, response)
    };
    (0..20).for_each(|_| drop(travel(1, 1)));
    let (objects_before, before) = (objects(), held());
    // Calls both ends until no more than so much is left of what came since.
    let calls_until_left = |bytes_max: usize, objects_max: usize| {
        let mut calls = 0;
        loop {
            travel(1, 1);
            let left = held().saturating_sub(before);
            let objects = objects() - objects_before;
            if left <= bytes_max && objects <= objects_max {
                return;
            }
            calls += 1;
            assert!(calls < CALLS_MAX, "{left} bytes in {objects} objects");
            thread::sleep(PAUSE);
        }
    };
    for len in [100, 3_000, 70_000, 3 * MEBIBYTE, 5 * MEBIBYTE] {
        travel(len, 2 * len);
    }
    // One of them lives on.
    let living = 300_000;
    let messages = travel(living, living);
    assert!(held() > before + 15 * MEBIBYTE);
    calls_until_left(2 * (2 * living) + ALLOWANCE, 2);
    drop(messages);
    calls_until_left(ALLOWANCE, 0);
}

// One after the other: they measure the process.
// Fails if: `tidy` of a client or a server does nothing, or does not sweep.
#[test]
fn long_messages_leave_no_memory_on_any_variant() {
    long_messages_leave_nothing::<ipc::Service>();
    long_messages_leave_nothing::<ipc_threadsafe::Service>();
    long_messages_leave_nothing::<local::Service>();
    long_messages_leave_nothing::<local_threadsafe::Service>();
}
