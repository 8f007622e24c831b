// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::PlaceWatch;
use crate::{SystemError, event::DrainBell, static_storage::MemoryPlace};
use iceoryx2_bb_posix::Source;
use std::sync::Arc;

/// Within one process: a bell the place rings when a name comes.
#[derive(Debug)]
pub struct PlaceBell(Arc<DrainBell>);

impl PlaceWatch for PlaceBell {
    type Storage = MemoryPlace;
    type Source<'a> = Source<'a>;

    #[inline]
    fn create(storage: &MemoryPlace) -> Result<Self, SystemError> {
        let bell = Arc::new(DrainBell::create()?);
        storage.watch(&bell)?;
        Ok(Self(bell))
    }

    #[inline]
    fn drain(&self) {
        self.0.drain();
    }

    #[inline]
    fn source(&self) -> Source<'_> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    crate::rendezvous::place_watch_conformance::tests!(
        super::PlaceBell,
        iceoryx2_bb_posix::LazyPoller
    );
}
