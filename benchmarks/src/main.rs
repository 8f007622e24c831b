// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

mod arguments;
mod blocking;
mod floor;
mod ours;
mod peer;
mod placement;
mod ports;
mod raw;
mod report;
mod round_trip;
mod slice_ports;
mod slices;
mod statistics;
mod threads;

use arguments::{Arguments, Measurement};
use std::process::ExitCode;

/// Whatever keeps a measurement from its figure, told to the user and to nobody else.
type Trouble = Box<dyn core::error::Error + Send + Sync>;
type Result<T> = core::result::Result<T, Trouble>;

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)).and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    match (arguments.measurement, &arguments.peer) {
        (Measurement::Help, _) => {
            print!("{}", arguments::USAGE);
            Ok(())
        }
        (Measurement::RoundTrip, None) => round_trip::measure(arguments),
        (Measurement::RoundTrip, Some(place)) => round_trip::serve(arguments, place),
        (Measurement::Blocking, None) => blocking::measure(arguments),
        (Measurement::Blocking, Some(place)) => blocking::serve(arguments, place),
        (Measurement::Slices, None) => slices::measure(arguments),
        (Measurement::Slices, Some(place)) => slices::serve(place),
        (Measurement::Threads, None) => threads::measure(arguments),
        (Measurement::Threads, Some(place)) => threads::serve(arguments, place),
    }
}
