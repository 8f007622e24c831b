// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the hardware takes: one cache line there and back.
//!
//! One word per process, each on a line of its own, stored with Release and loaded with Acquire, without a pause.

use crate::{Result, peer::Line};
use iceoryx2_bb_lock_free::word::{self, Word};
use iceoryx2_bb_posix::{AnonymousMemory, PeerMemory};

const STOP: u64 = u64::MAX;

/// One process's side.
#[derive(Debug)]
pub struct Floor {
    ours: AnonymousMemory,
    theirs: PeerMemory,
    last: u64,
}

impl Floor {
    /// Exchanges memory with the other process, which does the same.
    pub fn new(line: &Line) -> Result<Self> {
        let ours = AnonymousMemory::create("benchmark-floor", word::LINE_SIZE)?;
        ours.commit(0..word::LINE_SIZE)?;
        line.say(b"floor", &[&ours.handle()])?;
        let (_, handles) = line.hear()?;
        let handle = handles
            .into_iter()
            .next()
            .ok_or("the other process sent no memory")?;
        Ok(Self {
            ours,
            theirs: PeerMemory::map(handle)?,
            last: 0,
        })
    }

    fn ours(&self) -> &Word {
        // SAFETY: a page at least, committed, mapped while `self` lives, and only ever accessed as this word.
        unsafe { self.ours.base().cast::<Word>().as_ref() }
    }

    fn theirs(&self) -> &Word {
        // SAFETY: a page at least, mapped while `self` lives, and only ever read as this word.
        unsafe { self.theirs.base().cast::<Word>().as_ref() }
    }

    /// Goes there and back.
    pub fn ping(&mut self, line: &Line, times: u32) -> Result<()> {
        let (ours, theirs) = (self.ours(), self.theirs());
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
        let (ours, theirs) = (self.ours(), self.theirs());
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
        self.ours().publish(STOP);
    }
}
