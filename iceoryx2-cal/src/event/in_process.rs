// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Within one process: the system's doorbell, whose handle stays in the process.
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

use super::{EventListener, EventNotifier};
use crate::{LocalHandle, SystemError, shared_memory::OpenError};
use iceoryx2_bb_posix::{Doorbell, Ringer, Source};
use std::sync::Arc;

/// The end that sleeps.
#[derive(Debug)]
pub struct LocalDoorbell(Doorbell);

/// The end that wakes.
#[derive(Debug)]
pub struct LocalRinger(Arc<Ringer>);

impl EventListener for LocalDoorbell {
    type Handle = LocalHandle;
    type Source<'a> = Source<'a>;

    #[inline]
    fn create() -> Result<Self, SystemError> {
        Doorbell::create().map(Self)
    }

    #[inline]
    fn handle(&self) -> LocalHandle {
        LocalHandle::of_doorbell(Arc::new(self.0.ringer()))
    }

    #[inline]
    fn source(&self) -> Source<'_> {
        self.0.source()
    }
}

impl EventNotifier for LocalRinger {
    type Handle = LocalHandle;

    #[inline]
    fn open(handle: LocalHandle) -> Result<Self, OpenError> {
        handle.into_doorbell().map(Self).ok_or(OpenError::NotMemory)
    }

    #[inline]
    fn notify(&self) -> Result<(), SystemError> {
        self.0.ring()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_memory::{HeapMemory, OwnedMemory};

    crate::event::conformance::tests!(crate::Local);

    #[test]
    fn memory_is_no_doorbell() {
        let memory = HeapMemory::create("test", 1).unwrap();
        assert_eq!(
            LocalRinger::open(memory.handle()).unwrap_err(),
            OpenError::NotMemory
        );
    }
}
