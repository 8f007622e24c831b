// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The name of the directory below the root path.

use super::text;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize};

const LEN_MAX: usize = 64;

const EXPECTATION: &str = "1 to 64 of A-Z a-z 0-9 . _ - not beginning with a dot";

/// A directory's name: 1 to 64 of `A-Z a-z 0-9 . _ -`, not beginning with a dot.
// INVARIANT: one component of a path, neither `.` nor `..`; `new` is the only way in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct Prefix(String);

/// A text that is no [`Prefix`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixError {
    text: String,
}

impl Prefix {
    /// Takes `text` as a prefix.
    ///
    /// # Errors
    /// [`PrefixError`] where it is none.
    pub fn new(text: &str) -> Result<Self, PrefixError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let fits = (1..=LEN_MAX).contains(&text.len());
        if fits && !text.starts_with('.') && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PrefixError {
                text: text.to_owned(),
            })
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("iox2".to_owned())
    }
}

impl TryFrom<&str> for Prefix {
    type Error = PrefixError;

    fn try_from(text: &str) -> Result<Self, PrefixError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Prefix {
    type Error = PrefixError;

    fn try_from(text: String) -> Result<Self, PrefixError> {
        Self::new(&text)
    }
}

impl<'de> Deserialize<'de> for Prefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer, EXPECTATION, |text| Self::new(text).ok())
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.0
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no prefix; expected {EXPECTATION}", self.text)
    }
}

impl std::error::Error for PrefixError {}
