// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the machine takes, between this process and half of it in another.
//!
//! For peers that spin it is one cache line there and back: one word per process, each on a line of its own, stored with
//! Release and loaded with Acquire, without a pause. For peers that sleep it is a ping-pong over two eventfds, each
//! awaited in an edge-triggered epoll and never read: two system calls in each direction.

use crate::{
    Result,
    line::Line,
    pages::{Pages, exchange},
    pair::Process,
    place::Place,
    row::Row,
    side::Side,
};
use core::time::Duration;
use iceoryx2_bb_lock_free::word::Word;
use iceoryx2_bb_posix::{Doorbell, Poller, Ringer, Trigger, process};
use std::{process::Stdio, time::Instant};

/// Some tens of microseconds, in which the cores seldom move or do something else.
const TIMES: u32 = 250;
const WARM_UP: u32 = 20;

/// How long nobody looks whether the other process lives.
const NAP: Duration = Duration::from_secs(1);

/// The half that asks, and the process of the other.
#[derive(Debug)]
pub struct Floor {
    half: Half,
    process: Process,
    _place: Place,
}

impl Floor {
    pub fn start(row: Row) -> Result<Self> {
        let place = Place::new()?;
        let process = Process::start(
            Side::Floor(row),
            place.path(),
            Stdio::null(),
            Stdio::inherit(),
        )?;
        process::pin_to_cpu(0)?;
        let half = Half::new(row, process.line()?)?;
        Ok(Self {
            half,
            process,
            _place: place,
        })
    }

    /// Nanoseconds there and back.
    pub fn measure(&mut self) -> Result<f64> {
        let line = self.process.line()?;
        line.say("go", &[])?;
        self.half.ping(line, WARM_UP)?;
        let begin = Instant::now();
        self.half.ping(line, TIMES)?;
        Ok(begin.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES))
    }
}

/// The half that answers, until the line ends.
pub fn answer(row: Row, line: &Line) -> Result<()> {
    process::pin_to_cpu(row.server_cpu())?;
    let mut half = Half::new(row, line)?;
    while line.hear(None).is_ok() {
        half.pong(line, WARM_UP + TIMES)?;
    }
    Ok(())
}

#[derive(Debug)]
enum Half {
    Words(Words),
    Bells(Bells),
}

impl Half {
    fn new(row: Row, line: &Line) -> Result<Self> {
        Ok(if row.asleep() {
            Self::Bells(Bells::new(line)?)
        } else {
            Self::Words(Words::new(line)?)
        })
    }

    fn ping(&mut self, line: &Line, times: u32) -> Result<()> {
        match self {
            Self::Words(words) => words.ping(line, times),
            Self::Bells(bells) => bells.ping(line, times),
        }
    }

    fn pong(&mut self, line: &Line, times: u32) -> Result<()> {
        match self {
            Self::Words(words) => words.pong(line, times),
            Self::Bells(bells) => bells.pong(line, times),
        }
    }
}

#[derive(Debug)]
struct Words {
    pages: Pages<Word>,
    last: u64,
}

impl Words {
    fn new(line: &Line) -> Result<Self> {
        Ok(Self {
            pages: Pages::exchange(line, 0)?,
            last: 0,
        })
    }

    fn ping(&mut self, line: &Line, times: u32) -> Result<()> {
        let (ours, theirs) = (self.pages.ours(), self.pages.theirs());
        let mut last = self.last;
        for _ in 0..times {
            last += 1;
            ours.publish(last);
            line.spin(|| (theirs.observe() == last).then_some(()))?;
        }
        self.last = last;
        Ok(())
    }

    fn pong(&mut self, line: &Line, times: u32) -> Result<()> {
        let (ours, theirs) = (self.pages.ours(), self.pages.theirs());
        let mut last = self.last;
        for _ in 0..times {
            last += 1;
            line.spin(|| (theirs.observe() == last).then_some(()))?;
            ours.publish(last);
        }
        self.last = last;
        Ok(())
    }
}

#[derive(Debug)]
struct Bells {
    _ours: Doorbell,
    theirs: Ringer,
    poller: Poller,
}

impl Bells {
    fn new(line: &Line) -> Result<Self> {
        let ours = Doorbell::create()?;
        let poller = Poller::create()?;
        poller.add(ours.source(), 0, Trigger::Edge)?;
        let theirs = Ringer::open(exchange(line, &ours.handle())?)?;
        Ok(Self {
            _ours: ours,
            theirs,
            poller,
        })
    }

    fn wait(&self, line: &Line) -> Result<()> {
        while self.poller.wait(Some(NAP), &mut |_| ())? == 0 {
            line.must_live()?;
        }
        Ok(())
    }

    fn ping(&self, line: &Line, times: u32) -> Result<()> {
        for _ in 0..times {
            self.theirs.ring()?;
            self.wait(line)?;
        }
        Ok(())
    }

    fn pong(&self, line: &Line, times: u32) -> Result<()> {
        for _ in 0..times {
            self.wait(line)?;
            self.theirs.ring()?;
        }
        Ok(())
    }
}
