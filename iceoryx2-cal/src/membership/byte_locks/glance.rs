// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Many slots at once: one read for their records, and one question for each run of bytes that are held alike.

use super::{
    super::{
        RECORD_SIZE,
        layout::{self, Sealed, lock_of, record_of},
    },
    Held, HeldBytes, SystemError,
};
use core::ops::Range;

/// So many slots are glanced at together.
pub(super) const GLANCE_MAX: u32 = 32;

/// What some neighbouring slots looked like: their records first, then how they were held.
#[derive(Debug)]
pub(super) struct Glance {
    slots: Range<u32>,
    /// The records one after the other.
    bytes: Vec<u8>,
    /// As many as the file had.
    count: usize,
    /// Those with an intact record, once they were looked for.
    intact: Vec<u32>,
    held: Vec<HeldBytes>,
}

impl Glance {
    /// Reads the records of at most [`GLANCE_MAX`] slots.
    pub(super) fn read(
        slots: Range<u32>,
        read_at: impl FnOnce(u64, &mut [u8]) -> Result<usize, SystemError>,
    ) -> Result<Self, SystemError> {
        let count = slots.end.saturating_sub(slots.start).min(GLANCE_MAX) as usize;
        let mut bytes = vec![0; count.saturating_mul(RECORD_SIZE)];
        let len = read_at(record_of(slots.start), &mut bytes)?;
        Ok(Self {
            slots,
            bytes,
            count: len.div_ceil(RECORD_SIZE),
            intact: Vec::new(),
            held: Vec::new(),
        })
    }

    pub(super) fn slots(&self) -> Range<u32> {
        self.slots.clone()
    }

    /// Whether the file has none of these records.
    pub(super) const fn is_at_end(&self) -> bool {
        self.count == 0
    }

    fn records(&self) -> impl Iterator<Item = &Sealed> {
        let records = self.bytes.chunks_exact(RECORD_SIZE).take(self.count);
        records.filter_map(<[u8]>::first_chunk)
    }

    /// What was read of a slot, if the file reached so far.
    pub(super) fn record(&self, slot: u32) -> Option<&Sealed> {
        let index = slot.checked_sub(self.slots.start)?;
        self.records().nth(usize::try_from(index).ok()?)
    }

    /// Finds the slots with an intact record, and says from which to which those are that are `wanted`.
    pub(super) fn find_records(&mut self, wanted: impl Fn(u32) -> bool) -> Option<Range<u32>> {
        let slots = self.slots.clone().zip(self.records());
        self.intact = slots
            .filter(|(_, record)| layout::is_record(record))
            .map(|(slot, _)| slot)
            .collect();
        let mut wanted = self.intact.iter().filter(|slot| wanted(**slot));
        let first = *wanted.next()?;
        let last = *wanted.next_back().unwrap_or(&first);
        Some(first..last.saturating_add(1))
    }

    /// The last slot with an intact record.
    pub(super) fn last_record(&mut self) -> Option<u32> {
        self.find_records(|_| true)
            .map(|range| range.end.saturating_sub(1))
    }

    /// The slots that were found to have an intact record, in order.
    pub(super) fn with_record(&self) -> &[u32] {
        &self.intact
    }

    pub(super) fn add_held(&mut self, found: HeldBytes) {
        self.held.push(found);
    }

    /// How a slot with a record was held.
    pub(super) fn held(&self, slot: u32) -> Held {
        let lock = lock_of(slot);
        let found = self.held.iter().find(|found| found.bytes.contains(&lock));
        found.map_or(Held::Free, |found| found.held)
    }
}
