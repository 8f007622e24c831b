// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the examples' command lines have in common: options with a value, one sentence for every error.

use core::{fmt, str::FromStr};
use std::{collections::VecDeque, error::Error, ffi::OsString, path::Path, process::ExitCode};

/// What comes of something that can go wrong in many ways.
pub type Fallible<T> = Result<T, Box<dyn Error>>;

/// What an example ends with.
pub type Ending = Fallible<()>;

/// Runs an example. An error becomes one sentence on standard error and exit code 1; `--help` prints what `options` there
/// are.
pub fn run(options: &str, example: impl FnOnce(Arguments) -> Ending) -> ExitCode {
    let mut given = std::env::args_os();
    let program = given.next().unwrap_or_default();
    let program = Path::new(&program).file_name().unwrap_or_default();
    let usage = format!("{} {options}", program.to_string_lossy());
    let arguments = Arguments::new(given);
    if arguments.ask_for_help() {
        println!("usage: {}", usage.trim_end());
        return ExitCode::SUCCESS;
    }
    match example(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<UsageError>() => {
            eprintln!("error: {error}; usage: {}", usage.trim_end());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A command line that was not understood.
#[derive(Debug, PartialEq, Eq)]
pub struct UsageError(String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for UsageError {}

/// The arguments that are not taken yet.
///
/// ```
/// use iceoryx2_examples::command_line::Arguments;
///
/// let mut arguments = Arguments::new(["--rounds", "7", "menu.txt"]);
/// assert_eq!(arguments.option::<u64>("--rounds")?, Some(7));
/// assert_eq!(arguments.positional("FILE")?, "menu.txt");
/// arguments.finish()?;
/// # Ok::<(), iceoryx2_examples::command_line::UsageError>(())
/// ```
#[derive(Debug)]
pub struct Arguments(VecDeque<OsString>);

impl Arguments {
    /// The arguments after the program's name.
    pub fn new<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self(arguments.into_iter().map(Into::into).collect())
    }

    fn ask_for_help(&self) -> bool {
        self.0.iter().any(|argument| argument == "--help")
    }

    fn raw_option(&mut self, name: &str) -> Result<Option<OsString>, UsageError> {
        let Some(index) = self.0.iter().position(|argument| argument == name) else {
            return Ok(None);
        };
        self.0.remove(index);
        match self.0.remove(index) {
            Some(value) => Ok(Some(value)),
            None => Err(UsageError(format!("{name} needs a value after it"))),
        }
    }

    /// Takes the option `name` and its value.
    ///
    /// # Errors
    /// A [`UsageError`] where the value is missing or is no `T`.
    pub fn option<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, UsageError> {
        let Some(value) = self.raw_option(name)? else {
            return Ok(None);
        };
        let parsed = value.to_str().and_then(|text| text.parse().ok());
        match parsed {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(UsageError(format!("{name} cannot be {value:?}"))),
        }
    }

    /// Takes the option `name` and its value, as it is written.
    ///
    /// # Errors
    /// A [`UsageError`] where it or its value is missing.
    pub fn required_option(&mut self, name: &str) -> Result<OsString, UsageError> {
        self.raw_option(name)?
            .ok_or_else(|| UsageError(format!("{name} is missing")))
    }

    /// Takes the next argument that is no option. To be called after all options were taken.
    ///
    /// # Errors
    /// A [`UsageError`] where there is none, or an unknown option comes first.
    pub fn positional(&mut self, name: &str) -> Result<OsString, UsageError> {
        match self.0.pop_front() {
            Some(option) if is_option(&option) => Err(unknown(&option)),
            Some(argument) => Ok(argument),
            None => Err(UsageError(format!("{name} is missing"))),
        }
    }

    /// Makes sure that everything was taken.
    ///
    /// # Errors
    /// A [`UsageError`] that names what is left.
    pub fn finish(self) -> Result<(), UsageError> {
        self.0.front().map_or(Ok(()), |left| Err(unknown(left)))
    }
}

fn is_option(argument: &OsString) -> bool {
    argument.as_encoded_bytes().starts_with(b"--")
}

fn unknown(argument: &OsString) -> UsageError {
    UsageError(format!("the argument {argument:?} is not understood"))
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn sentence<T: core::fmt::Debug>(result: Result<T, super::UsageError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn every_mistake_is_named() {
        let mut arguments = Arguments::new(["--rounds"]);
        assert_eq!(
            sentence(arguments.option::<u64>("--rounds")),
            "--rounds needs a value after it"
        );
        let mut arguments = Arguments::new(["--rounds", "-1"]);
        assert_eq!(
            sentence(arguments.option::<u64>("--rounds")),
            "--rounds cannot be \"-1\""
        );
        let mut arguments = Arguments::new(["--round", "1"]);
        assert_eq!(
            sentence(arguments.positional("FILE")),
            "the argument \"--round\" is not understood"
        );
        assert_eq!(
            sentence(Arguments::new(["more"]).finish()),
            "the argument \"more\" is not understood"
        );
        let mut none = Arguments::new::<&str>([]);
        assert_eq!(sentence(none.positional("FILE")), "FILE is missing");
    }
}
