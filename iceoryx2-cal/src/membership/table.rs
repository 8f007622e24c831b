// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Membership within one process: a table of slots that its participants share.
//!
//! Nobody in it dies without the process, so a slot is free or its member's, and a value that goes gives its slots back.
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

use super::{Membership, Record, Slot};
use crate::{
    ProcessBirth, SystemError,
    rendezvous::{ChangeHint, Hint, HintWords},
    static_storage::{MemoryPlace, StaticStorage, StorageError, Taken},
};
use core::{convert::Infallible, ops::Range};
use iceoryx2_bb_elementary::SortedMap;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A participant's way to a table of members.
#[derive(Debug)]
pub struct MemberTable {
    shared: Arc<Shared>,
    /// `None`: to look only.
    owner: Option<u64>,
    path: PathBuf,
    birth: ProcessBirth,
}

#[derive(Debug, Default)]
struct Shared {
    table: Mutex<Table>,
    hint: HintWords,
}

#[derive(Debug, Default)]
struct Table {
    /// Nobody comes any more: it is being removed, or was.
    is_shut: bool,
    held: SortedMap<u32, Held>,
    /// One more than the highest slot ever claimed.
    slots: u32,
    /// How many participants there ever were.
    owners: u64,
}

#[derive(Debug)]
struct Held {
    owner: u64,
    record: Box<Record>,
}

impl Table {
    #[inline]
    fn first_free(&self, range: Range<u32>) -> Option<u32> {
        let mut free = range.start;
        for held in self.held.range(range.clone()).map(|(held, _)| *held) {
            if held != free {
                break;
            }
            free = free.saturating_add(1);
        }
        Some(free).filter(|free| range.contains(free))
    }
}

impl Membership for MemberTable {
    type Storage = MemoryPlace;

    #[inline]
    fn create(storage: &MemoryPlace, name: &str, _slots: u32) -> Result<Self, StorageError> {
        let shared = Arc::<Shared>::default();
        let created = Self::of(storage, name, Arc::clone(&shared), true)?;
        storage.put(name, shared, Taken::Replace)?;
        Ok(created)
    }

    #[inline]
    fn open(storage: &MemoryPlace, name: &str) -> Result<Option<Self>, StorageError> {
        let shared = storage.object(name)?;
        shared
            .map(|shared| Self::of(storage, name, shared, true))
            .transpose()
    }

    #[inline]
    fn observe(storage: &MemoryPlace, name: &str) -> Result<Option<Self>, StorageError> {
        let shared = storage.object(name)?;
        shared
            .map(|shared| Self::of(storage, name, shared, false))
            .transpose()
    }

    #[inline]
    fn claim(&self, range: Range<u32>, record: &Record) -> Result<Option<u32>, StorageError> {
        let Some(owner) = self.owner else {
            return Err(self.failed(SystemError::invalid_input("claim")));
        };
        let mut table = self.table()?;
        if range.is_empty() || table.is_shut {
            return Ok(None);
        }
        let free = table.first_free(range);
        if let Some(slot) = free {
            let record = Box::new(*record);
            table.held.insert(slot, Held { owner, record });
            table.slots = table.slots.max(slot.saturating_add(1));
        }
        Ok(free)
    }

    #[inline]
    fn claim_unused(
        &self,
        range: Range<u32>,
        record: &Record,
    ) -> Result<Option<u32>, StorageError> {
        self.claim(range, record)
    }

    #[inline]
    fn current_slots(&self) -> Result<Option<u32>, StorageError> {
        let table = self.table()?;
        Ok((!table.is_shut).then_some(table.slots))
    }

    #[inline]
    fn is_at(&self, storage: &MemoryPlace, name: &str) -> Result<bool, StorageError> {
        let there = storage.object::<Shared>(name)?;
        Ok(there.is_some_and(|there| Arc::ptr_eq(&there, &self.shared)))
    }

    #[inline]
    fn shut(&self) -> Result<bool, StorageError> {
        let mut table = self.table()?;
        // WHY: never opened again, for who dies before it is removed dies with everybody else.
        table.is_shut |= table.held.is_empty();
        Ok(table.is_shut)
    }

