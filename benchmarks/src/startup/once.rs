// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One call from beginning to end, as small as programs get.

use core::time::Duration;
use iceoryx2::{
    node::Node,
    prelude::{NodeBuilder, ipc},
    service::port_factory::request_response::PortFactory,
};

/// Whatever keeps the call from its answer.
pub type Result<T> = core::result::Result<T, Box<dyn core::error::Error + Send + Sync>>;

const PATIENCE: Duration = Duration::from_secs(10);

pub type Service = PortFactory<ipc::Service, u64, (), u64, ()>;

pub fn node() -> Result<Node<ipc::Service>> {
    Ok(NodeBuilder::new().create()?)
}

pub fn service(node: &Node<ipc::Service>) -> Result<Service> {
    Ok(node
        .service_builder(&"startup".try_into()?)
        .request_response::<u64, u64>()
        .open_or_create()?)
}

/// Node, service, client and call, with `next` after each; then everything is dropped.
pub fn steps(mut next: impl FnMut() -> Result<()>) -> Result<()> {
    let node = node()?;
    next()?;
    let service = service(&node)?;
    next()?;
    let client = service.client_builder().create()?;
    next()?;
    let pending = client.send_copy(1)?;
    match *pending.timed_receive(PATIENCE)?.payload() {
        2 => {}
        other => return Err(format!("the answer to 1 was {other}").into()),
    }
    drop(pending);
    next()
}
