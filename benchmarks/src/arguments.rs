// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The command line.

use crate::Result;
use core::{str::FromStr, time::Duration};
use std::path::PathBuf;

pub const USAGE: &str = "\
Usage: iceoryx2-benchmarks MEASUREMENT [OPTIONS]

Measurements:
  round-trip      a request and its response between two spinning processes on two cores
  blocking        the same between two processes that sleep, on one core
  threads         what it adds to round-trip that threads may share a port
  slices          round trips of slices of 64 B to 256 MiB, whose length must cost nothing

Options:
  --json          one JSON object a line on stdout; everything else goes to stderr
  --raw           the bare connection of iceoryx2-cal, without services and ports
  --payload N     only the payload of N bytes (8, 64, 4096, 1048576)
  --rounds N      stop a payload after N rounds of one placement (default 101, at least 21)
  --seconds N     stop a payload after N seconds (default 20)
  --quick         21 rounds or 2 seconds: to see that it works, not to believe the figures
";

/// The payloads every measurement of round trips is made with.
pub const PAYLOADS: [usize; 4] = [8, 64, 4096, 1 << 20];

/// Fewer rounds than this are no figure.
pub const ROUNDS_MIN: usize = 21;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measurement {
    Help,
    RoundTrip,
    Blocking,
    Threads,
    Slices,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    pub measurement: Measurement,
    pub json: bool,
    pub raw: bool,
    pub payload: Option<usize>,
    pub rounds: usize,
    pub budget: Duration,
    /// Where the process that measures is met by the one it has started: this process is the latter.
    pub peer: Option<PathBuf>,
}

impl Arguments {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let measurement = match words.next().as_deref() {
            Some("round-trip") => Measurement::RoundTrip,
            Some("blocking") => Measurement::Blocking,
            Some("threads") => Measurement::Threads,
            Some("slices") => Measurement::Slices,
            Some("--help" | "-h") => Measurement::Help,
            Some(other) => {
                return Err(format!("there is no measurement {other:?}\n\n{USAGE}").into());
            }
            None => return Err(USAGE.into()),
        };
        let mut arguments = Self {
            measurement,
            json: false,
            raw: false,
            payload: None,
            rounds: 101,
            budget: Duration::from_secs(20),
            peer: None,
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => arguments.json = true,
                "--raw" => arguments.raw = true,
                "--payload" => arguments.payload = Some(payload(&value(&word, words.next())?)?),
                "--rounds" => {
                    arguments.rounds = number::<usize>(&word, words.next())?.max(ROUNDS_MIN)
                }
                "--seconds" => arguments.budget = Duration::from_secs(number(&word, words.next())?),
                "--quick" => {
                    arguments.rounds = ROUNDS_MIN;
                    arguments.budget = Duration::from_secs(2);
                }
                "--peer" => arguments.peer = Some(value(&word, words.next())?.into()),
                _ => return Err(format!("there is no option {word:?}\n\n{USAGE}").into()),
            }
        }
        Ok(arguments)
    }

    /// The payloads asked for.
    pub fn payloads(&self) -> Vec<usize> {
        self.payload
            .map_or_else(|| PAYLOADS.to_vec(), |one| vec![one])
    }
}

fn value(option: &str, value: Option<String>) -> Result<String> {
    value.ok_or_else(|| format!("{option} wants a value\n\n{USAGE}").into())
}

fn number<T: FromStr>(option: &str, word: Option<String>) -> Result<T> {
    let word = value(option, word)?;
    word.parse()
        .map_err(|_| format!("{option} wants a whole number, not {word:?}").into())
}

fn payload(word: &str) -> Result<usize> {
    match word.parse() {
        Ok(bytes) if PAYLOADS.contains(&bytes) => Ok(bytes),
        _ => Err(format!("--payload is one of {PAYLOADS:?}, not {word:?}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn every_option_is_understood() {
        let arguments =
            parse("round-trip --json --raw --payload 64 --rounds 30 --seconds 5 --peer /tmp/x")
                .unwrap();
        let expected = Arguments {
            measurement: Measurement::RoundTrip,
            json: true,
            raw: true,
            payload: Some(64),
            rounds: 30,
            budget: Duration::from_secs(5),
            peer: Some("/tmp/x".into()),
        };
        assert_eq!(arguments, expected);
        assert_eq!(parse("slices").unwrap().measurement, Measurement::Slices);
        assert_eq!(parse("threads").unwrap().measurement, Measurement::Threads);
        assert_eq!(parse("blocking").unwrap().payloads(), PAYLOADS);
        assert_eq!(parse("blocking --quick").unwrap().rounds, ROUNDS_MIN);
        assert_eq!(parse("blocking --rounds 3").unwrap().rounds, ROUNDS_MIN);
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (line, named) in [
            ("", "Usage"),
            ("fly", "\"fly\""),
            ("blocking --fast", "\"--fast\""),
            ("blocking --rounds", "--rounds wants a value"),
            ("blocking --rounds many", "\"many\""),
            ("round-trip --payload 9", "\"9\""),
        ] {
            let message = parse(line).unwrap_err().to_string();
            assert!(message.contains(named), "{line}: {message}");
        }
    }
}
