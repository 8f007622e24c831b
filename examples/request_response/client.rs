// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The client process: sends a request per round and checks every response.

use crate::life_line;
use core::time::Duration;
use iceoryx2::{
    port::{Outcome, WaitError, client::Client},
    prelude::*,
};
use iceoryx2_examples::{
    command_line::Ending,
    powers::{self, Power, PowersOf},
};

const WAIT_FOR_SERVER: Duration = Duration::from_secs(10);

pub fn run(service: &str, rounds: u64, cycle: Duration) -> Ending {
    let parent = life_line::to_parent();
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = powers::open(&node, service)?;
    let client = service.client_builder().create()?;

    let mut ending = client
        .wait_for_servers(1, WAIT_FOR_SERVER)
        .map_or_else(|error| Err(error.into()), |_| Ok(()));
    for number in 1..=rounds {
        if ending.is_err() || !parent.is_there() {
            break;
        }
        ending = round(&client, number);
        if node.wait(cycle).is_err() {
            break;
        }
    }

    println!("[client] ends");
    // WHY: Ctrl-C reaches the server, too, so a round that breaks off then is no error.
    if node.wait(Duration::ZERO).is_err() {
        return Ok(());
    }
    ending
}

/// Sends request `number` and compares what comes with what must come.
fn round(client: &Client<ipc::Service, PowersOf, (), Power, ()>, number: u64) -> Ending {
    let mut request = client.loan()?;
    *request = PowersOf::number(number);
    println!("[client] send request {number} ...");
    let pending = request.send()?;

    let mut received = 0;
    loop {
        match pending.blocking_receive() {
            Ok(response) => {
                received += 1;
                println!(
                    "[client]   received response {received}: {:?}",
                    response.payload()
                );
                let expected = Power::new(pending.base, received);
                if *response != expected {
                    return Err(format!("expected {expected:?}, received {response:?}").into());
                }
            }
            Err(WaitError::Ended(Outcome::Finished)) if received == pending.count => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}
