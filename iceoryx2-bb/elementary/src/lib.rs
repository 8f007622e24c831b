// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

// The derives name this crate by its outside name, also when they are used inside of it.
extern crate self as iceoryx2_bb_elementary;

pub mod fnv;
pub mod hooks;
pub mod payload;
pub mod placement_default;
pub mod sorted_map;
pub mod type_detail;
pub mod type_layout;
pub mod zero_copy_send;

mod layout_difference;

#[doc(hidden)]
pub mod __private;

pub use payload::Payload;
pub use placement_default::PlacementDefault;
pub use sorted_map::SortedMap;
pub use type_detail::{TypeDetail, TypeVariant};
pub use type_layout::TypeLayout;
pub use zero_copy_send::ZeroCopySend;

pub use iceoryx2_derive::{PlacementDefault, ZeroCopySend};
