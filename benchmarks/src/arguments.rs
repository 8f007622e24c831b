// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The command line.

use crate::{MEASUREMENTS, Result};
use core::{str::FromStr, time::Duration};
use std::path::{Path, PathBuf};

/// The payloads most measurements of round trips are made with.
pub const PAYLOADS: [usize; 4] = [8, 64, 4096, 1 << 20];

/// Fewer rounds than this are no figure.
pub const ROUNDS_MIN: usize = 21;

/// One thing that can be measured.
#[derive(Debug)]
pub struct Measurement {
    pub name: &'static str,
    about: &'static str,
    /// What the process does that the user has started.
    pub measure: fn(&Arguments) -> Result<()>,
    /// What each process does that the former has started, to be met at this place.
    pub serve: fn(&Arguments, &Path) -> Result<()>,
}

impl Measurement {
    pub const fn new(
        name: &'static str,
        about: &'static str,
        measure: fn(&Arguments) -> Result<()>,
        serve: fn(&Arguments, &Path) -> Result<()>,
    ) -> Self {
        Self {
            name,
            about,
            measure,
            serve,
        }
    }
}

impl PartialEq for Measurement {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// One option, and what it changes.
struct Choice {
    name: &'static str,
    /// What the usage calls its value.
    value: Option<&'static str>,
    /// Options without explanation are between this program and its own kind.
    about: Option<&'static str>,
    apply: fn(&mut Arguments, &str) -> Result<()>,
}

const fn switch(
    name: &'static str,
    about: &'static str,
    apply: fn(&mut Arguments, &str) -> Result<()>,
) -> Choice {
    Choice {
        name,
        value: None,
        about: Some(about),
        apply,
    }
}

const fn number(
    name: &'static str,
    about: &'static str,
    apply: fn(&mut Arguments, &str) -> Result<()>,
) -> Choice {
    Choice {
        name,
        value: Some("N"),
        about: Some(about),
        apply,
    }
}

const fn hidden(name: &'static str, apply: fn(&mut Arguments, &str) -> Result<()>) -> Choice {
    Choice {
        name,
        value: Some("WORD"),
        about: None,
        apply,
    }
}

const CHOICES: &[Choice] = &[
    switch(
        "--json",
        "one JSON object a line on stdout; everything else goes to stderr",
        |arguments, _| {
            arguments.json = true;
            Ok(())
        },
    ),
    switch(
        "--raw",
        "the bare connection of iceoryx2-cal, without services and ports",
        |arguments, _| {
            arguments.raw = true;
            Ok(())
        },
    ),
    number(
        "--payload",
        "only the payload of N bytes",
        |arguments, word| {
            arguments.payload = Some(parsed("--payload", word)?);
            Ok(())
        },
    ),
    number(
        "--rounds",
        "stop a case after N rounds of one placement (default 101, at least 21)",
        |arguments, word| {
            arguments.rounds = parsed::<usize>("--rounds", word)?.max(ROUNDS_MIN);
            Ok(())
        },
    ),
    number(
        "--seconds",
        "stop a case after N seconds (default 20)",
        |arguments, word| {
            arguments.budget = Duration::from_secs(parsed("--seconds", word)?);
            Ok(())
        },
    ),
    number(
        "--responses",
        "stream: N responses to a request (default 1000000)",
        |arguments, word| {
            arguments.responses = parsed("--responses", word)?;
            Ok(())
        },
    ),
    switch(
        "--quick",
        "21 rounds or 2 seconds, 10000 responses: to see that it works, not to believe the figures",
        |arguments, _| {
            arguments.quick = true;
            arguments.responses = 10_000;
            arguments.rounds = ROUNDS_MIN;
            arguments.budget = Duration::from_secs(2);
            Ok(())
        },
    ),
    hidden("--peer", |arguments, word| {
        arguments.peer = Some(word.into());
        Ok(())
    }),
    hidden("--part", |arguments, word| {
        arguments.part = Some(word.into());
        Ok(())
    }),
];

/// How to call this program.
pub fn usage() -> String {
    let mut usage =
        String::from("Usage: iceoryx2-benchmarks MEASUREMENT [OPTIONS]\n\nMeasurements:\n");
    for measurement in MEASUREMENTS {
        usage += &format!("  {:<15} {}\n", measurement.name, measurement.about);
    }
    usage += "\nOptions:\n";
    for choice in CHOICES {
        if let Some(about) = choice.about {
            let name = [choice.name, choice.value.unwrap_or_default()].join(" ");
            usage += &format!("  {name:<15} {about}\n");
        }
    }
    usage
}

#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    pub measurement: &'static Measurement,
    pub json: bool,
    pub raw: bool,
    pub payload: Option<usize>,
    pub rounds: usize,
    pub budget: Duration,
    /// Figures are not believed, but there shall be some.
    pub quick: bool,
    /// Of `stream`: how many responses a request gets.
    pub responses: u32,
    /// The words all this was read from, for the processes to be started.
    pub words: Vec<String>,
    /// Where the process that measures is met by the one it has started: this process is the latter.
    pub peer: Option<PathBuf>,
    /// Which of several parts this process plays then.
    pub part: Option<String>,
}

