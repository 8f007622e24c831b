// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Names that were checked when they were made.
//!
//! | type | bytes | not allowed |
//! |---|---|---|
//! | [`FileName`](crate::FileName) | 1 to 255 | `/`, NUL, what is not UTF-8; `.` and `..` as a whole |
//! | [`FilePath`](crate::FilePath) | 1 to 255 | NUL, what is not UTF-8; an end that is no file name |
//! | [`Path`](crate::Path) | 1 to 255 | NUL, what is not UTF-8 |
//!
//! They lie in their own bytes and may be part of a message. What another process wrote into a message was checked by
//! nobody: before such a name is given to the system, ask it whether it [is valid](SemanticString::is_valid).

use crate::error::NotUtf8;
use core::error::Error;
use core::fmt::{self, Debug, Display, Formatter};
use core::hash::Hash;
use core::str::FromStr;
use iceoryx2_bb_elementary::ZeroCopySend;

/// How many bytes a name may have.
pub const NAME_LEN_MAX: usize = 255;

/// A string that means something, and is checked for it.
///
/// ```
/// use iceoryx2_bb_container::semantic_string::SemanticString;
/// use iceoryx2_bb_container::file_name::FileName;
///
/// let name = FileName::new(b"wheel.toml")?;
/// assert_eq!(name.as_str(), "wheel.toml");
/// assert_eq!(
///     FileName::new(b"etc/passwd").unwrap_err().to_string(),
///     "a file name must not contain '/': change the byte 0x2f at position 3",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[expect(clippy::len_without_is_empty, reason = "no name is empty")]
pub trait SemanticString:
    Copy
    + Debug
    + Display
    + Ord
    + Hash
    + AsRef<str>
    + FromStr<Err = SemanticStringError>
    + for<'a> TryFrom<&'a str, Error = SemanticStringError>
    + ZeroCopySend
{
    /// What it is called in a sentence, with its article.
    const KIND: &'static str;

    /// Says what is wrong with `text`, beyond its length, NUL and bytes that are no text.
    ///
    /// # Errors
    ///
    /// The text does not mean what the type means.
    fn check(text: &str) -> Result<(), SemanticStringError>;

    /// What `bytes` mean.
    ///
    /// # Errors
    ///
    /// They are too few, too many, no text, or do not mean what the type means.
    fn new(bytes: &[u8]) -> Result<Self, SemanticStringError>;

    /// The text.
    #[must_use]
    fn as_str(&self) -> &str {
        self.as_ref()
    }

    /// The bytes of the text.
    #[must_use]
    fn as_bytes(&self) -> &[u8];

    /// The length in bytes, which is not 0.
    #[must_use]
    fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// How many bytes there may be.
    #[must_use]
    fn capacity(&self) -> usize {
        NAME_LEN_MAX
    }

    /// Whether it is what it was when it was made. Only another process can have changed that.
    #[must_use]
    fn is_valid(&self) -> bool {
        checked::<Self>(self.as_bytes()).is_ok()
    }
}

/// The text of `bytes`, if it means what `S` means.
pub(crate) fn checked<S: SemanticString>(bytes: &[u8]) -> Result<&str, SemanticStringError> {
    if bytes.len() > NAME_LEN_MAX {
        return Err(SemanticStringError::ExceedsMaximumLength {
            kind: S::KIND,
            len: bytes.len(),
        });
    }
    let text = NotUtf8::check(bytes)
        .map_err(|error| invalid::<S>("contain what is not UTF-8", error.byte, error.position))?;
    if text.is_empty() {
        return Err(SemanticStringError::Empty { kind: S::KIND });
    }
    without::<S>(text, 0, "contain NUL")?;
    S::check(text)?;
    Ok(text)
}

/// `text`, if `byte` is not in it.
pub(crate) fn without<S: SemanticString>(
    text: &str,
    byte: u8,
    reason: &'static str,
) -> Result<(), SemanticStringError> {
    match text.bytes().position(|found| found == byte) {
        Some(position) => Err(invalid::<S>(reason, byte, position)),
        None => Ok(()),
    }
}

pub(crate) const fn invalid<S: SemanticString>(
    reason: &'static str,
    byte: u8,
    position: usize,
) -> SemanticStringError {
    SemanticStringError::InvalidContent {
        kind: S::KIND,
        reason,
        byte,
        position,
    }
}

/// Why bytes are no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SemanticStringError {
    /// There is nothing.
    Empty {
        /// What it was to be.
        kind: &'static str,
    },
    /// There is too much.
    ExceedsMaximumLength {
        /// What it was to be.
        kind: &'static str,
        /// How many bytes there are.
        len: usize,
    },
    /// A byte is where it must not be.
    InvalidContent {
        /// What it was to be.
        kind: &'static str,
        /// What it must not do, as part of a sentence.
        reason: &'static str,
        /// The first byte that is wrong.
        byte: u8,
        /// Where it is.
        position: usize,
    },
}

impl Display for SemanticStringError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { kind } => {
                write!(
                    f,
                    "{kind} must not be empty: give it from 1 to {NAME_LEN_MAX} bytes"
                )
            }
            Self::ExceedsMaximumLength { kind, len } => write!(
                f,
                "{kind} of {len} bytes is too long: give it from 1 to {NAME_LEN_MAX} bytes"
            ),
            Self::InvalidContent {
                kind,
                reason,
                byte,
                position,
            } => write!(
                f,
                "{kind} must not {reason}: change the byte {byte:#04x} at position {position}"
            ),
        }
    }
}

impl Error for SemanticStringError {}

/// What all names have in common. `$name` is a struct around a `StaticString`.
macro_rules! semantic_string {
    ($name:ident) => {
        impl $name {
            /// What the bytes mean.
            ///
            /// # Errors
            ///
            /// They do not mean what the type means.
            #[inline]
            pub fn new(bytes: &[u8]) -> Result<Self, $crate::semantic_string::SemanticStringError> {
                <Self as $crate::semantic_string::SemanticString>::new(bytes)
            }

            /// The text.
            #[must_use]
            #[inline]
            pub fn as_str(&self) -> &str {
                self.text.as_str()
            }

            /// The bytes of the text.
            #[must_use]
            #[inline]
            pub fn as_bytes(&self) -> &[u8] {
                self.text.as_bytes()
            }
        }

        impl core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_tuple(stringify!($name))
                    .field(&self.as_str())
                    .finish()
            }
        }

        impl core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self.as_str(), f)
            }
        }

        impl AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl AsRef<std::path::Path> for $name {
            #[inline]
            fn as_ref(&self) -> &std::path::Path {
                self.as_str().as_ref()
            }
        }

        impl PartialEq<str> for $name {
            #[inline]
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            #[inline]
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::semantic_string::SemanticStringError;

            #[inline]
            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text.as_bytes())
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::semantic_string::SemanticStringError;

            #[inline]
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text.as_bytes())
            }
        }

        impl From<$name> for String {
            #[inline]
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }
    };
}

pub(crate) use semantic_string;
