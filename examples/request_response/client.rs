// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The client process: sends a request per round and checks every response.

use core::time::Duration;
use iceoryx2::{
    port::{Outcome, WaitError, client::Client},
    prelude::*,
};
use iceoryx2_examples::{
    children,
    command_line::Ending,
    powers::{self, Power, PowersOf},
};

pub fn run(service: &str, rounds: u64, cycle: Duration) -> Ending {
    let parent = children::to_parent();
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = powers::open(&node, service)?;
    let client = service.client_builder().create()?;

    let waited = client.wait_for_servers(1, Duration::from_secs(10));
    let mut ending = waited.map(drop).map_err(Into::into);
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
    node.wait(Duration::ZERO).map_or(Ok(()), |()| ending)
}

/// Sends request `number` and compares what comes with what must come.
fn round(client: &Client<ipc::Service, PowersOf, (), Power, ()>, number: u64) -> Ending {
    let mut request = client.loan()?;
    *request = PowersOf::number(number);
    println!("[client] send request {number} ...");
    let pending = request.send()?;

    for received in 1.. {
        let response = match pending.blocking_receive() {
            Ok(response) => response,
            Err(WaitError::Ended(Outcome::Finished)) if received > pending.count => break,
            Err(error) => return Err(error.into()),
        };
        println!("[client]   received response {received}: {:?}", *response);
        let expected = Power::new(pending.base, received);
        if *response != expected {
            return Err(format!("expected {expected:?}, received {response:?}").into());
        }
    }
    Ok(())
}
