// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The client and its server, as small as programs get.

use crate::{
    Result, calls,
    ours::check,
    pair::SERVER_CPU,
    part::{answer_questions, listen, say},
};
use core::time::Duration;
use iceoryx2::{
    node::Node,
    prelude::{NodeBuilder, ipc},
    service::port_factory::request_response::PortFactory,
};
use iceoryx2_bb_posix::{process, trace::mark};
use std::time::Instant;

/// What a client does, in this order.
pub const STEPS: [&str; 5] = ["node", "service", "client", "call", "drop"];

const PATIENCE: Duration = Duration::from_secs(10);

type Service = PortFactory<ipc::Service, u64, (), u64, ()>;

fn node() -> Result<Node<ipc::Service>> {
    Ok(NodeBuilder::new().create()?)
}

fn service(node: &Node<ipc::Service>) -> Result<Service> {
    Ok(node
        .service_builder(&"startup".try_into()?)
        .request_response::<u64, u64>()
        .open_or_create()?)
}

/// One call from beginning to end.
pub fn run() -> Result<()> {
    steps(|| Ok(()))
}

/// The same once nobody has more to say, with marks before, between and after the steps; then says how many microseconds
/// each has taken.
pub fn run_stepwise() -> Result<()> {
    while listen()?.is_some() {}
    calls::begin_marks()?;
    let mut times = Vec::with_capacity(STEPS.len());
    let mut begin = Instant::now();
    steps(|| {
        times.push(begin.elapsed());
        mark()?;
        begin = Instant::now();
        Ok(())
    })?;
    let end = begin.elapsed();
    mark()?;
    times.push(end);
    times
        .iter()
        .try_for_each(|time| say(&(time.as_secs_f64() * 1e6).to_string()))
}

fn steps(mut next: impl FnMut() -> Result<()>) -> Result<()> {
    let node = node()?;
    next()?;
    let service = service(&node)?;
    next()?;
    let client = service.client_builder().create()?;
    next()?;
    let pending = client.send_copy(1)?;
    check(1, *pending.timed_receive(PATIENCE)?.payload())?;
    drop(pending);
    next()
}

/// Answers until nobody wants it any more.
pub fn serve_them() -> Result<()> {
    process::pin_to_cpu(SERVER_CPU)?;
    let node = node()?;
    let service = service(&node)?;
    let server = service.server_builder().create()?;
    say("up")?;
    answer_questions();
    loop {
        let active = server.blocking_receive()?;
        active.send_copy(active.payload() + 1)?;
    }
}
