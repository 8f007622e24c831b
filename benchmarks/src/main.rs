// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

mod alternation;
mod arguments;
mod blocking;
mod calls;
mod churn;
mod clients;
mod floor;
mod footprint;
mod heap;
mod hot_buffer;
mod instructions;
mod ours;
mod pages;
mod pair;
mod part;
mod peer;
mod pipeline;
mod placement;
mod ports;
mod raw;
mod record;
mod report;
mod ring;
mod round_trip;
mod servers;
mod slice_ports;
mod slices;
mod startup;
mod statistics;
mod stream;
mod threads;
mod throughput;

use arguments::{Arguments, Measurement};
use std::process::ExitCode;

/// Whatever keeps a measurement from its figure, told to the user and to nobody else.
type Trouble = Box<dyn core::error::Error + Send + Sync>;
type Result<T> = core::result::Result<T, Trouble>;

#[rustfmt::skip]
const MEASUREMENTS: &[Measurement] = &[
    Measurement::new("round-trip", "a request and its response between two spinning processes on two cores", round_trip::measure, round_trip::serve),
    Measurement::new("blocking", "the same between two processes that sleep, or spin first, on one core and on two", blocking::measure, blocking::serve),
    Measurement::new("threads", "what it adds to round-trip that threads may share a port", threads::measure, threads::serve),
    Measurement::new("slices", "round trips of slices of 64 B to 256 MiB, whose length must cost nothing", slices::measure, slices::serve),
    Measurement::new("instructions", "what a round trip takes of both sides in one thread; fails above the recorded ceilings", instructions::measure, instructions::serve),
    Measurement::new("stream", "one request and a million responses", stream::measure, stream::serve),
    Measurement::new("pipeline", "1 to 64 requests in flight", pipeline::measure, pipeline::serve),
    Measurement::new("clients", "one client beside 0 to 256 silent ones, and the server's polls in vain", clients::measure, clients::serve),
    Measurement::new("servers", "1 to 8 servers that all answer, until the first answer and until the last", servers::measure, servers::serve),
    Measurement::new("throughput", "4 KiB to 16 MiB written and read in full", throughput::measure, throughput::serve),
    Measurement::new("startup", "a client process from exec to exit, each step of it, and a connection", startup::measure, startup::serve),
    Measurement::new("footprint", "memory, descriptors and mappings of a service with 1 to 400 clients", footprint::measure, footprint::serve),
    Measurement::new("churn", "connect, call, disconnect: times and system calls", churn::measure, churn::serve),
];

fn main() -> ExitCode {
    let outcome = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments.run(),
        Ok(None) => {
            print!("{}", arguments::usage());
            Ok(())
        }
        Err(trouble) => Err(trouble),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}
