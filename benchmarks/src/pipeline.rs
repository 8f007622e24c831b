// SPDX-License-Identifier: Apache-2.0 OR MIT
//! 1 to 64 requests in flight, between two processes that spin on two cores: each answer is followed by the next request.
//!
//! The floor is a bare [ring] each way, with as many in flight.

use crate::{
    Result,
    alternation::{self, Answers, Burst, Case},
    arguments::Arguments,
    ours::{Asking, check},
    pair,
    peer::{Line, Place},
    ports::{self, ClientPort, Factory, Pending, Server, ask, first},
    report,
    ring::{self, Ring},
};
use iceoryx2::{node::Node, prelude::ipc};
use std::{collections::VecDeque, path::Path};

const PAYLOADS: [usize; 2] = [8, 64];
const DEEPEST: u32 = 64;
const DEPTHS: [u32; 7] = [1, 2, 4, 8, 16, 32, DEEPEST];
const _: () = assert!(DEEPEST as usize <= ring::CAPACITY);

/// Requests of one burst.
const REQUESTS: u32 = 2_000;

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    for payload_bytes in arguments.payloads(&PAYLOADS)? {
        let peer = pair::start(arguments, payload_bytes)?;
        let line = peer.line()?;
        let root = Place::new()?;
        line.say_root(&root)?;
        let node = ports::node(root.path())?;
        let mut cases = Vec::new();
        for depth in DEPTHS {
            cases.push(match payload_bytes {
                8 => asking::<1>(line, &node, depth)?,
                _ => asking::<8>(line, &node, depth)?,
            });
        }
        alternation::lead(arguments, line, &mut cases)?;
        for (depth, case) in DEPTHS.into_iter().zip(&cases) {
            let of = Some(("in_flight", depth as usize));
            report::print(arguments, "pipeline", payload_bytes, of, case.rounds());
        }
    }
    Ok(())
}

/// The process that answers.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let line = pair::join(place)?;
    let node = ports::node(&line.hear_root()?)?;
    let payload_bytes = arguments.payload_to_serve()?;
    let mut cases = Vec::new();
    for depth in DEPTHS {
        cases.push(match payload_bytes {
            8 => answering::<1>(&line, &node, depth)?,
            _ => answering::<8>(&line, &node, depth)?,
        });
    }
    alternation::follow(&line, &mut cases)
}

fn service<const N: usize>(
    node: &Node<ipc::Service>,
    depth: u32,
) -> Result<Factory<ipc::Service, N>> {
    ports::service(node, &format!("pipeline-{depth}"), |builder| {
        builder.max_active_requests_per_client(depth as usize)
    })
}

fn asking<'a, const N: usize>(
    line: &Line,
    node: &Node<ipc::Service>,
    depth: u32,
) -> Result<Case<'a>> {
    let floor = Flies::new(Ring::new(line)?, depth);
    let client = Client {
        pending: VecDeque::with_capacity(depth as usize),
        client: ports::client_of(&service::<N>(node, depth)?, 1)?,
    };
    Ok(Case::above(floor, REQUESTS, Flies::new(client, depth)))
}

fn answering<'a, const N: usize>(
    line: &'a Line,
    node: &Node<ipc::Service>,
    depth: u32,
) -> Result<Case<'a>> {
    let floor = Answers::new(Ring::new(line)?, REQUESTS);
    let server = Server::of(&service::<N>(node, depth)?, line)?;
    Ok(Case::above(floor, REQUESTS, Answers::new(server, REQUESTS)))
}

/// A client whose answers are received in the order of its requests.
struct Client<const N: usize> {
    pending: VecDeque<Pending<ipc::Service, N>>,
    client: ClientPort<ipc::Service, N>,
}

impl<const N: usize> Asking for Client<N> {
    #[inline]
    fn send(&mut self, number: u64) -> Result<()> {
        self.pending.push_back(ask(&self.client, number)?);
        Ok(())
    }

    #[inline]
    fn receive(&mut self) -> Result<Option<u64>> {
        let Some(pending) = self.pending.front() else {
            return Ok(None);
        };
        let Some(response) = pending.receive()? else {
            return Ok(None);
        };
        let number = first(response.payload());
        drop(response);
        self.pending.pop_front();
        Ok(Some(number))
    }
}

/// The side that asks, with up to `depth` requests in flight.
struct Flies<A> {
    asking: A,
    depth: u32,
}

impl<A: Asking> Flies<A> {
    const fn new(asking: A, depth: u32) -> Self {
        Self { asking, depth }
    }
}

impl<A: Asking> Burst for Flies<A> {
    fn run(&mut self, line: &Line) -> Result<()> {
        for number in 0..self.depth {
            self.asking.send(number.into())?;
        }
        for number in 0..REQUESTS {
            let answer = line.spin(|| self.asking.receive())?;
            check(number.into(), answer)?;
            let next = number + self.depth;
            if next < REQUESTS {
                self.asking.send(next.into())?;
            }
        }
        Ok(())
    }
}
