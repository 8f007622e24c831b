// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the length of a slice costs: round trips of slices of all lengths between two processes that spin on two cores,
//! of which nobody touches more than the first word.
//!
//! Each round is one burst of each length, by ports that were told the length and by ports that were told nothing, in
//! the one order and then in the other, between two bursts of the floor. So whatever moves, moves for all of them.

use crate::{
    Result,
    alternation::{self, Answers, Asks, BURST, Case},
    arguments::{Arguments, ROUNDS_MIN},
    pair,
    peer::Place,
    placement::Placement,
    ports::node,
    report::{self, remark},
    slice_ports::{Client, FirstWord, Known, Server},
};
use std::path::Path;

const LENGTHS: [usize; 6] = [64, 4 << 10, 64 << 10, 1 << 20, 16 << 20, 256 << 20];

/// The dearest length may cost so many times what the cheapest does.
const SPREAD_MAX: f64 = 1.2;

/// All that is measured, in its order.
fn kinds() -> impl Iterator<Item = (Known, usize)> {
    Known::ALL
        .into_iter()
        .flat_map(|known| LENGTHS.map(|bytes| (known, bytes)))
}

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    let peer = pair::start(arguments, None)?;
    let line = peer.line()?;
    let root = Place::new()?;
    line.say_root(&root)?;
    let node = node(root.path())?;
    let mut measured = kinds()
        .map(|(known, bytes)| {
            let client = Client::<FirstWord>::new(&node, bytes, known)?;
            Ok(Case::new(BURST, Asks::new(client, BURST)))
        })
        .collect::<Result<Vec<_>>>()?;
    alternation::lead(arguments, line, &mut measured)?;
    report(arguments, &measured)
}

/// The process that answers.
pub fn serve(_: &Arguments, place: &Path) -> Result<()> {
    let line = pair::join(place)?;
    let node = node(&line.hear_root()?)?;
    let mut measured = kinds()
        .map(|(known, bytes)| {
            let server = Server::<FirstWord>::new(&node, bytes, known)?;
            Ok(Case::new(BURST, Answers::new(server, BURST)))
        })
        .collect::<Result<Vec<_>>>()?;
    alternation::follow(&line, &mut measured)
}

/// Says everything, and whether all lengths cost the same, which the fewest rounds there may be cannot tell.
fn report(arguments: &Arguments, measured: &[Case<'_>]) -> Result<()> {
    let mut dear = None;
    for placement in Placement::ALL {
        for known in Known::ALL {
            let (spread, rounds) = report_one(arguments, measured, placement, known);
            if spread > SPREAD_MAX && rounds > ROUNDS_MIN && !arguments.quick {
                dear = Some(spread);
            }
        }
    }
    for ((known, bytes), case) in kinds().zip(measured) {
        report::remark_discarded(&format!("{} {bytes} B", known.name()), case.rounds());
    }
    match dear {
        Some(spread) => Err(format!(
            "the dearest length costs {spread:.2} times what the cheapest does, more than {SPREAD_MAX}"
        )
        .into()),
        None => Ok(()),
    }
}

/// Says what there is of one placement: how many times the cheapest length the dearest costs, in how many rounds.
fn report_one(
    arguments: &Arguments,
    measured: &[Case<'_>],
    placement: Placement,
    known: Known,
) -> (f64, usize) {
    let (mut cheapest, mut dearest, mut rounds) = (f64::INFINITY, 0.0_f64, 0);
    let what = known.name();
    for ((other, bytes), case) in kinds().zip(measured) {
        if other != known {
            continue;
        }
        let Some(figures) = case.rounds().figures_of(placement) else {
            return (1.0, 0);
        };
        cheapest = cheapest.min(figures.ours_ns);
        dearest = dearest.max(figures.ours_ns);
        rounds = figures.rounds;
        report::Line {
            placement: placement.name(),
            ..report::Line::new(what, bytes, figures)
        }
        .print(arguments.json);
    }
    let (spread, name) = (dearest / cheapest, placement.name());
    remark(&format!("{what} {name}: dearest / cheapest {spread:.3}"));
    (spread, rounds)
}
