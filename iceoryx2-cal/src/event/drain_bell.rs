// SPDX-License-Identifier: Apache-2.0 OR MIT
use crate::SystemError;
use iceoryx2_bb_posix::{Connection, Received, Source};

/// A bell within one process that stays rung until it is drained: readable meanwhile.
#[derive(Debug)]
pub(crate) struct DrainBell {
    inside: Connection,
    outside: Connection,
}

impl DrainBell {
    /// Makes a bell that was not rung.
    pub(crate) fn create() -> Result<Self, SystemError> {
        let (inside, outside) = Connection::pair()?;
        Ok(Self { inside, outside })
    }

    /// Rings. One that is full is rung already.
    pub(crate) fn ring(&self) {
        self.outside.ring();
    }

    /// Makes it unreadable until the next ring.
    pub(crate) fn drain(&self) {
        while let Ok(Received::Message(_)) = self.inside.receive(&mut [0], 0) {}
    }

    /// To be attached level-triggered or edge-triggered.
    pub(crate) fn source(&self) -> Source<'_> {
        self.inside.source()
    }
}
