// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Random options and random operations beside a plain model of the semantics.
//!
//! ```text
//!     seed ──▶ episode: draws options, payloads and operations
//!                 │
//!                 ├─ world   nodes, ports and everything held of them ──┐ after each operation
//!                 ├─ model   queues and numbers ◀───────────────────────┘ the two are compared
//!                 └─ baseline   descriptors, shared memory and files: as before, once everything was dropped
//! ```
//!
//! Everything runs in one thread, so that the model knows nearly every answer exactly; where the ports are free to
//! choose, it checks that they chose among what they may. What is drawn comes again with its seed, and a single episode
//! by its number. Whose turn it is depends on the clock in places, so that an episode may take another way then.
//!
//! `soak --operations 10000000 --seed 20261121`: 10,001,670 operations of all variants in 3,898 episodes, 0 differences,
//! 35 s on two busy cores (21 November 2026). It prints how often each kind of answer came.

mod baseline;
mod decisions;
mod history;
mod kind;
mod model;
mod options;
mod world;

use crate::{draw::Draw, stage::Stage};
use baseline::{Baseline, private_bytes};
use history::History;
use iceoryx2::prelude::*;
use kind::{Kind, Large};
use model::Tally;
use options::ServiceOptions;
use std::{
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};
use world::World;

/// A variant of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// `ipc`
    Ipc,
    /// `ipc_threadsafe`
    IpcThreadsafe,
    /// `local`
    Local,
    /// `local_threadsafe`
    LocalThreadsafe,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Ipc,
        Self::IpcThreadsafe,
        Self::Local,
        Self::LocalThreadsafe,
    ];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|variant| variant.to_string() == name)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipc => "ipc",
            Self::IpcThreadsafe => "ipc_threadsafe",
            Self::Local => "local",
            Self::LocalThreadsafe => "local_threadsafe",
        })
    }
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// At least so many operations.
    pub operations: u64,
    /// What everything is drawn from.
    pub seed: u64,
    /// Only this episode.
    pub episode: Option<u64>,
    /// They take turns.
    pub variants: Vec<Variant>,
}

/// What was done without a difference.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Operations.
    pub operations: u64,
    /// Episodes.
    pub episodes: u64,
    /// How long it took.
    pub time: Duration,
    /// How many bytes this process has grown by since it had warmed up.
    pub growth: u64,
    /// How often things happened.
    pub tally: BTreeMap<&'static str, u64>,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, kibibytes) = (self.time.as_secs(), self.growth / 1024);
        for (event, count) in &self.tally {
            writeln!(f, "{count:>9} {event}")?;
        }
        write!(
            f,
            "{} operations in {} episodes, 0 differences, {seconds} s, {kibibytes} KiB more than after the first episodes",
            self.operations, self.episodes
        )
    }
}

/// So many operations an episode has at most.
const EPISODE_MAX: u64 = 6_000;

/// After so many episodes a process has what it needs for itself.
const WARM: u64 = 200;

/// More a process may not grow by afterwards: the allocator's and the kernel's business.
const GROWTH_MAX: u64 = 64 << 20;

/// Does what `plan` says, below `stage`.
///
/// # Errors
/// The first difference, with everything needed to see it again.
pub fn soak(stage: &Stage, plan: &Plan) -> Result<Figures, String> {
    let began = Instant::now();
    let mut tally = Tally::new();
    let (mut operations, mut episode) = (0, plan.episode.unwrap_or(0));
    let first = episode;
    let mut warm = None;
    while operations < plan.operations && plan.episode.is_none_or(|only| episode == only) {
        let (count, happened) = run_episode(stage, plan, episode)?;
        operations += count;
        for (event, count) in happened {
            *tally.entry(event).or_default() += count;
        }
        episode += 1;
        if episode == WARM {
            warm = Some(private_bytes());
        }
    }
    let growth = warm.map_or(0, |warm| private_bytes().saturating_sub(warm));
    if growth > GROWTH_MAX {
        return Err(format!("the process has grown by {growth} bytes"));
    }
    Ok(Figures {
        operations,
        episodes: episode - first,
        time: began.elapsed(),
        growth,
        tally,
    })
}

/// Runs one episode, and returns how many operations it had.
fn run_episode(stage: &Stage, plan: &Plan, episode: u64) -> Result<(u64, Tally), String> {
    let mut draw = Draw::new(plan.seed ^ Draw::new(episode).number());
    let variants = u64::try_from(plan.variants.len()).unwrap();
    let variant = plan.variants[usize::try_from(episode % variants).unwrap()];
    let options = ServiceOptions::drawn(&mut draw);
    let history = History::default();
    let before = Baseline::now(stage.root());
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        play_variant(variant, stage, &options, &history, draw)
    }));
    let after = Baseline::now(stage.root());
    let difference = match outcome {
        Err(panic) => format!("panicked: {}", words_of(&*panic)),
        Ok(Err(difference)) => difference,
        Ok(Ok(_)) if after != before => format!("{before:?} has become {after:?}"),
        Ok(Ok(tally)) => return Ok((history.operations(), tally)),
    };
    Err(format!(
        "seed {}, episode {episode}, variant {variant}, operation {}\n{options:?}\n{history}{difference}",
        plan.seed,
        history.operations(),
    ))
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    let formatted = || panic.downcast_ref::<String>().map(String::as_str);
    literal.or_else(formatted).unwrap_or("without words")
}

fn play_variant(
    variant: Variant,
    stage: &Stage,
    options: &ServiceOptions,
    history: &History,
    draw: Draw,
) -> Result<Tally, String> {
    match variant {
        Variant::Ipc => play_kind::<ipc::Service>(stage, options, history, draw),
        Variant::IpcThreadsafe => {
            play_kind::<ipc_threadsafe::Service>(stage, options, history, draw)
        }
        Variant::Local => play_kind::<local::Service>(stage, options, history, draw),
        Variant::LocalThreadsafe => {
            play_kind::<local_threadsafe::Service>(stage, options, history, draw)
        }
    }
}

fn play_kind<S: Service>(
    stage: &Stage,
    options: &ServiceOptions,
    history: &History,
    mut draw: Draw,
) -> Result<Tally, String> {
    match draw.below(5) {
        0 => play::<S, u64, u64>(stage, options, history, draw),
        1 => play::<S, Large, Large>(stage, options, history, draw),
        2 => play::<S, [u8], [u64]>(stage, options, history, draw),
        3 => play::<S, u64, [u8]>(stage, options, history, draw),
        _ => play::<S, [u64], Large>(stage, options, history, draw),
    }
}

fn play<S: Service, P: Kind + ?Sized, Q: Kind + ?Sized>(
    stage: &Stage,
    options: &ServiceOptions,
    history: &History,
    mut draw: Draw,
) -> Result<Tally, String> {
    let operations = draw.of(&[100, 1_000, 3_000, EPISODE_MAX]);
    let config = stage.config();
    let mut world = World::<S, P, Q>::new(draw, options.clone(), &config, history);
    world.run(operations)?;
    Ok(world.tally().clone())
}
