// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What both processes do in turn, and what it took.

/// What the two processes do together for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Two doorbells and nothing else.
    Bells,
    /// Both always sleep.
    Asleep,
    /// Both may spin before they sleep, as ports do that are told nothing.
    Adaptive,
    /// Both poll.
    Spinning,
    /// One cache line there and back.
    Line,
}

/// Where the two processes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    One,
    Two,
}

impl Cores {
    pub const ALL: [Self; 2] = [Self::One, Self::Two];

    /// What is done there in a round: whatever is a floor, before and after.
    pub const fn steps(self) -> &'static [Step] {
        match self {
            Self::One => &[
                Step::Bells,
                Step::Asleep,
                Step::Adaptive,
                Step::Asleep,
                Step::Bells,
            ],
            Self::Two => &[
                Step::Bells,
                Step::Asleep,
                Step::Bells,
                Step::Line,
                Step::Spinning,
                Step::Adaptive,
                Step::Spinning,
                Step::Line,
            ],
        }
    }

    /// How often it is done at a time: some milliseconds. Waking another core takes ten times as long.
    pub const fn times(self, step: Step) -> u32 {
        match (self, step) {
            (Self::Two, Step::Bells | Step::Asleep) => 100,
            _ => 1_000,
        }
    }
}

/// What the steps of a round took, in nanoseconds each.
#[derive(Debug, Default)]
pub struct Times(Vec<(Step, f64)>);

impl Times {
    pub fn add(&mut self, step: Step, ns: f64) {
        self.0.push((step, ns));
    }

    /// The first and the last time of a step; `None`: there was none.
    pub fn ends_of(&self, step: Step) -> Option<[f64; 2]> {
        let mut all = self.0.iter().filter(|(other, _)| *other == step);
        let first = all.next()?;
        let last = all.next_back().unwrap_or(first);
        Some([first.1, last.1])
    }

    /// What a step took.
    pub fn of(&self, step: Step) -> Option<f64> {
        let [first, last] = self.ends_of(step)?;
        Some(f64::midpoint(first, last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_twice_took_the_middle() {
        let mut times = Times::default();
        for (step, ns) in [(Step::Bells, 1.0), (Step::Asleep, 5.0), (Step::Bells, 2.0)] {
            times.add(step, ns);
        }
        assert_eq!(times.of(Step::Bells), Some(1.5));
        assert_eq!(times.of(Step::Asleep), Some(5.0));
        assert_eq!(times.ends_of(Step::Bells), Some([1.0, 2.0]));
        assert_eq!(times.of(Step::Line), None);
    }
}
