// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A server process and a client process, started and ended by a third: this program, three times.

mod client;
mod server;

use core::time::Duration;
use iceoryx2::prelude::*;
use iceoryx2_examples::{
    children::Child,
    command_line::{Arguments, Ending, run},
};
use std::process::ExitCode;

/// How often the parent looks after its children.
const LOOK: Duration = Duration::from_millis(20);

fn main() -> ExitCode {
    run("[--rounds N] [--cycle-ms N]", example)
}

fn example(mut arguments: Arguments) -> Ending {
    let role = arguments.option::<String>("--role")?;
    let service = arguments.option::<String>("--service")?;
    let rounds = arguments.option("--rounds")?.unwrap_or(5);
    let cycle = Duration::from_millis(arguments.option("--cycle-ms")?.unwrap_or(100));
    arguments.finish()?;

    match (role.as_deref(), service) {
        (Some("server"), Some(service)) => server::run(&service),
        (Some("client"), Some(service)) => client::run(&service, rounds, cycle),
        _ => parent(rounds, cycle),
    }
}

fn parent(rounds: u64, cycle: Duration) -> Ending {
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    // A node's id is unique, so no other run meets in this service.
    let service = format!("Examples/RequestResponse/{}", node.id());

    let mut server = Child::spawn("server", &["--service", &service])?;
    let (rounds, cycle_ms) = (rounds.to_string(), cycle.as_millis().to_string());
    let options = [
        "--service",
        &service,
        "--rounds",
        &rounds,
        "--cycle-ms",
        &cycle_ms,
    ];
    let mut client = Child::spawn("client", &options)?;

    while client.is_running()? && server.is_running()? && node.wait(LOOK).is_ok() {}

    // The client goes first, so that none of its requests stays unanswered.
    // A client without its server fails, too: the server's error is the reason then.
    let client_ending = client.end();
    server.end().and(client_ending)
}
