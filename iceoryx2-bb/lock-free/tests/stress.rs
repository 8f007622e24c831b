// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two threads and real atomics: what was seen in every interleaving of a small model, once more in a large one.
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

use common::{Memory, message, value_of};
use iceoryx2_bb_lock_free::{
    ring::{Consumer, Producer},
    sleep::{Sleeper, Waker},
    word::Word,
};
use std::thread;

const MESSAGES: u64 = 200_000;

#[test]
fn everything_arrives_once_and_in_order() {
    let memory = Memory::new(8, 1, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut producer = Producer::new(0, 5);
            for value in 0..MESSAGES {
                while producer.is_full() {
                    producer.refresh(memory.claims()).unwrap();
                    thread::yield_now();
                }
                producer.publish(memory.ring(), &message(value)).unwrap();
            }
        });
        let mut consumer = Consumer::new(0);
        for expected in 0..MESSAGES {
            let taken = loop {
                match memory.take(&mut consumer) {
                    Some(taken) => break taken,
                    None => thread::yield_now(),
                }
            };
            assert_eq!(value_of(&taken), expected);
        }
        assert_eq!(memory.take(&mut consumer), None);
    });
}

/// The chunks are words here: one that is written while it is borrowed shows another value.
#[test]
fn an_overflowing_ring_loses_only_what_it_evicted_and_never_lends_a_chunk_twice() {
    const CAPACITY: u64 = 2;
    const HOLDS: usize = 2;
    let memory = Memory::new(2, HOLDS, 0);
    let chunks: Vec<Word> = (0..CAPACITY as usize + HOLDS + 1)
        .map(|_| Word::new(0))
        .collect();
    let ended = Word::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut producer = Producer::new(0, CAPACITY);
            let mut free: Vec<usize> = (0..chunks.len()).collect();
            let mut lent: Vec<(u64, usize)> = Vec::new();
            for value in 0..MESSAGES {
                producer.refresh(memory.claims()).unwrap();
                if producer.is_full() {
                    producer
                        .evict(memory.ring(), Some(memory.claims()))
                        .unwrap();
                }
                let oldest = producer.oldest();
                lent.retain(|(position, chunk)| {
                    let keep = *position >= oldest || memory.claims().holds(*position);
                    if !keep {
                        free.push(*chunk);
                    }
                    keep
                });
                let chunk = free
                    .pop()
                    .expect("never more chunks are lent than fit in queue and holds");
                chunks[chunk].set(value);
                let position = producer
                    .publish(memory.ring(), &message(value << 8 | chunk as u64))
                    .unwrap();
                lent.push((position, chunk));
            }
            ended.publish(1);
        });
        let mut consumer = Consumer::new(0);
        let mut next = 0;
        let mut hold = 0;
        loop {
            let over = ended.observe() == 1;
            memory.claim(hold).release();
            let Some(taken) = consumer.take(memory.ring(), memory.claim(hold)).unwrap() else {
                if over {
                    break;
                }
                thread::yield_now();
                continue;
            };
            let (value, chunk) = (value_of(&taken) >> 8, value_of(&taken) as usize & 0xff);
            assert!(value >= next, "message {value} came after message {next}");
            next = value + 1;
            for _ in 0..3 {
                assert_eq!(chunks[chunk].peek(), value, "a borrowed chunk was written");
            }
            hold = (hold + 1) % HOLDS;
        }
        assert_eq!(next, MESSAGES, "the last message is never evicted");
    });
}

#[test]
fn nobody_sleeps_beside_a_message() {
    const ROUNDS: u64 = 50_000;
    let memory = Memory::new(4, 1, 0);
    let sleep = Word::new(0);
    let bell = (std::sync::Mutex::new(0_u64), std::sync::Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut producer, mut waker) = (Producer::new(0, 4), Waker::new());
            for value in 0..ROUNDS {
                while producer.is_full() {
                    producer.refresh(memory.claims()).unwrap();
                    thread::yield_now();
                }
                producer.publish(memory.ring(), &message(value)).unwrap();
                if waker.must_ring(&sleep) {
                    *bell.0.lock().unwrap() += 1;
                    bell.1.notify_one();
                }
            }
        });
        let (mut consumer, mut sleeper) = (Consumer::new(0), Sleeper::new());
        let (mut received, mut heard) = (0, 0);
        while received < ROUNDS {
            if let Some(taken) = memory.take(&mut consumer) {
                assert_eq!(value_of(&taken), received);
                received += 1;
                continue;
            }
            sleeper.announce(&sleep);
            if !consumer.has_message(memory.ring()) {
                let mut rings = bell.0.lock().unwrap();
                while *rings == heard {
                    rings = bell.1.wait(rings).unwrap();
                }
                heard = *rings;
            }
            sleeper.awake(&sleep);
        }
    });
}
