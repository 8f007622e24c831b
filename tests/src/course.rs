// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a process takes, over the course of a run.

use crate::census::Footprint;
use core::fmt;

/// Resident memory may differ by this much. The allocator does not give every page back, and where clients come at any
/// moment it needs long to have seen all their mixtures: what is in use is the exact figure.
const RESIDENT_TOLERANCE_KIB: u64 = 256;

/// The heap in use may differ by this much: lists keep their capacity, and the most clients at once may come late.
const LIVING_TOLERANCE: u64 = 16 * 1024;

/// What is looked at, and by how much it may grow.
pub const QUANTITIES: [Quantity; 6] = [
    Quantity::new("Rss KiB", RESIDENT_TOLERANCE_KIB, |it| it.resident_kib),
    Quantity::new("Shmem KiB", RESIDENT_TOLERANCE_KIB, |it| it.shared_kib),
    Quantity::new("heap KiB", RESIDENT_TOLERANCE_KIB, |it| it.heap_kib),
    Quantity::new("heap in use", LIVING_TOLERANCE, |it| it.living_bytes),
    Quantity::new("descriptors", 0, |it| it.descriptors),
    Quantity::new("mappings", 0, |it| it.mappings),
];

/// One number of a [`Footprint`].
#[derive(Debug, Clone, Copy)]
pub struct Quantity {
    /// What it is called.
    pub name: &'static str,
    /// By how much it may grow.
    pub tolerance: u64,
    /// Where it is.
    pub of: fn(&Footprint) -> u64,
}

impl Quantity {
    const fn new(name: &'static str, tolerance: u64, of: fn(&Footprint) -> u64) -> Self {
        Self {
            name,
            tolerance,
            of,
        }
    }
}

/// How one quantity went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// At the first look.
    pub first: u64,
    /// The most of the first twentieth, after which nothing may grow.
    pub settled: u64,
    /// The most of all.
    pub highest: u64,
    /// At the last look.
    pub last: u64,
    /// What each million of clients adds, after the first twentieth, by least squares.
    pub slope: f64,
}

impl Trend {
    /// Whether it grew by no more than `tolerance`.
    pub const fn is_flat(&self, tolerance: u64) -> bool {
        self.highest <= self.settled + tolerance
    }
}

impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "first {:>6}  highest {:>6}  last {:>6}  slope {:>8.1} per million",
            self.first, self.highest, self.last, self.slope
        )
    }
}

/// The looks at a process, each with how many clients had been there.
#[derive(Debug, Clone, Default)]
pub struct Course(Vec<(u64, Footprint)>);

impl Course {
    /// Adds a look.
    pub fn push(&mut self, clients: u64, footprint: Footprint) {
        self.0.push((clients, footprint));
    }

    /// What grew, a sentence each.
    pub fn complaints(&self) -> impl Iterator<Item = String> {
        QUANTITIES.into_iter().filter_map(|quantity| {
            let trend = self.trend(quantity);
            let grew = !trend.is_flat(quantity.tolerance);
            grew.then(|| format!("{} grew at rest: {trend}", quantity.name))
        })
    }

    /// How `quantity` went. There was at least one look.
    pub fn trend(&self, quantity: Quantity) -> Trend {
        let values: Vec<(u64, u64)> = self
            .0
            .iter()
            .map(|(clients, footprint)| (*clients, (quantity.of)(footprint)))
            .collect();
        let (early, late) = values.split_at(values.len().div_ceil(20));
        let most = |values: &[(u64, u64)]| values.iter().map(|(_, value)| *value).max();
        Trend {
            first: values[0].1,
            settled: most(early).unwrap(),
            highest: most(&values).unwrap(),
            last: values[values.len() - 1].1,
            slope: slope(late),
        }
    }
}

/// The slope of the line nearest to these points, per million; 0 of fewer than two.
#[expect(
    clippy::cast_precision_loss,
    reason = "a figure to read, of numbers below 2^53"
)]
fn slope(points: &[(u64, u64)]) -> f64 {
    let points: Vec<(f64, f64)> = points
        .iter()
        .map(|(x, y)| (*x as f64 / 1e6, *y as f64))
        .collect();
    let mean = |of: fn(&(f64, f64)) -> f64| {
        points.iter().map(of).sum::<f64>() / points.len().max(1) as f64
    };
    let (x_mean, y_mean) = (mean(|it| it.0), mean(|it| it.1));
    let spread: f64 = points.iter().map(|(x, _)| (x - x_mean).powi(2)).sum();
    let common: f64 = points
        .iter()
        .map(|(x, y)| (x - x_mean) * (y - y_mean))
        .sum();
    if spread > 0.0 { common / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{Course, QUANTITIES};
    use crate::census::Footprint;

    fn course(descriptors: impl Iterator<Item = u64>) -> Course {
        let mut course = Course::default();
        for (clients, descriptors) in (1..).zip(descriptors) {
            let footprint = Footprint {
                descriptors,
                ..Footprint::default()
            };
            course.push(clients * 1_000_000, footprint);
        }
        course
    }

    #[test]
    fn a_settled_course_is_flat_and_a_leak_is_not() {
        let [.., descriptors, _] = QUANTITIES;
        let settling = course(
            [3, 9]
                .into_iter()
                .chain([8, 7].into_iter().cycle().take(38)),
        );
        assert!(settling.trend(descriptors).is_flat(0));
        let leak = course((0..40).map(|look| 10 + look / 30));
        assert!(!leak.trend(descriptors).is_flat(0));
        assert!(leak.trend(descriptors).is_flat(1));
    }

    #[test]
    fn the_slope_is_what_each_million_adds() {
        let [.., descriptors, _] = QUANTITIES;
        let trend = course((0..40).map(|look| 5 + 3 * look)).trend(descriptors);
        assert!((trend.slope - 3.0).abs() < 1e-9);
        assert_eq!((trend.first, trend.highest, trend.last), (5, 122, 122));
        assert!(course([7].into_iter()).trend(descriptors).slope.abs() < 1e-9);
    }
}
