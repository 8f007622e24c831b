// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request and its response between two processes that always sleep, on one core.
//!
//! The floor is a bare ping-pong over two doorbells (eventfds), each ring awaited in a poller, edge-triggered and never
//! read: two system calls in each direction. Ours publishes, looks whether the other sleeps, rings, announces the own
//! sleep, looks once more, and waits in a poller that also hears the end of the other process.

use crate::{
    Result,
    arguments::{Arguments, ROUNDS_MIN},
    peer::{Line, Peer},
    placement::{Figures, Round},
    raw, report,
    round_trip::check,
};
use core::time::Duration;
use iceoryx2_bb_posix::{Doorbell, Poller, Ringer, Trigger, process};
use std::{path::Path, time::Instant};

const CPU: usize = 0;
const BURST: u32 = 1_000;

/// How long nobody looks whether the other process lives.
const NAP: Duration = Duration::from_secs(1);

const BELL: u64 = 0;
const LINE: u64 = 1;

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    for payload_bytes in arguments.payloads() {
        let peer = Peer::start(arguments, payload_bytes)?;
        process::pin_to_cpu(CPU)?;
        let line = peer.line()?;
        let bells = Bells::new(line)?;
        let mut client = raw::Client::new(line, payload_bytes)?;
        let bed = Bed::new(client.bell(), line)?;
        line.hear()?;

        let mut number = 0;
        let mut rounds = Vec::new();
        let begin = Instant::now();
        while rounds.len() <= arguments.rounds && begin.elapsed() < arguments.budget {
            rounds.push(Round {
                floor_before_ns: timed(|| bells.ping(line))?,
                ours_ns: timed(|| ask(&bed, &mut client, &mut number))?,
                floor_after_ns: timed(|| bells.ping(line))?,
            });
        }
        // The first touches everything for the first time.
        if let Some(figures) = rounds
            .split_first()
            .and_then(|(_, rest)| Figures::of(rest.iter()))
        {
            let (what, placement) = (what(arguments), "same-core");
            report::Line {
                what,
                placement,
                payload_bytes,
                figures,
            }
            .print(arguments.json);
        } else {
            report::remark(&format!(
                "{payload_bytes} B: fewer than {ROUNDS_MIN} rounds"
            ));
        }
    }
    Ok(())
}

fn what(arguments: &Arguments) -> &'static str {
    if arguments.raw {
        "blocking-raw"
    } else {
        "blocking"
    }
}

/// The process that answers, until the other has had enough.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let line = Line::to_parent(place)?;
    process::pin_to_cpu(CPU)?;
    let bells = Bells::new(&line)?;
    let payload_bytes = arguments
        .payload
        .ok_or("which payload to serve was not said")?;
    let mut server = raw::Server::new(&line, payload_bytes)?;
    let bed = Bed::new(server.bell(), &line)?;
    line.say(b"ready", &[])?;
    while line.must_live().is_ok() {
        bells.pong(&line)?;
        for _ in 0..BURST {
            answer(&bed, &mut server)?;
        }
        bells.pong(&line)?;
    }
    Ok(())
}

/// Where a port sleeps: woken by its doorbell, or by the end of the other process.
#[derive(Debug)]
struct Bed(Poller);

impl Bed {
    fn new(bell: &Doorbell, line: &Line) -> Result<Self> {
        let poller = Poller::create()?;
        poller.add(bell.source(), BELL, Trigger::Edge)?;
        poller.add(line.connection().source(), LINE, Trigger::Level)?;
        Ok(Self(poller))
    }

    fn sleep(&self) -> Result<()> {
        let mut gone = false;
        self.0
            .wait(None, &mut |readiness| gone |= readiness.hung_up)?;
        if gone {
            Err("the other process has ended".into())
        } else {
            Ok(())
        }
    }
}

fn ask(bed: &Bed, client: &mut raw::Client, number: &mut u64) -> Result<()> {
    for _ in 0..BURST {
        client.send(*number)?;
        let answer = loop {
            client.sleeps(true);
            if let Some(answer) = client.receive()? {
                break answer;
            }
            bed.sleep()?;
            client.sleeps(false);
            if let Some(answer) = client.receive()? {
                break answer;
            }
        };
        client.sleeps(false);
        check(*number, answer)?;
        *number = answer;
    }
    Ok(())
}

fn answer(bed: &Bed, server: &mut raw::Server) -> Result<()> {
    loop {
        server.sleeps(true);
        if server.answer()?.is_some() {
            break;
        }
        bed.sleep()?;
        server.sleeps(false);
        if server.answer()?.is_some() {
            break;
        }
    }
    server.sleeps(false);
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
        poller.add(ours.source(), BELL, Trigger::Edge)?;
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

/// Nanoseconds of one round trip of a burst.
fn timed(burst: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begin = Instant::now();
    burst()?;
    Ok(begin.elapsed().as_secs_f64() * 1e9 / f64::from(BURST))
}
