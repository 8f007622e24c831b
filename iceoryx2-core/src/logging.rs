// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Logging: silent unless somebody listens.
//!
//! Everything is reported through `tracing`, so a program that has a subscriber sees it there. A program that has none
//! and wants lines on standard error calls [`set_log_level`] or [`set_log_level_from_env_or`]. Sending and receiving
//! never log.
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

use core::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::Interest,
};

const VARIABLE: &str = "IOX2_LOG_LEVEL";

/// From what level on lines are printed: `None` until [`set_log_level`] was called.
static LEVEL: Mutex<Option<LogLevel>> = Mutex::new(None);

/// How much is printed, from everything to next to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// What helps to find a mistake.
    Debug,
    /// What may be good to know.
    Info,
    /// What was put right, and should not have been necessary.
    Warn,
    /// What failed.
    Error,
    /// What ends the process.
    Fatal,
}

/// Prints lines of at least `level` to standard error. Where the program installed a `tracing` subscriber before, that
/// one goes on deciding.
#[inline]
pub fn set_log_level(level: LogLevel) {
    let first = level_cell().replace(level).is_none();
    if first && tracing::subscriber::set_global_default(Lines).is_err() {
        tracing::debug!(
            "the program has a tracing subscriber of its own, which decides what is printed"
        );
    }
}

/// [`set_log_level`] with the level that the environment variable `IOX2_LOG_LEVEL` names (`trace`, `debug`, `info`,
/// `warn`, `error` or `fatal`), or `level` where it names none.
#[inline]
pub fn set_log_level_from_env_or(level: LogLevel) {
    let value = std::env::var(VARIABLE).ok();
    let named = value.as_deref().map(|name| (name, parse(name)));
    set_log_level(named.and_then(|(_, parsed)| parsed).unwrap_or(level));
    if let Some((name, None)) = named {
        tracing::warn!(
            "{VARIABLE}={name:?} names no level; expected trace, debug, info, warn, error or fatal"
        );
    }
}

/// [`set_log_level_from_env_or`] with [`LogLevel::Info`].
#[inline]
pub fn set_log_level_from_env_or_default() {
    set_log_level_from_env_or(LogLevel::Info);
}

#[inline]
fn parse(name: &str) -> Option<LogLevel> {
    match name.to_ascii_lowercase().as_str() {
        "trace" => Some(LogLevel::Trace),
        "debug" => Some(LogLevel::Debug),
        "info" => Some(LogLevel::Info),
        "warn" => Some(LogLevel::Warn),
        "error" => Some(LogLevel::Error),
        "fatal" => Some(LogLevel::Fatal),
        _ => None,
    }
}

#[inline]
fn level_cell() -> std::sync::MutexGuard<'static, Option<LogLevel>> {
    LEVEL.lock().unwrap_or_else(PoisonError::into_inner)
}

#[inline]
fn level_of(metadata: &Metadata<'_>) -> LogLevel {
    match *metadata.level() {
        Level::TRACE => LogLevel::Trace,
        Level::DEBUG => LogLevel::Debug,
        Level::INFO => LogLevel::Info,
        Level::WARN => LogLevel::Warn,
        Level::ERROR => LogLevel::Error,
    }
}

/// The subscriber of programs that have none: one line per event.
struct Lines;

impl Subscriber for Lines {
    #[inline]
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // WHY: `sometimes` makes tracing ask again each time, so that the level may change.
        Interest::sometimes()
    }

    #[inline]
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        level_cell().is_some_and(|level| level_of(metadata) >= level)
    }

    #[inline]
    fn event(&self, event: &Event<'_>) {
        let mut line = String::new();
        event.record(&mut Text(&mut line));
        eprintln!("[{}]{line}", event.metadata().level());
    }

    #[inline]
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    #[inline]
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    #[inline]
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    #[inline]
    fn enter(&self, _: &span::Id) {}

    #[inline]
    fn exit(&self, _: &span::Id) {}
}

/// Writes an event's fields one after the other, the message without its name.
struct Text<'a>(&'a mut String);

impl Visit for Text<'_> {
    #[inline]
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{LogLevel, parse};

    #[test]
    fn a_level_is_named_in_any_case() {
        assert_eq!(parse("WARN"), Some(LogLevel::Warn));
        assert_eq!(parse("fatal"), Some(LogLevel::Fatal));
        assert_eq!(parse("loud"), None);
    }
}
