// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The payloads. All of them lie in their own bytes, so they mean the same in every process.

use crate::{
    measured::Measured,
    station::{Position, Station},
};
use iceoryx2::prelude::*;
use iceoryx2_bb_container::{hash_map::StaticHashMap, string::StaticString, vector::StaticVec};
use iceoryx2_examples::command_line::Ending;

/// A request. Its 30 MiB are too large for the stack.
#[derive(Debug, ZeroCopySend, PlacementDefault)]
#[repr(C)]
pub struct Survey {
    pub region: StaticString<32>,
    pub stations: StaticVec<Station, 64>,
    pub heights: [[f64; 1024]; 3840],
}

/// A response.
#[derive(Debug, Default, ZeroCopySend)]
#[repr(C)]
pub struct Report {
    pub highest: f64,
    pub warmest: StaticHashMap<StaticString<32>, Measured<f32>, 64>,
}

impl Survey {
    /// Writes some of what can be written. Containers have a fixed capacity, so what does not fit is an error.
    pub fn fill(&mut self) -> Ending {
        self.region.push_str("Mont Blanc")?;
        self.heights[1913][512] = 4805.59;

        let mut hut = Station::default();
        hut.name.push_str("Goûter")?;
        hut.position = Position::Address("Saint-Gervais-les-Bains".try_into()?);
        hut.altitude.insert(Measured::new(3835, 1));
        hut.temperatures.push(Measured::new(-7.5, 0.5))?;
        hut.temperatures.push(Measured::new(-2.25, 0.5))?;
        self.stations.push(hut)?;

        self.stations.push(Station {
            name: "Col du Midi".try_into()?,
            position: Position::Coordinates {
                latitude: 45.8692,
                longitude: 6.8892,
            },
            ..Station::default()
        })?;
        Ok(())
    }
}
