// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the length of a slice costs: round trips of slices of all lengths between two processes that spin on two cores,
//! of which nobody touches more than the first word.
//!
//! Each round is one burst of each length, by ports that were told the length and by ports that were told nothing, in
//! the one order and then in the other, between two bursts of the floor. So whatever moves, moves for all of them.

use crate::{
    Result,
    arguments::{Arguments, ROUNDS_MIN},
    floor::Floor,
    ours::Answering,
    peer::{Line, Peer, Place},
    placement::{Placement, Round, Rounds},
    report::{self, remark},
    round_trip::{BURST, CLIENT_CPU, SERVER_CPU, ask, timed},
    slice_ports::{Client, Known, Server, node},
};
use iceoryx2::{node::Node, prelude::ipc};
use iceoryx2_bb_posix::process;
use std::{path::Path, time::Instant};

const LENGTHS: [usize; 6] = [64, 4 << 10, 64 << 10, 1 << 20, 16 << 20, 256 << 20];

/// The dearest length may cost so many times what the cheapest does.
const SPREAD_MAX: f64 = 1.2;

/// All that is measured, in its order.
fn cases() -> impl DoubleEndedIterator<Item = (Known, usize)> {
    Known::ALL
        .into_iter()
        .flat_map(|known| LENGTHS.map(|bytes| (known, bytes)))
}

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    if process::cpu_count() <= SERVER_CPU {
        return Err("two processors are needed, and this process may use only one".into());
    }
    let peer = Peer::start(arguments, None)?;
    process::pin_to_cpu(CLIENT_CPU)?;
    let line = peer.line()?;
    let root = Place::new()?;
    line.say(root.path().as_os_str().as_encoded_bytes(), &[])?;
    let mut stage = Stage::new(line, &root)?;
    // The first touches everything for the first time.
    stage.round(false)?;
    stage
        .cases
        .iter_mut()
        .for_each(|case| case.rounds = Rounds::default());
    let begin = Instant::now();
    for backwards in [true, false].into_iter().cycle() {
        if begin.elapsed() >= arguments.budget || stage.suffices(arguments.rounds) {
            break;
        }
        stage.round(backwards)?;
    }
    stage.floor.stop();
    stage.report(arguments)
}

/// The process that answers.
pub fn serve(_: &Arguments, place: &Path) -> Result<()> {
    let line = Line::to_parent(place)?;
    process::pin_to_cpu(SERVER_CPU)?;
    let (root, _) = line.hear()?;
    let node = node(Path::new(&String::from_utf8(root)?))?;
    let mut servers = cases()
        .map(|(known, bytes)| Server::new(&node, bytes, known))
        .collect::<Result<Vec<_>>>()?;
    let mut floor = Floor::new(&line)?;
    loop {
        for backwards in [false, true] {
            if !floor.pong(&line, BURST)? {
                return Ok(());
            }
            each(&mut servers, backwards, |server| answer(&line, server))?;
            if !floor.pong(&line, BURST)? {
                return Ok(());
            }
        }
    }
}

fn each<T>(
    all: &mut [T],
    backwards: bool,
    mut action: impl FnMut(&mut T) -> Result<()>,
) -> Result<()> {
    if backwards {
        all.iter_mut().rev().try_for_each(&mut action)
    } else {
        all.iter_mut().try_for_each(&mut action)
    }
}

fn answer(line: &Line, server: &mut Server) -> Result<()> {
    for _ in 0..BURST {
        line.spin(|| server.answer())?;
    }
    Ok(())
}

struct Case {
    known: Known,
    bytes: usize,
    client: Client,
    burst_ns: f64,
    rounds: Rounds,
}

struct Stage<'a> {
    cases: Vec<Case>,
    floor: Floor,
    line: &'a Line,
    number: u64,
    _node: Node<ipc::Service>,
}

impl<'a> Stage<'a> {
    fn new(line: &'a Line, root: &Place) -> Result<Self> {
        // The other side says that it is there by sending its floor.
        let floor = Floor::new(line)?;
        let node = node(root.path())?;
        let case = |(known, bytes)| -> Result<_> {
            Ok(Case {
                known,
                bytes,
                client: Client::new(&node, bytes, known)?,
                burst_ns: 0.0,
                rounds: Rounds::default(),
            })
        };
        Ok(Self {
            cases: cases().map(case).collect::<Result<_>>()?,
            floor,
            line,
            number: 0,
            _node: node,
        })
    }

    fn round(&mut self, backwards: bool) -> Result<()> {
        let Self {
            cases,
            floor,
            line,
            number,
            ..
        } = self;
        let floor_before_ns = timed(|| floor.ping(line, BURST))?;
        each(cases, backwards, |case| {
            case.burst_ns = timed(|| ask(line, &mut case.client, number))?;
            Ok(())
        })?;
        let floor_after_ns = timed(|| floor.ping(line, BURST))?;
        for case in cases {
            case.rounds.add(Round {
                floor_before_ns,
                ours_ns: case.burst_ns,
                floor_after_ns,
            });
        }
        Ok(())
    }

    fn suffices(&self, wanted: usize) -> bool {
        // All have the same rounds.
        self.cases
            .first()
            .is_some_and(|case| case.rounds.suffice(wanted))
    }

    /// Says everything, and whether all lengths cost the same, which the fewest rounds there may be cannot tell.
    fn report(&self, arguments: &Arguments) -> Result<()> {
        let mut dear = None;
        for placement in Placement::ALL {
            for known in Known::ALL {
                let (spread, rounds) = self.report_one(arguments, placement, known);
                if spread > SPREAD_MAX && rounds > ROUNDS_MIN {
                    dear = Some(spread);
                }
            }
        }
        for case in &self.cases {
            if let Some(discarded) = case.rounds.discarded() {
                remark(&format!(
                    "{} {} B: {} rounds discarded, whose floor moved or lies between the classes \
                     (medians: floor {:.1} ns, ours {:.1} ns)",
                    case.known.name(),
                    case.bytes,
                    discarded.rounds,
                    discarded.floor_ns,
                    discarded.ours_ns
                ));
            }
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
        &self,
        arguments: &Arguments,
        placement: Placement,
        known: Known,
    ) -> (f64, usize) {
        let (mut cheapest, mut dearest, mut rounds) = (f64::INFINITY, 0.0_f64, 0);
        let what = known.name();
        for case in self.cases.iter().filter(|case| case.known == known) {
            let all = case.rounds.figures();
            let Some((_, figures)) = all.into_iter().find(|(other, _)| *other == placement) else {
                return (1.0, 0);
            };
            cheapest = cheapest.min(figures.ours_ns);
            dearest = dearest.max(figures.ours_ns);
            rounds = figures.rounds;
            report::Line {
                what,
                placement: placement.name(),
                payload_bytes: case.bytes,
                figures,
            }
            .print(arguments.json);
        }
        let (spread, name) = (dearest / cheapest, placement.name());
        remark(&format!("{what} {name}: dearest / cheapest {spread:.3}"));
        (spread, rounds)
    }
}
