// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How payloads are aligned.

use core::fmt;

/// A power of two, in bytes.
///
/// ```
/// use iceoryx2::prelude::*;
///
/// assert_eq!(Alignment::new(128), Some(Alignment::ALIGN_128));
/// assert_eq!(Alignment::new(0), None);
/// assert_eq!(Alignment::new(96), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// INVARIANT: a power of two.
pub struct Alignment(usize);

impl Alignment {
    /// 1 byte.
    pub const ALIGN_1: Self = Self(1);
    /// 2 bytes.
    pub const ALIGN_2: Self = Self(2);
    /// 4 bytes.
    pub const ALIGN_4: Self = Self(4);
    /// 8 bytes.
    pub const ALIGN_8: Self = Self(8);
    /// 16 bytes.
    pub const ALIGN_16: Self = Self(16);
    /// 32 bytes.
    pub const ALIGN_32: Self = Self(32);
    /// 64 bytes.
    pub const ALIGN_64: Self = Self(64);
    /// 128 bytes.
    pub const ALIGN_128: Self = Self(128);
    /// 256 bytes.
    pub const ALIGN_256: Self = Self(256);
    /// 512 bytes.
    pub const ALIGN_512: Self = Self(512);
    /// 1024 bytes.
    pub const ALIGN_1024: Self = Self(1024);
    /// 2048 bytes.
    pub const ALIGN_2048: Self = Self(2048);
    /// 4096 bytes.
    pub const ALIGN_4096: Self = Self(4096);

    /// The strictest alignment a service supports.
    pub const MAX: Self = Self::ALIGN_4096;

    /// `None` unless `value` is a power of two.
    #[must_use]
    pub const fn new(value: usize) -> Option<Self> {
        if value.is_power_of_two() {
            Some(Self(value))
        } else {
            None
        }
    }

    /// In bytes.
    #[must_use]
    pub const fn value(self) -> usize {
        self.0
    }
}

impl fmt::Display for Alignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
