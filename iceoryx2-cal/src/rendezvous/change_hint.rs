// SPDX-License-Identifier: Apache-2.0 OR MIT
//! ```text
//!   0               8               16
//!   │ servers came  │ clients came  │      written in full before the file has its name
//! ```

use super::{ChangeHint, Hint, SharedWords};
use crate::static_storage::{Directory, StorageError};

const WORDS: usize = 2;

const fn index(hint: Hint) -> usize {
    match hint {
        Hint::Servers => 0,
        Hint::Clients => 1,
    }
}

impl ChangeHint for SharedWords {
    type Storage = Directory;

    fn create(storage: &Directory, name: &str) -> Result<(), StorageError> {
        Self::create(storage, name, WORDS).map_err(StorageError::of(storage, name))
    }

    fn open(storage: &Directory, name: &str) -> Result<Self, StorageError> {
        Self::open(storage, name, WORDS).map_err(StorageError::of(storage, name))
    }

    #[inline]
    fn load(&self, hint: Hint) -> u64 {
        // WHY: what cannot be read says nothing; it is a hint.
        self.load(index(hint)).unwrap_or(0)
    }

    fn bump(&self, hint: Hint) {
        let _ = self.add(index(hint));
    }
}

#[cfg(test)]
mod tests {
    crate::rendezvous::change_hint_conformance::tests!(super::SharedWords);
}
