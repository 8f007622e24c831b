// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `--cycle-ms N` and `--cycles N`: how often an example does what it does, and how many times.

use crate::command_line::{Arguments, UsageError};
use core::time::Duration;
use std::time::Instant;

/// A number of equally long stretches of time, one after the other.
#[derive(Debug)]
pub struct Cycles {
    length: Duration,
    left: Option<u64>,
    begun: Instant,
}

impl Cycles {
    /// Cycles as the command line asks for them; else of `default_ms` milliseconds, without end.
    ///
    /// # Errors
    /// A [`UsageError`] where a value is missing or no number.
    pub fn from_arguments(arguments: &mut Arguments, default_ms: u64) -> Result<Self, UsageError> {
        let length_ms = arguments.option("--cycle-ms")?.unwrap_or(default_ms);
        Ok(Self {
            length: Duration::from_millis(length_ms),
            left: arguments.option("--cycles")?,
            begun: Instant::now(),
        })
    }

    /// Begins the next cycle; `false` if there is none.
    #[must_use]
    pub fn begin(&mut self) -> bool {
        self.begun = Instant::now();
        match &mut self.left {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    /// How much of the current cycle is left.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.length.saturating_sub(self.begun.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::Cycles;
    use crate::command_line::Arguments;

    #[test]
    fn there_are_as_many_as_asked_for() {
        let mut arguments = Arguments::new(["--cycles", "2"]);
        let mut cycles = Cycles::from_arguments(&mut arguments, 0).unwrap();
        assert_eq!(
            [cycles.begin(), cycles.begin(), cycles.begin()],
            [true, true, false]
        );
    }

    #[test]
    fn the_longest_cycle_there_is_does_not_overflow() {
        let length = u64::MAX.to_string();
        let mut arguments = Arguments::new(["--cycle-ms", length.as_str()]);
        let mut cycles = Cycles::from_arguments(&mut arguments, 0).unwrap();
        assert!(cycles.begin());
        assert!(cycles.time_left().as_secs() > 1_000_000);
    }
}
