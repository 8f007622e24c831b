// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The command line.

use crate::{Result, peers::Peer, row::Row, side::Side};
use core::{str::FromStr, time::Duration};
use std::path::PathBuf;

pub const USAGE: &str = "\
Usage: cargo run --release [-- OPTIONS]

Measures every way to ask another process beside every other, and writes table and plots to docs/benchmarks.

Options:
  --only NAME,..  only these peers (ours, iceoryx2, unix-socket, ...)
  --rows ROW,..   only these rows (round-trip-8, stream-64, process, ...)
  --rounds N      stop a row after N rounds of one placement (default 101, at least 21)
  --seconds N     stop a row after N seconds (default 20)
  --quick         21 rounds or 2 seconds a row: to see that it works, not to believe the figures
  --builds        measure nothing but how long a first client of each takes to build, which takes minutes
  --json          one JSON object a line on stdout; everything else goes to stderr
  --out DIR       where table and plots go; without it a run that was told --quick, --only or --rows writes none
";

/// Fewer rounds than this are no figure.
pub const ROUNDS_MIN: usize = 21;

#[derive(Debug)]
pub struct Arguments {
    pub task: Task,
}

#[derive(Debug)]
pub enum Task {
    Help,
    Measure(Plan),
    Side(SideTask),
}

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    pub peers: Vec<Peer>,
    pub rows: Vec<Row>,
    pub builds: bool,
    pub rounds: usize,
    pub budget: Duration,
    pub json: bool,
    /// Where table and plots go.
    pub out: Option<PathBuf>,
}

/// What a process is that the one which measures has started.
#[derive(Debug)]
pub struct SideTask {
    pub side: Side,
    pub place: PathBuf,
}

impl Arguments {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut plan = Plan {
            peers: Peer::ALL.to_vec(),
            rows: Row::ALL.to_vec(),
            builds: false,
            rounds: 101,
            budget: Duration::from_secs(20),
            json: false,
            out: None,
        };
        let mut whole = true;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--help" | "-h" => return Ok(Self { task: Task::Help }),
                "--side" => return side(words),
                "--json" => plan.json = true,
                "--builds" => plan.builds = true,
                "--quick" => {
                    plan.rounds = ROUNDS_MIN;
                    plan.budget = Duration::from_secs(2);
                    whole = false;
                }
                "--rounds" => plan.rounds = number::<usize>(&word, words.next())?.max(ROUNDS_MIN),
                "--seconds" => plan.budget = Duration::from_secs(number(&word, words.next())?),
                "--out" => plan.out = Some(value(&word, words.next())?.into()),
                "--only" => {
                    plan.peers = list(&value(&word, words.next())?)?;
                    whole = false;
                }
                "--rows" => {
                    plan.rows = list(&value(&word, words.next())?)?;
                    whole = false;
                }
                _ => return Err(format!("there is no option {word:?}\n\n{USAGE}").into()),
            }
        }
        if whole && plan.out.is_none() {
            plan.out = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/benchmarks").into());
        }
        Ok(Self {
            task: Task::Measure(plan),
        })
    }
}

/// `--side SIDE PEER ROW PLACE`.
fn side(mut words: impl Iterator<Item = String>) -> Result<Arguments> {
    let mut next = |what: &str| value(what, words.next());
    let side = Side::parse(&next("--side")?, &next("the peer")?, &next("the row")?)?;
    let place = next("the place")?.into();
    Ok(Arguments {
        task: Task::Side(SideTask { side, place }),
    })
}

fn list<T: FromStr<Err = crate::Trouble>>(words: &str) -> Result<Vec<T>> {
    let words = words.split(',').filter(|word| !word.is_empty());
    words.map(str::parse).collect()
}

fn value(option: &str, value: Option<String>) -> Result<String> {
    value.ok_or_else(|| format!("{option} wants a value\n\n{USAGE}").into())
}

fn number<T: FromStr>(option: &str, word: Option<String>) -> Result<T> {
    let word = value(option, word)?;
    word.parse()
        .map_err(|_| format!("{option} wants a whole number, not {word:?}").into())
}
