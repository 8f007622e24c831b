// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One request and a million responses, between two processes that spin on two cores, with response buffers of 64 and of
//! 2, which is the default. Overflow is off, so that each arrives: the server waits for room, as a port does.
//!
//! The floor is a bare [ring](crate::ring) from the server to the client.

use crate::{
    Result,
    alternation::{self, Burst, Case},
    arguments::Arguments,
    pair,
    peer::{Line, Place},
    ports::{self, ClientPort, Factory, ServerPort, answer, ask, first},
    report,
    ring::Ring,
};
use iceoryx2::{node::Node, prelude::ipc};
use std::path::Path;

const PAYLOADS: [usize; 2] = [8, 64];
const BUFFERS: [usize; 2] = [64, 2];

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    for payload_bytes in arguments.payloads(&PAYLOADS)? {
        let peer = pair::start(arguments, payload_bytes)?;
        let line = peer.line()?;
        let root = Place::new()?;
        line.say_root(&root)?;
        let node = ports::node(root.path())?;
        let mut cases = Vec::new();
        for buffer in BUFFERS {
            cases.push(match payload_bytes {
                8 => receiving::<1>(arguments, line, &node, buffer)?,
                _ => receiving::<8>(arguments, line, &node, buffer)?,
            });
        }
        alternation::lead(arguments, line, &mut cases)?;
        for (buffer, case) in BUFFERS.into_iter().zip(&cases) {
            let of = Some(("response_buffer", buffer));
            report::print(arguments, "stream", payload_bytes, of, case.rounds());
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
    for buffer in BUFFERS {
        cases.push(match payload_bytes {
            8 => sending::<1>(arguments, &line, &node, buffer)?,
            _ => sending::<8>(arguments, &line, &node, buffer)?,
        });
    }
    alternation::follow(&line, &mut cases)
}

fn service<const N: usize>(
    node: &Node<ipc::Service>,
    buffer: usize,
) -> Result<Factory<ipc::Service, N>> {
    ports::service(node, &format!("stream-{buffer}"), |builder| {
        builder
            .enable_safe_overflow_for_responses(false)
            .max_response_buffer_size(buffer)
    })
}

fn receiving<'a, const N: usize>(
    arguments: &Arguments,
    line: &Line,
    node: &Node<ipc::Service>,
    buffer: usize,
) -> Result<Case<'a>> {
    let responses = arguments.responses;
    let floor = RingReceives {
        ring: Ring::new(line)?,
        responses,
    };
    let ours = Receives {
        client: ports::client_of(&service::<N>(node, buffer)?, 1)?,
        responses,
    };
    Ok(Case::above(floor, responses, ours))
}

fn sending<'a, const N: usize>(
    arguments: &Arguments,
    line: &Line,
    node: &Node<ipc::Service>,
    buffer: usize,
) -> Result<Case<'a>> {
    let responses = arguments.responses;
    let floor = RingSends {
        ring: Ring::new(line)?,
        responses,
    };
    let service = service::<N>(node, buffer)?;
    let ours = Sends {
        server: service.server_builder().create()?,
        responses,
    };
    Ok(Case::above(floor, responses, ours))
}

struct RingReceives {
    ring: Ring,
    responses: u32,
}

impl Burst for RingReceives {
    fn run(&mut self, line: &Line) -> Result<()> {
        for number in 0..u64::from(self.responses) {
            in_turn(number, line.spin(|| Ok(self.ring.take_streamed()))?)?;
        }
        Ok(())
    }
}

struct RingSends {
    ring: Ring,
    responses: u32,
}

impl Burst for RingSends {
    fn run(&mut self, line: &Line) -> Result<()> {
        for number in 0..u64::from(self.responses) {
            line.spin(|| Ok(self.ring.send_streamed(number)))?;
        }
        Ok(())
    }
}

struct Receives<const N: usize> {
    client: ClientPort<ipc::Service, N>,
    responses: u32,
}

impl<const N: usize> Burst for Receives<N> {
    fn run(&mut self, line: &Line) -> Result<()> {
        let pending = ask(&self.client, 0)?;
        for number in 0..u64::from(self.responses) {
            let came = line.spin(|| {
                let response = pending.receive()?;
                Ok(response.map(|response| first(response.payload())))
            })?;
            in_turn(number, came)?;
        }
        Ok(())
    }
}

struct Sends<const N: usize> {
    server: ServerPort<ipc::Service, N>,
    responses: u32,
}

impl<const N: usize> Burst for Sends<N> {
    fn run(&mut self, line: &Line) -> Result<()> {
        let request = line.spin(|| Ok(self.server.receive()?))?;
        (0..u64::from(self.responses)).try_for_each(|number| answer(&request, number))
    }
}

/// The responses are numbered.
#[inline]
fn in_turn(number: u64, came: u64) -> Result<()> {
    if number == came {
        Ok(())
    } else {
        Err(format!("instead of response {number} came {came}").into())
    }
}
