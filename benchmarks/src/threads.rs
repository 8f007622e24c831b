// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What it costs that threads may share a port: a request and its response between two processes that spin on two
//! cores, each with one thread, by both variants in turn.
//!
//! Each round is one burst of `ipc` and one of `ipc_threadsafe`, in the one order and then in the other. The price is
//! the median of the differences within a round.

use crate::{
    Result,
    alternation::{self, Answers, Asks, BURST, Case},
    arguments::{Arguments, PAYLOADS},
    pair,
    peer::Line,
    ports::{Client, Server, set_default},
    report,
};
use iceoryx2::prelude::{ipc, ipc_threadsafe};
use std::path::Path;

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    for payload_bytes in arguments.payloads(&PAYLOADS)? {
        match payload_bytes {
            8 => ask_both::<1>(arguments, payload_bytes)?,
            64 => ask_both::<8>(arguments, payload_bytes)?,
            4096 => ask_both::<512>(arguments, payload_bytes)?,
            _ => ask_both::<0x2_0000>(arguments, payload_bytes)?,
        }
    }
    Ok(())
}

/// The process that answers.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let line = pair::join(place)?;
    match arguments.payload_to_serve()? {
        8 => answer_both::<1>(&line),
        64 => answer_both::<8>(&line),
        4096 => answer_both::<512>(&line),
        _ => answer_both::<0x2_0000>(&line),
    }
}

fn ask_both<const N: usize>(arguments: &Arguments, payload_bytes: usize) -> Result<()> {
    let peer = pair::start(arguments, payload_bytes)?;
    let line = peer.line()?;
    let mut cases = [
        Case::new(
            BURST,
            Asks::new(Client::<ipc::Service, N>::new(line, set_default)?, BURST),
        ),
        Case::new(
            BURST,
            Asks::new(
                Client::<ipc_threadsafe::Service, N>::new(line, set_default)?,
                BURST,
            ),
        ),
    ];
    alternation::lead(arguments, line, &mut cases)?;
    let [one, many] = cases.each_ref().map(Case::rounds);
    report::print(arguments, "threads-one", payload_bytes, None, one);
    report::print(arguments, "threads-many", payload_bytes, None, many);
    let price = many.beyond(one);
    report::print(arguments, "threads-price", payload_bytes, None, &price);
    Ok(())
}

fn answer_both<const N: usize>(line: &Line) -> Result<()> {
    let one = Server::<ipc::Service, N>::new(line, set_default)?;
    let many = Server::<ipc_threadsafe::Service, N>::new(line, set_default)?;
    let mut cases = [
        Case::new(BURST, Answers::new(one, BURST)),
        Case::new(BURST, Answers::new(many, BURST)),
    ];
    alternation::follow(line, &mut cases)
}
