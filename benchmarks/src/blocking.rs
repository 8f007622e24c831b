// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request and its response between two processes that always sleep, on one core.
//!
//! The floor is a bare ping-pong over two doorbells (eventfds), each ring awaited in a poller, edge-triggered and never
//! read: two system calls in each direction. Ours publishes, looks whether the other sleeps, rings, announces the own
//! sleep, looks once more, and waits in a poller that also hears the end of the other process.

use crate::{
    Result,
    alternation::timed,
    arguments::{Arguments, PAYLOADS, ROUNDS_MIN},
    ours::{self, AnsweringAsleep, AskingAsleep, WithAnswering, WithAsking, check},
    peer::{Line, Peer},
    placement::{Figures, Round},
    report,
};
use core::time::Duration;
use iceoryx2_bb_posix::{Doorbell, Poller, Ringer, Trigger, process};
use std::{path::Path, time::Instant};

const CPU: usize = 0;
const BURST: u32 = 1_000;

/// How long nobody looks whether the other process lives.
const NAP: Duration = Duration::from_secs(1);

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    for payload_bytes in arguments.payloads(&PAYLOADS)? {
        let peer = Peer::start(arguments, None, payload_bytes)?;
        process::pin_to_cpu(CPU)?;
        let line = peer.line()?;
        let client = Client {
            arguments,
            payload_bytes,
            line,
            bells: Bells::new(line)?,
        };
        ours::ask(arguments.raw, payload_bytes, line, client)?;
    }
    Ok(())
}

/// The process that answers, until the other has had enough.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let line = Line::to_parent(place)?;
    process::pin_to_cpu(CPU)?;
    let server = Server {
        line: &line,
        bells: Bells::new(&line)?,
    };
    let payload_bytes = arguments.payload_to_serve()?;
    ours::answer(arguments.raw, payload_bytes, &line, server)
}

struct Client<'a> {
    arguments: &'a Arguments,
    payload_bytes: usize,
    line: &'a Line,
    bells: Bells,
}

impl WithAsking for Client<'_> {
    fn run(self, mut asking: impl AskingAsleep) -> Result<()> {
        let mut number = 0;
        let mut rounds = Vec::new();
        let begin = Instant::now();
        while rounds.len() <= self.arguments.rounds && begin.elapsed() < self.arguments.budget {
            rounds.push(Round::new(
                timed(BURST, || self.bells.ping(self.line))?,
                timed(BURST, || ask(&mut asking, &mut number))?,
                timed(BURST, || self.bells.ping(self.line))?,
            ));
        }
        self.report(&rounds);
        Ok(())
    }
}

impl Client<'_> {
    fn report(&self, rounds: &[Round]) {
        let payload_bytes = self.payload_bytes;
        let what = if self.arguments.raw {
            "blocking-raw"
        } else {
            "blocking"
        };
        // The first touches everything for the first time.
        match rounds
            .split_first()
            .and_then(|(_, rest)| Figures::of(rest.iter()))
        {
            Some(figures) => report::Line {
                placement: "same-core",
                ..report::Line::new(what, payload_bytes, figures)
            }
            .print(self.arguments.json),
            None => report::remark(&format!(
                "{what} {payload_bytes} B: fewer than {ROUNDS_MIN} rounds"
            )),
        }
    }
}

struct Server<'a> {
    line: &'a Line,
    bells: Bells,
}

impl WithAnswering for Server<'_> {
    fn run(self, mut answering: impl AnsweringAsleep) -> Result<()> {
        while self.line.must_live().is_ok() {
            self.bells.pong(self.line)?;
            for _ in 0..BURST {
                answering.await_request()?;
            }
            self.bells.pong(self.line)?;
        }
        Ok(())
    }
}

fn ask(asking: &mut impl AskingAsleep, number: &mut u64) -> Result<()> {
    for _ in 0..BURST {
        asking.send(*number)?;
        let answer = asking.await_answer()?;
        check(*number, answer)?;
        *number = answer;
    }
    Ok(())
}

/// Two doorbells and nothing else.
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

    fn ping(&self, line: &Line) -> Result<()> {
        for _ in 0..BURST {
            self.theirs.ring()?;
            self.wait(line)?;
        }
        Ok(())
    }

    fn pong(&self, line: &Line) -> Result<()> {
        for _ in 0..BURST {
            self.wait(line)?;
            self.theirs.ring()?;
        }
        Ok(())
    }
}
