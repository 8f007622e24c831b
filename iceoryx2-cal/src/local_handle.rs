// SPDX-License-Identifier: Apache-2.0 OR MIT
use crate::shared_memory::Allocation;
use iceoryx2_bb_posix::Ringer;
use std::sync::Arc;

/// What one peer gives another within one process. Clones name the same object; the last one lets go of it.
#[derive(Debug, Clone)]
pub struct LocalHandle(Object);

#[derive(Debug, Clone)]
enum Object {
    Memory(Arc<Allocation>),
    Doorbell(Arc<Ringer>),
}

impl LocalHandle {
    pub(crate) const fn of_memory(memory: Arc<Allocation>) -> Self {
        Self(Object::Memory(memory))
    }

    pub(crate) const fn of_doorbell(doorbell: Arc<Ringer>) -> Self {
        Self(Object::Doorbell(doorbell))
    }

    /// The memory, if it names memory.
    pub(crate) fn into_memory(self) -> Option<Arc<Allocation>> {
        match self.0 {
            Object::Memory(memory) => Some(memory),
            Object::Doorbell(_) => None,
        }
    }

    /// The doorbell, if it names a doorbell.
    pub(crate) fn into_doorbell(self) -> Option<Arc<Ringer>> {
        match self.0 {
            Object::Doorbell(doorbell) => Some(doorbell),
            Object::Memory(_) => None,
        }
    }
}
