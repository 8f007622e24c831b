// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One client and 1 to 8 servers, each of which gets every request and answers it: the time until the first answer, after
//! which the client gives the others up, and the time until all have come.
//!
//! All servers are ports of one process that spins on one core and polls them in turn, so what the servers themselves do
//! adds up.

use crate::{
    Result,
    alternation::{self, Asks, BURST, Burst, Case},
    arguments::Arguments,
    ours::{Answering, Asking},
    pair,
    peer::{Line, Place},
    ports::{self, ClientPort, Factory, Pending, Server, ask, first},
    report,
};
use iceoryx2::{node::Node, prelude::ipc};
use std::path::Path;

const SERVERS: [u32; 4] = [1, 2, 4, 8];

/// Which answers the client waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    First,
    All,
}

impl Until {
    const ALL: [Self; 2] = [Self::First, Self::All];

    const fn name(self) -> &'static str {
        match self {
            Self::First => "servers-first",
            Self::All => "servers-all",
        }
    }
}

fn kinds() -> impl Iterator<Item = (Until, u32)> {
    Until::ALL
        .into_iter()
        .flat_map(|until| SERVERS.map(|servers| (until, servers)))
}

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    let payload_bytes = size_of::<u64>();
    arguments.payloads(&[payload_bytes])?;
    let peer = pair::start(arguments, None)?;
    let line = peer.line()?;
    let root = Place::new()?;
    line.say_root(&root)?;
    let node = ports::node(root.path())?;
    let mut cases = kinds()
        .map(|(until, servers)| {
            let client = Client {
                client: ports::client_of(&service(&node, until, servers)?, servers as usize)?,
                wanted: if until == Until::All { servers } else { 1 },
                came: 0,
                pending: None,
            };
            Ok(Case::new(BURST, Asks::new(client, BURST)))
        })
        .collect::<Result<Vec<_>>>()?;
    alternation::lead(arguments, line, &mut cases)?;
    for ((until, servers), case) in kinds().zip(&cases) {
        let of = Some(("servers", servers as usize));
        report::print(arguments, until.name(), payload_bytes, of, case.rounds());
    }
    Ok(())
}

/// The process that answers.
pub fn serve(_: &Arguments, place: &Path) -> Result<()> {
    let line = pair::join(place)?;
    let node = ports::node(&line.hear_root()?)?;
    let mut cases = kinds()
        .map(|(until, servers)| {
            let service = service(&node, until, servers)?;
            let servers = (0..servers)
                .map(|_| Server::of(&service, &line))
                .collect::<Result<Vec<_>>>()?;
            Ok(Case::new(BURST, AllAnswer(servers)))
        })
        .collect::<Result<Vec<_>>>()?;
    alternation::follow(&line, &mut cases)
}

fn service(
    node: &Node<ipc::Service>,
    until: Until,
    servers: u32,
) -> Result<Factory<ipc::Service, 1>> {
    ports::service(node, &format!("{}-{servers}", until.name()), |builder| {
        builder.max_servers(servers as usize)
    })
}

/// A client that waits for the answers of `wanted` servers.
struct Client {
    client: ClientPort<ipc::Service, 1>,
    wanted: u32,
    came: u32,
    pending: Option<Pending<ipc::Service, 1>>,
}

impl Asking for Client {
    #[inline]
    fn send(&mut self, number: u64) -> Result<()> {
        self.came = 0;
        self.pending = Some(ask(&self.client, number)?);
        Ok(())
    }

    #[inline]
    fn receive(&mut self) -> Result<Option<u64>> {
        let Some(pending) = &self.pending else {
            return Ok(None);
        };
        let Some(response) = pending.receive()? else {
            return Ok(None);
        };
        self.came += 1;
        if self.came < self.wanted {
            return Ok(None);
        }
        let number = first(response.payload());
        drop(response);
        self.pending = None;
        Ok(Some(number))
    }
}

/// Each server answers every request of a burst.
struct AllAnswer<'a>(Vec<Server<'a, ipc::Service, 1>>);

impl Burst for AllAnswer<'_> {
    fn run(&mut self, line: &Line) -> Result<()> {
        let mut remaining = vec![BURST; self.0.len()];
        line.spin(|| {
            let mut done = true;
            for (server, remaining) in self.0.iter_mut().zip(&mut remaining) {
                if *remaining > 0 && server.answer()?.is_some() {
                    *remaining -= 1;
                }
                done &= *remaining == 0;
            }
            Ok(done.then_some(()))
        })
    }
}
