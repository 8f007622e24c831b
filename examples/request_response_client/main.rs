// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client that sends a request per cycle and prints the responses of all servers.

use iceoryx2::{
    port::{Outcome, WaitError},
    prelude::*,
};
use iceoryx2_examples::{
    command_line::{Arguments, Ending, run},
    cycles::Cycles,
    powers::{self, PowersOf},
};
use std::process::ExitCode;

fn main() -> ExitCode {
    run("[--cycle-ms N] [--cycles N]", client)
}

fn client(mut arguments: Arguments) -> Ending {
    let mut cycles = Cycles::from_arguments(&mut arguments, 1000)?;
    arguments.finish()?;

    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = powers::open(&node, powers::SERVICE)?;
    let client = service.client_builder().create()?;

    let mut number = 0;
    // Ctrl-C ends every wait of the node and of its ports.
    while cycles.begin() {
        println!("send request {number} ...");
        let pending = if number == 0 {
            // By copy: simple, and good for a payload that is at hand anyway.
            client.send_copy(PowersOf::number(number))?
        } else {
            // By loan: the payload is written where the servers will read it.
            let mut request = client.loan()?;
            *request = PowersOf::number(number);
            request.send()?
        };
        // Until all servers have sent their last response, or the cycle is over.
        for received in 0.. {
            match pending.timed_receive(cycles.time_left()) {
                Ok(response) => println!("  received response {received}: {:?}", *response),
                Err(WaitError::Ended(Outcome::Finished)) => break,
                Err(WaitError::Ended(outcome)) => {
                    println!("  {outcome}");
                    break;
                }
                Err(WaitError::Timeout | WaitError::Terminated) => break,
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
