// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client that asks once, with this workspace. `first-ours PLACE`

use ours::prelude::{Config, NodeBuilder, ipc};
use std::time::Duration;

fn main() -> Result<(), Box<dyn core::error::Error + Send + Sync>> {
    let place = std::env::args()
        .nth(1)
        .ok_or("where the server is was not said")?;
    let mut config = Config::default();
    config.global.set_root_path(&place);
    let node = NodeBuilder::new()
        .config(&config)
        .create::<ipc::Service>()?;
    let service = node
        .service_builder(&"peers".try_into()?)
        .request_response::<[u64; 1], [u64; 1]>()
        .open_or_create()?;
    let client = service.client_builder().create()?;
    match *client.call([7], Duration::from_secs(10))? {
        [8] => Ok(()),
        other => Err(format!("the answer was {other:?}").into()),
    }
}
