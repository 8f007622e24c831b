// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client that asks once, with iceoryx2 0.10 as published. `first-iceoryx2 PLACE`

use iceoryx2::prelude::{Config, NodeBuilder, Path, SemanticString, ipc};
use std::time::Duration;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let place = std::env::args()
        .nth(1)
        .ok_or("where the server is was not said")?;
    let mut config = Config::default();
    config.global.set_root_path(&Path::new(place.as_bytes())?);
    let node = NodeBuilder::new()
        .config(&config)
        .create::<ipc::Service>()?;
    let service = node
        .service_builder(&"peers".try_into()?)
        .request_response::<[u64; 1], [u64; 1]>()
        .open_or_create()?;
    // The server sleeps until an event says that there is something, and so does this client.
    let to_server = node
        .service_builder(&"to-server".try_into()?)
        .event()
        .open_or_create()?;
    let to_client = node
        .service_builder(&"to-client".try_into()?)
        .event()
        .open_or_create()?;
    let listener = to_client.listener_builder().create()?;
    let notifier = to_server.notifier_builder().create()?;
    let client = service.client_builder().create()?;
    let pending = client.send_copy([7])?;
    notifier.notify()?;
    let response = loop {
        match pending.receive()? {
            Some(response) => break response,
            None => listener.timed_wait(|_| (), Duration::from_secs(10))?,
        };
    };
    match *response {
        [8] => Ok(()),
        other => Err(format!("the answer was {other:?}").into()),
    }
}
