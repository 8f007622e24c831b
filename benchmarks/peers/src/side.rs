// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A process that the one which measures has started: the client or the server of one peer, or half of the floor.
//!
//! It makes its end, says `ready`, and then does one burst for each `go COUNT` it hears, until the line ends. A client
//! first goes a few times there and back, so that both are awake and everything was touched when its clock starts.

use crate::{Result, arguments::SideTask, floor, line::Line, peers::Peer, row::Row};
use iceoryx2_bb_posix::process;
use std::{path::Path, time::Instant};

/// Round trips before the clock starts.
pub const WARM_UP: u32 = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
}

impl Role {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }

    pub const fn cpu(self, row: Row) -> usize {
        match self {
            Self::Client => 0,
            Self::Server => row.server_cpu(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Of(Role, Peer, Row),
    Floor(Row),
}

impl Side {
    pub fn parse(side: &str, peer: &str, row: &str) -> Result<Self> {
        let row = row.parse()?;
        match side {
            "client" => Ok(Self::Of(Role::Client, Peer::of_name(peer)?, row)),
            "server" => Ok(Self::Of(Role::Server, Peer::of_name(peer)?, row)),
            "floor" => Ok(Self::Floor(row)),
            _ => Err(format!("there is no side {side:?}").into()),
        }
    }

    /// The words that `parse` reads.
    pub fn words(self) -> [String; 3] {
        match self {
            Self::Of(role, peer, row) => [role.name().into(), peer.name().into(), row.to_string()],
            Self::Floor(row) => ["floor".into(), "-".into(), row.to_string()],
        }
    }

    /// The name of its line.
    pub fn line(self) -> &'static str {
        match self {
            Self::Of(role, ..) => role.name(),
            Self::Floor(_) => "floor",
        }
    }
}

/// The end that asks.
pub trait Client {
    /// One request after the other, each sent when the response to the one before is there.
    fn round_trips(&mut self, count: u32) -> Result<()>;

    /// The same with [`IN_FLIGHT`](crate::row::IN_FLIGHT) requests under way.
    fn in_flight(&mut self, count: u32) -> Result<()>;

    /// One request that so many responses answer.
    fn stream(&mut self, responses: u32) -> Result<()>;
}

/// The end that answers.
pub trait Server {
    /// Answers so many requests with the next number each.
    fn answer(&mut self, requests: u32) -> Result<()>;

    /// Answers one request with the numbers from 0 on.
    fn stream(&mut self, responses: u32) -> Result<()>;
}

pub fn run(task: &SideTask) -> Result<()> {
    let line = Line::to_parent(&task.place, task.side.line())?;
    let ended = match task.side {
        Side::Floor(row) => floor::answer(row, &line),
        Side::Of(role, peer, row) => serve(role, peer, row, &task.place, &line),
    };
    // Nobody may be there any more to hear it.
    let _ = ended
        .as_ref()
        .map_err(|trouble| line.say(&format!("failed {trouble}"), &[]));
    ended
}

fn serve(role: Role, peer: Peer, row: Row, place: &Path, line: &Line) -> Result<()> {
    // WHY: before anything else, so that threads a peer starts stay on its core too.
    process::pin_to_cpu(role.cpu(row))?;
    match role {
        Role::Client => {
            let mut client = peer.client(row, place)?;
            obey(line, |count| ask(client.as_mut(), row, count))
        }
        Role::Server => {
            let mut server = peer.server(row, place)?;
            obey(line, |count| answer(server.as_mut(), row, count))
        }
    }
}

/// Does a burst for each command, until the line ends.
fn obey(line: &Line, mut burst: impl FnMut(u32) -> Result<f64>) -> Result<()> {
    line.say("ready", &[])?;
    while let Ok((command, _)) = line.hear(None) {
        let count = command
            .strip_prefix("go ")
            .and_then(|count| count.parse().ok());
        let count = count.ok_or_else(|| format!("nobody knows the command {command:?}"))?;
        line.say(&format!("done {}", burst(count)?), &[])?;
    }
    Ok(())
}

/// Nanoseconds of one of `count`.
fn ask(client: &mut dyn Client, row: Row, count: u32) -> Result<f64> {
    client.round_trips(WARM_UP)?;
    let begin = Instant::now();
    match row {
        Row::RoundTrip(_) | Row::Full(_) | Row::Asleep(_) => client.round_trips(count)?,
        Row::InFlight => client.in_flight(count)?,
        Row::Stream(_) => client.stream(count)?,
        Row::Process => return Err("the client of this row is a program of its own".into()),
    }
    Ok(begin.elapsed().as_secs_f64() * 1e9 / f64::from(count))
}

fn answer(server: &mut dyn Server, row: Row, count: u32) -> Result<f64> {
    match row {
        Row::Stream(_) => {
            server.answer(WARM_UP)?;
            server.stream(count)?;
        }
        Row::Process => server.answer(count)?,
        _ => server.answer(WARM_UP + count)?,
    }
    Ok(0.0)
}