impl Arguments {
    /// What the words ask for; `None`: how to ask.
    pub fn parse(words: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let all: Vec<_> = words.collect();
        let mut words = all.iter().cloned();
        let Some(name) = words.next() else {
            return Err(usage().into());
        };
        if ["--help", "-h"].contains(&name.as_str()) {
            return Ok(None);
        }
        let Some(measurement) = MEASUREMENTS.iter().find(|known| known.name == name) else {
            return Err(format!("there is no measurement {name:?}\n\n{}", usage()).into());
        };
        let mut arguments = Self {
            measurement,
            json: false,
            raw: false,
            payload: None,
            rounds: 101,
            budget: Duration::from_secs(20),
            quick: false,
            responses: 1_000_000,
            words: Vec::new(),
            peer: None,
            part: None,
        };
        while let Some(word) = words.next() {
            let Some(choice) = CHOICES.iter().find(|known| known.name == word) else {
                return Err(format!("there is no option {word:?}\n\n{}", usage()).into());
            };
            let value = match choice.value {
                Some(_) => words
                    .next()
                    .ok_or_else(|| format!("{word} wants a value\n\n{}", usage()))?,
                None => String::new(),
            };
            (choice.apply)(&mut arguments, &value)?;
        }
        drop(words);
        arguments.words = all;
        Ok(Some(arguments))
    }

    /// Does what this process is there for.
    pub fn run(&self) -> Result<()> {
        match &self.peer {
            Some(place) => (self.measurement.serve)(self, place),
            None => (self.measurement.measure)(self),
        }
    }

    /// Those of `all` that were asked for.
    pub fn payloads(&self, all: &[usize]) -> Result<Vec<usize>> {
        match self.payload {
            None => Ok(all.to_vec()),
            Some(one) if all.contains(&one) => Ok(vec![one]),
            Some(other) => Err(format!("--payload is one of {all:?} here, not {other}").into()),
        }
    }

    /// The one payload the process that measures has named.
    pub fn payload_to_serve(&self) -> Result<usize> {
        self.payload
            .ok_or_else(|| "which payload to serve was not said".into())
    }
}

fn parsed<T: FromStr>(option: &str, word: &str) -> Result<T> {
    word.parse()
        .map_err(|_| format!("{option} wants a whole number, not {word:?}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    fn asked(line: &str) -> Arguments {
        parse(line).unwrap().unwrap()
    }

    #[test]
    fn every_option_is_understood() {
        let line = "round-trip --json --raw --payload 64 --rounds 30 --seconds 5 --responses 9 \
                    --peer /tmp/x --part y";
        let arguments = asked(line);
        let expected = Arguments {
            measurement: &MEASUREMENTS[0],
            json: true,
            raw: true,
            payload: Some(64),
            rounds: 30,
            budget: Duration::from_secs(5),
            quick: false,
            responses: 9,
            words: line.split_whitespace().map(str::to_owned).collect(),
            peer: Some("/tmp/x".into()),
            part: Some("y".into()),
        };
        assert_eq!(arguments, expected);
        assert_eq!(arguments.payloads(&PAYLOADS).unwrap(), [64]);
        assert_eq!(asked("blocking").payloads(&PAYLOADS).unwrap(), PAYLOADS);
        assert_eq!(asked("blocking --quick").rounds, ROUNDS_MIN);
        assert_eq!(asked("blocking --rounds 3").rounds, ROUNDS_MIN);
    }

    #[test]
    fn every_measurement_has_a_name_of_its_own() {
        for measurement in MEASUREMENTS {
            assert_eq!(asked(measurement.name).measurement, measurement);
            assert!(usage().contains(measurement.about));
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (line, named) in [
            ("", "Usage"),
            ("fly", "\"fly\""),
            ("blocking --fast", "\"--fast\""),
            ("blocking --rounds", "--rounds wants a value"),
            ("blocking --rounds many", "\"many\""),
            ("blocking --payload many", "\"many\""),
        ] {
            let message = parse(line).unwrap_err().to_string();
            assert!(message.contains(named), "{line}: {message}");
        }
        let message = asked("round-trip --payload 9").payloads(&PAYLOADS);
        assert!(message.unwrap_err().to_string().contains("not 9"));
        assert_eq!(parse("--help").unwrap(), None);
    }
}
