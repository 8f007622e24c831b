// SPDX-License-Identifier: Apache-2.0 OR MIT
//! All rows, one after the other; in each, all peers side by side.
//!
//! A round is a burst of each peer, forwards and backwards in turn, with the floor before, between and after:
//!
//! ```text
//!     floor  ours  floor  iceoryx2  floor  unix-socket  floor  …
//! ```
//!
//! In rows whose floor is bare memory, that is one more peer. A peer that is not in its turn sleeps. One that fails is out, and the table says why.

use crate::{
    Result,
    arguments::{Plan, ROUNDS_MIN},
    classes::Class,
    first,
    floor::Floor,
    pair::Pair,
    peers::Peer,
    precedence,
    report::{self, remark},
    results::{Outcome, Results, Sample},
    row::Row,
    whole_process,
};
use core::time::Duration;
use iceoryx2_bb_posix::process;
use std::time::Instant;

/// How much a burst is of.
struct Size {
    /// Short enough that the cores seldom move meanwhile, or do something else.
    time: Duration,
    /// What takes longer than that time is rarely disturbed by comparison, and needs some to be in its stride.
    count_min: f64,
    count_max: f64,
}

impl Size {
    const fn of(row: Row) -> Self {
        let (time, count_min, count_max) = match row {
            Row::RoundTrip(_) | Row::Full(_) | Row::Asleep(_) | Row::Process => (500, 20.0, 250.0),
            Row::Stream(_) => (5_000, 2_000.0, 50_000.0),
            Row::InFlight => (2_000, 320.0, 8_000.0),
        };
        Self {
            time: Duration::from_micros(time),
            count_min,
            count_max,
        }
    }

    fn count(&self, time_ns: f64) -> u32 {
        let count = self.time.as_secs_f64() * 1e9 / time_ns;
        count.clamp(self.count_min, self.count_max).round() as u32
    }
}

/// Measures what the plan wants, and tells it.
pub fn hold(plan: &Plan) -> Result<()> {
    if process::cpu_count() < 2 {
        return Err("two processors are needed, and this process may use only one".into());
    }
    if plan.builds {
        return build(plan);
    }
    let mut rows = Vec::new();
    let mut extras = Vec::new();
    let mut went_first = false;
    for row in &plan.rows {
        went_first |= precedence::set(!row.asleep());
        let results = if *row == Row::Process {
            let (results, calls) = whole_process::measure(plan)?;
            extras.push(calls);
            results
        } else {
            measure(plan, *row)?
        };
        report::tell(&results, plan.json);
        rows.push(results);
    }
    precedence::set(false);
    for extra in &extras {
        report::tell_extra(extra, plan.json);
    }
    match &plan.out {
        Some(out) => report::write(&rows, &extras, went_first, out),
        None => Ok(()),
    }
}

/// Builds first clients and measures nothing else.
fn build(plan: &Plan) -> Result<()> {
    precedence::set(false);
    let extras = first::measure(&plan.peers)?;
    for extra in &extras {
        report::tell_extra(extra, plan.json);
    }
    match &plan.out {
        Some(out) => report::write_builds(&extras, &plan.peers, out),
        None => Ok(()),
    }
}

/// A peer in a row, or why it is not there.
struct Contestant {
    peer: Peer,
    count: u32,
    pair: core::result::Result<Pair, String>,
}

impl Contestant {
    fn new(peer: Peer, row: Row) -> Self {
        let mut contestant = Self {
            peer,
            count: 0,
            pair: match peer.lacks(row) {
                Some(reason) => Err(reason.into()),
                None => Pair::start(peer, row).map_err(|trouble| trouble.to_string()),
            },
        };
        // The first burst touches everything for the first time; the others tell better and better how long one takes.
        let size = Size::of(row);
        contestant.count = size.count(f64::INFINITY);
        for _ in 0..3 {
            if let Some(time_ns) = contestant.burst() {
                contestant.count = size.count(time_ns);
            }
        }
        if let Err(reason) = &contestant.pair {
            remark(&format!("{row}: {} is not in it: {reason}", peer.name()));
        }
        contestant
    }

    /// Nanoseconds of one.
    fn burst(&mut self) -> Option<f64> {
        let burst = self.pair.as_ref().ok()?.burst(self.count);
        burst
            .map_err(|trouble| self.pair = Err(trouble.to_string()))
            .ok()
    }
}

fn measure(plan: &Plan, row: Row) -> Result<Results> {
    let mut floor = Floor::start(row)?;
    floor.measure()?;
    let bare = row.bare_floor().then_some(Peer::Bare);
    let mut contestants: Vec<_> = bare
        .iter()
        .chain(&plan.peers)
        .map(|peer| Contestant::new(*peer, row))
        .collect();
    let mut samples = Vec::new();
    let begin = Instant::now();
    for number in 0.. {
        if begin.elapsed() > plan.budget || suffice(&samples, plan) {
            break;
        }
        round(row, number, &mut floor, &mut contestants, &mut samples)?;
    }
    let mut outcomes: Vec<_> = contestants
        .into_iter()
        .map(|contestant| Outcome {
            peer: contestant.peer,
            failure: contestant.pair.err(),
        })
        .collect();
    if bare.is_some()
        && let Some(reason) = outcomes.remove(0).failure
    {
        return Err(format!("{row}: there is no floor: {reason}").into());
    }
    Ok(Results::new(row, outcomes, samples))
}

fn round(
    row: Row,
    number: usize,
    floor: &mut Floor,
    contestants: &mut [Contestant],
    samples: &mut Vec<Sample>,
) -> Result<()> {
    if !number.is_multiple_of(2) {
        contestants.reverse();
    }
    let mut before_ns = floor.measure()?;
    for contestant in contestants.iter_mut() {
        let Some(time_ns) = contestant.burst() else {
            continue;
        };
        let after_ns = floor.measure()?;
        samples.push(Sample {
            peer: contestant.peer,
            round: number,
            class: if row.asleep() {
                Some(Class::Any)
            } else {
                Class::of(before_ns, after_ns)
            },
            floor_ns: f64::midpoint(before_ns, after_ns),
            time_ns,
        });
        before_ns = after_ns;
    }
    if !number.is_multiple_of(2) {
        contestants.reverse();
    }
    Ok(())
}

/// Whether in one class each peer has as many bursts as are wanted, and enough in each that occurred.
fn suffice(samples: &[Sample], plan: &Plan) -> bool {
    let counts = |class| {
        plan.peers.iter().map(move |peer| {
            let of = |sample: &&Sample| sample.peer == *peer && sample.class == Some(class);
            samples.iter().filter(of).count()
        })
    };
    // WHY: whoever failed has none.
    let all = |class, wanted| {
        let mut counts = counts(class).filter(|count| *count > 0).peekable();
        counts.peek().is_some() && counts.all(|count| count >= wanted)
    };
    let occurred = |class: &Class| samples.iter().any(|sample| sample.class == Some(*class));
    let classes: Vec<_> = Class::ALL.into_iter().filter(occurred).collect();
    classes.iter().any(|class| all(*class, plan.rounds))
        && classes.iter().all(|class| all(*class, ROUNDS_MIN))
}
