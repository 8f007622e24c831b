// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request and its response between two processes that sleep, or spin for a while first; on one core and on two.
//!
//! ```text
//!     a round, on one core:   bells  asleep  adaptive  asleep  bells
//!              on two cores:  bells  asleep  bells │ line  spinning  adaptive  spinning  line
//! ```
//!
//! Ours publishes, looks whether the other sleeps, rings, announces its own sleep, looks once more, and waits in a poller
//! that also hears the end of the other process. *Asleep* are ports that were told never to spin, *adaptive* those that
//! were told nothing: they sleep at once where spinning has not paid. *Spinning* are the latter while they are polled.
//! What is adaptive has ports of its own on one core and on two, so that each remembers its own.

mod bells;
mod steps;

use crate::{
    Result,
    alternation::timed,
    arguments::{Arguments, PAYLOADS, ROUNDS_MIN},
    floor::Floor,
    ours::{AnsweringAsleep, AskingAsleep, check},
    pair::{self, CLIENT_CPU, SERVER_CPU},
    peer::{Line, Peer},
    placement::{Figures, Round, Rounds},
    ports::{self, set_default, set_no_spin},
    raw, report,
};
use bells::Bells;
use core::fmt::Debug;
use iceoryx2::prelude::ipc;
use iceoryx2_bb_posix::process;
use std::{path::Path, time::Instant};
use steps::{Cores, Step, Times};

const ON_ONE: &[u8] = b"on one core";
const ON_TWO: &[u8] = b"on two cores";
const ENOUGH: &[u8] = b"enough";

/// Ports for each kind of step.
#[derive(Debug)]
struct Sides<A> {
    asleep: A,
    /// On one core and on two; a bare connection is never adaptive.
    adaptive: Option<[A; 2]>,
}

impl<A> Sides<A> {
    fn adaptive(&mut self, cores: Cores) -> Result<&mut A> {
        match (&mut self.adaptive, cores) {
            (Some([one, _]), Cores::One) => Ok(one),
            (Some([_, two]), Cores::Two) => Ok(two),
            (None, _) => Err("a bare connection is never adaptive".into()),
        }
    }

    /// Whether it has ports for this.
    const fn has(&self, step: Step) -> bool {
        self.adaptive.is_some() || matches!(step, Step::Bells | Step::Asleep)
    }
}

// ----- the process that asks and reports

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    let cores = Cores::ALL.get(..pair::cpus()).unwrap_or(&Cores::ALL);
    for payload_bytes in arguments.payloads(&PAYLOADS)? {
        let peer = Peer::start(arguments, None, payload_bytes)?;
        process::pin_to_cpu(CLIENT_CPU)?;
        let line = peer.line()?;
        let rounds = match payload_bytes {
            _ if arguments.raw => {
                let asleep = raw::Client::new(line, payload_bytes)?;
                lead(
                    arguments,
                    line,
                    cores,
                    Sides {
                        asleep,
                        adaptive: None,
                    },
                )
            }
            8 => lead(arguments, line, cores, clients::<1>(line)?),
            64 => lead(arguments, line, cores, clients::<8>(line)?),
            4096 => lead(arguments, line, cores, clients::<512>(line)?),
            _ => lead(arguments, line, cores, clients::<0x2_0000>(line)?),
        };
        print(arguments, payload_bytes, &rounds?);
    }
    Ok(())
}

fn clients<const N: usize>(line: &Line) -> Result<Sides<ports::Client<ipc::Service, N>>> {
    Ok(Sides {
        asleep: ports::Client::new(line, set_no_spin)?,
        adaptive: Some([
            ports::Client::new(line, set_default)?,
            ports::Client::new(line, set_default)?,
        ]),
    })
}

/// What the rounds took, on one core and on two.
type Measured = Vec<(Cores, Vec<Times>)>;

fn lead<A: AskingAsleep>(
    arguments: &Arguments,
    line: &Line,
    cores: &[Cores],
    sides: Sides<A>,
) -> Result<Measured> {
    let mut client = Client {
        line,
        bells: Bells::new(line)?,
        floor: Floor::new(line)?,
        sides,
        number: 0,
    };
    let mut measured: Measured = cores.iter().map(|cores| (*cores, Vec::new())).collect();
    let begin = Instant::now();
    for round in 0..=arguments.rounds {
        if round > 0 && begin.elapsed() >= arguments.budget {
            break;
        }
        for (cores, rounds) in &mut measured {
            let times = client.round(*cores)?;
            // The first touches everything for the first time.
            if round > 0 {
                rounds.push(times);
            }
        }
    }
    line.say(ENOUGH, &[])?;
    Ok(measured)
}

struct Client<'a, A> {
    line: &'a Line,
    bells: Bells,
    floor: Floor,
    sides: Sides<A>,
    number: u64,
}

