// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client whose requests are longer from call to call, and which says of no length in advance how long it will be.

use core::time::Duration;
use iceoryx2::{
    port::{Outcome, WaitError},
    prelude::*,
};
use iceoryx2_examples::{
    command_line::{Arguments, Ending, run},
    cycles::Cycles,
    growing::{self, LEN_HINT, Message},
};
use std::process::ExitCode;

fn main() -> ExitCode {
    run("[--cycle-ms N] [--cycles N]", client)
}

fn client(mut arguments: Arguments) -> Ending {
    let mut cycles = Cycles::from_arguments(&mut arguments, 1000)?;
    arguments.finish()?;

    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = growing::open(&node)?;
    let client = service
        .client_builder()
        .initial_max_slice_len(LEN_HINT)
        .allocation_strategy(AllocationStrategy::PowerOfTwo)
        .create()?;

    let mut number = 0;
    // Ctrl-C ends every wait of the node and of its ports.
    while cycles.begin() && client.wait_for_servers(1, Duration::MAX).is_ok() {
        let mut request = client.loan_slice_uninit(growing::len(number))?;
        *request.user_header_mut() = number;
        let request = request.write_from_fn(|index| Message::Request.byte(number, index));
        println!("send request {number} with {} bytes …", request.len());
        let pending = request.send()?;

        loop {
            match pending.blocking_receive() {
                Ok(response) => {
                    println!("  received response with {} bytes", response.len());
                    Message::Response.check(number, &response)?;
                }
                Err(WaitError::Ended(Outcome::Finished)) => break,
                Err(WaitError::Ended(outcome)) => break println!("  {outcome}"),
                Err(WaitError::Terminated) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        if node.wait(cycles.time_left()).is_err() {
            break;
        }
        number += 1;
    }
    Ok(())
}
