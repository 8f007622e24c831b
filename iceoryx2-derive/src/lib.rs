// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

mod attributes;
mod crate_path;
mod field;
mod manifest;
mod placement_default;
mod tag;
mod zero_copy_send;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `ZeroCopySend` for a struct or an enum of fixed layout.
///
/// * `#[type_name("…")]` names the type for programs that do not share its Rust path.
/// * `#[zero_copy_send(crate = path)]` says where `iceoryx2-bb-elementary` is to be found, where the manifest does not.
///
/// What is checked, on every field and while compiling:
///
/// | condition | violation | cure |
/// |---|---|---|
/// | self-contained | `Vec`, `String`, `Rc`, … | a fixed array, a container of fixed capacity, or a slice payload |
/// | no pointers | references, raw pointers, functions, trait objects | own the value |
/// | uniform layout | no `repr`, tuples, `Option` | `#[repr(C)]`; a primitive `repr` on enums |
/// | nothing that needs drop | `Drop` on the type or below | remove it: it never runs on shared memory |
/// | `'static` | lifetime parameters | own the value |
///
/// Each violation is told where it is: at the field, at the parameter, or at the name of the type.
///
/// ```
/// use iceoryx2_bb_elementary::ZeroCopySend;
///
/// #[repr(u8)]
/// #[derive(ZeroCopySend)]
/// enum Gear { Reverse, Neutral, Forward(u8) }
///
/// #[repr(C)]
/// #[derive(ZeroCopySend)]
/// #[type_name("Car")]
/// struct Car<T: Copy> { gear: Gear, wheels: [T; 4] }
///
/// assert_eq!(Car::<f32>::type_name(), "Car");
/// ```
///
/// Without a fixed layout there is nothing to agree on:
///
/// ```compile_fail
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car { gear: u8 }
/// ```
///
/// A reference, a heap and a lock mean nothing elsewhere:
///
/// ```compile_fail
/// #[repr(C)]
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car { gear: &'static u8 }
/// ```
///
/// ```compile_fail,E0277
/// #[repr(C)]
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car { gears: Vec<u8> }
/// ```
///
/// ```compile_fail,E0277
/// #[repr(C)]
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car { gear: std::sync::Mutex<u8> }
/// ```
///
/// A container changes nothing about what is in it:
///
/// ```compile_fail
/// #[repr(C)]
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car { gear: core::mem::MaybeUninit<&'static u8> }
/// ```
///
/// Two builds need not agree on a type without a `repr`, or on what the compiler may lay out as it likes:
///
/// ```compile_fail,E0277
/// struct Gear(u8);
///
/// #[repr(C)]
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car { gear: Gear }
/// ```
///
/// ```compile_fail,E0277
/// #[repr(C)]
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car { gear: Option<u8> }
/// ```
///
/// Who sends a payload is gone when it is read:
///
/// ```compile_fail
/// #[repr(C)]
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car<'a> { gear: core::marker::PhantomData<&'a u8> }
/// ```
///
/// What is true of a field must be true of every argument it may be given:
///
/// ```compile_fail,E0277
/// #[repr(C)]
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car<T> { gear: [T; 2] }
///
/// <Car<Box<u8>> as iceoryx2_bb_elementary::ZeroCopySend>::type_name();
/// ```
///
/// A destructor would never run:
///
/// ```compile_fail,E0080
/// #[repr(C)]
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car { gear: u8 }
///
/// impl Drop for Car { fn drop(&mut self) {} }
/// ```
///
/// ```compile_fail,E0080
/// struct Gear(u8);
///
/// impl Drop for Gear { fn drop(&mut self) {} }
///
/// // SAFETY: none, and the derive below finds out.
/// unsafe impl iceoryx2_bb_elementary::ZeroCopySend for Gear {}
///
/// #[repr(C)]
/// #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
/// struct Car { gear: Gear }
/// ```
#[proc_macro_derive(ZeroCopySend, attributes(type_name, zero_copy_send))]
pub fn zero_copy_send(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    zero_copy_send::expand(input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Implements `PlacementDefault`: for a struct field by field; for an enum by the tag of its variant `#[default]` if it has
/// a primitive `repr`, else by its `Default`.
///
/// `#[placement_default(crate = path)]` says where `iceoryx2-bb-elementary` is to be found, where the manifest does not.
///
/// ```
/// use core::mem::MaybeUninit;
/// use iceoryx2_bb_elementary::PlacementDefault;
///
/// #[derive(PlacementDefault)]
/// struct Sample<T> { id: u64, values: [T; 3] }
///
/// let mut sample = MaybeUninit::<Sample<u16>>::uninit();
/// // SAFETY: `sample` is aligned, has room for one, and is ours alone.
/// unsafe { Sample::placement_default(sample.as_mut_ptr()) };
/// // SAFETY: `placement_default` has just initialised all of it.
/// let sample = unsafe { sample.assume_init() };
/// assert_eq!((sample.id, sample.values), (0, [0, 0, 0]));
/// ```
#[proc_macro_derive(PlacementDefault, attributes(default, placement_default))]
pub fn placement_default(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    placement_default::expand(input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
