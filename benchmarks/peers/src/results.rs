// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What came out.

use crate::{arguments::ROUNDS_MIN, classes::Class, peers::Peer, row::Row, statistics::median};

/// One burst.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub peer: Peer,
    pub round: usize,
    /// None: the cores moved meanwhile, or are at no distance that has a name.
    pub class: Option<Class>,
    pub floor_ns: f64,
    pub time_ns: f64,
}

/// Whether a peer was in a row to its end.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub peer: Peer,
    pub failure: Option<String>,
}

/// The medians of one peer in one class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    pub floor_ns: f64,
    pub time_ns: f64,
    /// The median of the bursts' own ratios to the floor beside them, or of the same round where it is bare memory.
    pub to_floor: f64,
    /// The median of the bursts' ratios to ours of the same round.
    pub to_ours: Option<f64>,
    pub bursts: usize,
}

/// A row of the table that was counted or timed once, not in bursts.
#[derive(Debug, Clone)]
pub struct Extra {
    pub title: &'static str,
    pub floor: Option<f64>,
    pub of: Vec<(Peer, f64)>,
    pub show: fn(f64) -> String,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Results {
    pub row: Row,
    pub outcomes: Vec<Outcome>,
    samples: Vec<Sample>,
}

impl Results {
    pub const fn new(row: Row, outcomes: Vec<Outcome>, samples: Vec<Sample>) -> Self {
        Self {
            row,
            outcomes,
            samples,
        }
    }

    /// The classes that occurred.
    pub fn classes(&self) -> Vec<Class> {
        let occurred = |class: &Class| self.samples.iter().any(|s| s.class == Some(*class));
        Class::ALL.into_iter().filter(occurred).collect()
    }

    /// The class with most bursts.
    pub fn main_class(&self) -> Option<Class> {
        self.classes()
            .into_iter()
            .max_by_key(|class| self.bursts(*class))
    }

    pub fn bursts(&self, class: Class) -> usize {
        let of = |sample: &&Sample| sample.class == Some(class);
        self.samples.iter().filter(of).count()
    }

    /// Whether each peer that was in it has bursts enough for a figure of this class.
    pub fn suffices(&self, class: Class) -> bool {
        let present = self
            .outcomes
            .iter()
            .filter(|outcome| outcome.failure.is_none());
        let mut figures = present.map(|outcome| self.figures(outcome.peer, class));
        figures.all(|figures| figures.is_some_and(|figures| figures.bursts >= ROUNDS_MIN))
    }

    pub fn discarded(&self) -> usize {
        self.samples
            .iter()
            .filter(|sample| sample.class.is_none())
            .count()
    }

    pub fn figures(&self, peer: Peer, class: Class) -> Option<Figures> {
        let of = |peer| {
            let of = move |s: &&Sample| s.peer == peer && s.class == Some(class);
            self.samples.iter().filter(of)
        };
        let bare: Vec<_> = of(Peer::Bare).collect();
        let floor_of = |sample: &Sample| {
            if self.row.bare_floor() {
                let beside = bare.iter().find(|bare| bare.round == sample.round);
                beside.map(|bare| bare.time_ns)
            } else {
                Some(sample.floor_ns)
            }
        };
        let ours: Vec<_> = of(Peer::Ours).collect();
        let to_ours = of(peer).filter_map(|sample| {
            let beside = ours.iter().find(|ours| ours.round == sample.round)?;
            Some(sample.time_ns / beside.time_ns)
        });
        Some(Figures {
            floor_ns: median(of(peer).filter_map(floor_of))?,
            time_ns: median(of(peer).map(|sample| sample.time_ns))?,
            to_floor: median(
                of(peer).filter_map(|sample| Some(sample.time_ns / floor_of(sample)?)),
            )?,
            to_ours: median(to_ours),
            bursts: of(peer).count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(peer: Peer, round: usize, class: Option<Class>, time_ns: f64) -> Sample {
        Sample {
            peer,
            round,
            class,
            floor_ns: 100.0,
            time_ns,
        }
    }

    #[test]
    fn ratios_are_of_the_same_round_and_class() {
        let near = Some(Class::Near);
        let samples = vec![
            sample(Peer::Ours, 0, near, 200.0),
            sample(Peer::Pipe, 0, near, 400.0),
            sample(Peer::Ours, 1, near, 100.0),
            sample(Peer::Pipe, 1, None, 9000.0),
            sample(Peer::Pipe, 2, near, 900.0),
        ];
        let results = Results::new(Row::RoundTrip(8), Vec::new(), samples);
        let figures = results.figures(Peer::Pipe, Class::Near);
        let expected = Figures {
            floor_ns: 100.0,
            time_ns: 900.0,
            to_floor: 9.0,
            to_ours: Some(2.0),
            bursts: 2,
        };
        assert_eq!(figures, Some(expected));
        assert_eq!(results.discarded(), 1);
        assert_eq!(results.figures(Peer::Iceoryx2, Class::Near), None);
    }

    #[test]
    fn where_the_floor_is_bare_memory_it_is_that_of_the_same_round() {
        let near = Some(Class::Near);
        let samples = vec![
            sample(Peer::Bare, 0, near, 50.0),
            sample(Peer::Ours, 0, near, 75.0),
            sample(Peer::Bare, 1, None, 10.0),
            sample(Peer::Ours, 1, near, 900.0),
        ];
        let results = Results::new(Row::Stream(64), Vec::new(), samples);
        let figures = results.figures(Peer::Ours, Class::Near).unwrap();
        assert_eq!((figures.floor_ns, figures.to_floor), (50.0, 1.5));
    }
}
