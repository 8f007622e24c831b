// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Durations as text: a whole number and a unit, such as `10 s` or `250ms`.

use super::{limit::NONE, text};
use crate::document::Plain;
use core::time::Duration;

const UNITS: [(&str, u64); 5] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
];

/// The longest duration a file may ask for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

const EXPECTATION: &str =
    "a whole number with its unit (ns, us, ms, s or min), such as \"10 s\", at most a day";

const EXPECTATION_OR_NONE: &str = "a whole number above zero with its unit (ns, us, ms, s or min), such as \"10 s\", at most a day, or \"none\"";

pub(super) fn read(value: Plain<'_>) -> Result<Duration, String> {
    text::read(value, EXPECTATION, parse)
}

/// A duration that is not zero, or `"none"`.
pub(super) fn read_or_none(value: Plain<'_>) -> Result<Option<Duration>, String> {
    text::read(value, EXPECTATION_OR_NONE, parse_or_none)
}

fn parse_or_none(text: &str) -> Option<Option<Duration>> {
    match text {
        NONE => Some(None),
        text => parse(text).filter(|duration| !duration.is_zero()).map(Some),
    }
}

fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit_begins = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(unit_begins)?;
    let (_, ns) = UNITS
        .into_iter()
        .find(|(name, _)| *name == unit.trim_start())?;
    let ns = number.parse::<u64>().ok()?.checked_mul(ns)?;
    Some(Duration::from_nanos(ns)).filter(|duration| *duration <= LONGEST)
}

/// In the largest unit that loses nothing.
#[cfg(feature = "serde")]
pub(super) fn print(duration: Duration) -> String {
    let ns = duration.as_nanos();
    let exact = |(_, unit): &&(&str, u64)| ns % u128::from(*unit) == 0;
    let (name, unit) = UNITS.iter().rev().find(exact).unwrap_or(&("ns", 1));
    format!("{} {name}", ns / u128::from(*unit))
}

#[cfg(test)]
mod tests {
    use super::{parse, print};
    use core::time::Duration;

    #[test]
    fn reads_every_unit_with_and_without_a_space() {
        for (text, duration) in [
            ("0 s", Duration::ZERO),
            ("7ns", Duration::from_nanos(7)),
            ("7 us", Duration::from_micros(7)),
            ("250 ms", Duration::from_millis(250)),
            (" 10s ", Duration::from_secs(10)),
            ("2 min", Duration::from_secs(120)),
        ] {
            assert_eq!(parse(text), Some(duration), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "10",
            "s",
            "-1 s",
            "1.5 s",
            "10 seconds",
            "1 441 min",
            "1441 min",
            "18446744073709551615 s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn prints_what_it_reads() {
        for text in ["7 ns", "1500 us", "250 ms", "10 s", "2 min"] {
            assert_eq!(parse(text).map(print).as_deref(), Some(text));
        }
    }
}
