// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A producer that evicts under every single attempt of a take: the take gives up after a bounded number of them.
#![cfg(all(not(loom), any(debug_assertions, iceoryx2_hooks)))]
#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test ends at what it does not expect, and its numbers are small"
)]

mod common;

use common::{Memory, message};
use iceoryx2_bb_elementary::hooks::{self, Observer};
use iceoryx2_bb_lock_free::ring::{Consumer, Producer};
use std::{cell::RefCell, rc::Rc};

struct Storm;

thread_local! {
    /// The ring and its producer, who acts after each store of the consumer.
    static STORM: RefCell<Option<(Rc<Memory>, Producer)>> = const { RefCell::new(None) };
}

impl Observer for Storm {
    fn after_store(&self) {
        // WHY: the stores of the storm itself come here too, while it is taken out.
        let Some((memory, mut producer)) = STORM.take() else {
            return;
        };
        producer.evict(memory.ring(), None).unwrap();
        producer.publish(memory.ring(), &message(0)).unwrap();
        STORM.set(Some((memory, producer)));
    }
}

#[test]
fn a_take_that_is_always_evicted_ends_without_a_message() {
    hooks::observe(&Storm);
    let memory = Rc::new(Memory::new(2, 1, 0));
    let mut producer = Producer::new(0, 2);
    (0..2).for_each(|value| assert!(producer.publish(memory.ring(), &message(value)).is_some()));
    STORM.set(Some((Rc::clone(&memory), producer)));
    let mut consumer = Consumer::new(0);
    let taken = consumer.take(memory.ring(), memory.claim(0));
    drop(STORM.take());
    assert_eq!(taken, Ok(None));
    assert!(
        (100..10_000).contains(&consumer.position()),
        "{}",
        consumer.position()
    );
    assert!(
        memory.take(&mut consumer).is_some(),
        "after the storm there is a message"
    );
}
