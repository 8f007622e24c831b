// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Values, whatever they were read from.

use core::fmt;

/// A value that is no table and no array, or that it is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Plain<'a> {
    Text(&'a str),
    Number(i128),
    Float(f64),
    Flag(bool),
    Array,
    Table,
    /// Something there is no place for, by its name.
    Other(&'static str),
}

impl<'a> Plain<'a> {
    pub(crate) fn text(self, expected: impl fmt::Display) -> Result<&'a str, String> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(self.mismatch(expected)),
        }
    }

    pub(crate) fn flag(self) -> Result<bool, String> {
        match self {
            Self::Flag(is_so) => Ok(is_so),
            _ => Err(self.mismatch("a boolean")),
        }
    }

    /// It is something else than was expected.
    pub(crate) fn mismatch(self, expected: impl fmt::Display) -> String {
        format!("invalid type: {self}, expected {expected}")
    }
}

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "string {text:?}"),
            Self::Number(number) => write!(f, "integer `{number}`"),
            Self::Float(number) => write!(f, "floating point `{number:?}`"),
            Self::Flag(is_so) => write!(f, "boolean `{is_so}`"),
            Self::Array => f.write_str("array"),
            Self::Table => f.write_str("table"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// Words that are expected, such as "one of `a`, `b`, `c`".
pub(crate) struct OneOf<'a>(pub(crate) &'a [&'a str]);

impl fmt::Display for OneOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [first, second] = self.0 {
            return write!(f, "`{first}` or `{second}`");
        }
        if self.0.len() > 2 {
            f.write_str("one of ")?;
        }
        for (index, word) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}`{word}`")?;
        }
        Ok(())
    }
}
