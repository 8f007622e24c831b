// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Within one process: two words on the heap.

#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use super::{ChangeHint, Hint};
use crate::{
    SystemError, SystemErrorKind,
    static_storage::{MemoryPlace, StorageError, Taken},
};
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// Two words that say "look again".
#[derive(Debug)]
pub struct HintWords(Arc<Words>);

#[derive(Debug, Default)]
struct Words {
    servers: AtomicU64,
    clients: AtomicU64,
}

impl HintWords {
    const fn word(words: &Words, hint: Hint) -> &AtomicU64 {
        match hint {
            Hint::Servers => &words.servers,
            Hint::Clients => &words.clients,
        }
    }
}

impl ChangeHint for HintWords {
    type Storage = MemoryPlace;

    fn create(storage: &MemoryPlace, name: &str) -> Result<(), StorageError> {
        storage.put(name, Arc::<Words>::default(), Taken::Replace)
    }

    fn open(storage: &MemoryPlace, name: &str) -> Result<Self, StorageError> {
        let missing = || SystemError::of_kind("open", SystemErrorKind::NotFound);
        storage
            .object(name)?
            .map(Self)
            .ok_or_else(|| storage.failed_at(name, missing()))
    }

    #[inline]
    fn load(&self, hint: Hint) -> u64 {
        // ORDERING(hint): pairs with bump.
        Self::word(&self.0, hint).load(Ordering::Acquire)
    }

    fn bump(&self, hint: Hint) {
        // ORDERING(hint): pairs with load.
        Self::word(&self.0, hint).fetch_add(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    crate::rendezvous::change_hint_conformance::tests!(super::HintWords);
}
