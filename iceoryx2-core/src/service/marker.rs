// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What stands for a type that is known at run time only: for bindings to other languages, and tools.
//!
//! A builder of `request_response::<[CustomPayloadMarker], ..>()` is told the type with `request_payload_type_details`,
//! and its ports see bytes where others see values of that type.

use iceoryx2_bb_elementary::ZeroCopySend;

/// One byte of a payload whose type is known at run time only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ZeroCopySend)]
#[repr(C)]
pub struct CustomPayloadMarker(u8);

/// A user header whose type is known at run time only. It has no bytes of its own; its address is that of the header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ZeroCopySend)]
#[repr(C)]
pub struct CustomHeaderMarker;
