// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{PlaceWatch, Watch};
use crate::{SystemError, static_storage::Directory};
use iceoryx2_bb_posix::poll::Source;

impl PlaceWatch for Watch {
    type Storage = Directory;
    type Source<'a> = Source<'a>;

    fn create(storage: &Directory) -> Result<Self, SystemError> {
        Self::create(storage)
    }

    fn drain(&self) {
        // WHY: the only error is a use after fork, and then nobody can wait for it either.
        let _ = self.drain();
    }

    fn source(&self) -> Source<'_> {
        self.source()
    }
}

#[cfg(test)]
mod tests {
    crate::rendezvous::place_watch_conformance::tests!(super::Watch, iceoryx2_bb_posix::LazyPoller);
}
