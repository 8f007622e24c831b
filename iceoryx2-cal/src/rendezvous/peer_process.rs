// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Between processes: the system's own knowledge of a process.

use super::PeerProcess;
use iceoryx2_bb_posix::{PeerProcess as Process, Source};

impl PeerProcess for Process {
    type Source<'a> = Source<'a>;

    fn is_dead(&self) -> bool {
        // What the system cannot say now it says at the next look.
        self.is_dead().unwrap_or(false)
    }

    fn source(&self) -> Source<'_> {
        self.source()
    }
}
