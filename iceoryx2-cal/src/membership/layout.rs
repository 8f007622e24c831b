// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The membership file.
//!
//! ```text
//!   0                                              512         1024              LOCKS
//!   │ servers came │ clients came │ answers │ 0 …    │ record 0  │ record 1 │ …    │ lock 0 │ lock 1 │ …
//!     8 bytes        8 bytes        8 bytes          └────┬──────┘                  one byte each, never written
//!                                                         └─▶ │ payload, 504 bytes │ checksum, 8 bytes │
//! ```
//!
//! The checksum of a payload is never 0, so a record of zeros is none, and neither is one that is half written.
//!
//! The first pages, as many as the expected slots need, are written in full before the file has its name, so that they can
//! be mapped and written on a full machine. What lies behind them is read and written by system calls.

use super::{RECORD_PAYLOAD, RECORD_SIZE, Record};
use crate::rendezvous::Hint;
use core::ops::Range;

/// Which word of the file is which of the hint.
pub(super) const fn word_of(hint: Hint) -> usize {
    match hint {
        Hint::Servers => 0,
        Hint::Clients => 1,
        Hint::Answers => 2,
    }
}

/// Where record 0 is, behind the words of the hint.
const RECORDS: u64 = RECORD_SIZE as u64;

/// Of no more slots than this the records are written in full at first.
const SLOTS_WRITTEN_MAX: u32 = 63;

/// Files are had in pages, of the smallest size there is.
const PAGE: usize = 4096;

/// How long a file for so many slots is at first.
pub(super) fn size_at_first(slots: u32) -> usize {
    let slots = slots.min(SLOTS_WRITTEN_MAX) as usize;
    (slots + 1)
        .saturating_mul(RECORD_SIZE)
        .next_multiple_of(PAGE)
}

/// Where the lock of slot 0 is. Below 2³¹, so that every system can name it, and above every record.
const LOCKS: u64 = 1 << 30;

/// More slots than this do not fit below the locks.
pub(super) const SLOTS_MAX: u32 = (1 << 21) - 1;

const _: () = assert!(RECORDS + SLOTS_MAX as u64 * RECORD_SIZE as u64 <= LOCKS);
const _: () = assert!(LOCKS + SLOTS_MAX as u64 <= i32::MAX as u64);

/// A record as it lies in the file.
pub(super) type Sealed = [u8; RECORD_SIZE];

/// What lies in the file where there is no record.
pub(super) const NONE: Sealed = [0; RECORD_SIZE];

/// The slots of a range that can exist.
pub(super) fn possible(slots: &Range<u32>) -> Range<u32> {
    slots.start..slots.end.min(SLOTS_MAX)
}

/// The byte whose lock holds a slot.
pub(super) fn lock_of(slot: u32) -> u64 {
    LOCKS + u64::from(slot)
}

/// The slot whose lock a byte is.
pub(super) fn slot_of(lock: u64) -> u32 {
    u32::try_from(lock.saturating_sub(LOCKS)).unwrap_or(SLOTS_MAX)
}

/// Where a slot's record begins.
pub(super) fn record_of(slot: u32) -> u64 {
    RECORDS + u64::from(slot) * RECORD_SIZE as u64
}

/// The bytes of all locks.
pub(super) fn all_locks() -> Range<u64> {
    lock_of(0)..lock_of(SLOTS_MAX)
}

/// How many records, the last perhaps not in full, a file of `size` bytes has room for.
pub(super) fn slots_in(size: u64) -> u32 {
    let size = size.saturating_sub(RECORDS);
    u32::try_from(size.div_ceil(RECORD_SIZE as u64))
        .unwrap_or(SLOTS_MAX)
        .min(SLOTS_MAX)
}

/// How many whole records lie in the first `size` bytes.
pub(super) fn whole_slots_in(size: usize) -> u32 {
    let records = (size / RECORD_SIZE).saturating_sub(1);
    u32::try_from(records).unwrap_or(SLOTS_MAX).min(SLOTS_MAX)
}

/// Adds the checksum.
pub(super) fn seal(record: &Record) -> Sealed {
    let mut sealed = NONE;
    let (payload, sum) = sealed.split_at_mut(RECORD_PAYLOAD);
    payload.copy_from_slice(record);
    sum.copy_from_slice(&checksum(record).to_le_bytes());
    sealed
}

/// Checks and strips the checksum; `None` if this is no record.
pub(super) fn unseal(sealed: &Sealed) -> Option<Box<Record>> {
    payload_of(sealed).map(|payload| Box::new(*payload))
}

/// Whether this is a record.
pub(super) fn is_record(sealed: &Sealed) -> bool {
    payload_of(sealed).is_some()
}

fn payload_of(sealed: &Sealed) -> Option<&Record> {
    let (payload, sum) = sealed.split_first_chunk::<RECORD_PAYLOAD>()?;
    // WHY asked first: mostly there is none, and to sum one up takes longer than all else.
    let is_none = sum.iter().all(|byte| *byte == 0);
    (!is_none && checksum(payload).to_le_bytes() == sum).then_some(payload)
}

const _: () = assert!(RECORD_PAYLOAD % size_of::<u64>() == 0);

/// Never 0, and different for records that differ in one word.
// WHY words: a record has 504 bytes, and to multiply once for each takes a microsecond.
fn checksum(record: &Record) -> u64 {
    // An odd factor, so that no step loses anything; the turn brings what a product moved up down again.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let words = record.chunks_exact(size_of::<u64>());
    let sum = words.fold(FACTOR, |sum, word| {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        (sum.rotate_left(32) ^ word).wrapping_mul(FACTOR)
    });
    sum.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_zeros_are_none() {
        let record = [7; RECORD_PAYLOAD];
        assert_eq!(unseal(&seal(&record)), Some(Box::new(record)));
        assert_eq!(unseal(&NONE), None);
        assert!(unseal(&seal(&[0; RECORD_PAYLOAD])).is_some());
    }

    #[test]
    fn a_record_written_or_cleared_half_is_none() {
        let old = seal(&[1; RECORD_PAYLOAD]);
        let new = seal(&[2; RECORD_PAYLOAD]);
        for written in 1..RECORD_SIZE {
            for (before, after) in [(&NONE, &new), (&old, &new), (&old, &NONE)] {
                let mut torn = *before;
                torn[..written].copy_from_slice(&after[..written]);
                assert!(unseal(&torn).is_none() || torn == *before || torn == *after);
            }
        }
    }

    #[test]
    fn a_bit_that_has_changed_is_noticed() {
        let sealed = seal(&core::array::from_fn(|index| index.to_le_bytes()[0]));
        for bit in 0..RECORD_SIZE * 8 {
            let mut changed = sealed;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_record(&changed), "bit {bit}");
        }
    }

    #[test]
    fn sizes_give_slots() {
        assert_eq!(
            [0, 1, 512, 513, 1024, 1025].map(slots_in),
            [0, 0, 0, 1, 1, 2]
        );
        assert_eq!(
            [0, 7, 8, 31, u32::MAX].map(size_at_first),
            [4096, 4096, 8192, 16384, 32768]
        );
        assert_eq!(slots_in(u64::MAX), SLOTS_MAX);
        assert_eq!(possible(&(3..u32::MAX)), 3..SLOTS_MAX);
        assert!(possible(&(u32::MAX - 1..u32::MAX)).is_empty());
    }
}
