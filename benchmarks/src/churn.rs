// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Clients that come and go: connect, call, disconnect, between two processes that run already and spin.
//!
//! The floor of a connection is a bare one: a Unix socket is connected, passes one descriptor, and is answered.

use crate::{
    Result,
    arguments::Arguments,
    calls::{self, begin_marks},
    ours::check,
    pair,
    part::{self, Part, command},
    peer::{Line, Place},
    placement::{Figures, Round},
    record::Record,
    report,
    statistics::median,
};
use core::time::Duration;
use iceoryx2::{
    node::Node,
    port::server::Server,
    prelude::{Config, NodeBuilder, ipc},
    service::port_factory::request_response::PortFactory,
};
use iceoryx2_bb_posix::{
    AnonymousMemory, Connection, Listener, Received, directory::Directory, trace::mark,
};
use std::{path::Path, time::Instant};

const BURST: u32 = 10;
const BARE: &str = "bare";

/// The part that is both client and server, in one thread, and whose system calls are counted.
const COUNTED: &str = "counted";

/// What is counted of it, in this order. What the server does is what it does at its next poll.
const COUNTED_STEPS: [&str; 6] = [
    "client-connect",
    "client-send",
    "server-connect-and-answer",
    "client-receive",
    "client-disconnect",
    "server-disconnect",
];

/// Longer than a port that polls goes without a look at what only the kernel knows.
const LOOK: Duration = Duration::from_millis(2);

type Service = PortFactory<ipc::Service, u64, (), u64, ()>;
type Answers = Server<ipc::Service, u64, (), u64, ()>;

/// Comings and goings: their times, then their system calls.
pub fn measure(arguments: &Arguments) -> Result<()> {
    connect(arguments)?;
    count(arguments)
}

/// Plays the server, or both.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    match arguments.part.as_deref() {
        None => answer(&pair::join(place)?),
        Some(COUNTED) => come_and_go_alone(place),
        Some(other) => Err(format!("there is no part {other:?}").into()),
    }
}

fn open(place: &Path) -> Result<(Node<ipc::Service>, Service)> {
    let mut config = Config::default();
    config.global.set_root_path(place);
    let node = NodeBuilder::new()
        .config(&config)
        .create::<ipc::Service>()?;
    let service = node
        .service_builder(&"churn".try_into()?)
        .request_response::<u64, u64>()
        .open_or_create()?;
    Ok((node, service))
}

/// How long clients take to come and go.
pub fn connect(arguments: &Arguments) -> Result<()> {
    let place = Place::new()?;
    let peer = pair::start(arguments, None)?;
    let line = peer.line()?;
    line.say(place.path().as_os_str().as_encoded_bytes(), &[])?;
    line.hear()?;
    let (_node, service) = open(place.path())?;
    let memory = AnonymousMemory::create("benchmark-bare", 4096)?;
    let visits = Visits {
        line,
        directory: Directory::open(place.path())?,
        memory,
        service,
    };
    let mut rounds = Vec::new();
    let mut calls = Vec::new();
    let mut disconnects = Vec::new();
    let begin = Instant::now();
    while rounds.len() <= arguments.rounds && begin.elapsed() < arguments.budget {
        let floor_before_ns = visits.bare()?;
        let ours = visits.ours()?;
        let floor_after_ns = visits.bare()?;
        rounds.push(Round::new(
            floor_before_ns,
            ours.answered_ns,
            floor_after_ns,
        ));
        calls.push(ours.connected_ns / 1e3);
        disconnects.push(ours.disconnected_ns / 1e3);
    }
    // The first touches everything for the first time.
    let Some((_, counted)) = rounds.split_first() else {
        return Err("there was no time for a round".into());
    };
    let figures = Figures::of(counted.iter()).ok_or("there was no time for a second round")?;
    let answered_us = figures.ours_ns / 1e3;
    report::Line {
        placement: "two-cores",
        ..report::Line::new("connect", 8, figures)
    }
    .print(arguments.json);
    let middle = |times: Vec<f64>| median(times.into_iter()).unwrap_or(f64::NAN);
    Record::new("churn", "client")
        .measure("connect_us", middle(calls))
        .measure("answered_us", answered_us)
        .measure("disconnect_us", middle(disconnects))
        .print(arguments.json);
    Ok(())
}

struct Visits<'a> {
    line: &'a Line,
    directory: Directory,
    memory: AnonymousMemory,
    service: Service,
}

