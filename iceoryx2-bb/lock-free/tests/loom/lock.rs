// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One thread at a time, who owns the lock and who does not, and each sees what the one before has written.
//!
//! Two whole fences stand for the light and the heavy half of one: that the system's heavy fence acts as a fence in
//! every thread is its promise. Loom reports it if two threads reach the value at a time, or one after the other
//! without having been told.

use crate::rig::{Preemptions, check};
use iceoryx2_bb_lock_free::{
    lock::{Badge, Ground},
    shared_cell::SharedCell,
};
use loom::{
    sync::atomic::{Ordering, fence},
    thread,
};

loom::thread_local! {
    // One execution's badges are left behind when the next begins.
    static BADGE: &'static Badge = Box::leak(Box::new(Badge::new()));
}

struct Threads;

// SAFETY: each thread has a badge of its own; a whole fence is more than half of one; nobody forks.
unsafe impl Ground for Threads {
    fn badge(&self) -> &'static Badge {
        BADGE.with(|badge| *badge)
    }

    fn has_heavy_fence(&self) -> bool {
        true
    }

    fn heavy_fence(&self) {
        fence(Ordering::SeqCst);
    }

    fn pause(&self, _: u32) -> bool {
        thread::yield_now();
        true
    }
}

type Cell64 = SharedCell<u64, Threads>;

/// A cell whose lock belongs to the calling thread.
fn owned(patience: u64) -> Cell64 {
    let cell = SharedCell::with_patience(0, Threads, patience);
    (0..patience).for_each(|_| cell.with(|_| ()));
    cell
}

/// Counts up, and says what was there before.
fn count(cell: &Cell64) -> u64 {
    cell.with(|value| {
        *value += 1;
        *value - 1
    })
}

/// caught: no light fence; no heavy fence; no second look; the owner not waited for; ownership not ended; inside cleared
/// Relaxed; inside read Relaxed, without the heavy fence.
#[test]
fn an_owner_and_another_take_turns() {
    let legal = [(0, 1), (1, 0)];
    check(Preemptions::Any, &legal, || {
        let cell = owned(1);
        let other = cell.clone();
        let other = thread::spawn(move || count(&other));
        let mine = count(&cell);
        let theirs = other.join().unwrap();
        assert_eq!(cell.with(|value| *value), 2);
        (mine, theirs)
    });
}

/// caught: the holder cleared Relaxed; the holder taken Relaxed.
#[test]
fn two_that_own_nothing_take_turns() {
    let legal = [(0, 1), (1, 0)];
    check(Preemptions::Any, &legal, || {
        let cell = SharedCell::with_patience(0, Threads, 100);
        let other = cell.clone();
        let other = thread::spawn(move || count(&other));
        let mine = count(&cell);
        (mine, other.join().unwrap())
    });
}

/// The owner loses the lock, and one of the two earns it back while the other is on its way.
///
/// caught: all of the above but the last two; the owner named after the holder has left; one word for whoever owns.
#[test]
fn a_lock_that_changes_its_owner_lets_one_in_at_a_time() {
    let legal = [(0, 1, 2), (1, 0, 2), (2, 0, 1)];
    check(Preemptions::AtMost(3), &legal, || {
        let cell = owned(1);
        let other = cell.clone();
        let other = thread::spawn(move || {
            let first = count(&other);
            // One entry more than it takes to own the lock.
            other.with(|_| ());
            other.with(|_| ());
            (first, count(&other))
        });
        let mine = count(&cell);
        let (first, second) = other.join().unwrap();
        (mine, first, second)
    });
}

/// caught: as in the first.
#[test]
fn three_take_turns() {
    // (2, 1, 0) takes more preemptions.
    let legal = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1)];
    check(Preemptions::AtMost(1), &legal, || {
        let cell = owned(1);
        let [second, third] = [(); 2].map(|()| {
            let cell = cell.clone();
            thread::spawn(move || count(&cell))
        });
        let mine = count(&cell);
        (mine, second.join().unwrap(), third.join().unwrap())
    });
}

/// A handle that was not counted would free the cell under the others.
#[test]
fn the_last_handle_takes_the_value_along() {
    let legal = [1];
    check(Preemptions::AtMost(3), &legal, || {
        let value = std::sync::Arc::new(());
        let cell = SharedCell::with_patience(std::sync::Arc::clone(&value), Threads, 1);
        let other = cell.clone();
        let other = thread::spawn(move || drop(other.clone()));
        drop(cell.clone());
        drop(cell);
        other.join().unwrap();
        std::sync::Arc::strong_count(&value)
    });
}
