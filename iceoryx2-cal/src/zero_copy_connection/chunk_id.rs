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
