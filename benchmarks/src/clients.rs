// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One client that asks beside 0 to 256 that are connected and silent: what its round trip takes, and what a poll of the
//! server takes that finds nothing.
//!
//! ```text
//!     client, cpu 0 ──────────▶ server, cpu 1: one port for each number of silent clients
//!     silent clients, asleep ──▶
//!     in other processes, at most 64 in each
//! ```
//!
//! Each silent client has asked once, so that the server knows it well.

use crate::{
    Result,
    alternation::{self, Answers, Asks, BURST, Case, timed},
    arguments::{Arguments, ROUNDS_MIN},
    ours::Answering,
    pair,
    peer::{Line, Peer, Place},
    placement::{Figures, Placement, Round},
    ports::{self, Client, Factory, Server, ask},
    report,
};
use core::time::Duration;
use iceoryx2::{node::Node, prelude::ipc};
use std::path::Path;

const IDLE: [usize; 5] = [0, 1, 8, 64, 256];
const SILENT: &str = "silent";

/// Silent clients of one process, so that few descriptors are allowed to each.
const SILENT_PER_PROCESS: usize = 64;

/// Polls of one burst.
const POLLS: u32 = 1_000;

const PATIENCE: Duration = Duration::from_secs(10);
const PAYLOAD_BYTES: usize = size_of::<u64>();

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    arguments.payloads(&[PAYLOAD_BYTES])?;
    let peer = pair::start(arguments, None)?;
    let line = peer.line()?;
    let root = Place::new()?;
    line.say_root(&root)?;
    let silent = start_silent(arguments, &root)?;
    line.say(b"all silent clients are there", &[])?;
    let node = ports::node(root.path())?;
    let mut cases = IDLE
        .into_iter()
        .map(|idle| {
            let client = Client::of(&service(&node, idle)?)?;
            Ok(Case::new(BURST, Asks::new(client, BURST)))
        })
        .collect::<Result<Vec<_>>>()?;
    alternation::lead(arguments, line, &mut cases)?;
    let (polls, _) = line.hear()?;
    drop(silent);
    report_round_trips(arguments, &cases);
    report_polls(arguments, &String::from_utf8(polls)?)
}

/// The processes that answer or are silent.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    if arguments.part.as_deref() == Some(SILENT) {
        return be_silent(&Line::to_parent(place)?);
    }
    let line = pair::join(place)?;
    let node = ports::node(&line.hear_root()?)?;
    let mut servers = IDLE
        .into_iter()
        .map(|idle| Server::of(&service(&node, idle)?, &line))
        .collect::<Result<Vec<_>>>()?;
    while line.try_hear()?.is_none() {
        for _ in 0..POLLS {
            for server in &mut servers {
                server.answer()?;
            }
        }
    }
    let mut cases: Vec<_> = servers
        .iter_mut()
        .map(|server| Case::new(BURST, Answers::new(server, BURST)))
        .collect();
    alternation::follow(&line, &mut cases)?;
    drop(cases);
    let polls = polls(&servers)?;
    line.say(polls.as_bytes(), &[])?;
    line.wait_for_end()
}

fn service(node: &Node<ipc::Service>, idle: usize) -> Result<Factory<ipc::Service, 1>> {
    ports::service(node, &format!("clients-{idle}"), |builder| {
        builder.max_clients(idle + 1)
    })
}

// ----- those that are silent

/// Starts as many as each service wants, and waits until all have asked once.
fn start_silent(arguments: &Arguments, root: &Place) -> Result<Vec<Peer>> {
    let mut peers = Vec::new();
    for idle in IDLE {
        for begin in (0..idle).step_by(SILENT_PER_PROCESS) {
            let count = SILENT_PER_PROCESS.min(idle - begin);
            let peer = Peer::start(arguments, Some(SILENT), None)?;
            peer.line()?.say_root(root)?;
            peer.line()?
                .say(format!("{idle} {count}").as_bytes(), &[])?;
            peers.push(peer);
        }
    }
    for peer in &peers {
        peer.line()?.hear()?;
    }
    Ok(peers)
}

fn be_silent(line: &Line) -> Result<()> {
    let node = ports::node(&line.hear_root()?)?;
    let (words, _) = line.hear()?;
    let words = String::from_utf8(words)?;
    let (idle, count) = words
        .split_once(' ')
        .ok_or("how many silent clients was not said")?;
    let service = service(&node, idle.parse()?)?;
    let count: usize = count.parse()?;
    let clients = (0..count)
        .map(|_| {
            let client = ports::client_of(&service, 1)?;
            ask(&client, 0)?.timed_receive(PATIENCE)?;
            Ok(client)
        })
        .collect::<Result<Vec<_>>>()?;
    line.say(b"there", &[])?;
    line.wait_for_end()?;
    drop(clients);
    Ok(())
}

// ----- polls that find nothing

/// Nanoseconds of a poll of each server, a line for each round.
fn polls(servers: &[Server<'_, ipc::Service, 1>]) -> Result<String> {
    let mut text = String::new();
    // More would not fit a message.
    for _ in 0..ROUNDS_MIN {
        for server in servers {
            let burst = || (0..POLLS).try_for_each(|_| server.poll_in_vain());
            text += &format!("{:.1} ", timed(POLLS, burst)?);
        }
        text.push('\n');
    }
    Ok(text)
}

/// Prints the polls; the floor is the poll of a server without silent clients in the same round.
fn report_polls(arguments: &Arguments, polls: &str) -> Result<()> {
    let rounds = polls
        .lines()
        .map(|line| line.split_whitespace().map(str::parse).collect())
        .collect::<core::result::Result<Vec<Vec<f64>>, _>>()?;
    for (index, idle) in IDLE.into_iter().enumerate() {
        let of_index = |round: &Vec<f64>| {
            let (alone, ours) = (*round.first()?, *round.get(index)?);
            Some(Round::alone(alone, ours))
        };
        let rounds: Option<Vec<_>> = rounds.iter().map(of_index).collect();
        let rounds = rounds.ok_or("the server has said less than it should")?;
        if let Some(figures) = Figures::of(rounds.iter()) {
            print(
                arguments,
                "clients-poll",
                "one-core",
                idle,
                figures,
                figures.floor_ns,
            );
        }
    }
    Ok(())
}

// ----- round trips

fn report_round_trips(arguments: &Arguments, cases: &[Case<'_>]) {
    for placement in Placement::ALL {
        let mut alone = None;
        for (idle, case) in IDLE.into_iter().zip(cases) {
            if let Some(figures) = case.rounds().figures_of(placement) {
                let alone = *alone.get_or_insert(figures.ours_ns);
                print(arguments, "clients", placement.name(), idle, figures, alone);
            }
        }
    }
    if let Some(case) = cases.first() {
        report::remark_discarded("clients", case.rounds());
    }
}

/// Prints one figure, and what each of the silent clients adds to what there is without them.
#[expect(clippy::cast_precision_loss, reason = "a few hundred clients")]
fn print(
    arguments: &Arguments,
    what: &str,
    placement: &str,
    idle: usize,
    figures: Figures,
    alone_ns: f64,
) {
    let each_ns = (figures.ours_ns - alone_ns) / idle.max(1) as f64;
    report::Line {
        placement,
        of: Some(("idle_clients", idle)),
        beside: vec![
            ("each_ns", each_ns),
            ("each_percent", each_ns / alone_ns * 100.0),
        ],
        ..report::Line::new(what, PAYLOAD_BYTES, figures)
    }
    .print(arguments.json);
}
