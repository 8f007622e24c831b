// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where messages that came inside their descriptors are read: one private place for each borrow, which no later message
//! touches before the borrow is released. So a received message is an address, whichever way it came.

use super::descriptor::Inline;
use core::{mem::MaybeUninit, ptr::NonNull};

/// The places of one end of a connection, by borrow.
#[derive(Debug)]
pub(super) struct Copies {
    // INVARIANT: leaked by `new`, freed by the drop, and reached through this pointer alone.
    places: NonNull<[MaybeUninit<Inline>]>,
}

// SAFETY: the places belong to this value; who reads one owes the borrow, not the thread.
unsafe impl Send for Copies {}
// SAFETY: nothing can be reached through a shared reference.
unsafe impl Sync for Copies {}

impl Copies {
    /// Places for `borrows` borrows.
    pub(super) fn new(borrows: usize) -> Self {
        Self {
            places: NonNull::from(Box::leak(Box::new_uninit_slice(borrows))),
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
    /// Copies a message into the place.
    ///
    /// # Safety
    /// The places live, and nobody reads this one: its borrow is not in use.
    #[inline(always)]
    pub(super) unsafe fn put(self, message: Inline) -> NonNull<u8> {
        // SAFETY: it is a place's, and the caller promises that nobody reads it.
        unsafe { self.0.write(message) };
        self.0.cast()
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        // SAFETY: leaked by `new` and freed only here (INVARIANT).
        drop(unsafe { Box::from_raw(self.places.as_ptr()) });
    }
}
