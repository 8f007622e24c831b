// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Membership by byte locks on a file.
//!
//! | lock of the byte | record | the slot is |
//! |---|---|---|
//! | none or read | none or torn | free |
//! | none or read | intact | a dead member's |
//! | write | none or torn | taken: its member writes or clears the record |
//! | write | intact | a living member's |
//!
//! A claim takes the write lock and then writes the record; an orderly leave clears the record and then gives the lock
//! back; a kill at any instant drops the lock and leaves the record as it is. Who takes the slot of a dead member clears
//! the dead one's record first of all: until then an observer takes the dead one for alive, as it may whoever dies while it
//! looks.
//!
//! A read lock keeps members out: of one slot, while somebody clears what the dead left there; of all slots, while somebody
//! [shuts](Membership::shut) the membership to remove the file. It fails where there is a member. Who has claimed a slot and
//! then finds that the file has a name still is in a membership that nobody removes:
//!
//! ```text
//!   member    write lock ── has the file a name? ─ yes ─ in
//!   remover   read lock of all slots ─ remove the name ─ unlock
//! ```
//!
//! Participants map the first pages and write records there without a system call, and without asking for the limit of
//! file sizes that a write would have to keep.

mod glance;

use super::{
    Membership, RECORD_PAYLOAD, RECORD_SIZE, Record, Slot,
    layout::{self, NONE, SLOTS_MAX, Sealed, lock_of, possible, record_of, slot_of},
};
use crate::{
    SystemError,
    rendezvous::{ChangeHint, Hint, HintWord},
    static_storage::{Directory, StorageError},
};
use core::{iter, ops::Range, time::Duration};
use glance::{GLANCE_MAX, Glance};
use iceoryx2_bb_elementary::SortedMap;
use iceoryx2_bb_posix::{
    clock,
    lock_file::{Held, HeldBytes, Inspected, LockFile},
    shared_words::{FoundWord, SharedWords},
};
use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
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
    /// Seen when it is first needed, at the latest once the first slot is claimed. Observers do without.
    head: OnceLock<Head>,
    /// What was seen last of who holds which slot, for the next claim and the next look for the dead.
    seen: Mutex<Seen>,
    path: PathBuf,
    may_claim: bool,
    /// INVARIANT: the slots whose bytes are locked through `file`, except while the lock on this table is held. The
    /// system neither shows us our own locks nor refuses them to us, so this table stands in for it.
    own: Mutex<Table>,
}

/// The file as far as it reached when it was first looked at.
#[derive(Debug)]
struct Head {
    /// If it is ours to write.
    words: Option<SharedWords>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Slots that others held.
    held: Range<u32>,
    /// What [`Membership::current_slots`] would have said after the last claim.
    current: Option<Option<u32>>,
}

/// Which free slots a claim may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// All of them.
    Any,
    /// Those nobody has died in.
    Unused,
}

type Table = SortedMap<u32, Box<Record>>;

impl Membership for ByteLocks {
    type Storage = Directory;

    fn create(storage: &Directory, name: &str, slots: u32) -> Result<Self, StorageError> {
        let empty = vec![0; layout::size_at_first(slots)];
        let file = LockFile::create_with(storage, name, &empty);
        let made = file.map(|file| Self::new(file, true, storage, name));
        made.map_err(StorageError::of(storage, name))
    }

    fn open(storage: &Directory, name: &str) -> Result<Option<Self>, StorageError> {
        let file = LockFile::open_unseen(storage, name).map_err(StorageError::of(storage, name))?;
        Ok(file.map(|file| Self::new(file, true, storage, name)))
    }

    fn observe(storage: &Directory, name: &str) -> Result<Option<Self>, StorageError> {
        // WHY: who may write the file may also clear what the dead left.
        let file = LockFile::open(storage, name)
            .or_else(|_| LockFile::open_read_only(storage, name))
            .map_err(StorageError::of(storage, name))?;
        Ok(file.map(|file| Self::new(file, false, storage, name)))
    }

