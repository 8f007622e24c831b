// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Membership by byte locks on a file.
//!
//! | lock of the byte | record | the slot is |
//! |---|---|---|
//! | none  | none or torn | free |
//! | none  | intact | a dead member's |
//! | write | any | taken: its member writes or clears the record, or somebody clears a dead one's |
//! | read  | none or torn | taken: its member clears the record |
//! | read  | intact | a living member's |
//!
//! A claim goes down the table and an orderly leave up again; a kill at any instant drops the lock and leaves the record
//! as it is.

mod glance;

use super::{
    Membership, Record, Slot,
    layout::{self, NONE, SLOTS_MAX, Sealed, lock_of, possible, record_of, slot_of},
};
use crate::{
    SystemError,
    static_storage::{Directory, StorageError},
};
use core::{iter, ops::Range, time::Duration};
use glance::{GLANCE_MAX, Glance};
use iceoryx2_bb_elementary::SortedMap;
use iceoryx2_bb_posix::{
    clock,
    lock_file::{Held, HeldBytes, LockFile},
};
use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How often a claim that found every slot held tries again if some were held only to be cleared or claimed.
const CLAIM_ATTEMPTS: u32 = 4;
const CLAIM_PAUSE: Duration = Duration::from_micros(50);

/// How often an observer looks at a slot that changes as it looks.
const LOOK_ATTEMPTS: u32 = 16;

/// A membership file, open once.
#[derive(Debug)]
pub struct ByteLocks {
    file: LockFile,
    path: PathBuf,
    may_claim: bool,
    /// INVARIANT: the slots whose bytes are locked through `file`, except while the lock on this table is held. The
    /// system neither shows us our own locks nor refuses them to us, so this table stands in for it.
    own: Mutex<Table>,
    /// Slots that the last look found held by others, for the next claim.
    seen: Mutex<Range<u32>>,
}

type Table = SortedMap<u32, Box<Record>>;

impl Membership for ByteLocks {
    type Storage = Directory;

    fn create(storage: &Directory, name: &str) -> Result<Self, StorageError> {
        let file = LockFile::create(storage, name).map_err(StorageError::of(storage, name))?;
        Ok(Self::new(file, storage, name, true))
    }

    fn open(storage: &Directory, name: &str) -> Result<Option<Self>, StorageError> {
        let file = LockFile::open(storage, name).map_err(StorageError::of(storage, name))?;
        Ok(file.map(|file| Self::new(file, storage, name, true)))
    }

    fn observe(storage: &Directory, name: &str) -> Result<Option<Self>, StorageError> {
        // WHY: who may write the file may also clear what the dead left.
        let file = LockFile::open(storage, name)
            .or_else(|_| LockFile::open_read_only(storage, name))
            .map_err(StorageError::of(storage, name))?;
        Ok(file.map(|file| Self::new(file, storage, name, false)))
    }

    fn claim(&self, range: Range<u32>, record: &Record) -> Result<Option<u32>, StorageError> {
        if !self.may_claim {
            return Err(self.failed(SystemError::invalid_input("fcntl")));
        }
        for attempt in 1..=CLAIM_ATTEMPTS {
            let claimed = self.claim_once(&range, record)?;
            if claimed.is_some() || attempt == CLAIM_ATTEMPTS || !self.any_in_transit(&range)? {
                return Ok(claimed);
            }
            clock::sleep(CLAIM_PAUSE).map_err(|error| self.failed(error))?;
        }
        Ok(None)
    }

    fn release(&self, slot: u32) {
        let Ok(mut own) = self.own() else { return };
        if own.remove(&slot).is_some() {
            self.leave(slot);
        }
    }

    fn slot(&self, slot: u32) -> Result<Slot, StorageError> {
        if let Some(record) = self.own()?.get(&slot) {
            return Ok(Slot::Alive(record.clone()));
        }
        self.look(slot).map_err(|error| self.failed(error))
    }

    fn count(&self, range: Range<u32>) -> Result<u32, StorageError> {
        let own = self
            .own()?
            .keys()
            .filter(|slot| range.contains(slot))
            .count();
        let mut held = u64::try_from(own).unwrap_or(u64::MAX);
        self.each_held(&range, &mut |found| {
            held = held.saturating_add(found.bytes.end - found.bytes.start);
        })?;
        Ok(u32::try_from(held).unwrap_or(u32::MAX))
    }

