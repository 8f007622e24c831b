// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a message carries: one value, or a slice of them.

use crate::{TypeDetail, ZeroCopySend};
use core::ptr::NonNull;

/// What a message may carry: every sized type that is [`ZeroCopySend`], and a slice of them.
///
/// ```
/// use iceoryx2_bb_elementary::{Payload, TypeVariant};
///
/// assert_eq!(<u64 as Payload>::type_detail().variant, TypeVariant::FixedSize);
/// assert_eq!(<[u64] as Payload>::type_detail().variant, TypeVariant::Dynamic);
/// ```
// INVARIANT: implemented here alone, for both kinds there are.
pub trait Payload: ZeroCopySend {
    /// The type itself, or that of a slice's elements.
    type Element: ZeroCopySend;

    /// Whether messages have a length of their own.
    const IS_SLICE: bool;

    /// What two processes compare.
    #[must_use]
    fn type_detail() -> TypeDetail;

    /// The payload that begins at `first` and has `len` elements; one value takes no notice of `len`.
    ///
    /// Forming the pointer is safe; who reads it vouches for what lies there.
    #[must_use]
    fn at(first: NonNull<u8>, len: usize) -> NonNull<Self>;
}

impl<T: ZeroCopySend> Payload for T {
    type Element = T;

    const IS_SLICE: bool = false;

    fn type_detail() -> TypeDetail {
        TypeDetail::of::<T>()
    }

    #[inline]
    fn at(first: NonNull<u8>, _: usize) -> NonNull<T> {
        first.cast()
    }
}

impl<T: ZeroCopySend> Payload for [T] {
    type Element = T;

    const IS_SLICE: bool = true;

    fn type_detail() -> TypeDetail {
        TypeDetail::of_slice::<T>()
    }

    #[inline]
    fn at(first: NonNull<u8>, len: usize) -> NonNull<[T]> {
        NonNull::slice_from_raw_parts(first.cast(), len)
    }
}
