// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two processes that spin, each on a core of its own.

use crate::{
    Result,
    arguments::Arguments,
    peer::{Line, Peer},
};
use iceoryx2_bb_posix::process;
use std::{path::Path, sync::LazyLock};

pub const CLIENT_CPU: usize = 0;
pub const SERVER_CPU: usize = 1;

static CPUS: LazyLock<usize> = LazyLock::new(process::cpu_count);

/// How many processors this process may use, if it was asked before it was pinned to one.
pub fn cpus() -> usize {
    *CPUS
}

/// Starts the other one, to measure `payload_bytes`, if it has not payloads of its own.
pub fn start(arguments: &Arguments, payload_bytes: impl Into<Option<usize>>) -> Result<Peer> {
    if cpus() <= SERVER_CPU {
        return Err("two processors are needed, and this process may use only one".into());
    }
    let peer = Peer::start(arguments, None, payload_bytes)?;
    process::pin_to_cpu(CLIENT_CPU)?;
    Ok(peer)
}

/// Meets the process that has started this one.
pub fn join(place: &Path) -> Result<Line> {
    let line = Line::to_parent(place)?;
    process::pin_to_cpu(SERVER_CPU)?;
    Ok(line)
}