    fn has_others(&self, range: Range<u32>) -> Result<bool, StorageError> {
        let slots = possible(&range);
        if slots.is_empty() {
            return Ok(false);
        }
        // WHY: one answer is enough. A byte in transit may stand before those that are shown; then no others are seen,
        // and the caller looks closely.
        let found = self
            .file
            .find_held(lock_of(slots.start)..lock_of(slots.end))
            .map_err(|error| self.failed(error))?;
        if let Some(found) = &found {
            self.remember(found);
        }
        Ok(found.is_some_and(|found| found.held == Held::Reading))
    }

    fn dead(&self, range: Range<u32>) -> Result<Vec<u32>, StorageError> {
        let mut dead = Vec::new();
        for glance in self.glances(range)? {
            for slot in glance.with_record().iter().copied() {
                // WHY: the record may have been read before its member came or after it went, so look closely.
                if glance.held(slot) == Held::Free && matches!(self.slot(slot)?, Slot::Dead(_)) {
                    dead.push(slot);
                }
            }
        }
        Ok(dead)
    }

    fn living(&self, range: Range<u32>) -> Result<Vec<Box<Record>>, StorageError> {
        let mut living = Vec::new();
        for glance in self.glances(range)? {
            if glance.with_record().is_empty() {
                continue;
            }
            let again = self.read_many(glance.slots())?;
            for slot in glance.with_record().iter().copied() {
                // WHY: a record that is the same before and after its byte was seen held is the holder's. One of our own
                // we do not see held, and what has changed meanwhile needs a closer look.
                let unchanged = again
                    .record(slot)
                    .filter(|now| glance.record(slot) == Some(*now));
                let alive = match (glance.held(slot), unchanged) {
                    (Held::Reading, Some(record)) => layout::unseal(record),
                    (Held::Writing, _) => None,
                    _ => match self.slot(slot)? {
                        Slot::Alive(record) => Some(record),
                        _ => None,
                    },
                };
                living.extend(alive);
            }
        }
        Ok(living)
    }

    fn slots(&self) -> Result<u32, StorageError> {
        self.file
            .size()
            .map(layout::slots_in)
            .map_err(|error| self.failed(error))
    }

    fn slots_when_opened(&self) -> Result<u32, StorageError> {
        Ok(layout::slots_in(self.file.size_when_opened()))
    }

    fn clear_dead(&self, slot: u32) -> Result<(), StorageError> {
        let own = self.own()?;
        if own.contains_key(&slot) {
            return Ok(());
        }
        let cleared = self.clear_if_free(slot);
        drop(own);
        cleared.map_err(|error| self.failed(error))
    }
}

impl ByteLocks {
    fn new(file: LockFile, storage: &Directory, name: &str, may_claim: bool) -> Self {
        let path = storage.path().join(name);
        Self {
            file,
            path,
            may_claim,
            own: Mutex::default(),
            seen: Mutex::new(0..0),
        }
    }

    fn failed(&self, error: SystemError) -> StorageError {
        StorageError::System {
            path: self.path.clone(),
            error,
        }
    }