    #[inline]
    fn release(&self, slot: u32) {
        let Ok(mut table) = self.table() else { return };
        if table
            .held
            .get(&slot)
            .is_some_and(|held| Some(held.owner) == self.owner)
        {
            table.held.remove(&slot);
        }
    }

    #[inline]
    fn slot(&self, slot: u32) -> Result<Slot, StorageError> {
        Ok(match self.table()?.held.get(&slot) {
            Some(held) => Slot::Alive(held.record.clone()),
            None => Slot::Free,
        })
    }

    #[inline]
    fn count(&self, range: Range<u32>) -> Result<u32, StorageError> {
        let table = self.table()?;
        if range.is_empty() {
            return Ok(0);
        }
        let count = table.held.range(range).count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    #[inline]
    fn has_others(&self, range: Range<u32>) -> Result<bool, StorageError> {
        let table = self.table()?;
        let mut held = table.held.iter();
        Ok(held.any(|(slot, held)| range.contains(slot) && Some(held.owner) != self.owner))
    }

    #[inline]
    fn slots(&self) -> Result<u32, StorageError> {
        Ok(self.table()?.slots)
    }

    #[inline]
    fn clear_dead(&self, _slot: u32) -> Result<(), StorageError> {
        self.table().map(drop)
    }
}

impl ChangeHint for MemberTable {
    type Word = Infallible;

    fn find(&self, _: Hint) -> Option<Infallible> {
        None
    }

    #[inline]
    fn load(&self, hint: Hint) -> u64 {
        self.shared.hint.load(hint)
    }

    #[inline]
    fn bump(&self, hint: Hint) {
        self.shared.hint.bump(hint);
    }
}

impl MemberTable {
    #[inline]
    fn of(
        storage: &MemoryPlace,
        name: &str,
        shared: Arc<Shared>,
        may_claim: bool,
    ) -> Result<Self, StorageError> {
        let birth = ProcessBirth::here().map_err(|error| storage.failed_at(name, error))?;
        let owner = may_claim.then(|| {
            let mut table = shared.table.lock().unwrap_or_else(PoisonError::into_inner);
            table.owners += 1;
            table.owners
        });
        Ok(Self {
            shared,
            owner,
            path: storage.path().join(name),
            birth,
        })
    }

    #[inline]
    fn failed(&self, error: SystemError) -> StorageError {
        StorageError::System {
            path: self.path.clone(),
            error,
        }
    }

    #[inline]
    fn table(&self) -> Result<MutexGuard<'_, Table>, StorageError> {
        // WHY: asked first, for another thread may have held the table when the process was forked.
        self.birth
            .check("look")
            .map_err(|error| self.failed(error))?;
        let table = self.shared.table.lock();
        Ok(table.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for MemberTable {
    #[inline]
    fn drop(&mut self) {
        if let (Some(owner), Ok(mut table)) = (self.owner, self.table()) {
            table.held.retain(|_, held| held.owner != owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        SystemErrorKind, membership::RECORD_PAYLOAD, static_storage::test_place::TestPlace,
    };
    use iceoryx2_bb_posix::process::in_forked_child;

    crate::membership::conformance::tests!(super::MemberTable);

    #[test]
    fn a_forked_childs_copy_does_nothing_even_if_the_table_was_locked() {
        let place = TestPlace::<MemoryPlace>::new();
        let storage = MemoryPlace::open(place.path()).unwrap();
        let member = MemberTable::create(&storage, "members", 4).unwrap();
        let slot = member.claim(0..4, &[1; RECORD_PAYLOAD]).unwrap().unwrap();
        let held = member.table().unwrap();
        let foreign = in_forked_child(|| {
            member.release(slot);
            let Err(StorageError::System { error, .. }) = member.slot(slot) else {
                return false;
            };
            error.kind() == SystemErrorKind::UsedAfterFork
        });
        assert!(foreign.unwrap());
        drop(held);
        assert_eq!(member.count(0..4).unwrap(), 1);
    }
}
