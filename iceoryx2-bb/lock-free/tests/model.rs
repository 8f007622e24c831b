// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Producer and consumer in one thread, against the plainest queue there is.
#![cfg(not(loom))]
#![allow(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at what it does not expect, and its numbers are small"
)]

mod common;

use common::{Memory, Random, message, value_of};
use iceoryx2_bb_lock_free::ring::{Claim, Consumer, POSITION_MAX, Producer, Ring};
use std::collections::VecDeque;

/// A ring beside the queue it must behave like.
struct Pair {
    memory: Memory,
    producer: Producer,
    consumer: Consumer,
    queue: VecDeque<(u64, u64)>,
    held: Vec<Option<u64>>,
    capacity: usize,
    sent: u64,
}

impl Pair {
    fn new(lines: usize, capacity: usize, holds: usize, first: u64) -> Self {
        Self {
            memory: Memory::new(lines, holds, first),
            producer: Producer::new(first, capacity as u64),
            consumer: Consumer::new(first),
            queue: VecDeque::new(),
            held: vec![None; holds],
            capacity,
            sent: 0,
        }
    }

    fn send(&mut self, overflow: bool) {
        self.producer.refresh(self.memory.claims()).unwrap();
        assert_eq!(self.producer.is_full(), self.queue.len() == self.capacity);
        if overflow && self.producer.is_full() {
            let evicted = self
                .producer
                .evict(self.memory.ring(), Some(self.memory.claims()));
            let expected = self.queue.pop_front().unwrap().0;
            let evicted = evicted.unwrap();
            assert_eq!((evicted.position, evicted.contested), (expected, false));
        }
        let position = self
            .producer
            .publish(self.memory.ring(), &message(self.sent));
        assert_eq!(position.is_some(), self.queue.len() < self.capacity);
        if let Some(position) = position {
            self.queue.push_back((position, self.sent));
            self.sent += 1;
        }
    }

    fn take(&mut self) {
        let Some(hold) = self.held.iter().position(Option::is_none) else {
            return;
        };
        assert_eq!(
            self.consumer.has_message(self.memory.ring()),
            !self.queue.is_empty()
        );
        let next = self.queue.front().map(|(_, value)| message(*value));
        assert_eq!(self.consumer.peek(self.memory.ring()), next);
        self.compare_queue();
        let taken = self
            .consumer
            .take(self.memory.ring(), self.memory.claim(hold))
            .unwrap();
        let expected = self.queue.pop_front();
        assert_eq!(
            taken.as_ref().map(value_of),
            expected.map(|(_, value)| value)
        );
        self.held[hold] = expected.map(|(position, _)| position);
    }

    /// The whole queue can be looked through.
    fn compare_queue(&self) {
        let (mut from, mut seen) = (0, Vec::new());
        while let Some((position, message)) = self.consumer.peek_from(self.memory.ring(), from) {
            seen.push((position, value_of(&message)));
            from = position + 1;
        }
        assert!(seen.iter().eq(&self.queue), "{seen:?} {:?}", self.queue);
    }

    fn release(&mut self, hold: usize) {
        self.memory.claim(hold).release();
        self.held[hold] = None;
    }

    fn discard(&mut self) {
        self.producer
            .discard_below(self.memory.ring(), self.producer.tail());
        self.queue.clear();
    }

    fn compare_holds(&self) {
        for position in self.producer.tail().saturating_sub(20)..self.producer.tail() {
            let expected = self.held.contains(&Some(position));
            assert_eq!(
                self.memory.claims().holds(position),
                expected,
                "position {position}"
            );
        }
    }
}

fn compare(seed: u64, first: u64, overflow: bool) {
    println!("seed {seed}, first position {first}, overflow {overflow}");
    let mut random = Random::new(seed);
    let lines = 1 << random.below(4);
    let capacity = 1 + random.below(lines) as usize;
    let mut pair = Pair::new(
        lines as usize,
        capacity,
        1 + random.below(3) as usize,
        first,
    );
    for _ in 0..400 {
        match random.below(20) {
            0..10 => pair.send(overflow),
            10..16 => pair.take(),
            16..19 => pair.release(random.below(pair.held.len() as u64) as usize),
            _ => pair.discard(),
        }
        pair.compare_holds();
    }
}

