// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is measured, whatever it is made of: one side that asks and one that answers with the next number.

use crate::{Result, peer::Line, ports, raw};
use iceoryx2::prelude::ipc;

/// The side that asks.
pub trait Asking {
    /// Sends a request that carries `number`.
    fn send(&mut self, number: u64) -> Result<()>;

    /// The number that the answer carries, once it is there.
    fn receive(&mut self) -> Result<Option<u64>>;
}

/// The side that asks and can sleep until it is answered.
pub trait AskingAsleep: Asking {
    fn await_answer(&mut self) -> Result<u64>;
}

/// The side that answers.
pub trait Answering {
    /// Answers the next request, if there is one.
    fn answer(&mut self) -> Result<Option<()>>;
}

impl<A: Answering> Answering for &mut A {
    fn answer(&mut self) -> Result<Option<()>> {
        (**self).answer()
    }
}

/// The side that answers and can sleep until it is asked.
pub trait AnsweringAsleep: Answering {
    /// Answers the next request.
    fn await_request(&mut self) -> Result<()>;
}

/// The server answers with the number after the one it was sent.
pub fn check(asked: u64, answered: u64) -> Result<()> {
    if asked.checked_add(1) == Some(answered) {
        Ok(())
    } else {
        Err(format!("the answer to {asked} was {answered}").into())
    }
}

/// What is done with a side once it is there.
pub trait WithAsking {
    fn run(self, asking: impl AskingAsleep) -> Result<()>;
}

/// What is done with a side once it is there.
pub trait WithAnswering {
    fn run(self, answering: impl AnsweringAsleep) -> Result<()>;
}

/// Makes the asking side that the arguments want.
pub fn ask(raw: bool, payload_bytes: usize, line: &Line, with: impl WithAsking) -> Result<()> {
    match payload_bytes {
        _ if raw => with.run(raw::Client::new(line, payload_bytes)?),
        8 => with.run(ports::Client::<ipc::Service, 1>::new(
            line,
            ports::set_default,
        )?),
        64 => with.run(ports::Client::<ipc::Service, 8>::new(
            line,
            ports::set_default,
        )?),
        4096 => with.run(ports::Client::<ipc::Service, 512>::new(
            line,
            ports::set_default,
        )?),
        _ => with.run(ports::Client::<ipc::Service, 0x2_0000>::new(
            line,
            ports::set_default,
        )?),
    }
}

/// Makes the answering side that the arguments want.
pub fn answer(
    raw: bool,
    payload_bytes: usize,
    line: &Line,
    with: impl WithAnswering,
) -> Result<()> {
    match payload_bytes {
        _ if raw => with.run(raw::Server::new(line, payload_bytes)?),
        8 => with.run(ports::Server::<ipc::Service, 1>::new(
            line,
            ports::set_default,
        )?),
        64 => with.run(ports::Server::<ipc::Service, 8>::new(
            line,
            ports::set_default,
        )?),
        4096 => with.run(ports::Server::<ipc::Service, 512>::new(
            line,
            ports::set_default,
        )?),
        _ => with.run(ports::Server::<ipc::Service, 0x2_0000>::new(
            line,
            ports::set_default,
        )?),
    }
}
