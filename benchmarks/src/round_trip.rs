// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request and its response between two processes that spin on two cores.

use crate::{
    Result,
    arguments::{Arguments, PAYLOADS},
    floor::Floor,
    ours::{self, Answering, Asking, WithAnswering, WithAsking},
    peer::{Line, Peer},
    placement::{Placement, Round, Rounds},
    report::{self, remark},
};
use iceoryx2_bb_posix::process;
use std::{path::Path, time::Instant};

pub const CLIENT_CPU: usize = 0;
pub const SERVER_CPU: usize = 1;

/// Round trips of one burst: some tens of microseconds, in which the cores seldom move or do something else.
pub const BURST: u32 = 250;

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    if process::cpu_count() <= SERVER_CPU {
        return Err("two processors are needed, and this process may use only one".into());
    }
    for payload_bytes in arguments.payloads(&PAYLOADS)? {
        let peer = Peer::start(arguments, payload_bytes)?;
        process::pin_to_cpu(CLIENT_CPU)?;
        let line = peer.line()?;
        let floor = Floor::new(line)?;
        let client = Client {
            arguments,
            payload_bytes,
            line,
            floor,
        };
        ours::ask(arguments.raw, payload_bytes, line, client)?;
    }
    Ok(())
}

/// The process that answers.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let line = Line::to_parent(place)?;
    process::pin_to_cpu(SERVER_CPU)?;
    let floor = Floor::new(&line)?;
    let payload_bytes = arguments.payload_to_serve()?;
    let server = Server { line: &line, floor };
    ours::answer(arguments.raw, payload_bytes, &line, server)
}

struct Client<'a> {
    arguments: &'a Arguments,
    payload_bytes: usize,
    line: &'a Line,
    floor: Floor,
}

impl WithAsking for Client<'_> {
    fn run(mut self, asking: &mut impl Asking) -> Result<()> {
        let rounds = rounds(self.arguments, self.line, &mut self.floor, asking)?;
        self.floor.stop();
        report(self.arguments, self.payload_bytes, &rounds);
        Ok(())
    }
}

struct Server<'a> {
    line: &'a Line,
    floor: Floor,
}

impl WithAnswering for Server<'_> {
    fn run(mut self, answering: &mut impl Answering) -> Result<()> {
        while self.floor.pong(self.line, BURST)? {
            for _ in 0..BURST {
                self.line.spin(|| answering.answer())?;
            }
            if !self.floor.pong(self.line, BURST)? {
                break;
            }
        }
        Ok(())
    }
}

fn rounds(
    arguments: &Arguments,
    line: &Line,
    floor: &mut Floor,
    client: &mut impl Asking,
) -> Result<Rounds> {
    let mut rounds = Rounds::default();
    let mut number = 0;
    // The first touches everything for the first time.
    round(line, floor, client, &mut number)?;
    let begin = Instant::now();
    while begin.elapsed() < arguments.budget && !rounds.suffice(arguments.rounds) {
        rounds.add(round(line, floor, client, &mut number)?);
    }
    Ok(rounds)
}

fn round(
    line: &Line,
    floor: &mut Floor,
    client: &mut impl Asking,
    number: &mut u64,
) -> Result<Round> {
    Ok(Round {
        floor_before_ns: timed(|| floor.ping(line, BURST))?,
        ours_ns: timed(|| ask(line, client, number))?,
        floor_after_ns: timed(|| floor.ping(line, BURST))?,
    })
}

pub fn ask(line: &Line, client: &mut impl Asking, number: &mut u64) -> Result<()> {
    for _ in 0..BURST {
        client.send(*number)?;
        let answer = line.spin(|| client.receive())?;
        check(*number, answer)?;
        *number = answer;
    }
    Ok(())
}

/// The server answers with the number after the one it was sent.
pub fn check(asked: u64, answered: u64) -> Result<()> {
    if asked.checked_add(1) == Some(answered) {
        Ok(())
    } else {
        Err(format!("the answer to {asked} was {answered}").into())
    }
}

/// Nanoseconds of one round trip of a burst.
pub fn timed(burst: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begin = Instant::now();
    burst()?;
    Ok(begin.elapsed().as_secs_f64() * 1e9 / f64::from(BURST))
}

fn report(arguments: &Arguments, payload_bytes: usize, rounds: &Rounds) {
    let what = if arguments.raw {
        "round-trip-raw"
    } else {
        "round-trip"
    };
    for (placement, figures) in rounds.figures() {
        let placement = Placement::name(placement);
        report::Line {
            what,
            placement,
            payload_bytes,
            figures,
        }
        .print(arguments.json);
    }
    if let Some(discarded) = rounds.discarded() {
        remark(&format!(
            "{what} {payload_bytes} B: {} rounds discarded, whose floor moved or lies between the classes \
             (medians: floor {:.1} ns, ours {:.1} ns, ratio {:.2})",
            discarded.rounds, discarded.floor_ns, discarded.ours_ns, discarded.ratio
        ));
    }
}
