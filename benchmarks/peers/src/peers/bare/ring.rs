// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What it takes to pass on many messages at once: a bare ring in each direction.
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
    line::Line,
    message::expect,
    pages::{Pages, Shared},
    row::IN_FLIGHT,
    side::{Client, Server},
};
use iceoryx2_bb_lock_free::word;

/// Messages of a ring.
const CAPACITY: usize = 64;

/// A stream's receiver says how far it has come after every so many messages.
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
    line: Line,
    pages: Pages<Page>,
    number: u64,
    sent: u64,
    taken: u64,
    /// How far the other side has come, as far as is known here.
    taken_there: u64,
}

impl Ring {
    /// Exchanges memory with the other process, which does the same.
    pub fn new(line: Line) -> Result<Self> {
        Ok(Self {
            pages: Pages::exchange(&line, 0)?,
            line,
            number: 0,
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
    fn take(&mut self) -> Result<u64> {
        let [sequence, first, ..] = of(&self.pages.theirs().lines, self.taken).words();
        self.line
            .spin(|| (sequence.observe() == self.taken + 1).then_some(()))?;
        self.taken += 1;
        Ok(first.peek())
    }

    /// Waits until there is room for a message of a stream.
    #[inline]
    fn await_room(&mut self) -> Result<()> {
        let full = self.taken_there + CAPACITY as u64;
        if self.sent < full {
            return Ok(());
        }
        let [taken, ..] = self.pages.theirs().taken.words();
        let (sent, known) = (self.sent, self.taken_there);
        self.taken_there = self.line.spin(|| {
            let taken = taken.observe().max(known);
            (sent < taken + CAPACITY as u64).then_some(taken)
        })?;
        Ok(())
    }
}

#[inline]
fn of(lines: &[word::Line; CAPACITY], position: u64) -> &word::Line {
    &lines[position as usize % CAPACITY]
}

impl Client for Ring {
    fn round_trips(&mut self, count: u32) -> Result<()> {
        for _ in 0..count {
            self.push(self.number);
            self.number += 1;
            expect(self.number, self.take()?)?;
        }
        Ok(())
    }

    fn in_flight(&mut self, count: u32) -> Result<()> {
        let end = self.number + u64::from(count);
        let mut next = self.number;
        while self.number < end {
            while next < end && next - self.number < IN_FLIGHT as u64 {
                self.push(next);
                next += 1;
            }
            self.number += 1;
            expect(self.number, self.take()?)?;
        }
        Ok(())
    }

    fn stream(&mut self, responses: u32) -> Result<()> {
        self.push(0);
        for number in 0..responses {
            expect(number.into(), self.take()?)?;
            if self.taken.is_multiple_of(TAKEN_EVERY) {
                let [taken, ..] = self.pages.ours().taken.words();
                taken.publish(self.taken);
            }
        }
        Ok(())
    }
}

impl Server for Ring {
    fn answer(&mut self, requests: u32) -> Result<()> {
        for _ in 0..requests {
            let number = self.take()?;
            self.push(number + 1);
        }
        Ok(())
    }

    fn stream(&mut self, responses: u32) -> Result<()> {
        self.take()?;
        // Who asks has taken what was sent before.
        self.taken_there = self.sent;
        for number in 0..responses {
            self.await_room()?;
            self.push(number.into());
        }
        Ok(())
    }
}
