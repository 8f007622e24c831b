// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The name of a chunk, the same for the port that owns it and for its peers.

/// Names a chunk of a port's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkId {
    /// The memory object: its place among the port's objects in the low half, and in the high half how often that place
    /// was used. [`BASE`](Self::BASE) is the one the port was made with.
    pub segment: u64,
    /// The chunk's number there.
    pub index: u32,
}

impl ChunkId {
    /// The object that also holds the port page and the halves.
    pub const BASE: u64 = 0;

    /// No chunk.
    pub const NONE: Self = Self {
        segment: Self::BASE,
        index: u32::MAX,
    };

    /// A chunk of the object the port was made with.
    #[must_use]
    pub const fn base(index: u32) -> Self {
        Self {
            segment: Self::BASE,
            index,
        }
    }
}

/// Names a chunk to the memory that handed it out, and to nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkKey(pub(super) u32);

/// A memory object besides the base: its place, and how often that was used. A name is never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    /// From 1 on; 0 is the base's.
    pub(super) place: u32,
    /// From 1 on.
    pub(super) generation: u32,
}

impl Segment {
    #[inline]
    pub(super) const fn name(self) -> u64 {
        (self.generation as u64) << 32 | self.place as u64
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the two halves of the name"
    )]
    pub(super) const fn of(name: u64) -> Self {
        Self {
            place: name as u32,
            generation: (name >> 32) as u32,
        }
    }

    /// Where the place lies in a table of those besides the base; no table is long enough for the base's.
    #[inline]
    pub(super) const fn row(self) -> usize {
        (self.place as usize).wrapping_sub(1)
    }

    /// The segment in a row of such a table.
    pub(super) fn in_row(row: usize, generation: u32) -> Option<Self> {
        let place = u32::try_from(row).ok()?.checked_add(1)?;
        Some(Self { place, generation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_has_one_name_and_never_the_bases() {
        for (place, generation) in [(1, 1), (7, u32::MAX), (u32::MAX, 1)] {
            let segment = Segment { place, generation };
            assert_eq!(Segment::of(segment.name()), segment);
            assert_ne!(segment.name(), ChunkId::BASE);
            assert_eq!(Segment::in_row(segment.row(), generation), Some(segment));
        }
        assert_eq!(Segment::of(ChunkId::BASE).row(), usize::MAX);
    }
}
