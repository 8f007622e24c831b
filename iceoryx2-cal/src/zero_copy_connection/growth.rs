// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a port's memory grows: which further objects are made for messages that are longer than a base chunk.
//!
//! ```text
//!     a further object      page 0         the retired word: 1 once the owner uses it no more
//!                           page 1 on      chunk 0, chunk 1, …: one stride after the other
//! ```
//!
//! The owner writes all of it, its peers map it read-only, as they do the base object. Objects of one stride are a
//! *class*. An object of small chunks holds as many as fit its size, one of large chunks a single one, so that nothing
//! large is kept for the sake of something small.

use super::layout::{ChunkLayout, PAGE};
use core::{ops::Range, time::Duration};
use iceoryx2_bb_lock_free::word::LINE_SIZE;

/// How a port's memory grows when a message is longer than the chunks it was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Growth {
    /// Not at all: there is no chunk for such a message.
    #[default]
    Never,
    /// By chunks of just the size that was asked for.
    Exact,
    /// By chunks of the next power of two.
    PowerOfTwo,
}

/// Bytes of a further object's head that are read as words.
pub(super) const HEAD: Range<usize> = 0..LINE_SIZE;

/// Bytes from a further object's beginning to its first chunk.
pub(super) const CHUNKS_OFFSET: usize = PAGE;

/// Chunks from this size on have an object each.
const ALONE: usize = 64 * 1024;

/// Bytes of an object of smaller chunks.
const TOGETHER: usize = 128 * 1024;

/// The most objects a port may have besides its base.
pub(super) const OBJECTS_MAX: u32 = 1 << 16;

/// The most objects, and bytes in them, that are kept for another use while new ones are made.
pub(super) const IDLE_OBJECTS_MAX: usize = 16;
pub(super) const IDLE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// An object that was not in use for so long is given back.
pub(super) const IDLE_PERIOD: Duration = Duration::from_millis(250);

/// So often a port looks for objects that are not in use.
pub(super) const TIDY_PERIOD: Duration = Duration::from_millis(125);

impl Growth {
    /// The chunks of a new object for a message of `size` bytes; `None` if there are none so large.
    pub(super) fn chunks_for(self, size: usize, align: usize) -> Option<ChunkLayout> {
        let fitting = match self {
            Self::Never => return None,
            Self::Exact => size,
            Self::PowerOfTwo => size.checked_next_power_of_two()?,
        };
        let stride = fitting.checked_next_multiple_of(align.max(LINE_SIZE))?;
        let count = if stride >= ALONE {
            1
        } else {
            u32::try_from(TOGETHER / stride.max(1)).ok()?
        };
        let chunks = ChunkLayout {
            offset: CHUNKS_OFFSET,
            stride,
            count,
        };
        chunks.end().ok().map(|_| chunks)
    }
}

/// The smallest message that chunks of `stride` bytes may be used again for: at most half of one is wasted.
pub(super) const fn least_for(stride: usize) -> usize {
    stride.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_as_large_as_its_strategy_says_and_aligned() {
        let stride = |growth: Growth, size, align| {
            let chunks = growth.chunks_for(size, align).unwrap();
            (chunks.stride, chunks.count)
        };
        assert_eq!(stride(Growth::Exact, 65, 8), (128, 1024));
        assert_eq!(stride(Growth::Exact, 70_000, 8), (70_016, 1));
        assert_eq!(stride(Growth::Exact, 70_000, 4096), (73_728, 1));
        assert_eq!(stride(Growth::PowerOfTwo, 65, 8), (128, 1024));
        assert_eq!(stride(Growth::PowerOfTwo, 70_000, 8), (131_072, 1));
        assert_eq!(stride(Growth::PowerOfTwo, 65_535, 8), (65_536, 1));
        assert_eq!(stride(Growth::PowerOfTwo, 32_768, 8), (32_768, 4));
    }

    #[test]
    fn what_cannot_be_addressed_has_no_chunk() {
        for growth in [Growth::Exact, Growth::PowerOfTwo] {
            for size in [usize::MAX, usize::MAX - 63, usize::MAX - PAGE] {
                assert_eq!(growth.chunks_for(size, 8), None);
            }
        }
        assert_eq!(Growth::Never.chunks_for(65, 8), None);
    }
}
