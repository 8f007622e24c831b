// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How many instructions a round trip takes, both sides in one thread, and how often it asks for memory.
//!
//! A child does round trips and is followed step by step through some of them. Between those it runs freely: a stepped
//! round trip takes as long as thousands of others, and ports look around when time has passed. The figure is the mean of those
//! in which no port did so.

mod task;

use crate::{
    Result,
    arguments::Arguments,
    part::{self, Part, command},
    peer::Place,
    record::Record,
    report::remark,
};
use iceoryx2_bb_posix::{
    process,
    trace::{Go, Seen, mark},
};
use std::path::Path;
use task::Task;

/// Round trips that are followed.
const SAMPLES: usize = 48;

/// Round trips from one that is followed to the next. A prime, so that what happens every so often is met as often.
const STRIDE: usize = 307;

/// Round trips whose requests for memory are counted, of which there must be none.
const COUNTED: usize = 1_000;

/// More than any machine takes for what is measured here.
const STEPS_MAX: u64 = 10_000_000;

struct Case {
    name: &'static str,
    /// The most instructions it may take on x86-64.
    ceiling: f64,
}

const CASES: &[Case] = &[
    case("descriptor", 450.0),
    case("chunk", 650.0),
    case("slice-grown", 1_115.0),
    case("threads-descriptor", 830.0),
    case("threads-chunk", 1_065.0),
    case("stream-response", 435.0),
    case("empty-poll-server", 72.0),
    case("empty-poll-pending", 55.0),
];

const fn case(name: &'static str, ceiling: f64) -> Case {
    Case { name, ceiling }
}

/// Ceilings are recorded for what the compiler makes of a release build for one architecture.
const CEILINGS_APPLY: bool = cfg!(all(target_arch = "x86_64", not(debug_assertions)));

/// Runs every case in a child and compares it with its ceiling.
pub fn measure(arguments: &Arguments) -> Result<()> {
    // WHY: a step is two switches between tracer and child, which cost least on one processor.
    process::pin_to_cpu(0)?;
    if !CEILINGS_APPLY {
        remark("the ceilings are those of a release build for x86-64 and do not apply here");
    }
    let mut above = Vec::new();
    for case in CASES {
        let place = Place::new()?;
        let counted = ["--rounds".to_owned(), COUNTED.to_string()];
        let mut part = command(arguments, case.name, place.path())?;
        let mut part = Part::start(part.args(counted))?;
        let allocations: u64 = part.hear()?.parse()?;
        let instructions = count(&mut part)?;
        let mut record = Record::new("instructions", case.name)
            .measure("instructions", instructions)
            .count("allocations", allocations);
        if CEILINGS_APPLY {
            record = record.measure("ceiling", case.ceiling);
        }
        record.print(arguments.json);
        if allocations > 0 || (CEILINGS_APPLY && instructions > case.ceiling) {
            above.push(case.name);
        }
    }
    if above.is_empty() {
        Ok(())
    } else {
        Err(format!("{above:?} take more than their ceilings, or allocate").into())
    }
}

/// What lies between two marks.
#[derive(Debug, Clone, Copy, Default)]
struct Section {
    instructions: u64,
    calls: u64,
}

/// The mean of the instructions between the first two of each three marks, less those between the last two.
fn count(part: &mut Part) -> Result<f64> {
    let mut sections = Vec::new();
    let mut section = Section::default();
    part.follow(|seen| match seen {
        Seen::Mark => {
            sections.push(core::mem::take(&mut section));
            // The first mark ends what is not counted, and the third begins it.
            match sections.len() % 3 {
                0 => Go::ToMark,
                _ => Go::ToInstruction,
            }
        }
        Seen::Instruction { before_call } if section.instructions < STEPS_MAX => {
            section.instructions += 1;
            section.calls += u64::from(before_call);
            Go::ToInstruction
        }
        Seen::Instruction { .. } => Go::Free,
        _ => Go::ToMark,
    })?;
    let nth = |n: usize| sections.iter().copied().skip(n).step_by(3);
    Ok(mean_without_calls(nth(1))? - mean_without_calls(nth(2))?)
}

/// The mean of those that make no more calls than any must. The others looked at what only the kernel knows, which a
/// port does once in a millisecond.
fn mean_without_calls(sections: impl Iterator<Item = Section> + Clone) -> Result<f64> {
    let calls = sections.clone().map(|section| section.calls).min();
    let counted: Vec<_> = sections
        .filter(|section| Some(section.calls) == calls)
        .map(|section| section.instructions)
        .collect();
    if counted.is_empty() {
        return Err("the child showed no marks".into());
    }
    Ok(counted.iter().sum::<u64>() as f64 / counted.len() as f64)
}

/// Does what is counted: as many rounds as `--rounds` says, and then those between marks. So other programs can count, too.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let name = arguments.part.as_deref().unwrap_or_default();
    let mut task = task::of(name, place)?;
    repeat(&mut *task, STRIDE)?;
    let before = crate::heap::allocations();
    repeat(&mut *task, arguments.rounds)?;
    part::say(&(crate::heap::allocations() - before).to_string())?;
    while part::listen()?.is_some() {}
    for _ in 0..SAMPLES {
        repeat(&mut *task, STRIDE - 1)?;
        mark()?;
        task.round()?;
        mark()?;
        mark()?;
    }
    Ok(())
}

fn repeat(task: &mut dyn Task, rounds: usize) -> Result<()> {
    (0..rounds).try_for_each(|_| task.round())
}
