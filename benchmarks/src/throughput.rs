// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Messages of 4 KiB to 16 MiB, written in full and read in full, there and back, between two processes that spin on two
//! cores.
//!
//! The floor is the same through a bare [buffer](crate::hot_buffer) each way. What one core copies from one buffer of its
//! own to another in the same rounds is told beside it.

use crate::{
    Result,
    alternation::{self, Answers, Asks, Burst, Case, Idle},
    arguments::Arguments,
    hot_buffer::HotBuffer,
    pair,
    peer::{Line, Place},
    placement::Placement,
    ports, report,
    slice_ports::{Client, EveryWord, Known, Server},
};
use core::hint::black_box;
use std::path::Path;

const PAYLOADS: [usize; 4] = [4 << 10, 64 << 10, 1 << 20, 16 << 20];

/// Bytes that go there in one burst, if that are not more than so many messages.
const BURST_BYTES: usize = 8 << 20;
const BURST_MAX: u32 = 250;

fn times(bytes: usize) -> u32 {
    u32::try_from(BURST_BYTES / bytes).map_or(BURST_MAX, |times| times.clamp(1, BURST_MAX))
}

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    let payloads = arguments.payloads(&PAYLOADS)?;
    let peer = pair::start(arguments, None)?;
    let line = peer.line()?;
    let root = Place::new()?;
    line.say_root(&root)?;
    let node = ports::node(root.path())?;
    let mut cases = Vec::new();
    for &bytes in &payloads {
        let times = times(bytes);
        let floor = Asks::new(HotBuffer::new(line, bytes)?, times);
        let client = Client::<EveryWord>::new(&node, bytes, Known::Length)?;
        cases.push(Case::above(floor, times, Asks::new(client, times)));
        cases.push(Case::new(times, Copies::new(bytes, times)));
    }
    alternation::lead(arguments, line, &mut cases)?;
    for (bytes, pair) in payloads.into_iter().zip(cases.chunks(2)) {
        if let [ours, copies] = pair {
            report(arguments, bytes, ours, copies);
        }
    }
    Ok(())
}

/// The process that answers.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let line = pair::join(place)?;
    let node = ports::node(&line.hear_root()?)?;
    let mut cases = Vec::new();
    for bytes in arguments.payloads(&PAYLOADS)? {
        let times = times(bytes);
        let floor = Answers::new(HotBuffer::new(&line, bytes)?, times);
        let server = Server::<EveryWord>::new(&node, bytes, Known::Length)?;
        cases.push(Case::above(floor, times, Answers::new(server, times)));
        cases.push(Case::new(times, Idle));
    }
    alternation::follow(&line, &mut cases)
}

/// What one core does alone.
struct Copies {
    from: Vec<u64>,
    to: Vec<u64>,
    times: u32,
}

impl Copies {
    fn new(bytes: usize, times: u32) -> Self {
        let words = bytes / size_of::<u64>();
        Self {
            from: vec![1; words],
            to: vec![0; words],
            times,
        }
    }
}

impl Burst for Copies {
    fn run(&mut self, _: &Line) -> Result<()> {
        for _ in 0..self.times {
            black_box(&mut self.to).copy_from_slice(black_box(&self.from));
        }
        Ok(())
    }
}

/// A byte in a nanosecond is a gigabyte in a second, and a round trip passes the payload on twice.
#[expect(clippy::cast_precision_loss, reason = "some millions of bytes")]
fn report(arguments: &Arguments, bytes: usize, ours: &Case<'_>, copies: &Case<'_>) {
    for (placement, figures) in ours.rounds().figures() {
        let both_ways = 2.0 * bytes as f64;
        let mut beside = vec![
            ("floor_gb_s", both_ways / figures.floor_ns),
            ("ours_gb_s", both_ways / figures.ours_ns),
        ];
        if let Some(copies) = copies.rounds().figures_of(placement) {
            beside.push(("memcpy_gb_s", bytes as f64 / copies.ours_ns));
        }
        report::Line {
            placement: Placement::name(placement),
            beside,
            ..report::Line::new("throughput", bytes, figures)
        }
        .print(arguments.json);
    }
    report::remark_discarded(&format!("throughput {bytes} B"), ours.rounds());
}
