// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How far the two cores are from each other, and the rounds sorted by it.
//!
//! A virtual machine's cores move. A round therefore measures the floor before and after ours and counts only if both
//! times lie in the same class; what moved meanwhile, or lies between the classes, is discarded.

use crate::{arguments::ROUNDS_MIN, statistics::median};

/// The distance of two cores, by the time of one cache line there and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// 40–65 ns.
    Close,
    /// 100–150 ns.
    Near,
    /// 250–350 ns.
    Middle,
    /// 480–600 ns.
    Far,
}

impl Placement {
    pub const ALL: [Self; 4] = [Self::Close, Self::Near, Self::Middle, Self::Far];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Near => "near",
            Self::Middle => "middle",
            Self::Far => "far",
        }
    }

    fn of(floor_ns: f64) -> Option<Self> {
        Self::ALL.into_iter().find(|placement| {
            let range = match placement {
                Self::Close => 40.0..=65.0,
                Self::Near => 100.0..=150.0,
                Self::Middle => 250.0..=350.0,
                Self::Far => 480.0..=600.0,
            };
            range.contains(&floor_ns)
        })
    }
}

/// Times of one round, each the mean of a burst.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    pub floor_before_ns: f64,
    pub ours_ns: f64,
    pub floor_after_ns: f64,
}

impl Round {
    fn floor_ns(&self) -> f64 {
        f64::midpoint(self.floor_before_ns, self.floor_after_ns)
    }

    fn placement(&self) -> Option<Placement> {
        let before = Placement::of(self.floor_before_ns)?;
        (Placement::of(self.floor_after_ns) == Some(before)).then_some(before)
    }
}

/// The figures of one placement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    pub floor_ns: f64,
    pub ours_ns: f64,
    /// The median of the rounds' ratios.
    pub ratio: f64,
    pub rounds: usize,
}

impl Figures {
    pub fn of<'a>(rounds: impl Iterator<Item = &'a Round> + Clone) -> Option<Self> {
        Some(Self {
            floor_ns: median(rounds.clone().map(Round::floor_ns))?,
            ours_ns: median(rounds.clone().map(|round| round.ours_ns))?,
            ratio: median(rounds.clone().map(|round| round.ours_ns / round.floor_ns()))?,
            rounds: rounds.count(),
        })
    }
}

/// All rounds of one measurement.
#[derive(Debug, Default)]
pub struct Rounds {
    counted: Vec<(Placement, Round)>,
    discarded: Vec<Round>,
}

impl Rounds {
    pub fn add(&mut self, round: Round) {
        match round.placement() {
            Some(placement) => self.counted.push((placement, round)),
            None => self.discarded.push(round),
        }
    }

    /// The figures of the rounds that count for nothing.
    pub fn discarded(&self) -> Option<Figures> {
        Figures::of(self.discarded.iter())
    }

    /// The figures of each placement that occurred.
    pub fn figures(&self) -> Vec<(Placement, Figures)> {
        let of = |placement| {
            let rounds = self
                .counted
                .iter()
                .filter(move |(other, _)| *other == placement);
            Some((placement, Figures::of(rounds.map(|(_, round)| round))?))
        };
        Placement::ALL.into_iter().filter_map(of).collect()
    }

    /// Whether one placement has `wanted` rounds, and each that occurred enough for a figure.
    pub fn suffice(&self, wanted: usize) -> bool {
        let figures = self.figures();
        figures.iter().any(|(_, figures)| figures.rounds >= wanted)
            && figures
                .iter()
                .all(|(_, figures)| figures.rounds >= ROUNDS_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(floor_before_ns: f64, ours_ns: f64, floor_after_ns: f64) -> Round {
        Round {
            floor_before_ns,
            ours_ns,
            floor_after_ns,
        }
    }

    #[test]
    fn a_round_counts_in_its_class_or_not_at_all() {
        let mut rounds = Rounds::default();
        rounds.add(round(40.0, 90.0, 65.0));
        rounds.add(round(100.0, 150.0, 150.0));
        rounds.add(round(250.0, 400.0, 350.0));
        rounds.add(round(600.0, 650.0, 480.0));
        for (before, after) in [
            (39.9, 50.0),
            (50.0, 120.0),
            (120.0, 151.0),
            (200.0, 200.0),
            (601.0, 500.0),
        ] {
            rounds.add(round(before, 1.0, after));
        }
        let figures = rounds.figures();
        assert_eq!(
            figures.iter().map(|(p, _)| *p).collect::<Vec<_>>(),
            Placement::ALL
        );
        assert!(figures.iter().all(|(_, figures)| figures.rounds == 1));
        assert_eq!(rounds.discarded().unwrap().rounds, 5);
    }

    #[test]
    fn the_ratio_is_the_median_of_ratios() {
        let rounds = [
            round(100.0, 150.0, 100.0),
            round(140.0, 140.0, 140.0),
            round(110.0, 330.0, 110.0),
        ];
        let figures = Figures::of(rounds.iter()).unwrap();
        let expected = Figures {
            floor_ns: 110.0,
            ours_ns: 150.0,
            ratio: 1.5,
            rounds: 3,
        };
        assert_eq!(figures, expected);
    }

    #[test]
    fn rounds_suffice_when_each_class_that_occurred_has_enough() {
        let mut rounds = Rounds::default();
        (0..30).for_each(|_| rounds.add(round(120.0, 130.0, 120.0)));
        assert!(rounds.suffice(30) && !rounds.suffice(31));
        rounds.add(round(500.0, 510.0, 500.0));
        assert!(!rounds.suffice(30));
        (1..ROUNDS_MIN).for_each(|_| rounds.add(round(500.0, 510.0, 500.0)));
        assert!(rounds.suffice(30));
    }
}