#[test]
fn a_ring_behaves_like_a_bounded_queue() {
    (1..200).for_each(|seed| compare(seed, 0, false));
}

#[test]
fn an_overflowing_ring_behaves_like_a_queue_that_drops_its_oldest() {
    (200..400).for_each(|seed| compare(seed, 0, true));
}

#[test]
fn positions_may_begin_anywhere() {
    for seed in 400..500 {
        compare(seed, u64::from(u32::MAX) - seed % 7, seed % 2 == 0);
        compare(seed, POSITION_MAX - 1_000, seed % 2 == 1);
    }
}

#[test]
fn the_last_position_is_used_and_none_after_it() {
    let memory = Memory::new(4, 1, POSITION_MAX - 2);
    let mut producer = Producer::new(POSITION_MAX - 2, 4);
    let mut consumer = Consumer::new(POSITION_MAX - 2);
    for value in 0..2 {
        assert_eq!(
            producer.publish(memory.ring(), &message(value)),
            Some(POSITION_MAX - 2 + value)
        );
    }
    assert!(producer.is_full());
    assert_eq!(producer.publish(memory.ring(), &message(9)), None);
    for value in 0..2 {
        assert_eq!(
            memory.take(&mut consumer).as_ref().map(value_of),
            Some(value)
        );
    }
    assert_eq!(memory.take(&mut consumer), None);
    producer.refresh(memory.claims()).unwrap();
    assert!(producer.is_full());
    assert_eq!(producer.evict(memory.ring(), None), None);
}

#[test]
fn first_positions_out_of_range_are_brought_into_it() {
    assert_eq!(Producer::new(u64::MAX, 4).tail(), POSITION_MAX);
    assert_eq!(Consumer::new(u64::MAX).position(), POSITION_MAX);
}

#[test]
fn a_ring_has_a_power_of_two_of_lines() {
    for (lines, fits) in [
        (0, false),
        (1, true),
        (2, true),
        (3, false),
        (4, true),
        (12, false),
    ] {
        let memory = Memory::new(lines, 0, 0);
        assert_eq!(
            Ring::new(&memory.lines, &memory.evicted).is_some(),
            fits,
            "{lines} lines"
        );
    }
}

#[test]
fn an_eviction_without_a_view_of_the_claims_is_contested() {
    let memory = Memory::new(1, 1, 0);
    let mut producer = Producer::new(0, 1);
    assert_eq!(producer.evict(memory.ring(), None), None);
    producer.publish(memory.ring(), &message(1)).unwrap();
    let evicted = producer.evict(memory.ring(), None).unwrap();
    assert_eq!((evicted.position, evicted.contested), (0, true));
}

#[test]
fn what_is_borrowed_stays_the_consumers_through_any_number_of_evictions() {
    let memory = Memory::new(1, 1, 0);
    let (mut producer, mut consumer) = (Producer::new(0, 1), Consumer::new(0));
    producer.publish(memory.ring(), &message(1)).unwrap();
    assert!(
        consumer
            .take(memory.ring(), memory.claim(0))
            .unwrap()
            .is_some()
    );
    for _ in 0..5 {
        producer
            .evict(memory.ring(), Some(memory.claims()))
            .unwrap();
        producer.publish(memory.ring(), &message(2)).unwrap();
        assert!(memory.claims().holds(0));
    }
    memory.claim(0).release();
    assert!(!memory.claims().holds(0));
}

#[test]
fn there_is_one_claim_for_each_hold_word() {
    let memory = Memory::new(1, 2, 0);
    assert!(memory.claims().claim(1).is_some());
    assert!(memory.claims().claim(2).is_none());
    assert_eq!(memory.claims().each().count(), 2);
}

#[test]
fn nothing_comes_through_a_blind_ring() {
    for position in [0, 1, POSITION_MAX] {
        let mut consumer = Consumer::new(position);
        assert!(!consumer.has_message(Ring::blind()));
        assert_eq!(consumer.take(Ring::blind(), Claim::nobodys()), Ok(None));
    }
    Claim::nobodys().release();
}
