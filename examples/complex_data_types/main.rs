// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Messages made of structs, enums, generics and containers; a request of 30 MiB that comes into being in place.

mod measured;
mod station;
mod survey;

use core::time::Duration;
use iceoryx2::prelude::*;
use iceoryx2_examples::command_line::{Arguments, Ending, run};
use std::process::ExitCode;
use survey::{Report, Survey};

fn main() -> ExitCode {
    run("", example)
}

fn example(arguments: Arguments) -> Ending {
    arguments.finish()?;
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = node
        .service_builder(&"Examples/ComplexDataTypes".try_into()?)
        .request_response::<Survey, Report>()
        .open_or_create()?;
    let server = service.server_builder().create()?;
    let client = service.client_builder().create()?;

    let mut request = client.loan_uninit()?;
    // SAFETY: a loan is aligned for its payload, has room for it, and is ours alone.
    unsafe { Survey::placement_default(request.payload_mut().as_mut_ptr()) };
    // SAFETY: `placement_default` has just initialised all of it.
    let mut request = unsafe { request.assume_init() };
    request.fill()?;
    let pending = request.send()?;

    let request = server.blocking_receive()?;
    let (region, size) = (&request.region, size_of::<Survey>());
    println!("received {size} bytes about {region}");
    let mut report = request.loan()?;
    report.highest = request
        .heights
        .iter()
        .flatten()
        .copied()
        .fold(0.0, f64::max);
    for station in &request.stations {
        println!("  {} at {}", station.name, station.position);
        if let Some(warmest) = station.warmest() {
            report.warmest.insert(station.name, warmest)?;
        }
    }
    report.send()?;

    let report = pending.timed_receive(Duration::from_secs(10))?;
    println!("received {:?}", *report);
    Ok(())
}
