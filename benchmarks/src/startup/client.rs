// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The client with its steps, and its server.

use super::once::{self, steps};
use crate::{
    Result, calls,
    pair::SERVER_CPU,
    part::{answer_questions, listen, say},
};
use iceoryx2_bb_posix::{process, trace::mark};
use std::time::Instant;

/// What a client does, in this order.
pub const STEPS: [&str; 5] = ["node", "service", "client", "call", "drop"];

/// One call from beginning to end, once nobody has more to say, with marks before, between and after the steps; then says
/// how many microseconds each has taken.
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

/// Answers until nobody wants it any more.
pub fn serve_them() -> Result<()> {
    process::pin_to_cpu(SERVER_CPU)?;
    let node = once::node()?;
    let service = once::service(&node)?;
    let server = service.server_builder().create()?;
    say("up")?;
    answer_questions();
    loop {
        let active = server.blocking_receive()?;
        active.send_copy(active.payload() + 1)?;
    }
}
