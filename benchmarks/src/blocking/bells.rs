// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The floor of those that sleep: two doorbells (eventfds) and nothing else, each awaited in a poller, edge-triggered and
//! never read. Two system calls in each direction.

use crate::{Result, peer::Line};
use core::time::Duration;
use iceoryx2_bb_posix::{Doorbell, Poller, Ringer, Trigger};

/// How long nobody looks whether the other process lives.
const NAP: Duration = Duration::from_secs(1);

/// One process's side.
#[derive(Debug)]
pub struct Bells {
    _ours: Doorbell,
    theirs: Ringer,
    poller: Poller,
}

impl Bells {
    /// Exchanges doorbells with the other process, which does the same.
    pub fn new(line: &Line) -> Result<Self> {
        let ours = Doorbell::create()?;
        let poller = Poller::create()?;
        poller.add(ours.source(), 0, Trigger::Edge)?;
        line.say(b"bell", &[&ours.handle()])?;
        let (_, handles) = line.hear()?;
        let handle = handles
            .into_iter()
            .next()
            .ok_or("the other process sent no doorbell")?;
        Ok(Self {
            _ours: ours,
            theirs: Ringer::open(handle)?,
            poller,
        })
    }

    fn wait(&self, line: &Line) -> Result<()> {
        while self.poller.wait(Some(NAP), &mut |_| ())? == 0 {
            line.must_live()?;
        }
        Ok(())
    }

    /// Rings and waits to be rung.
    pub fn ping(&self, line: &Line, times: u32) -> Result<()> {
        for _ in 0..times {
            self.theirs.ring()?;
            self.wait(line)?;
        }
        Ok(())
    }

    /// Answers [`ping`](Self::ping).
    pub fn pong(&self, line: &Line, times: u32) -> Result<()> {
        for _ in 0..times {
            self.wait(line)?;
            self.theirs.ring()?;
        }
        Ok(())
    }
}
