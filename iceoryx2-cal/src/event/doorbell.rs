// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Between processes: the system's doorbell as it is.

use super::{EventListener, EventNotifier};
use crate::{SystemError, shared_memory::OpenError};
use iceoryx2_bb_posix::{Doorbell, Handle, Ringer, Source};

impl EventListener for Doorbell {
    type Handle = Handle;
    type Source<'a> = Source<'a>;

    fn create() -> Result<Self, SystemError> {
        Self::create()
    }

    fn handle(&self) -> Handle {
        self.handle()
    }

    fn source(&self) -> Source<'_> {
        self.source()
    }
}

impl EventNotifier for Ringer {
    type Handle = Handle;

    fn open(handle: Handle) -> Result<Self, OpenError> {
        Ok(Self::open(handle)?)
    }

    fn notify(&self) -> Result<(), SystemError> {
        self.ring()
    }
}

#[cfg(test)]
mod tests {
    crate::event::conformance::tests!(crate::Ipc);
}
