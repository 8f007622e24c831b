// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the hardware takes: one cache line there and back.
//!
//! One word per process, each on a line of its own, stored with Release and loaded with Acquire, without a pause.

use crate::{Result, pages::Pages, peer::Line};
use iceoryx2_bb_lock_free::word::Word;

const STOP: u64 = u64::MAX;

/// One process's side.
#[derive(Debug)]
pub struct Floor {
    pages: Pages<Word>,
    last: u64,
}

impl Floor {
    /// Exchanges memory with the other process, which does the same.
    pub fn new(line: &Line) -> Result<Self> {
        Ok(Self {
            pages: Pages::exchange(line, 0)?,
            last: 0,
        })
    }

    /// Goes there and back.
    pub fn ping(&mut self, line: &Line, times: u32) -> Result<()> {
        let (ours, theirs) = (self.pages.ours(), self.pages.theirs());
        let mut last = self.last;
        for _ in 0..times {
            last += 1;
            ours.publish(last);
            line.spin(|| Ok((theirs.observe() == last).then_some(())))?;
        }
        self.last = last;
        Ok(())
    }

    /// Answers [`ping`](Self::ping). `false`: the other side has had enough.
    pub fn pong(&mut self, line: &Line, times: u32) -> Result<bool> {
        let (ours, theirs) = (self.pages.ours(), self.pages.theirs());
        let mut last = self.last;
        for _ in 0..times {
            let value = line.spin(|| {
                let value = theirs.observe();
                Ok((value != last).then_some(value))
            })?;
            if value == STOP {
                return Ok(false);
            }
            ours.publish(value);
            last = value;
        }
        self.last = last;
        Ok(true)
    }

    /// Says that this was the last round.
    pub fn stop(&self) {
        self.pages.ours().publish(STOP);
    }
}