    /// The table of our own slots.
    fn own(&self) -> Result<MutexGuard<'_, Table>, StorageError> {
        // WHY: asked first, for another thread may have held the table when the process was forked.
        if self.file.is_foreign() {
            return Err(self.failed(SystemError::used_after_fork("fcntl")));
        }
        Ok(self.own.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn claim_once(&self, range: &Range<u32>, record: &Record) -> Result<Option<u32>, StorageError> {
        let mut own = self.own()?;
        for slot in self.by_prospect(range) {
            if own.contains_key(&slot) || !self.take(slot).map_err(|error| self.failed(error))? {
                continue;
            }
            if let Err(error) = self.show(slot, record) {
                self.leave(slot);
                return Err(self.failed(error));
            }
            own.insert(slot, Box::new(*record));
            return Ok(Some(slot));
        }
        Ok(None)
    }

    /// The slots of a range, those last that were just seen held.
    fn by_prospect(&self, range: &Range<u32>) -> impl Iterator<Item = u32> + use<> {
        let all = possible(range);
        let seen = core::mem::take(&mut *self.seen());
        let begin = seen.start.clamp(all.start, all.end.max(all.start));
        let end = seen.end.clamp(begin, all.end.max(begin));
        (all.start..begin).chain(end..all.end).chain(begin..end)
    }

    fn seen(&self) -> MutexGuard<'_, Range<u32>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what a look found, for the next claim.
    fn remember(&self, found: &HeldBytes) {
        *self.seen() = slot_of(found.bytes.start)..slot_of(found.bytes.end);
    }

    fn take(&self, slot: u32) -> Result<bool, SystemError> {
        self.file.try_write_lock(lock_of(slot))
    }

    /// Writes the record of a slot that is ours, and lets others see it.
    fn show(&self, slot: u32, record: &Record) -> Result<(), SystemError> {
        // CRASH: the slot is free; its record is the dead member's before us, torn, or ours: dead, none, dead.
        self.file.write_at(record_of(slot), &layout::seal(record))?;
        self.file.downgrade(lock_of(slot))
    }

    /// Clears the record of a slot that is ours and gives it back. Nothing can be done about an error: the record of a
    /// slot that is free counts as a dead member's.
    fn leave(&self, slot: u32) {
        // CRASH: the slot is free and its record is ours, torn or gone: dead, none, none.
        let _ = self.file.write_at(record_of(slot), &NONE);
        let _ = self.file.unlock(lock_of(slot));
    }

    fn clear_if_free(&self, slot: u32) -> Result<(), SystemError> {
        if slot >= layout::slots_in(self.file.size()?) || !self.take(slot)? {
            return Ok(());
        }
        let cleared = self.file.write_at(record_of(slot), &NONE);
        self.file.unlock(lock_of(slot))?;
        cleared
    }

    /// What a slot of others looks like. Between reading the record twice and finding it the same, the member it speaks
    /// of was the slot's last or present one.
    fn look(&self, slot: u32) -> Result<Slot, SystemError> {
        if slot >= SLOTS_MAX {
            return Ok(Slot::Free);
        }
        for _ in 0..LOOK_ATTEMPTS {
            let record = self.read(slot)?;
            let held = self.file.holder(lock_of(slot))?;
            if held == Held::Writing {
                return Ok(Slot::Taken);
            }
            if self.read(slot)? != record {
                continue;
            }
            return Ok(match (held, layout::unseal(&record)) {
                (Held::Free, None) => Slot::Free,
                (Held::Free, Some(record)) => Slot::Dead(record),
                (_, None) => Slot::Taken,
                (_, Some(record)) => Slot::Alive(record),
            });
        }
        Ok(Slot::Taken)
    }

    /// Glances at the slots of a range, as far as the file has records.
    fn glances(&self, range: Range<u32>) -> Result<Vec<Glance>, StorageError> {
        let mut glances = Vec::new();
        let slots = possible(&range);
        let mut begin = slots.start;
        while begin < slots.end {
            let end = begin.saturating_add(GLANCE_MAX).min(slots.end);
            let mut glance = self.read_many(begin..end)?;
            if glance.is_at_end() {
                break;
            }
            if let Some(range) = glance.find_records() {
                self.each_held(&range, &mut |found| {
                    self.remember(&found);
                    glance.add_held(found);
                })?;
            }
            glances.push(glance);
            begin = end;
        }
        Ok(glances)
    }

    fn read_many(&self, slots: Range<u32>) -> Result<Glance, StorageError> {
        Glance::read(slots, |offset, buffer| self.file.read_at(offset, buffer))
            .map_err(|error| self.failed(error))
    }

    fn read(&self, slot: u32) -> Result<Sealed, SystemError> {
        let mut sealed = NONE;
        self.file.read_at(record_of(slot), &mut sealed)?;
        Ok(sealed)
    }

    /// Whether a slot of others is being claimed, left or cleared.
    fn any_in_transit(&self, range: &Range<u32>) -> Result<bool, StorageError> {
        let mut any = false;
        self.each_held(range, &mut |found| any |= found.held == Held::Writing)?;
        Ok(any)
    }

    /// Reports every byte of a range that others hold, once, neighbours together.
    fn each_held(
        &self,
        range: &Range<u32>,
        report: &mut dyn FnMut(HeldBytes),
    ) -> Result<(), StorageError> {
        let slots = possible(range);
        if slots.is_empty() {
            return Ok(());
        }
        let mut unknown: Vec<_> = iter::once(lock_of(slots.start)..lock_of(slots.end)).collect();
        while let Some(bytes) = unknown.pop() {
            let found = self
                .file
                .find_held(bytes.clone())
                .map_err(|error| self.failed(error))?;
            if let Some(found) = found {
                unknown.push(bytes.start..found.bytes.start);
                unknown.push(found.bytes.end..bytes.end);
                report(found);
            }
        }
        Ok(())
    }
}

impl Drop for ByteLocks {
    fn drop(&mut self) {
        let own = match self.own() {
            Ok(mut own) => core::mem::take(&mut *own),
            Err(_) => return,
        };
        for slot in own.into_keys() {
            self.leave(slot);
        }
    }
}

#[cfg(test)]
mod conformance_tests {
    crate::membership::conformance::tests!(super::ByteLocks);
}

#[cfg(test)]
mod tests;
