// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the code written by `#[derive(ZeroCopySend)]` calls. Not for anybody else.
//!
//! Each trait below means `ZeroCopySend` and nothing more; what differs is the message. The derive goes by the name a
//! field's type is written with, so a type of the user's own that is also called `Vec` passes if it is `ZeroCopySend`.

pub use crate::type_layout::{FieldLayout, TypeLayout, VariantLayout};

use crate::ZeroCopySend;

/// Has all its content in its own bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent through shared memory: it is not `ZeroCopySend`",
    label = "keeps its content on the heap of one process",
    note = "use a fixed array such as `[T; N]`, a container of `iceoryx2-bb-container` such as `StaticVec` or `StaticString`, or make the whole payload a slice `[T]`"
)]
pub trait SelfContained: ZeroCopySend {}

#[diagnostic::do_not_recommend]
impl<T: ZeroCopySend> SelfContained for T {}

/// A field of a type that is called like one that keeps its content on the heap.
#[must_use]
pub const fn self_contained<T: SelfContained>(name: &'static str, offset: usize) -> FieldLayout {
    FieldLayout::of::<T>(name, offset)
}

/// Stays as it is while it is read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent through shared memory: it is not `ZeroCopySend`",
    label = "can change behind a shared reference, but receivers see the memory read-only",
    note = "use the plain value and send it again when it changes"
)]
pub trait Unchanging: ZeroCopySend {}

#[diagnostic::do_not_recommend]
impl<T: ZeroCopySend> Unchanging for T {}

/// A field of a type that is called like a cell, a lock or an atomic.
#[must_use]
pub const fn unchanging<T: Unchanging>(name: &'static str, offset: usize) -> FieldLayout {
    FieldLayout::of::<T>(name, offset)
}

/// Lies in memory in the same way in every build.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent through shared memory: it is not `ZeroCopySend`",
    label = "has no layout that two builds agree on",
    note = "use a `#[repr(C)]` struct or an enum with `#[repr(u8)]` that derives `ZeroCopySend`, or `StaticOption` of `iceoryx2-bb-container`"
)]
pub trait Uniform: ZeroCopySend {}

#[diagnostic::do_not_recommend]
impl<T: ZeroCopySend> Uniform for T {}

/// A field of a type that is called like one the compiler lays out as it likes.
#[must_use]
pub const fn uniform<T: Uniform>(name: &'static str, offset: usize) -> FieldLayout {
    FieldLayout::of::<T>(name, offset)
}

/// A field of any other type. The message is that of [`ZeroCopySend`] itself.
#[must_use]
pub const fn plain<T: ZeroCopySend>(name: &'static str, offset: usize) -> FieldLayout {
    FieldLayout::of::<T>(name, offset)
}

/// Refuses a type that needs drop with `sentence`, where the macro has put the call: at the field.
#[track_caller]
pub const fn never_dropped<T>(sentence: &'static str) {
    assert!(!core::mem::needs_drop::<T>(), "{}", sentence);
}

/// Where a field of type `T` lies whose predecessors end at `end`, by the rules of C.
#[must_use]
pub const fn offset_after<T>(end: usize) -> usize {
    end.next_multiple_of(align_of::<T>())
}
