// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A struct of containers, and an enum with fields.

use crate::measured::Measured;
use core::fmt;
use iceoryx2::prelude::*;
use iceoryx2_bb_container::{option::StaticOption, string::StaticString, vector::StaticVec};

/// Where something is, as far as somebody said.
#[derive(Debug, Default, ZeroCopySend, PlacementDefault)]
#[repr(u8)]
pub enum Position {
    #[default]
    Unknown,
    Coordinates {
        latitude: f64,
        longitude: f64,
    },
    Address(StaticString<48>),
}

/// Where it was measured.
#[derive(Debug, Default, ZeroCopySend, PlacementDefault)]
#[repr(C)]
pub struct Station {
    pub name: StaticString<32>,
    pub position: Position,
    pub altitude: StaticOption<Measured<u16>>,
    pub temperatures: StaticVec<Measured<f32>, 24>,
}

impl Station {
    pub fn warmest(&self) -> Option<Measured<f32>> {
        let by_value = |a: &Measured<f32>, b: &Measured<f32>| a.value.total_cmp(&b.value);
        self.temperatures.iter().copied().max_by(by_value)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("an unknown place"),
            Self::Coordinates {
                latitude,
                longitude,
            } => write!(f, "{latitude}° N, {longitude}° E"),
            Self::Address(address) => f.write_str(address),
        }
    }
}
