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
    /// Anything, where only `--quick` looks.
    Unclassified,
}

impl Placement {
    pub const ALL: [Self; 5] = [
        Self::Close,
        Self::Near,
        Self::Middle,
        Self::Far,
        Self::Unclassified,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Near => "near",
            Self::Middle => "middle",
            Self::Far => "far",
            Self::Unclassified => "unclassified",
        }
    }

    fn of(floor_ns: f64) -> Option<Self> {
        Self::ALL.into_iter().find(|placement| {
            let range = match placement {
                Self::Close => 40.0..=65.0,
                Self::Near => 100.0..=150.0,
                Self::Middle => 250.0..=350.0,
                Self::Far => 480.0..=600.0,
                Self::Unclassified => return false,
            };
            range.contains(&floor_ns)
        })
    }
}

/// Times of one round, each the mean of a burst.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// One cache line there and back, before and after.
    line_ns: [f64; 2],
    /// What ours is compared with.
    floor_ns: f64,
    ours_ns: f64,
}

impl Round {
    /// A round whose floor is the line.
    pub const fn new(line_before_ns: f64, ours_ns: f64, line_after_ns: f64) -> Self {
        Self {
            line_ns: [line_before_ns, line_after_ns],
            floor_ns: f64::midpoint(line_before_ns, line_after_ns),
            ours_ns,
        }
    }

    /// A round that has nothing to do with the line.
    pub const fn alone(floor_ns: f64, ours_ns: f64) -> Self {
        Self::new(floor_ns, ours_ns, floor_ns)
    }

    /// The same beside another floor.
    pub const fn above(self, floor_ns: f64) -> Self {
        Self { floor_ns, ..self }
    }

    fn placement(&self) -> Option<Placement> {
        let [before, after] = self.line_ns.map(Placement::of);
        before.filter(|_| before == after)
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
            floor_ns: median(rounds.clone().map(|round| round.floor_ns))?,
            ours_ns: median(rounds.clone().map(|round| round.ours_ns))?,
            ratio: median(rounds.clone().map(|round| round.ours_ns / round.floor_ns))?,
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

    /// Counts what was discarded, if nothing else counts.
    pub fn settle_for_any(&mut self) {
        if self.counted.is_empty() {
            let any = self.discarded.drain(..);
            self.counted = any.map(|round| (Placement::Unclassified, round)).collect();
        }
    }

    /// What these took longer than the `others`, which are of the same rounds.
    pub fn beyond(&self, others: &Self) -> Self {
        let beyond = |round: &Round, other: &Round| Round {
            ours_ns: round.ours_ns - other.ours_ns,
            ..*round
        };
        Self {
            counted: (self.counted.iter().zip(&others.counted))
                .map(|((placement, round), (_, other))| (*placement, beyond(round, other)))
                .collect(),
            discarded: (self.discarded.iter().zip(&others.discarded))
                .map(|(round, other)| beyond(round, other))
                .collect(),
        }
    }

    /// The figures of the rounds that count for nothing.
    pub fn discarded(&self) -> Option<Figures> {
        Figures::of(self.discarded.iter())
    }

    /// The figures of one placement, if it occurred.
    pub fn figures_of(&self, placement: Placement) -> Option<Figures> {
        let rounds = self
            .counted
            .iter()
            .filter(move |(other, _)| *other == placement);
        Figures::of(rounds.map(|(_, round)| round))
    }

    /// The figures of each placement that occurred.
    pub fn figures(&self) -> Vec<(Placement, Figures)> {
        let of = |placement| Some((placement, self.figures_of(placement)?));
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

    #[test]
    fn a_round_counts_in_its_class_or_not_at_all() {
        let mut rounds = Rounds::default();
        rounds.add(Round::new(40.0, 90.0, 65.0));
        rounds.add(Round::new(100.0, 150.0, 150.0));
        rounds.add(Round::new(250.0, 400.0, 350.0));
        rounds.add(Round::new(600.0, 650.0, 480.0));
        for (before, after) in [
            (39.9, 50.0),
            (50.0, 120.0),
            (120.0, 151.0),
            (200.0, 200.0),
            (601.0, 500.0),
        ] {
            rounds.add(Round::new(before, 1.0, after));
        }
        let figures = rounds.figures();
        assert_eq!(
            figures.iter().map(|(p, _)| *p).collect::<Vec<_>>(),
            Placement::ALL[..4]
        );
        assert!(figures.iter().all(|(_, figures)| figures.rounds == 1));
        assert_eq!(rounds.discarded().unwrap().rounds, 5);
    }

    #[test]
    fn who_settles_for_any_round_has_a_figure() {
        let mut rounds = Rounds::default();
        rounds.add(Round::new(200.0, 300.0, 200.0));
        rounds.settle_for_any();
        let figures = rounds.figures();
        assert!(matches!(&figures[..], [(Placement::Unclassified, f)] if f.ratio == 1.5));
        assert_eq!(rounds.discarded(), None);
        rounds.add(Round::new(200.0, 300.0, 200.0));
        rounds.settle_for_any();
        assert_eq!(rounds.discarded().unwrap().rounds, 1);
    }

    #[test]
    fn a_price_is_the_difference_within_each_round() {
        let (mut one, mut many) = (Rounds::default(), Rounds::default());
        for (line, price) in [(120.0, 3.0), (500.0, 5.0), (200.0, 7.0)] {
            one.add(Round::new(line, 150.0, line));
            many.add(Round::new(line, 150.0 + price, line));
        }
        let price = many.beyond(&one);
        let prices = price.figures();
        assert_eq!(
            prices.iter().map(|(_, f)| f.ours_ns).collect::<Vec<_>>(),
            [3.0, 5.0]
        );
        assert_eq!(price.discarded().unwrap().ours_ns, 7.0);
    }

    #[test]
    fn the_ratio_is_the_median_of_ratios() {
        let rounds = [
            Round::new(100.0, 150.0, 100.0),
            Round::new(140.0, 140.0, 140.0),
            Round::new(110.0, 330.0, 110.0),
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
        (0..30).for_each(|_| rounds.add(Round::new(120.0, 130.0, 120.0)));
        assert!(rounds.suffice(30) && !rounds.suffice(31));
        rounds.add(Round::new(500.0, 510.0, 500.0));
        assert!(!rounds.suffice(30));
        (1..ROUNDS_MIN).for_each(|_| rounds.add(Round::new(500.0, 510.0, 500.0)));
        assert!(rounds.suffice(30));
    }
}
