// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Default values that come into being where they stay.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// Writes its default value in place, without a copy of the whole on the stack.
///
/// A payload of many megabytes cannot be made by `Default` and then moved into shared memory: the stack is too small.
/// The derive initialises a struct field by field, and an enum by its `Default`.
///
/// ```
/// use core::mem::MaybeUninit;
/// use iceoryx2_bb_elementary::PlacementDefault;
///
/// #[derive(PlacementDefault)]
/// struct Image {
///     width: u32,
///     pixels: [[u8; 1024]; 1024],
/// }
///
/// let mut image = Box::<Image>::new_uninit();
/// // SAFETY: the box is aligned for `Image`, has room for one, and is ours alone.
/// unsafe { Image::placement_default(image.as_mut_ptr()) };
/// // SAFETY: `placement_default` has just initialised all of it.
/// let image = unsafe { image.assume_init() };
/// assert_eq!((image.width, image.pixels[1023][1023]), (0, 0));
/// ```
///
/// # Safety
///
/// When [`placement_default`](Self::placement_default) returns, `ptr` must point to a valid value. Where `IS_ZEROES` is
/// true, memory of zeroes must be that value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default that can be made in place",
    label = "not `PlacementDefault`",
    note = "add `#[derive(PlacementDefault)]` to it, or loan the payload uninitialised and write it"
)]
pub unsafe trait PlacementDefault {
    // WHY: a loop over the bytes of an image takes seconds in a debug build.
    #[doc(hidden)]
    const IS_ZEROES: bool = false;

    /// Makes `*ptr` a default value.
    ///
    /// # Safety
    ///
    /// `ptr` is aligned for `Self`, valid for writes of a `Self`, and nobody else looks there meanwhile. What was
    /// there is overwritten and not dropped.
    unsafe fn placement_default(ptr: *mut Self);
}

macro_rules! by_default {
    ($($primitive:ty),* $(,)?) => {$(
        // SAFETY: what is written is a value, and it is 0 in every primitive's way.
        unsafe impl PlacementDefault for $primitive {
            const IS_ZEROES: bool = true;

            unsafe fn placement_default(ptr: *mut Self) {
                // SAFETY: the caller vouches for `ptr`.
                unsafe { ptr.write(Self::default()) }
            }
        }
    )*};
}

by_default!(
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    bool,
    char,
    ()
);

// SAFETY: every element is initialised by its own implementation, or all of them are zeroes.
unsafe impl<T: PlacementDefault, const N: usize> PlacementDefault for [T; N] {
    const IS_ZEROES: bool = T::IS_ZEROES;

    unsafe fn placement_default(ptr: *mut Self) {
        if T::IS_ZEROES {
            // SAFETY: the caller vouches for `ptr`.
            return unsafe { ptr.write_bytes(0, 1) };
        }
        let first = ptr.cast::<T>();
        for index in 0..N {
            // SAFETY: `index < N`, so the element lies within the array the caller vouches for.
            let element = unsafe { first.add(index) };
            // SAFETY: as part of `*ptr` it is aligned, valid for writes, and ours alone.
            unsafe { T::placement_default(element) };
        }
    }
}

// SAFETY: any bytes are a valid `MaybeUninit`.
unsafe impl<T> PlacementDefault for MaybeUninit<T> {
    unsafe fn placement_default(_: *mut Self) {}
}

// SAFETY: it has no bytes to initialise.
unsafe impl<T: ?Sized> PlacementDefault for PhantomData<T> {
    unsafe fn placement_default(_: *mut Self) {}
}
