// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A peer may write anything into its own words: the answer is a violation or nothing, never a panic or a long loop.
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

use common::{Memory, Random, message};
use iceoryx2_bb_lock_free::{
    ring::{Consumer, POSITION_MAX, Producer, Violation},
    sleep::Waker,
};

/// Words that lie at the edges of what is legal.
const EDGES: [u64; 14] = [
    0,
    1,
    2,
    3,
    4,
    5,
    8,
    POSITION_MAX - 1,
    POSITION_MAX,
    POSITION_MAX + 1,
    1 << 63,
    u64::MAX - 2,
    u64::MAX - 1,
    u64::MAX,
];

#[test]
fn taken_must_not_run_backwards_or_past_the_tail() {
    let memory = Memory::new(4, 1, 0);
    let mut producer = Producer::new(0, 4);
    assert!((0..3).all(|value| producer.publish(memory.ring(), &message(value)).is_some()));
    memory.taken.set(2);
    assert_eq!(producer.refresh(memory.claims()), Ok(()));
    for lie in [0, 1, 4, POSITION_MAX, u64::MAX] {
        memory.taken.set(lie);
        assert_eq!(
            producer.refresh(memory.claims()),
            Err(Violation::Counter),
            "taken {lie}"
        );
    }
    assert_eq!((producer.oldest(), producer.tail()), (2, 3));
}

#[test]
fn taken_must_not_run_backwards_behind_an_eviction_either() {
    let memory = Memory::new(2, 1, 0);
    let mut producer = Producer::new(0, 2);
    assert!((0..2).all(|value| producer.publish(memory.ring(), &message(value)).is_some()));
    memory.taken.set(1);
    producer.refresh(memory.claims()).unwrap();
    producer.evict(memory.ring(), None).unwrap();
    assert_eq!(
        producer.refresh(memory.claims()),
        Ok(()),
        "it may stay behind what was evicted"
    );
    memory.taken.set(0);
    assert_eq!(producer.refresh(memory.claims()), Err(Violation::Counter));
}

#[test]
fn a_sequence_number_without_an_eviction_is_a_violation() {
    for seq in [6, 7, 9, POSITION_MAX, POSITION_MAX + 1, u64::MAX] {
        let memory = Memory::new(4, 1, 0);
        let mut consumer = Consumer::new(4);
        memory.lines[0].words()[0].set(seq);
        let taken = consumer.take(memory.ring(), memory.claim(0));
        assert_eq!(taken, Err(Violation::Sequence), "seq {seq}");
        assert_eq!((consumer.position(), memory.holds[0].peek()), (4, 0));
    }
}

#[test]
fn evicted_beyond_every_position_is_a_violation() {
    for evicted in [POSITION_MAX + 1, 1 << 63, u64::MAX] {
        for seq in [1, 5] {
            let memory = Memory::new(4, 1, 0);
            memory.evicted.set(evicted);
            memory.lines[0].words()[0].set(seq);
            let taken = Consumer::new(0).take(memory.ring(), memory.claim(0));
            assert_eq!(
                taken,
                Err(Violation::Counter),
                "evicted {evicted}, seq {seq}"
            );
            assert_eq!(memory.holds[0].peek(), 0, "a failed take holds nothing");
        }
    }
}

#[test]
fn no_hold_word_claims_a_position_by_running_over() {
    let memory = Memory::new(1, 2, 0);
    for lie in EDGES {
        memory.holds[1].set(lie);
        for position in EDGES {
            let expected = position != u64::MAX && lie == position + 1;
            assert_eq!(
                memory.claims().holds(position),
                expected,
                "hold {lie}, position {position}"
            );
        }
    }
}

#[test]
fn any_words_of_a_producer_end_every_take() {
    for seed in 0..20_000 {
        let mut random = Random::new(seed + 1);
        let mut edge = || EDGES[random.below(EDGES.len() as u64) as usize];
        let memory = Memory::new(4, 1, 0);
        let mut consumer = Consumer::new(edge());
        for _ in 0..8 {
            memory.evicted.set(edge());
            memory
                .lines
                .iter()
                .for_each(|line| line.words()[0].set(edge()));
            let before = consumer.position();
            let _ = consumer.has_message(memory.ring());
            let _ = consumer.peek_from(memory.ring(), edge());
            let taken = consumer.take(memory.ring(), memory.claim(0));
            assert!(
                (before..=POSITION_MAX).contains(&consumer.position()),
                "seed {seed}"
            );
            let holds = memory.holds[0].peek() != 0;
            assert_eq!(holds, matches!(taken, Ok(Some(_))), "seed {seed}");
            memory.claim(0).release();
        }
    }
}

#[test]
fn any_words_of_a_consumer_leave_the_producer_in_bounds() {
    for seed in 0..20_000 {
        let mut random = Random::new(seed + 1);
        let memory = Memory::new(4, 2, 0);
        let mut producer = Producer::new(EDGES[random.below(14) as usize], 4);
        for value in 0..8 {
            memory.taken.set(EDGES[random.below(14) as usize]);
            memory.holds[0].set(EDGES[random.below(14) as usize]);
            let _ = producer.refresh(memory.claims());
            if producer.is_full() && random.below(2) == 0 {
                producer.evict(memory.ring(), Some(memory.claims()));
            }
            producer.publish(memory.ring(), &message(value));
            producer.discard_below(memory.ring(), EDGES[random.below(14) as usize]);
            let queued = producer.tail().checked_sub(producer.oldest());
            assert!(queued.is_some_and(|count| count <= 4), "seed {seed}");
        }
    }
}

#[test]
fn any_sleep_word_costs_at_most_one_ring_per_value() {
    let memory = Memory::new(1, 1, 0);
    let mut waker = Waker::new();
    for lie in EDGES {
        memory.taken.set(lie);
        assert_eq!(
            waker.must_ring(&memory.taken),
            lie % 2 == 1,
            "sleep word {lie}"
        );
        assert!(
            !waker.must_ring(&memory.taken),
            "sleep word {lie}, second look"
        );
    }
}

#[test]
fn a_violation_is_a_sentence() {
    for violation in [Violation::Counter, Violation::Sequence] {
        let sentence = violation.to_string();
        assert!(
            sentence.contains("peer") && !sentence.contains("Violation"),
            "{sentence}"
        );
    }
}
