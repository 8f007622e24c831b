// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What it takes to pass a message on in full: one buffer each way, used again and again.
//!
//! ```text
//!     ┌──────────┬─────────────────────┐
//!     │ sequence │ the message, in full│   of each process, which alone writes it
//!     └──────────┴─────────────────────┘
//! ```

use crate::{
    Result,
    line::Line,
    message::{Content, expect},
    pages::Pages,
    side::{Client, Server},
};
use iceoryx2_bb_lock_free::word;

/// One process's side.
#[derive(Debug)]
pub struct HotBuffer {
    line: Line,
    pages: Pages<word::Line>,
    content: Content,
    /// The last number, which both sides count.
    last: u64,
}

impl HotBuffer {
    /// Exchanges memory with the other process, which does the same.
    pub fn new(line: Line, content: Content) -> Result<Self> {
        Ok(Self {
            pages: Pages::exchange(&line, content.bytes)?,
            line,
            content,
            last: 0,
        })
    }

    #[inline]
    fn write(&mut self, number: u64) {
        self.content.write(self.pages.our_room(), number);
        let [sequence, ..] = self.pages.ours().words();
        sequence.publish(self.last);
    }

    /// The number in the message that comes with `last`.
    #[inline]
    fn read(&self) -> Result<u64> {
        let [sequence, ..] = self.pages.theirs().words();
        self.line
            .spin(|| (sequence.observe() == self.last).then_some(()))?;
        // SAFETY: who wrote it waits for the answer to it.
        self.content.read(unsafe { self.pages.their_room() })
    }
}

impl Client for HotBuffer {
    fn round_trips(&mut self, count: u32) -> Result<()> {
        for _ in 0..count {
            self.last += 1;
            self.write(self.last);
            expect(self.last + 1, self.read()?)?;
        }
        Ok(())
    }

    fn in_flight(&mut self, _count: u32) -> Result<()> {
        Err("there is one buffer each way".into())
    }

    fn stream(&mut self, _responses: u32) -> Result<()> {
        Err("there is one buffer each way".into())
    }
}

impl Server for HotBuffer {
    fn answer(&mut self, requests: u32) -> Result<()> {
        for _ in 0..requests {
            self.last += 1;
            let number = self.read()?;
            self.write(number + 1);
        }
        Ok(())
    }

    fn stream(&mut self, _responses: u32) -> Result<()> {
        Err("there is one buffer each way".into())
    }
}
