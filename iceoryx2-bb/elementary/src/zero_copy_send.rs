// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The promise a type must make before it may lie in memory that several processes read.

use crate::type_layout::TypeLayout;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// A type whose values mean the same in every process that reads their bytes.
///
/// Derive it: `#[derive(ZeroCopySend)]` checks what can be checked and describes the layout field by field.
///
/// `Cell`, `UnsafeCell` and atomics are not `ZeroCopySend`, although they have a fixed layout: receivers see the
/// memory read-only, and the kernel kills who writes. `String`, `Vec` and their like keep their content elsewhere.
/// `Option`, tuples and what else the compiler may lay out as it likes are not either.
///
/// Destructors never run on shared memory, which is why a type that has one cannot be sent.
///
/// # Safety
///
/// Who implements it by hand vouches that the type
///
/// * is self-contained: all it means is in its own bytes, no pointer, reference, descriptor or index into a process;
/// * has the same layout in every build: `repr(C)`, `repr(transparent)`, or an enum with a primitive `repr`, and all
///   its fields likewise;
/// * has no interior mutability;
/// * needs no drop;
/// * is `'static`;
/// * is described truthfully by [`LAYOUT`](Self::LAYOUT), which the default always does; with the default, and where the
///   type is used as a user header, memory of zeroes must be a value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent through shared memory: it is not `ZeroCopySend`",
    label = "not `ZeroCopySend`",
    note = "a struct or enum of your own: add `#[derive(ZeroCopySend)]` and `#[repr(C)]`",
    note = "`String`, `Vec`, `Box` and references point into their own process: use a fixed array `[T; N]` or a container of `iceoryx2-bb-container`, or make the payload a slice `[T]`",
    note = "`Cell`, `UnsafeCell`, `Mutex` and atomics: receivers see the memory read-only, so use the plain value and send it again when it changes",
    note = "`Option`, `Result` and tuples have no layout that two builds agree on: use a `#[repr(C)]` struct, an enum with `#[repr(u8)]`, or `StaticOption`"
)]
pub unsafe trait ZeroCopySend: 'static {
    /// The layout, field by field. By default all that is known is the name.
    const LAYOUT: &'static TypeLayout = &TypeLayout::Opaque {
        name: Self::type_name,
    };

    /// The name under which both sides know the type. `#[type_name("…")]` on a derive replaces the path of the Rust
    /// type, which programs in other languages, or with the type in another module, do not share.
    #[must_use]
    fn type_name() -> &'static str {
        core::any::type_name::<Self>()
    }
}

macro_rules! primitives {
    ($($primitive:ty),* $(,)?) => {$(
        // SAFETY: a primitive is its own bytes, its layout is fixed, and it needs no drop.
        unsafe impl ZeroCopySend for $primitive {
            const LAYOUT: &'static TypeLayout = &TypeLayout::Primitive { name: stringify!($primitive) };
        }
    )*};
}

primitives!(
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

// SAFETY: an array is its elements one after the other, and they keep the promise.
unsafe impl<T: ZeroCopySend, const N: usize> ZeroCopySend for [T; N] {
    const LAYOUT: &'static TypeLayout = &TypeLayout::Array {
        element: T::LAYOUT,
        len: N,
    };
}

// SAFETY: a slice is its elements one after the other, and they keep the promise.
unsafe impl<T: ZeroCopySend> ZeroCopySend for [T] {
    const LAYOUT: &'static TypeLayout = &TypeLayout::Slice { element: T::LAYOUT };
}

// SAFETY: the layout is that of `T`, and a value that need not be there is never read without the reader's own promise.
unsafe impl<T: ZeroCopySend> ZeroCopySend for MaybeUninit<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout::Uninit { value: T::LAYOUT };
}

// SAFETY: it has no bytes, whatever it stands for.
unsafe impl<T: ?Sized + 'static> ZeroCopySend for PhantomData<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout::Primitive {
        name: "PhantomData",
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<T: ZeroCopySend + ?Sized>() -> String {
        T::LAYOUT.to_text()
    }

    #[test]
    fn primitives_are_called_as_the_language_calls_them() {
        assert_eq!(text::<u128>(), "u128");
        assert_eq!(text::<char>(), "char");
        assert_eq!(text::<()>(), "()");
        assert_eq!(text::<PhantomData<str>>(), "PhantomData");
        assert_eq!(<u128 as ZeroCopySend>::type_name(), "u128");
    }

    #[test]
    fn composed_types_contain_their_parts() {
        assert_eq!(text::<[[f32; 3]; 2]>(), "[[f32;3];2]");
        assert_eq!(text::<[u8]>(), "[u8]");
        assert_eq!(text::<MaybeUninit<[bool; 4]>>(), "MaybeUninit<[bool;4]>");
    }

    #[test]
    fn a_type_that_is_vouched_for_by_hand_is_known_by_its_name() {
        #[repr(C)]
        struct ByHand(u32);
        // SAFETY: a `repr(C)` struct of a primitive.
        unsafe impl ZeroCopySend for ByHand {}

        assert!(text::<ByHand>().ends_with("ByHand"));
        assert_eq!(text::<ByHand>(), core::any::type_name::<ByHand>());
        assert_eq!(ByHand(1).0, 1);
    }
}
