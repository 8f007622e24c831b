// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Cases that are measured in turn by two processes, so that whatever moves, moves for all of them.
//!
//! ```text
//!     a round:  line │ floor  ours  floor │ floor  ours  floor │ … │ line
//!                     ╰──── a case ─────╯
//!     the next:       the same cases, the last one first
//! ```
//!
//! The *line* is one cache line there and back: it says how far the cores are from each other. It is also the floor of a
//! case that has none of its own.

use crate::{
    Result,
    arguments::Arguments,
    floor::Floor,
    ours::{Answering, Asking, check},
    peer::Line,
    placement::{Round, Rounds},
};
use std::time::Instant;

/// Round trips of one burst: some tens of microseconds, in which the cores seldom move or do something else.
pub const BURST: u32 = 250;

/// One process's side of a burst.
pub trait Burst {
    fn run(&mut self, line: &Line) -> Result<()>;
}

/// The side of a burst in which this process has no part.
#[derive(Debug)]
pub struct Idle;

impl Burst for Idle {
    fn run(&mut self, _: &Line) -> Result<()> {
        Ok(())
    }
}

/// The side that asks, `times` times, one request after the other.
#[derive(Debug)]
pub struct Asks<A> {
    asking: A,
    times: u32,
    number: u64,
}

impl<A: Asking> Asks<A> {
    pub const fn new(asking: A, times: u32) -> Self {
        Self {
            asking,
            times,
            number: 0,
        }
    }
}

impl<A: Asking> Burst for Asks<A> {
    fn run(&mut self, line: &Line) -> Result<()> {
        for _ in 0..self.times {
            self.asking.send(self.number)?;
            let answer = line.spin(|| self.asking.receive())?;
            check(self.number, answer)?;
            self.number = answer;
        }
        Ok(())
    }
}

/// The side that answers, `times` times.
#[derive(Debug)]
pub struct Answers<A> {
    answering: A,
    times: u32,
}

impl<A: Answering> Answers<A> {
    pub const fn new(answering: A, times: u32) -> Self {
        Self { answering, times }
    }
}

impl<A: Answering> Burst for Answers<A> {
    fn run(&mut self, line: &Line) -> Result<()> {
        for _ in 0..self.times {
            line.spin(|| self.answering.answer())?;
        }
        Ok(())
    }
}

/// One process's side of a case.
pub struct Case<'a> {
    floor: Option<Box<dyn Burst + 'a>>,
    ours: Box<dyn Burst + 'a>,
    times: u32,
    rounds: Rounds,
    last: Times,
}

/// What the case took in this round, in nanoseconds.
#[derive(Debug, Default, Clone, Copy)]
struct Times {
    floor: Option<f64>,
    ours: f64,
}

impl<'a> Case<'a> {
    /// A case whose floor is the line. A burst does `times` of what a figure is about.
    pub fn new(times: u32, ours: impl Burst + 'a) -> Self {
        Self {
            floor: None,
            ours: Box::new(ours),
            times,
            rounds: Rounds::default(),
            last: Times::default(),
        }
    }

    /// A case with a floor of its own, of which a burst does as much.
    pub fn above(floor: impl Burst + 'a, times: u32, ours: impl Burst + 'a) -> Self {
        Self {
            floor: Some(Box::new(floor)),
            ..Self::new(times, ours)
        }
    }

    pub const fn rounds(&self) -> &Rounds {
        &self.rounds
    }

    fn run(&mut self, line: &Line) -> Result<()> {
        let before = self.run_floor(line)?;
        let ours = timed(self.times, || self.ours.run(line))?;
        let after = self.run_floor(line)?;
        self.last = Times {
            floor: before.zip(after).map(|(a, b)| f64::midpoint(a, b)),
            ours,
        };
        Ok(())
    }

    fn run_floor(&mut self, line: &Line) -> Result<Option<f64>> {
        let times = self.times;
        self.floor
            .as_mut()
            .map(|floor| timed(times, || floor.run(line)))
            .transpose()
    }

    fn enter(&mut self, line_before_ns: f64, line_after_ns: f64) {
        let round = Round::new(line_before_ns, self.last.ours, line_after_ns);
        let floor = self.last.floor;
        self.rounds
            .add(floor.map_or(round, |floor_ns| round.above(floor_ns)));
    }
}

/// Measures the cases; the other process [`follow`]s.
pub fn lead(arguments: &Arguments, line: &Line, cases: &mut [Case<'_>]) -> Result<()> {
    let mut floor = Floor::new(line)?;
    let begin = Instant::now();
    for number in 0_u32.. {
        let enough = cases
            .iter()
            .all(|case| case.rounds.suffice(arguments.rounds));
        if number > 0 && (enough || begin.elapsed() >= arguments.budget) {
            break;
        }
        let before = timed(BURST, || floor.ping(line, BURST))?;
        each(cases, number, line)?;
        let after = timed(BURST, || floor.ping(line, BURST))?;
        // The first touches everything for the first time.
        if number > 0 {
            cases.iter_mut().for_each(|case| case.enter(before, after));
        }
    }
    floor.stop();
    if arguments.quick {
        (cases.iter_mut()).for_each(|case| case.rounds.settle_for_any());
    }
    Ok(())
}

/// The other process's part of [`lead`], with the same cases.
pub fn follow(line: &Line, cases: &mut [Case<'_>]) -> Result<()> {
    let mut floor = Floor::new(line)?;
    for number in 0_u32.. {
        if !floor.pong(line, BURST)? {
            break;
        }
        each(cases, number, line)?;
        floor.pong(line, BURST)?;
    }
    Ok(())
}

fn each(cases: &mut [Case<'_>], number: u32, line: &Line) -> Result<()> {
    if number % 2 == 0 {
        cases.iter_mut().try_for_each(|case| case.run(line))
    } else {
        cases.iter_mut().rev().try_for_each(|case| case.run(line))
    }
}

/// Nanoseconds of each of `times`.
pub fn timed(times: u32, burst: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begin = Instant::now();
    burst()?;
    Ok(begin.elapsed().as_secs_f64() * 1e9 / f64::from(times))
}
