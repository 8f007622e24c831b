// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Membership: who takes part, held by the kernel. Each member owns one slot with a small record while its process
//! lives; losing the process gives the slot back.

mod byte_locks;
#[cfg(test)]
pub(crate) mod conformance;
mod layout;
mod table;

use crate::{
    rendezvous::ChangeHint,
    static_storage::{StaticStorage, StorageError},
};
pub use byte_locks::ByteLocks;
use core::{fmt::Debug, ops::Range};
pub use table::MemberTable;

/// The size of a record, in bytes.
pub const RECORD_SIZE: usize = 512;

/// A record: what a member says of itself. Intact or not there, never half.
pub type Record = [u8; RECORD_PAYLOAD];

/// Bytes of a record that are the member's; the rest is the checksum.
pub const RECORD_PAYLOAD: usize = RECORD_SIZE - 8;

/// One slot as an observer finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// Nobody holds it, and no record is left.
    Free,
    /// Nobody holds it, but a record is left: its member died.
    Dead(Box<Record>),
    /// Held, the record is being written or cleared: counts, but is not listed.
    Taken,
    /// Held by a living member; the record is its own, or for an instant that of a dead one, whose slot it has just taken.
    Alive(Box<Record>),
}

/// The members of a place, and the words that tell them to look for each other. One value per participant and place; clones
/// of it do not exist.
pub trait Membership: ChangeHint + Debug + Send + Sync + Sized + 'static {
    /// Where it is kept.
    type Storage: StaticStorage;

    /// Makes the empty membership `name` in `storage` (under a temporary name, then renamed), replacing an older one. It is
    /// made for `slots` slots; others cost more.
    ///
    /// # Errors
    /// [`StorageError`].
    fn create(storage: &Self::Storage, name: &str, slots: u32) -> Result<Self, StorageError>;

    /// Opens an existing membership as a participant; `None` if there is none.
    ///
    /// # Errors
    /// [`StorageError`].
    fn open(storage: &Self::Storage, name: &str) -> Result<Option<Self>, StorageError>;

    /// Opens an existing membership only to look; `None` if there is none. What it shows includes every participant
    /// of this process. It cannot claim (`claim` fails).
    ///
    /// # Errors
    /// [`StorageError`].
    fn observe(storage: &Self::Storage, name: &str) -> Result<Option<Self>, StorageError>;

    /// Takes a free slot of `range` and writes the record: the first there is, but those with a record come last. `None` if
    /// all are held, or [`shut`](Self::shut).
    ///
    /// Whoever holds no lock that keeps the membership from being removed asks afterwards whether
    /// [that was in vain](Self::current_slots).
    ///
    /// # Errors
    /// [`StorageError`].
    fn claim(&self, range: Range<u32>, record: &Record) -> Result<Option<u32>, StorageError>;

    /// The same of slots that are not [`Dead`](Slot::Dead) only.
    ///
    /// # Errors
    /// [`StorageError`].
    fn claim_unused(&self, range: Range<u32>, record: &Record)
    -> Result<Option<u32>, StorageError>;

    /// How many slots there may be records for now, at least; `None` if this membership was removed or replaced. A member of
    /// one that was not stays in it until it leaves, for who removes one [shuts](Self::shut) it first.
    ///
    /// # Errors
    /// [`StorageError`].
    fn current_slots(&self) -> Result<Option<u32>, StorageError>;

    /// Whether this is the membership that has a name in a place.
    ///
    /// # Errors
    /// [`StorageError`].
    fn is_at(&self, storage: &Self::Storage, name: &str) -> Result<bool, StorageError>;

    /// Lets nobody claim a slot any more while this value lives, if nobody holds one: for who is about to remove it. `false`
    /// if somebody does.
    ///
    /// # Errors
    /// [`StorageError`].
    fn shut(&self) -> Result<bool, StorageError>;

    /// Gives a slot of ours back in order: clears the record, then unlocks. Does nothing in a forked child.
    fn release(&self, slot: u32);

    /// What one slot looks like. Slots held through this value are `Alive`, too.
    ///
    /// # Errors
    /// [`StorageError`].
    fn slot(&self, slot: u32) -> Result<Slot, StorageError>;

    /// The slots of `range` that are [`Dead`](Slot::Dead), in order.
    ///
    /// # Errors
    /// [`StorageError`].
    fn dead(&self, range: Range<u32>) -> Result<Vec<u32>, StorageError> {
        let mut dead = Vec::new();
        for slot in range {
            if matches!(self.slot(slot)?, Slot::Dead(_)) {
                dead.push(slot);
            }
        }
        Ok(dead)
    }

    /// The records of the slots of `range` that are [`Alive`](Slot::Alive), in order.
    ///
    /// # Errors
    /// [`StorageError`].
    fn living(&self, range: Range<u32>) -> Result<Vec<Box<Record>>, StorageError> {
        let mut living = Vec::new();
        for slot in range {
            if let Slot::Alive(record) = self.slot(slot)? {
                living.push(record);
            }
        }
        Ok(living)
    }

    /// How many slots of `range` are held by anyone, this value included.
    ///
    /// # Errors
    /// [`StorageError`].
    fn count(&self, range: Range<u32>) -> Result<u32, StorageError>;

    /// Whether another open membership holds a slot of `range`. Cheaper than [`count`](Self::count), and makes a claim or a
    /// look for the dead that follows cheaper.
    ///
    /// # Errors
    /// [`StorageError`].
    fn has_others(&self, range: Range<u32>) -> Result<bool, StorageError>;

    /// How many slots there may be records for: more than the highest slot with one, and no more than one more than the
    /// highest ever claimed.
    ///
    /// # Errors
    /// [`StorageError`].
    fn slots(&self) -> Result<u32, StorageError>;

    /// Clears the record of a dead member in a slot nobody holds.
    ///
    /// # Errors
    /// [`StorageError`].
    fn clear_dead(&self, slot: u32) -> Result<(), StorageError>;
}
