// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How the messages of one direction lie in a chunk: what both sides know from the contract, and what every descriptor is
//! checked against.
//!
//! ```text
//!     ┌───────────────┬────────┬───────────┬───────────┬─────
//!     │  user header  │ (gap)  │ element 0 │ element 1 │ …
//!     └───────────────┴────────┴───────────┴───────────┴─────
//!     0                        payload offset
//! ```

use super::{ConnectionError, INLINE_ALIGN, INLINE_SIZE, layout::PAGE};
use core::{alloc::Layout, ops::RangeInclusive};

/// How the messages of one direction lie in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageShape {
    // INVARIANT: align is a power of two of at most a page.
    header_size: usize,
    payload_offset: usize,
    element_size: usize,
    // INVARIANT: payload_offset + element_size.
    size_of_one: usize,
    align: usize,
    is_slice: bool,
}

impl MessageShape {
    /// Messages of a user header and one element, or, if `is_slice`, any number of them.
    ///
    /// # Errors
    /// [`ConnectionError::Size`] if that overflows, or an alignment exceeds a page.
    pub fn new(
        user_header: Layout,
        element: Layout,
        is_slice: bool,
    ) -> Result<Self, ConnectionError> {
        let align = user_header.align().max(element.align());
        let payload_offset = user_header
            .size()
            .checked_next_multiple_of(element.align())
            .ok_or(ConnectionError::Size)?;
        let size_of_one = payload_offset
            .checked_add(element.size())
            .ok_or(ConnectionError::Size)?;
        if align > PAGE {
            return Err(ConnectionError::Size);
        }
        Ok(Self {
            header_size: user_header.size(),
            payload_offset,
            element_size: element.size(),
            size_of_one,
            align,
            is_slice,
        })
    }

    /// Bytes of user header and payload together; `None` if that overflows, or messages have one element alone.
    #[inline]
    #[must_use]
    pub const fn size_of(&self, elements: usize) -> Option<usize> {
        if elements == 1 {
            return Some(self.size_of_one);
        }
        if !self.is_slice {
            return None;
        }
        match self.element_size.checked_mul(elements) {
            Some(payload) => payload.checked_add(self.payload_offset),
            None => None,
        }
    }

    /// Bytes of user header and payload of a message of one element.
    #[inline(always)]
    #[must_use]
    pub const fn size_of_one(&self) -> usize {
        self.size_of_one
    }

    /// Bytes of the user header.
    #[inline]
    #[must_use]
    pub const fn header_size(&self) -> usize {
        self.header_size
    }

    /// Bytes from the chunk's first to the payload's.
    #[inline]
    #[must_use]
    pub const fn payload_offset(&self) -> usize {
        self.payload_offset
    }

    /// Bytes of one element.
    #[inline]
    #[must_use]
    pub const fn element_size(&self) -> usize {
        self.element_size
    }

    /// The alignment of a chunk.
    #[must_use]
    pub const fn align(&self) -> usize {
        self.align
    }

    /// Whether messages have a length of their own.
    #[must_use]
    pub const fn is_slice(&self) -> bool {
        self.is_slice
    }

    /// Whether a message of one element may travel inside its descriptor.
    pub(super) const fn fits_descriptor(&self) -> bool {
        self.size_of_one <= INLINE_SIZE && self.align <= INLINE_ALIGN
    }

    /// How many elements a message of this shape may have in a chunk that [`fits`](Self::fits).
    pub(super) fn elements_in(&self, stride: usize) -> RangeInclusive<u64> {
        if !self.is_slice {
            return 1..=1;
        }
        let bytes = stride.saturating_sub(self.payload_offset);
        let most = bytes.checked_div(self.element_size);
        0..=most.unwrap_or(usize::MAX) as u64
    }

    /// Whether chunks of that size can hold messages of this shape at all.
    pub(super) const fn fits(&self, stride: usize) -> bool {
        if self.is_slice {
            self.payload_offset <= stride
        } else {
            self.size_of_one <= stride
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(is_slice: bool) -> MessageShape {
        let (header, element) = (Layout::new::<[u8; 3]>(), Layout::new::<u64>());
        MessageShape::new(header, element, is_slice).unwrap()
    }

    #[test]
    fn the_payload_begins_aligned_behind_the_header() {
        let shape = shape(true);
        assert_eq!((shape.payload_offset(), shape.align()), (8, 8));
        assert_eq!((shape.size_of(0), shape.size_of(3)), (Some(8), Some(32)));
        assert_eq!(shape.size_of(usize::MAX / 4), None);
        assert_eq!(
            (self::shape(false).size_of(1), self::shape(false).size_of(0)),
            (Some(16), None)
        );
    }

    #[test]
    fn what_a_peer_says_must_fit_the_chunk_and_the_kind() {
        assert_eq!(shape(true).elements_in(64), 0..=7);
        assert_eq!(shape(true).elements_in(71), 0..=7);
        assert_eq!(shape(true).elements_in(8), 0..=0);
        assert_eq!(shape(false).elements_in(64), 1..=1);
        let nothing = MessageShape::new(Layout::new::<u8>(), Layout::new::<()>(), true).unwrap();
        assert_eq!(nothing.elements_in(64), 0..=usize::MAX as u64);
    }

    #[test]
    fn an_alignment_above_a_page_is_refused() {
        let element = Layout::from_size_align(8192, 8192).unwrap();
        let refused = MessageShape::new(Layout::new::<()>(), element, false);
        assert_eq!(refused, Err(ConnectionError::Size));
    }
}
