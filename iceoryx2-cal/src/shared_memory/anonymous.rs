// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Between processes: the system's anonymous memory as it is.

use super::{OpenError, OwnedMemory, PeerMemory};
use crate::SystemError;
use core::{ops::Range, ptr::NonNull};
use iceoryx2_bb_posix::{
    AnonymousMemory, Handle, PeerMemory as MappedMemory, VetError, VettedMemory,
};

impl OwnedMemory for AnonymousMemory {
    type Handle = Handle;

    fn create(label: &str, size: usize) -> Result<Self, SystemError> {
        Self::create(label, size)
    }

    fn create_committed(label: &str, size: usize) -> Result<Self, SystemError> {
        Self::create_committed(label, size)
    }

    fn base(&self) -> NonNull<u8> {
        self.base()
    }

    fn size(&self) -> usize {
        self.size()
    }

    fn commit(&self, range: Range<usize>) -> Result<(), SystemError> {
        self.commit(range)
    }

    fn committed(&self) -> Result<usize, SystemError> {
        self.committed()
    }

    fn handle(&self) -> Handle {
        self.handle()
    }
}

impl PeerMemory for MappedMemory {
    type Handle = Handle;
    type Vetted = VettedMemory;

    fn vet(handle: Handle) -> Result<VettedMemory, OpenError> {
        Ok(VettedMemory::vet(handle)?)
    }

    fn map_vetted(vetted: VettedMemory) -> Result<Self, SystemError> {
        vetted.map()
    }

    fn base(&self) -> NonNull<u8> {
        self.base()
    }

    fn size(&self) -> usize {
        self.size()
    }
}

impl From<VetError> for OpenError {
    fn from(error: VetError) -> Self {
        match error {
            VetError::NotSealed => Self::NotSealed,
            VetError::Size => Self::Size,
            VetError::System(error) => Self::System(error),
            _ => Self::NotMemory,
        }
    }
}

#[cfg(test)]
mod tests {
    crate::shared_memory::conformance::tests!(crate::Ipc);
}
