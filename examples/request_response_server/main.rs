// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A server that answers every request with a stream of responses.

use core::time::Duration;
use iceoryx2::{active_request::ActiveRequest, port::WaitError, prelude::*};
use iceoryx2_examples::{
    command_line::{Arguments, Ending, run},
    cycles::Cycles,
    powers::{self, Power, PowersOf},
};
use std::{error::Error, process::ExitCode};

fn main() -> ExitCode {
    run("[--cycle-ms N] [--cycles N]", server)
}

fn server(mut arguments: Arguments) -> Ending {
    let mut cycles = Cycles::from_arguments(&mut arguments, 100)?;
    arguments.finish()?;

    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = powers::open(&node, powers::SERVICE)?;
    let server = service.server_builder().create()?;

    // Ctrl-C ends every wait of the node and of its ports.
    while cycles.begin() && node.wait(Duration::ZERO).is_ok() {
        while !cycles.time_left().is_zero() {
            match server.timed_receive(cycles.time_left()) {
                Ok(request) => answer(&request)?,
                Err(WaitError::Timeout | WaitError::Terminated) => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

fn answer(
    request: &ActiveRequest<ipc::Service, PowersOf, (), Power, ()>,
) -> Result<(), Box<dyn Error>> {
    println!("received request: {:?}", request.payload());

    // By copy: simple, and good for a payload that is at hand anyway.
    let first = Power::new(request.base, 1);
    println!("  send response: {first:?}");
    request.send_copy(first)?;

    // By loan: the payload is written where the client will read it.
    for exponent in request.exponents().skip(1) {
        let mut response = request.loan()?;
        *response = Power::new(request.base, exponent);
        println!("  send response: {:?}", response.payload());
        response.send()?;
    }
    Ok(())
    // Dropping the request, which the caller does now, ends the stream.
}
