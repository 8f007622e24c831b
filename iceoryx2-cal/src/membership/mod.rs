// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Membership: who takes part, held by the kernel. Each member owns one slot with a small record while its process
//! lives; losing the process gives the slot back.

mod byte_locks;
#[cfg(test)]
pub(crate) mod conformance;
mod layout;
mod table;

use crate::static_storage::{StaticStorage, StorageError};
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
    /// Held by a living member.
    Alive(Box<Record>),
}

/// The members of a place. One value per participant and place; clones of it do not exist.
pub trait Membership: Debug + Send + Sync + Sized + 'static {
    /// Where it is kept.
    type Storage: StaticStorage;

    /// Makes the empty membership `name` in `storage` (under a temporary name, then renamed), replacing an older one.
    ///
    /// # Errors
    /// [`StorageError`].
    fn create(storage: &Self::Storage, name: &str) -> Result<Self, StorageError>;

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

    /// Takes a free slot of `range`, writes the record and shows it: the first there is, but those this value has just
    /// seen held come last. `None` if all are held.
    ///
    /// # Errors
    /// [`StorageError`].
    fn claim(&self, range: Range<u32>, record: &Record) -> Result<Option<u32>, StorageError>;

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

    /// Whether another open membership holds a slot of `range` and shows it, which one that is being claimed or cleared
    /// does not. Cheaper than [`count`](Self::count).
    ///
    /// # Errors
    /// [`StorageError`].
    fn has_others(&self, range: Range<u32>) -> Result<bool, StorageError>;

    /// How many slots there may be records for: one more than the highest slot ever claimed.
    ///
    /// # Errors
    /// [`StorageError`].
    fn slots(&self) -> Result<u32, StorageError>;

    /// The same as it was when this value was opened.
    ///
    /// # Errors
    /// [`StorageError`].
    fn slots_when_opened(&self) -> Result<u32, StorageError> {
        self.slots()
    }

    /// Clears the record of a dead member in a slot nobody holds.
    ///
    /// # Errors
    /// [`StorageError`].
    fn clear_dead(&self, slot: u32) -> Result<(), StorageError>;
}
