// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A server whose responses are longer from call to call, and which says of no length in advance how long it will be.

use iceoryx2::{port::WaitError, prelude::*};
use iceoryx2_examples::{
    command_line::{Arguments, Ending, run},
    cycles::Cycles,
    growing::{self, LEN_HINT, Message},
};
use std::process::ExitCode;

fn main() -> ExitCode {
    run("[--cycle-ms N] [--cycles N]", server)
}

fn server(mut arguments: Arguments) -> Ending {
    let mut cycles = Cycles::from_arguments(&mut arguments, 0)?;
    arguments.finish()?;

    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = growing::open(&node)?;
    let server = service
        .server_builder()
        .initial_max_slice_len(LEN_HINT)
        .allocation_strategy(AllocationStrategy::PowerOfTwo)
        .create()?;

    // Ctrl-C ends every wait of the node and of its ports.
    while cycles.begin() && node.wait(cycles.time_left()).is_ok() {
        let request = match server.blocking_receive() {
            Ok(request) => request,
            Err(WaitError::Terminated) => break,
            Err(error) => return Err(error.into()),
        };
        let number = *request.user_header();
        println!("received request {number} with {} bytes", request.len());
        Message::Request.check(number, &request)?;

        let response = request
            .loan_slice_uninit(growing::len(number))?
            .write_from_fn(|index| Message::Response.byte(number, index));
        println!("  send response with {} bytes", response.len());
        response.send()?;
    }
    Ok(())
}