impl<A: AskingAsleep> Client<'_, A> {
    fn round(&mut self, cores: Cores) -> Result<Times> {
        let go = match cores {
            Cores::One => ON_ONE,
            Cores::Two => ON_TWO,
        };
        self.line.say(go, &[])?;
        self.line.hear()?;
        let mut times = Times::default();
        for step in cores.steps() {
            if self.sides.has(*step) {
                let count = cores.times(*step);
                let ns = timed(count, || self.run(cores, *step, count))?;
                times.add(*step, ns);
            }
        }
        Ok(times)
    }

    fn run(&mut self, cores: Cores, step: Step, times: u32) -> Result<()> {
        let line = self.line;
        let number = &mut self.number;
        match step {
            Step::Bells => self.bells.ping(line, times),
            Step::Line => self.floor.ping(line, times),
            Step::Asleep => {
                let asking = &mut self.sides.asleep;
                ask(asking, number, times, AskingAsleep::await_answer)
            }
            Step::Adaptive => {
                let asking = self.sides.adaptive(cores)?;
                ask(asking, number, times, AskingAsleep::await_answer)
            }
            Step::Spinning => {
                let asking = self.sides.adaptive(cores)?;
                ask(asking, number, times, |asking| {
                    line.spin(|| asking.receive())
                })
            }
        }
    }
}

fn ask<A: AskingAsleep>(
    asking: &mut A,
    number: &mut u64,
    times: u32,
    mut answer: impl FnMut(&mut A) -> Result<u64>,
) -> Result<()> {
    for _ in 0..times {
        asking.send(*number)?;
        let answer = answer(asking)?;
        check(*number, answer)?;
        *number = answer;
    }
    Ok(())
}

// ----- the process that answers

/// The process that answers, until the other has had enough.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let line = Line::to_parent(place)?;
    match arguments.payload_to_serve()? {
        payload_bytes if arguments.raw => {
            let asleep = raw::Server::new(&line, payload_bytes)?;
            follow(
                &line,
                Sides {
                    asleep,
                    adaptive: None,
                },
            )
        }
        8 => follow(&line, servers::<1>(&line)?),
        64 => follow(&line, servers::<8>(&line)?),
        4096 => follow(&line, servers::<512>(&line)?),
        _ => follow(&line, servers::<0x2_0000>(&line)?),
    }
}

fn servers<const N: usize>(line: &Line) -> Result<Sides<ports::Server<'_, ipc::Service, N>>> {
    Ok(Sides {
        asleep: ports::Server::new(line, set_no_spin)?,
        adaptive: Some([
            ports::Server::new(line, set_default)?,
            ports::Server::new(line, set_default)?,
        ]),
    })
}

fn follow<A: AnsweringAsleep>(line: &Line, mut sides: Sides<A>) -> Result<()> {
    let bells = Bells::new(line)?;
    let mut floor = Floor::new(line)?;
    loop {
        let (cores, cpu) = match line.hear()?.0.as_slice() {
            ON_ONE => (Cores::One, CLIENT_CPU),
            ON_TWO => (Cores::Two, SERVER_CPU),
            _ => return Ok(()),
        };
        process::pin_to_cpu(cpu)?;
        line.say(b"there", &[])?;
        for step in cores.steps() {
            let times = cores.times(*step);
            match step {
                _ if !sides.has(*step) => {}
                Step::Bells => bells.pong(line, times)?,
                Step::Line => {
                    floor.pong(line, times)?;
                }
                Step::Asleep => answer(times, || sides.asleep.await_request())?,
                Step::Adaptive => {
                    let answering = sides.adaptive(cores)?;
                    answer(times, || answering.await_request())?;
                }
                Step::Spinning => {
                    let answering = sides.adaptive(cores)?;
                    answer(times, || line.spin(|| answering.answer()))?;
                }
            }
        }
    }
}

fn answer(times: u32, mut one: impl FnMut() -> Result<()>) -> Result<()> {
    (0..times).try_for_each(|_| one())
}

// ----- the figures

fn print(arguments: &Arguments, payload_bytes: usize, measured: &Measured) {
    let asleep = if arguments.raw {
        "blocking-raw"
    } else {
        "blocking"
    };
    for (cores, rounds) in measured {
        let above = |floor, ours| {
            let round = |times: &Times| Some(Round::alone(times.of(floor)?, times.of(ours)?));
            rounds.iter().filter_map(round).collect::<Vec<_>>()
        };
        let placement = match cores {
            Cores::One => "same-core",
            Cores::Two => "other-core",
        };
        let line = |what, rounds: Vec<Round>| match Figures::of(rounds.iter()) {
            Some(figures) => report::Line {
                placement,
                ..report::Line::new(what, payload_bytes, figures)
            }
            .print(arguments.json),
            None => report::remark(&format!(
                "{what} {payload_bytes} B: fewer than {ROUNDS_MIN} rounds"
            )),
        };
        line(asleep, above(Step::Bells, Step::Asleep));
        match cores {
            _ if arguments.raw => {}
            Cores::One => line("blocking-spin", above(Step::Asleep, Step::Adaptive)),
            Cores::Two => print_by_placement(arguments, payload_bytes, rounds),
        }
    }
}

/// Spinning goes at the pace of a cache line, so these figures are sorted by that.
fn print_by_placement(arguments: &Arguments, payload_bytes: usize, rounds: &[Times]) {
    let mut sorted = Rounds::default();
    for times in rounds {
        let ours = times.of(Step::Adaptive).zip(times.of(Step::Spinning));
        if let (Some([before, after]), Some((ours, spinning))) = (times.ends_of(Step::Line), ours) {
            sorted.add(Round::new(before, ours, after).above(spinning));
        }
    }
    if arguments.quick {
        sorted.settle_for_any();
    }
    report::print(arguments, "blocking-spin", payload_bytes, None, &sorted);
}
