// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The server process: answers until its parent lets it go.

use crate::LOOK;
use iceoryx2::{port::WaitError, prelude::*};
use iceoryx2_examples::{
    children,
    command_line::Ending,
    powers::{self, Power},
};

pub fn run(service: &str) -> Ending {
    let parent = children::to_parent();
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = powers::open(&node, service)?;
    let server = service.server_builder().create()?;

    while parent.is_there() {
        let request = match server.timed_receive(LOOK) {
            Ok(request) => request,
            Err(WaitError::Timeout) => continue,
            Err(WaitError::Terminated) => break,
            Err(error) => return Err(error.into()),
        };
        println!("[server] received request: {:?}", request.payload());
        for exponent in request.exponents() {
            let mut response = request.loan()?;
            *response = Power::new(request.base, exponent);
            println!("[server]   send response: {:?}", response.payload());
            response.send()?;
        }
    }
    println!("[server] ends");
    Ok(())
}
