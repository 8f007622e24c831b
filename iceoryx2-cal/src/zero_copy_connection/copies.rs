// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where messages that came inside their descriptors are read: one private place for each borrow, which no later message
//! touches before the borrow is released. So a received message is an address, whichever way it came.

use super::descriptor::Inline;
use core::ptr::NonNull;
use iceoryx2_bb_lock_free::ring::Rest;

/// The places of one end of a connection, by borrow.
#[derive(Debug)]
pub(super) struct Copies {
    // INVARIANT: leaked by `new`, freed by the drop, and reached through this pointer alone.
    places: NonNull<[Inline]>,
}

// SAFETY: the places belong to this value; who reads one owes the borrow, not the thread.
unsafe impl Send for Copies {}
// SAFETY: nothing can be reached through a shared reference.
unsafe impl Sync for Copies {}

impl Copies {
    /// Places for `borrows` borrows.
    pub(super) fn new(borrows: usize) -> Self {
        Self {
            places: NonNull::from(Box::leak(
                vec![Inline::zeroed(); borrows].into_boxed_slice(),
            )),
        }
    }

    /// The places, by borrow. They live as long as this value.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let first = self.places.cast::<Inline>();
        // SAFETY: below the number of places.
        (0..self.places.len()).map(move |borrow| Place(unsafe { first.add(borrow) }))
    }
}

/// The place of one borrow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(NonNull<Inline>);

// SAFETY: an address; who reads or writes there owes the borrow, not the thread.
unsafe impl Send for Place {}
// SAFETY: as above.
unsafe impl Sync for Place {}

impl Place {
    /// Its words, to be written.
    ///
    /// # Safety
    /// The places live, and nobody has or reads this one as long as the words are had: its borrow is not in use.
    #[inline(always)]
    pub(super) unsafe fn words<'a>(self) -> &'a mut Rest {
        // SAFETY: it is a place's, whose only field these words are, and the caller promises that it is nobody else's.
        unsafe { self.0.cast().as_mut() }
    }

    /// The first of its words.
    ///
    /// # Safety
    /// As for [`words`](Self::words).
    #[inline(always)]
    pub(super) unsafe fn first_words<'a>(self, count: usize) -> &'a mut [u64] {
        // SAFETY: the caller promises it.
        let words = unsafe { self.words() };
        words.get_mut(..count).unwrap_or_default()
    }

    /// What was copied there, to be read.
    #[inline(always)]
    pub(super) const fn data(self) -> NonNull<u8> {
        self.0.cast()
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        // SAFETY: leaked by `new` and freed only here (INVARIANT).
        drop(unsafe { Box::from_raw(self.places.as_ptr()) });
    }
}
