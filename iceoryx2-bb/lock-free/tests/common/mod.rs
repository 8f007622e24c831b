// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the ordinary tests share.
#![allow(dead_code, reason = "each test program uses its part of it")]

use iceoryx2_bb_lock_free::{
    ring::{Claim, Claims, Consumer, MESSAGE_WORDS, Message, Ring},
    word::{Line, Word},
};

/// The memory of both ends of one ring.
pub struct Memory {
    pub lines: Vec<Line>,
    pub evicted: Word,
    pub taken: Word,
    pub holds: Vec<Word>,
}

impl Memory {
    /// Memory whose first position is `first`.
    pub fn new(lines: usize, holds: usize, first: u64) -> Self {
        Self {
            lines: (0..lines).map(|_| Line::new()).collect(),
            evicted: Word::new(0),
            taken: Word::new(first),
            holds: (0..holds).map(|_| Word::new(0)).collect(),
        }
    }

    pub fn ring(&self) -> Ring<'_> {
        Ring::new(&self.lines, &self.evicted).unwrap()
    }

    /// The claim under hold word `hold`.
    pub fn claim(&self, hold: usize) -> Claim<'_> {
        self.claims().claim(hold).unwrap()
    }

    pub fn claims(&self) -> Claims<'_> {
        Claims::new(&self.taken, &self.holds)
    }

    /// Takes into hold word 0 and gives it back.
    pub fn take(&self, consumer: &mut Consumer) -> Option<Message> {
        let message = consumer.take(self.ring(), self.claim(0)).unwrap();
        self.claim(0).release();
        message
    }
}

/// A message in which every word follows from `value`.
pub fn message(value: u64) -> Message {
    core::array::from_fn(|i| value.wrapping_mul(i as u64 + 1).rotate_left(7))
}

/// The value of a whole message.
pub fn value_of(words: &Message) -> u64 {
    let value = words[0].rotate_right(7);
    assert_eq!(*words, message(value), "a torn message was handed out");
    value
}

const _: () = assert!(MESSAGE_WORDS > 1);

/// A small deterministic generator (Marsaglia's xorshift).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}
