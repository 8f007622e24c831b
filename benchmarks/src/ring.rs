// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the hardware takes for many messages at once: a bare ring in each direction, and nothing else.
//!
//! ```text
//!     sender's page                                        receiver's page
//!     ┌──────────┬─────────┬───┐                           ┌───────┬───┐
//!     │ sequence │ payload │   │  line 0 … 63 ──taken by─▶ │ taken │   │  of a stream: how far it has come
//!     └──────────┴─────────┴───┘                           └───────┴───┘
//! ```
//!
//! A message is one line: its payload, then its sequence number, stored with Release, which the receiver polls. A stream's
//! receiver says now and then how far it has come, and its sender looks at that only when the ring is full. Requests in
//! flight need not even that, for the answers say it.

use crate::{
    Result,
    ours::{Answering, Asking},
    pages::{Pages, Shared},
    peer::Line,
};
use iceoryx2_bb_lock_free::word;

/// Messages of a ring.
pub const CAPACITY: usize = 64;
const CAPACITY_U64: u64 = CAPACITY as u64;

/// A stream's receiver says how far it has come after every so many messages. From 1 to 32 it makes no difference.
const TAKEN_EVERY: u64 = 16;

#[derive(Debug)]
#[repr(C)]
struct Page {
    lines: [word::Line; CAPACITY],
    taken: word::Line,
}

// SAFETY: lines of words, which have no gaps.
unsafe impl Shared for Page {}

/// One process's side: a ring it sends by and a ring it receives by.
#[derive(Debug)]
pub struct Ring {
    pages: Pages<Page>,
    sent: u64,
    taken: u64,
    /// How far the other side has come, as far as is known here.
    taken_there: u64,
}

impl Ring {
    /// Exchanges memory with the other process, which does the same.
    pub fn new(line: &Line) -> Result<Self> {
        Ok(Self {
            pages: Pages::exchange(line, 0)?,
            sent: 0,
            taken: 0,
            taken_there: 0,
        })
    }

    /// Sends; there is room.
    #[inline]
    fn push(&mut self, payload: u64) {
        let [sequence, first, ..] = of(&self.pages.ours().lines, self.sent).words();
        self.sent += 1;
        first.set(payload);
        sequence.publish(self.sent);
    }

    #[inline]
    fn take(&mut self) -> Option<u64> {
        let [sequence, first, ..] = of(&self.pages.theirs().lines, self.taken).words();
        if sequence.observe() != self.taken + 1 {
            return None;
        }
        self.taken += 1;
        Some(first.peek())
    }

    /// Sends a message of a stream, if there is room.
    #[inline]
    pub fn send_streamed(&mut self, payload: u64) -> Option<()> {
        if self.sent - self.taken_there == CAPACITY_U64 {
            let [taken, ..] = self.pages.theirs().taken.words();
            self.taken_there = taken.observe();
            if self.sent - self.taken_there == CAPACITY_U64 {
                return None;
            }
        }
        self.push(payload);
        Some(())
    }

    /// Receives a message of a stream, if there is one.
    #[inline]
    pub fn take_streamed(&mut self) -> Option<u64> {
        let payload = self.take()?;
        if self.taken % TAKEN_EVERY == 0 {
            let [taken, ..] = self.pages.ours().taken.words();
            taken.publish(self.taken);
        }
        Some(payload)
    }
}

#[inline]
const fn of(lines: &[word::Line; CAPACITY], position: u64) -> &word::Line {
    #[expect(clippy::indexing_slicing, reason = "less than the capacity")]
    &lines[(position % CAPACITY_U64) as usize]
}

impl Asking for Ring {
    #[inline]
    fn send(&mut self, number: u64) -> Result<()> {
        self.push(number);
        Ok(())
    }

    #[inline]
    fn receive(&mut self) -> Result<Option<u64>> {
        Ok(self.take())
    }
}

impl Answering for Ring {
    #[inline]
    fn answer(&mut self) -> Result<Option<()>> {
        Ok(self.take().map(|number| self.push(number + 1)))
    }
}
