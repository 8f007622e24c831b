// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A generic struct. What the type of its fields must satisfy is asked where it is put into a message.

use iceoryx2::prelude::*;

/// A number, and how far off it may be.
#[derive(Debug, Clone, Copy, Default, ZeroCopySend, PlacementDefault)]
#[repr(C)]
pub struct Measured<T> {
    pub value: T,
    pub deviation: T,
}

impl<T> Measured<T> {
    pub fn new(value: T, deviation: T) -> Self {
        Self { value, deviation }
    }
}
