// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What came of it.

use crate::{
    census::Footprint,
    course::{Course, QUANTITIES, Quantity},
};
use core::fmt;
use std::time::Duration;

/// Who is just being let in may add this: a socket and the handles it has sent, memory not yet counted as a client's.
const AT_THE_DOOR: Footprint = Footprint {
    resident_kib: 0,
    shared_kib: 0,
    heap_kib: 0,
    living_bytes: 0,
    descriptors: 3,
    mappings: 1,
};

/// What came of one phase.
#[derive(Debug, Clone)]
pub struct Phase {
    /// How many came and went, each with the right answer.
    pub clients: u64,
    /// How long it took.
    pub duration: Duration,
    /// What the server took whenever nobody was there.
    pub course: Course,
    /// The most it took meanwhile.
    pub busy: Footprint,
}

/// What came of both phases.
#[derive(Debug, Clone)]
pub struct Report {
    room: Footprint,
    phases: [(&'static str, Phase); 2],
}

impl Report {
    /// `room` is what clients may add to what the server takes at rest.
    pub const fn new(room: Footprint, ports: Phase, visits: Phase) -> Self {
        Self {
            room,
            phases: [("ports", ports), ("processes", visits)],
        }
    }

    /// What is not flat, a sentence each.
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for (name, phase) in &self.phases {
            let grown = phase.course.complaints();
            complaints.extend(grown.map(|complaint| format!("{name}: {complaint}")));
            for quantity in QUANTITIES {
                let (busy, limit) = self.busy(phase, quantity);
                if busy > limit {
                    let what = quantity.name;
                    complaints.push(format!(
                        "{name}: busy with {busy} {what}, more than {limit}"
                    ));
                }
            }
        }
        complaints
    }

    /// The most there was of a quantity, and the most there may be.
    fn busy(&self, phase: &Phase, quantity: Quantity) -> (u64, u64) {
        let of = quantity.of;
        let rest = phase.course.trend(quantity).highest;
        let limit = rest + of(&self.room) + of(&AT_THE_DOOR) + quantity.tolerance;
        (of(&phase.busy), limit)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, phase) in &self.phases {
            let (clients, seconds) = (phase.clients, phase.duration.as_secs_f64());
            writeln!(f, "{clients} {name} in {seconds:.1} s, every answer right")?;
            for quantity in QUANTITIES {
                let trend = phase.course.trend(quantity);
                write!(f, "  {:<11} {trend}", quantity.name)?;
                match self.busy(phase, quantity) {
                    (0, _) => writeln!(f)?,
                    (busy, limit) => writeln!(f, "  busy {busy} of {limit}")?,
                }
            }
        }
        Ok(())
    }
}