/// Means of a burst.
#[derive(Default)]
struct Visit {
    /// From nothing to a client.
    connected_ns: f64,
    /// From nothing to an answer.
    answered_ns: f64,
    /// From a client to nothing.
    disconnected_ns: f64,
}

impl Visits<'_> {
    fn bare(&self) -> Result<f64> {
        let handle = self.memory.handle();
        let begin = Instant::now();
        for _ in 0..BURST {
            let connection = Connection::connect(&self.directory, BARE)?;
            connection.send(&[1], &[&handle])?;
            receive(self.line, &connection)?;
        }
        Ok(since_ns(begin) / f64::from(BURST))
    }

    fn ours(&self) -> Result<Visit> {
        let mut visit = Visit::default();
        for number in 0..u64::from(BURST) {
            let begin = Instant::now();
            let client = self.service.client_builder().create()?;
            visit.connected_ns += since_ns(begin);
            let pending = client.send_copy(number)?;
            let response = self.line.spin(|| Ok(pending.receive()?))?;
            visit.answered_ns += since_ns(begin);
            check(number, *response.payload())?;
            let begin = Instant::now();
            drop(response);
            drop(pending);
            drop(client);
            visit.disconnected_ns += since_ns(begin);
        }
        let burst = f64::from(BURST);
        Ok(Visit {
            connected_ns: visit.connected_ns / burst,
            answered_ns: visit.answered_ns / burst,
            disconnected_ns: visit.disconnected_ns / burst,
        })
    }
}

fn since_ns(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1e9
}

fn receive(line: &Line, connection: &Connection) -> Result<()> {
    line.spin(|| match connection.receive(&mut [0; 8], 1)? {
        Received::Message(_) => Ok(Some(())),
        Received::Nothing => Ok(None),
        Received::End => Err("a bare connection has ended".into()),
    })
}

fn answer(line: &Line) -> Result<()> {
    let (place, _) = line.hear()?;
    let place = String::from_utf8(place)?;
    let place = Path::new(&place);
    let (_node, service) = open(place)?;
    let server = service.server_builder().create()?;
    let listener = Listener::bind(&Directory::open(place)?, BARE)?;
    line.say(b"up", &[])?;
    loop {
        answer_bare(line, &listener)?;
        for _ in 0..BURST {
            line.spin(|| answer_one(&server))?;
        }
        answer_bare(line, &listener)?;
    }
}

fn answer_bare(line: &Line, listener: &Listener) -> Result<()> {
    for _ in 0..BURST {
        let connection = line.spin(|| Ok(listener.accept()?))?;
        receive(line, &connection)?;
        connection.send(&[1], &[])?;
    }
    Ok(())
}

fn answer_one(server: &Answers) -> Result<Option<()>> {
    let Some(active) = server.receive()? else {
        return Ok(None);
    };
    active.send_copy(active.payload() + 1)?;
    Ok(Some(()))
}

/// How many system calls both sides make.
fn count(arguments: &Arguments) -> Result<()> {
    let place = Place::new()?;
    let mut part = Part::start(&mut command(arguments, COUNTED, place.path())?)?;
    let sections = calls::between_marks(&mut part)?;
    for (step, calls) in COUNTED_STEPS.iter().zip(sections) {
        Record::new("churn", *step)
            .count("calls", calls.all)
            .count("flushes", calls.flushes)
            .print(arguments.json);
    }
    Ok(())
}

/// A client comes and goes twice. The first time shows no marks, because then something happens for the first time.
fn come_and_go_alone(place: &Path) -> Result<()> {
    let (_node, service) = open(place)?;
    let server = service.server_builder().create()?;
    while part::listen()?.is_some() {}
    come_and_go(&service, &server, || Ok(()))?;
    begin_marks()?;
    come_and_go(&service, &server, || Ok(mark()?))
}

fn come_and_go(
    service: &Service,
    server: &Answers,
    mut next: impl FnMut() -> Result<()>,
) -> Result<()> {
    let client = service.client_builder().create()?;
    next()?;
    let pending = client.send_copy(1)?;
    next()?;
    answer_one(server)?.ok_or("no request came")?;
    next()?;
    let response = pending.receive()?.ok_or("no response came")?;
    next()?;
    drop(response);
    drop(pending);
    drop(client);
    next()?;
    let begin = Instant::now();
    // WHY: to sleep would be a system call.
    while begin.elapsed() < LOOK {}
    while server.receive()?.is_some() {}
    next()
}
