// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What it costs that threads may share a port: a request and its response between two processes that spin on two
//! cores, each with one thread, by both variants in turn.
//!
//! Each round is one burst of `ipc` and one of `ipc_threadsafe`, in the one order and then in the other, between two
//! bursts of the floor. The price is the median of the differences within a round.

use crate::{
    Result,
    arguments::{Arguments, PAYLOADS},
    floor::Floor,
    ours::Answering,
    peer::{Line, Peer},
    placement::{Placement, Round, Rounds},
    ports::{Client, Server},
    report::{self, remark},
    round_trip::{BURST, CLIENT_CPU, SERVER_CPU, ask, timed},
};
use iceoryx2::prelude::{ipc, ipc_threadsafe};
use iceoryx2_bb_posix::process;
use std::{path::Path, time::Instant};

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    if process::cpu_count() <= SERVER_CPU {
        return Err("two processors are needed, and this process may use only one".into());
    }
    for payload_bytes in arguments.payloads(&PAYLOADS)? {
        match payload_bytes {
            8 => ask_both::<1>(arguments, payload_bytes)?,
            64 => ask_both::<8>(arguments, payload_bytes)?,
            4096 => ask_both::<512>(arguments, payload_bytes)?,
            _ => ask_both::<0x2_0000>(arguments, payload_bytes)?,
        }
    }
    Ok(())
}

/// The process that answers.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let line = Line::to_parent(place)?;
    process::pin_to_cpu(SERVER_CPU)?;
    match arguments.payload_to_serve()? {
        8 => answer_both::<1>(&line),
        64 => answer_both::<8>(&line),
        4096 => answer_both::<512>(&line),
        _ => answer_both::<0x2_0000>(&line),
    }
}

fn ask_both<const N: usize>(arguments: &Arguments, payload_bytes: usize) -> Result<()> {
    let peer = Peer::start(arguments, payload_bytes)?;
    process::pin_to_cpu(CLIENT_CPU)?;
    let line = peer.line()?;
    let mut stage = Stage {
        floor: Floor::new(line)?,
        one: Client::<ipc::Service, N>::new(line)?,
        many: Client::<ipc_threadsafe::Service, N>::new(line)?,
        line,
        number: 0,
    };
    let mut rounds = Variants::default();
    // The first touches everything for the first time.
    stage.round(true)?;
    let begin = Instant::now();
    for one_first in [false, true].into_iter().cycle() {
        if begin.elapsed() >= arguments.budget || rounds.price.suffice(arguments.rounds) {
            break;
        }
        rounds.add(&stage.round(one_first)?);
    }
    stage.floor.stop();
    rounds.report(arguments, payload_bytes);
    Ok(())
}

struct Stage<'a, const N: usize> {
    floor: Floor,
    one: Client<ipc::Service, N>,
    many: Client<ipc_threadsafe::Service, N>,
    line: &'a Line,
    number: u64,
}

/// Times of one round, each the mean of a burst.
struct Times {
    floor_before_ns: f64,
    one_ns: f64,
    many_ns: f64,
    floor_after_ns: f64,
}

impl<const N: usize> Stage<'_, N> {
    fn round(&mut self, one_first: bool) -> Result<Times> {
        let Self {
            floor,
            one,
            many,
            line,
            number,
        } = self;
        let floor_before_ns = timed(|| floor.ping(line, BURST))?;
        let one_before = one_first.then(|| timed(|| ask(line, one, number)));
        let many_ns = timed(|| ask(line, many, number))?;
        let one_ns = one_before.unwrap_or_else(|| timed(|| ask(line, one, number)))?;
        Ok(Times {
            floor_before_ns,
            one_ns,
            many_ns,
            floor_after_ns: timed(|| floor.ping(line, BURST))?,
        })
    }
}

fn answer_both<const N: usize>(line: &Line) -> Result<()> {
    let mut floor = Floor::new(line)?;
    let mut one = Server::<ipc::Service, N>::new(line)?;
    let mut many = Server::<ipc_threadsafe::Service, N>::new(line)?;
    for one_first in [true, false].into_iter().cycle() {
        if !floor.pong(line, BURST)? {
            break;
        }
        if one_first {
            answer(line, &mut one)?;
        }
        answer(line, &mut many)?;
        if !one_first {
            answer(line, &mut one)?;
        }
        if !floor.pong(line, BURST)? {
            break;
        }
    }
    Ok(())
}

fn answer(line: &Line, server: &mut impl Answering) -> Result<()> {
    for _ in 0..BURST {
        line.spin(|| server.answer())?;
    }
    Ok(())
}

/// The same rounds three times over: by either variant, and the difference.
#[derive(Debug, Default)]
struct Variants {
    one: Rounds,
    many: Rounds,
    price: Rounds,
}

impl Variants {
    fn add(&mut self, times: &Times) {
        let round = |ours_ns| Round {
            floor_before_ns: times.floor_before_ns,
            ours_ns,
            floor_after_ns: times.floor_after_ns,
        };
        self.one.add(round(times.one_ns));
        self.many.add(round(times.many_ns));
        self.price.add(round(times.many_ns - times.one_ns));
    }

    fn report(&self, arguments: &Arguments, payload_bytes: usize) {
        let all = [
            ("threads-one", &self.one),
            ("threads-many", &self.many),
            ("threads-price", &self.price),
        ];
        for (what, rounds) in all {
            for (placement, figures) in rounds.figures() {
                report::Line {
                    what,
                    placement: Placement::name(placement),
                    payload_bytes,
                    figures,
                }
                .print(arguments.json);
            }
        }
        if let Some(discarded) = self.price.discarded() {
            remark(&format!(
                "threads {payload_bytes} B: {} rounds discarded, whose floor moved or lies between the classes \
                 (medians: floor {:.1} ns, price {:.1} ns)",
                discarded.rounds, discarded.floor_ns, discarded.ours_ns
            ));
        }
    }
}
