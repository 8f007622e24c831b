// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The unit of everything shared: one 64-bit word that exactly one process writes.
//!
//! A word in shared memory is *published* by its owner with a Release store and *observed* by peers with one load into
//! a local and an Acquire fence. Nothing else is ever done to it: no exchange, no add, no second load of the same
//! decision.

use crate::primitive::{AtomicWord, Ordering, fence};
use iceoryx2_bb_elementary::hooks;

/// Bytes of a cache line, and of a [`Line`].
pub const LINE_SIZE: usize = 64;

/// Words in a [`Line`].
// WHY: a loom model visits every interleaving of every word, and two words show a torn copy as well as seven.
pub const LINE_WORDS: usize = if cfg!(loom) { 3 } else { 8 };

/// One 64-bit word, written by one process, read by many. All-zero memory holds valid words.
#[repr(transparent)]
#[derive(Debug)]
pub struct Word(AtomicWord);

// INVARIANT: the shared layout counts on it; loom's words are larger, which is why no model may depend on offsets.
#[cfg(not(loom))]
const _: () = assert!(size_of::<Word>() == 8 && align_of::<Word>() == 8);

impl Word {
    /// A word that does not lie in shared memory, for models and tests.
    #[must_use]
    pub fn new(value: u64) -> Self {
        Self(AtomicWord::new(value))
    }

    /// One that says 0, for who has nobody to listen to. Nobody writes it.
    #[cfg(not(loom))]
    #[must_use]
    pub fn nothing() -> &'static Self {
        static NOTHING: Word = Word::fixed(0);
        &NOTHING
    }

    /// The same of one that says 1.
    #[cfg(not(loom))]
    #[must_use]
    pub fn something() -> &'static Self {
        static SOMETHING: Word = Word::fixed(1);
        &SOMETHING
    }

    /// One that may be a static.
    #[cfg(not(loom))]
    pub(crate) const fn fixed(value: u64) -> Self {
        Self(AtomicWord::new(value))
    }

    /// Reads without ordering anything.
    #[inline]
    #[must_use]
    pub fn peek(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Reads; what the writer did before its `publish` of the value is visible afterwards.
    #[inline]
    #[must_use]
    pub fn observe(&self) -> u64 {
        // WHY: on memory that is mapped read-only the language promises nothing but Relaxed loads of up to a word.
        let value = self.0.load(Ordering::Relaxed);
        // ORDERING(publish): pairs with the Release store in `publish`.
        fence(Ordering::Acquire);
        value
    }

    /// Writes without ordering anything. Only the word's one writer may.
    #[inline]
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
        hooks::after_store();
    }

    /// Writes, and makes everything done before visible to who observes the value. Only the word's one writer may.
    #[inline]
    pub fn publish(&self, value: u64) {
        // ORDERING(publish): pairs with the Acquire fence in `observe`.
        self.0.store(value, Ordering::Release);
        hooks::after_store();
    }
}

/// One cache line of words.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct Line {
    words: [Word; LINE_WORDS],
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Line>() == LINE_SIZE && align_of::<Line>() == LINE_SIZE);

impl Line {
    /// A line that does not lie in shared memory, for models and tests.
    #[must_use]
    pub fn new() -> Self {
        Self {
            words: core::array::from_fn(|_| Word::new(0)),
        }
    }

    /// One that may be a static, and holds the same word everywhere.
    #[cfg(not(loom))]
    pub(crate) const fn fixed<const WORD: u64>() -> Self {
        Self {
            words: [const { Word::fixed(WORD) }; LINE_WORDS],
        }
    }

    /// The line's words.
    #[inline]
    #[must_use]
    pub const fn words(&self) -> &[Word; LINE_WORDS] {
        &self.words
    }
}

impl Default for Line {
    fn default() -> Self {
        Self::new()
    }
}