    fn claim(&self, range: Range<u32>, record: &Record) -> Result<Option<u32>, StorageError> {
        self.claim_which(&range, record, Which::Any)
    }

    fn claim_unused(
        &self,
        range: Range<u32>,
        record: &Record,
    ) -> Result<Option<u32>, StorageError> {
        self.claim_which(&range, record, Which::Unused)
    }

    fn current_slots(&self) -> Result<Option<u32>, StorageError> {
        if let Some(current) = self.seen().current.take() {
            return Ok(current);
        }
        let it = self.file.inspect();
        it.map(slots_if_named).map_err(|error| self.failed(error))
    }

    fn is_at(&self, storage: &Directory, name: &str) -> Result<bool, StorageError> {
        let is_at = self.file.is_at(storage, name);
        is_at.map_err(|error| self.failed(error))
    }

    fn shut(&self) -> Result<bool, StorageError> {
        let own = self.own()?;
        // WHY: to our own locks the system would not object, but change them.
        if !own.is_empty() {
            return Ok(false);
        }
        let shut = self.file.try_read_lock(layout::all_locks());
        drop(own);
        shut.map_err(|error| self.failed(error))
    }

    fn release(&self, slot: u32) {
        let Ok(mut own) = self.own() else { return };
        if own.remove(&slot).is_some() {
            self.seen().current = None;
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
        // WHY: one answer is enough.
        let found = self
            .file
            .find_written(lock_of(slots.start)..lock_of(slots.end));
        let found = found.map_err(|error| self.failed(error))?;
        self.seen().held = found.as_ref().map_or(0..0, |found| {
            slot_of(found.bytes.start)..slot_of(found.bytes.end)
        });
        Ok(found.is_some())
    }

    fn dead(&self, range: Range<u32>) -> Result<Vec<u32>, StorageError> {
        let mut dead = Vec::new();
        let held = core::mem::take(&mut self.seen().held);
        for glance in self.glances(range, held)? {
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
        for glance in self.glances(range, 0..0)? {
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
                    (Held::Writing, Some(record)) => layout::unseal(record),
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
        let size = self.file.size().map_err(|error| self.failed(error))?;
        let mut end = layout::slots_in(size);
        while end > 0 {
            let begin = end.saturating_sub(GLANCE_MAX);
            if let Some(last) = self.read_many(begin..end)?.last_record() {
                return Ok(last.saturating_add(1));
            }
            end = begin;
        }
        Ok(0)
    }

    fn clear_dead(&self, slot: u32) -> Result<(), StorageError> {
        let own = self.own()?;
        if !self.file.is_writable() {
            return Err(self.failed(SystemError::invalid_input("pwrite")));
        }
        if own.contains_key(&slot) {
            return Ok(());
        }
        let cleared = self.clear_if_free(slot);
        drop(own);
        cleared.map_err(|error| self.failed(error))
    }
}

impl ByteLocks {
    fn new(file: LockFile, may_claim: bool, storage: &Directory, name: &str) -> Self {
        let path = storage.path().join(name);
        Self {
            file,
            head: OnceLock::new(),
            seen: Mutex::default(),
            path,
            may_claim,
            own: Mutex::default(),
        }
    }

    /// The mapped words of a participant, if the file is ours to write.
    fn words(&self) -> Result<Option<&SharedWords>, SystemError> {
        if !self.may_claim {
            return Ok(None);
        }
        let head = match self.head.get() {
            Some(head) => head,
            None => self.look_at_head(self.file.inspect()?)?,
        };
        Ok(head.words.as_ref())
    }

    fn look_at_head(&self, it: Inspected) -> Result<&Head, SystemError> {
        let words = SharedWords::of(&self.file, it)?;
        Ok(self.head.get_or_init(|| Head { words }))
    }

    /// Looks at the file that a slot was just claimed in, if nobody has before.
    fn look_after_claim(&self) -> Result<(), SystemError> {
        if self.head.get().is_none() {
            let it = self.file.inspect()?;
            self.look_at_head(it)?;
            self.seen().current = Some(slots_if_named(it));
        }
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn claim_which(
        &self,
        range: &Range<u32>,
        record: &Record,
        which: Which,
    ) -> Result<Option<u32>, StorageError> {
        if !self.may_claim {
            return Err(self.failed(SystemError::invalid_input("fcntl")));
        }
        let range = possible(range);
        for attempt in 1..=CLAIM_ATTEMPTS {
            let claimed = self.claim_once(&range, record, which)?;
            if claimed.is_some() || attempt == CLAIM_ATTEMPTS || !self.any_in_transit(&range)? {
                return Ok(claimed);
            }
            clock::sleep(CLAIM_PAUSE).map_err(|error| self.failed(error))?;
        }
        Ok(None)
    }

    /// Goes through the slots without a record first: most of those with one are held.
    fn claim_once(
        &self,
        range: &Range<u32>,
        record: &Record,
        which: Which,
    ) -> Result<Option<u32>, StorageError> {
        let mut own = self.own()?;
        let mut with_record = Vec::new();
        let mut slots = range.clone();
        self.seen().current = None;
        while let Some(slot) = slots.next() {
            if own.contains_key(&slot) {
                continue;
            }
            if self.is_known_to_have_record(slot) {
                with_record.push(slot);
            } else if self.claim_slot(&mut own, slot, record, which)? {
                return Ok(Some(slot));
            } else {
                // WHY: it may not have been looked at yet, and says more than trying does.
                self.words().map_err(|error| self.failed(error))?;
                slots.start = slots.start.max(self.end_of_what_holds(slot, range)?);
            }
        }
        if which == Which::Any {
            for slot in with_record {
                if self.claim_slot(&mut own, slot, record, which)? {
                    return Ok(Some(slot));
                }
            }
        }
        Ok(None)
    }

    /// Up to where the bytes reach that are held alike with that of `slot`, as far as one question tells.
    fn end_of_what_holds(&self, slot: u32, range: &Range<u32>) -> Result<u32, StorageError> {
        let asked = lock_of(slot)..lock_of(range.end);
        let found = self.file.find_held(asked);
        let found = found.map_err(|error| self.failed(error))?;
        // WHY: whoever shuts a membership holds all bytes, of which there are too many to try.
        let begins_there = found.filter(|found| found.bytes.start == lock_of(slot));
        Ok(begins_there.map_or(0, |found| slot_of(found.bytes.end)))
    }

    fn claim_slot(
        &self,
        own: &mut Table,
        slot: u32,
        record: &Record,
        which: Which,
    ) -> Result<bool, StorageError> {
        if !self.take(slot).map_err(|error| self.failed(error))? {
            return Ok(false);
        }
        // WHY: only now, for until now somebody may have come there and died.
        let shown = self.look_after_claim().and_then(|()| match which {
            Which::Any => self.show(slot, record).map(|()| true),
            Which::Unused => self.show_if_unused(slot, record),
        });
        match shown {
            Ok(true) => {
                own.insert(slot, Box::new(*record));
                Ok(true)
            }
            Ok(false) => {
                let given_back = self.file.unlock(lock_of(slot));
                given_back
                    .map(|()| false)
                    .map_err(|error| self.failed(error))
            }
            Err(error) => {
                self.leave(slot);
                Err(self.failed(error))
            }
        }
    }

    fn take(&self, slot: u32) -> Result<bool, SystemError> {
        self.file.try_write_lock(lock_of(slot))
    }

    /// Writes the record of a slot that is ours, in which nobody has died; `false` if somebody has.
    fn show_if_unused(&self, slot: u32, record: &Record) -> Result<bool, SystemError> {
        if layout::unseal(&self.read(slot)?).is_some() {
            return Ok(false);
        }
        self.show(slot, record).map(|()| true)
    }

    /// Writes the record of a slot that is ours.
    fn show(&self, slot: u32, record: &Record) -> Result<(), SystemError> {
        // CRASH: the slot is free; its record is the dead member's before us, torn, none, or ours: dead, none, none, dead.
        self.write(slot, &layout::seal(record))
    }

    /// Clears the record of a slot that is ours and gives it back. Nothing can be done about an error: the record of a
    /// slot that is free counts as a dead member's.
    fn leave(&self, slot: u32) {
        // CRASH: the slot is free and its record is ours, torn or gone: dead, none, none.
        let _ = self.write(slot, &NONE);
        let _ = self.file.unlock(lock_of(slot));
    }

    /// Writes what lies in a slot that nobody else writes.
    fn write(&self, slot: u32, sealed: &Sealed) -> Result<(), SystemError> {
        let begin = record_of(slot);
        let Some(words) = self.words()? else {
            return self.file.write_at(begin, sealed);
        };
        let (payload, sum) = sealed.split_at(RECORD_PAYLOAD);
        let sum_at = begin + RECORD_PAYLOAD as u64;
        // WHY: without a sum there is no record, so none is ever seen that is half one and half another.
        let is_mapped = words.copy_to(sum_at, &[0; RECORD_SIZE - RECORD_PAYLOAD])?
            && words.copy_to(begin, payload)?
            && words.copy_to(sum_at, sum)?;
        match is_mapped {
            true => Ok(()),
            false => self.file.write_at(begin, sealed),
        }
    }

    fn clear_if_free(&self, slot: u32) -> Result<(), SystemError> {
        let lock = lock_of(slot)..lock_of(slot.saturating_add(1));
        if slot >= layout::slots_in(self.file.size()?) || !self.file.try_read_lock(lock)? {
            return Ok(());
        }
        // WHY: others may clear it, too; they write the same.
        let cleared = self.write(slot, &NONE);
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
            let lock = lock_of(slot)..lock_of(slot.saturating_add(1));
            let is_held = self.file.find_written(lock)?.is_some();
            if self.read(slot)? != record {
                continue;
            }
            return Ok(match (is_held, layout::unseal(&record)) {
                (false, None) => Slot::Free,
                (false, Some(record)) => Slot::Dead(record),
                (true, None) => Slot::Taken,
                (true, Some(record)) => Slot::Alive(record),
            });
        }
        Ok(Slot::Taken)
    }

    /// Glances at the slots of a range, as far as the file has records. Of `held` it is known that others hold them.
    fn glances(&self, range: Range<u32>, held: Range<u32>) -> Result<Vec<Glance>, StorageError> {
        let mut glances = Vec::new();
        let slots = possible(&range);
        let mut begin = slots.start;
        while begin < slots.end {
            let mut end = begin.saturating_add(GLANCE_MAX).min(slots.end);
            // WHY: what is mapped costs no call, what lies behind it does.
            if begin < self.slots_mapped() {
                end = end.min(self.slots_mapped());
            }
            let mut glance = self.read_many(begin..end)?;
            if glance.is_at_end() {
                break;
            }
            let others = {
                let own = self.own()?;
                glance.find_records(|slot| !own.contains_key(&slot) && !held.contains(&slot))
            };
            if !held.is_empty() {
                glance.add_held(HeldBytes {
                    bytes: lock_of(held.start)..lock_of(held.end),
                    held: Held::Writing,
                });
            }
            if let Some(range) = others {
                self.each_held(&range, &mut |found| {
                    glance.add_held(found);
                })?;
            }
            glances.push(glance);
            begin = end;
        }
        Ok(glances)
    }

    fn read_many(&self, slots: Range<u32>) -> Result<Glance, StorageError> {
        Glance::read(slots, |offset, buffer| self.read_at(offset, buffer))
            .map_err(|error| self.failed(error))
    }

    #[cold]
    fn load_from_file(&self, hint: Hint) -> u64 {
        let mut word = [0; size_of::<u64>()];
        let offset = layout::word_of(hint) * word.len();
        let read = self.file.read_at(offset as u64, &mut word);
        read.map_or(0, |_| u64::from_ne_bytes(word))
    }

    fn read(&self, slot: u32) -> Result<Sealed, SystemError> {
        let mut sealed = NONE;
        self.read_at(record_of(slot), &mut sealed)?;
        Ok(sealed)
    }

    /// Reads until `buffer` is full or the file ends.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, SystemError> {
        match self.words()? {
            Some(words) if words.copy_from(offset, buffer)? => Ok(buffer.len()),
            _ => self.file.read_at(offset, buffer),
        }
    }

    fn slots_mapped(&self) -> u32 {
        let words = self.head.get().and_then(|head| head.words.as_ref());
        let count = words.map_or(0, SharedWords::count);
        layout::whole_slots_in(count.saturating_mul(size_of::<u64>()))
    }

    /// Whether somebody is, or was, in a slot, as far as that costs nothing to know.
    fn is_known_to_have_record(&self, slot: u32) -> bool {
        let mut sum = [0; RECORD_SIZE - RECORD_PAYLOAD];
        let sum_at = record_of(slot) + RECORD_PAYLOAD as u64;
        let Some(head) = self.head.get() else {
            return self.seen().held.contains(&slot);
        };
        let words = head.words.as_ref();
        let is_known = words.is_some_and(|words| words.copy_from(sum_at, &mut sum) == Ok(true));
        is_known && sum != [0; RECORD_SIZE - RECORD_PAYLOAD]
    }

    /// Whether a slot of others is being claimed, left or cleared, or all are being shut.
    fn any_in_transit(&self, range: &Range<u32>) -> Result<bool, StorageError> {
        let mut held = Vec::new();
        self.each(range, LockFile::find_held, &mut |found| held.push(found))?;
        for HeldBytes { bytes, held } in held {
            if held == Held::Reading {
                return Ok(true);
            }
            for slot in bytes.map(slot_of) {
                let record = self.read(slot).map_err(|error| self.failed(error))?;
                if layout::unseal(&record).is_none() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Reports every byte of a range that others hold as members, once, neighbours together.
    fn each_held(
        &self,
        range: &Range<u32>,
        report: &mut dyn FnMut(HeldBytes),
    ) -> Result<(), StorageError> {
        self.each(range, LockFile::find_written, report)
    }

    /// Reports every byte of a range that `find` finds, once, neighbours together.
    fn each(
        &self,
        range: &Range<u32>,
        find: fn(&LockFile, Range<u64>) -> Result<Option<HeldBytes>, SystemError>,
        report: &mut dyn FnMut(HeldBytes),
    ) -> Result<(), StorageError> {
        let slots = possible(range);
        if slots.is_empty() {
            return Ok(());
        }
        let mut unknown: Vec<_> = iter::once(lock_of(slots.start)..lock_of(slots.end)).collect();
        while let Some(bytes) = unknown.pop() {
            let found = find(&self.file, bytes.clone()).map_err(|error| self.failed(error))?;
            if let Some(found) = found {
                unknown.push(bytes.start..found.bytes.start);
                unknown.push(found.bytes.end..bytes.end);
                report(found);
            }
        }
        Ok(())
    }
}

/// What [`Membership::current_slots`] says of a file.
fn slots_if_named(it: Inspected) -> Option<u32> {
    it.has_name.then(|| layout::slots_in(it.size))
}

impl HintWord for FoundWord {
    #[inline(always)]
    fn load(&self) -> u64 {
        // WHY: what cannot be read says nothing; it is a hint.
        Self::load(self).unwrap_or(0)
    }
}

impl ChangeHint for ByteLocks {
    type Word = FoundWord;

    fn find(&self, hint: Hint) -> Option<FoundWord> {
        let words = self.words().ok()??;
        words.find(layout::word_of(hint)).ok()?
    }

    #[inline]
    fn load(&self, hint: Hint) -> u64 {
        // WHY: what cannot be read says nothing; it is a hint.
        match self.head.get() {
            Some(Head { words: Some(words) }) => words.load(layout::word_of(hint)).unwrap_or(0),
            _ => self.load_from_file(hint),
        }
    }

    fn bump(&self, hint: Hint) {
        if let Ok(Some(words)) = self.words() {
            let _ = words.add(layout::word_of(hint));
        }
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
