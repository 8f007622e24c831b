// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A port dies after each of its stores in turn, in one thread: every crash state there is.
#![cfg(all(not(loom), any(debug_assertions, iceoryx2_hooks)))]
#![allow(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at what it does not expect, and its numbers are small"
)]

mod common;

use common::{Memory, message, value_of};
use iceoryx2_bb_elementary::hooks::{self, Observer};
use iceoryx2_bb_lock_free::{
    ring::{Consumer, Producer},
    word::LINE_WORDS,
};
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

struct Death;

thread_local! {
    static STORES_LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

impl Observer for Death {
    fn after_store(&self) {
        if let Some(left) = STORES_LEFT.get() {
            STORES_LEFT.set(left.checked_sub(1).filter(|left| *left > 0));
            if left == 1 {
                resume_unwind(Box::new(Self));
            }
        }
    }
}

/// Runs `action` until its store number `stores`; whether it died there.
fn dies_after(stores: usize, action: impl FnOnce()) -> bool {
    hooks::observe(&Death);
    STORES_LEFT.set(Some(stores));
    let end = catch_unwind(AssertUnwindSafe(action));
    STORES_LEFT.set(None);
    end.is_err_and(|end| end.is::<Death>() || resume_unwind(end))
}

#[test]
fn a_publish_leaves_nothing_until_its_last_store() {
    for stores in 1..=LINE_WORDS + 1 {
        let memory = Memory::new(2, 1, 0);
        let mut producer = Producer::new(0, 2);
        let died = dies_after(stores, || {
            producer.publish(memory.ring(), &message(1)).unwrap();
        });
        assert_eq!(
            died,
            stores <= LINE_WORDS,
            "a publish is {LINE_WORDS} stores"
        );
        let taken = memory.take(&mut Consumer::new(0));
        assert_eq!(
            taken.as_ref().map(value_of),
            (stores >= LINE_WORDS).then_some(1)
        );
    }
}

#[test]
fn an_eviction_leaves_the_old_message_or_the_new_one_or_none() {
    const EVICT: usize = 1;
    for stores in 1..=EVICT + LINE_WORDS {
        let memory = Memory::new(1, 1, 0);
        let mut producer = Producer::new(0, 1);
        producer.publish(memory.ring(), &message(1)).unwrap();
        assert!(dies_after(stores, || {
            producer
                .evict(memory.ring(), Some(memory.claims()))
                .unwrap();
            producer.publish(memory.ring(), &message(2)).unwrap();
        }));
        let taken = memory.take(&mut Consumer::new(0));
        let replaced = stores == EVICT + LINE_WORDS;
        assert_eq!(
            taken.as_ref().map(value_of),
            replaced.then_some(2),
            "after store {stores}"
        );
    }
}

#[test]
fn a_take_never_gives_the_position_back_by_dying() {
    const HOLD: usize = 1;
    const TAKEN: usize = 2;
    const RELEASE: usize = 3;
    for stores in [HOLD, TAKEN, RELEASE] {
        let memory = Memory::new(1, 1, 0);
        let mut producer = Producer::new(0, 1);
        producer.publish(memory.ring(), &message(1)).unwrap();
        assert!(dies_after(stores, || {
            memory.take(&mut Consumer::new(0)).unwrap();
        }));
        producer.refresh(memory.claims()).unwrap();
        assert_eq!(producer.oldest(), u64::from(stores >= TAKEN));
        assert_eq!(memory.claims().holds(0), stores < RELEASE);
        let mine = producer.oldest() > 0 && !memory.claims().holds(0);
        assert_eq!(mine, stores == RELEASE, "after store {stores}");
    }
}
