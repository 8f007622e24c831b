// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which message a handle holds.

/// A borrow of one of a port's connections. The connection stays as long as the borrow does.
// WHY one word: two halves that are stored apart and copied together stall the copy until both have left the store buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held(u64);

impl Held {
    #[inline]
    pub(crate) const fn new(connection: usize, hold: u32) -> Self {
        // INVARIANT: a port has fewer connections than 32 bits count.
        Self((connection as u64) << 32 | hold as u64)
    }

    #[inline]
    pub(crate) const fn connection(self) -> usize {
        (self.0 >> 32) as usize
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low half of the word")]
    pub(crate) const fn hold(self) -> u32 {
        self.0 as u32
    }
}
