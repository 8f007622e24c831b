// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Arrays of which only some slots hold values: the one place where a container trusts its own bookkeeping.

use core::mem::MaybeUninit;

/// An array of `N` slots, none of which holds a value.
pub(crate) const fn empty<T, const N: usize>() -> [MaybeUninit<T>; N] {
    const {
        assert!(
            !core::mem::needs_drop::<T>(),
            "the elements of a container for messages must not need drop, because destructors never run on shared \
             memory: use elements without `Drop`"
        );
    }
    [const { MaybeUninit::uninit() }; N]
}

/// A count that somebody else may have written, made harmless.
pub(crate) fn clamped(count: u64, capacity: usize) -> usize {
    usize::try_from(count).map_or(capacity, |count| count.min(capacity))
}

/// The values in `slots`.
///
/// # Safety
///
/// Every slot holds a value.
pub(crate) unsafe fn values<T>(slots: &[MaybeUninit<T>]) -> &[T] {
    // SAFETY: `MaybeUninit<T>` has the layout of `T`, the lifetime is that of the borrow, and the caller vouches that
    // the values are there.
    unsafe { core::slice::from_raw_parts(slots.as_ptr().cast(), slots.len()) }
}

/// The values in `slots`, to be changed.
///
/// # Safety
///
/// Every slot holds a value.
pub(crate) unsafe fn values_mut<T>(slots: &mut [MaybeUninit<T>]) -> &mut [T] {
    // SAFETY: `MaybeUninit<T>` has the layout of `T`, the borrow is exclusive, and the caller vouches that the values
    // are there.
    unsafe { core::slice::from_raw_parts_mut(slots.as_mut_ptr().cast(), slots.len()) }
}
