// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a container of fixed capacity refuses.

use core::error::Error;
use core::fmt::{self, Debug, Display, Formatter};

/// A value that found no room. It is given back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Full<T> {
    value: T,
    capacity: usize,
}

impl<T> Full<T> {
    pub(crate) const fn new(value: T, capacity: usize) -> Self {
        Self { value, capacity }
    }

    /// The value that was to go in.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// How many there is room for.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Full<U> {
        Full::new(change(self.value), self.capacity)
    }
}

impl<T> Debug for Full<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Full")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl<T> Display for Full<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the container is full with its capacity of {}: take something out first, or choose a larger capacity",
            self.capacity
        )
    }
}

impl<T> Error for Full<T> {}

/// More than would ever fit. The container is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// What the length would have been: bytes of a string, elements of anything else.
    pub len: usize,
    /// The longest there can be.
    pub capacity: usize,
}

impl Display for TooLong {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a length of {} exceeds the capacity of {}: shorten the content, or choose a larger capacity",
            self.len, self.capacity
        )
    }
}

impl Error for TooLong {}

/// Why a value was not inserted. It is given back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum InsertError<T> {
    /// There is no room.
    Full(Full<T>),
    /// There is no such position.
    OutOfBounds {
        /// The value that was to go in.
        value: T,
        /// Where it was to go.
        index: usize,
        /// Where the content ends.
        len: usize,
    },
}

impl<T> InsertError<T> {
    /// The value that was to go in.
    #[must_use]
    pub fn into_value(self) -> T {
        match self {
            Self::Full(full) => full.into_value(),
            Self::OutOfBounds { value, .. } => value,
        }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> InsertError<U> {
        match self {
            Self::Full(full) => InsertError::Full(full.map(change)),
            Self::OutOfBounds { value, index, len } => InsertError::OutOfBounds {
                value: change(value),
                index,
                len,
            },
        }
    }
}

impl<T> Debug for InsertError<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(full) => Debug::fmt(full, f),
            Self::OutOfBounds { index, len, .. } => f
                .debug_struct("OutOfBounds")
                .field("index", index)
                .field("len", len)
                .finish_non_exhaustive(),
        }
    }
}

impl<T> Display for InsertError<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(full) => Display::fmt(full, f),
            Self::OutOfBounds { index, len, .. } => write!(
                f,
                "nothing can be inserted at {index}: choose the beginning of an element, or the end, which is at {len}"
            ),
        }
    }
}

impl<T> Error for InsertError<T> {}

/// Bytes that are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUtf8 {
    /// The first byte that belongs to no letter.
    pub byte: u8,
    /// Where it is.
    pub position: usize,
}

impl NotUtf8 {
    pub(crate) fn check(bytes: &[u8]) -> Result<&str, Self> {
        core::str::from_utf8(bytes).map_err(|error| {
            let position = error.valid_up_to();
            let byte = bytes.get(position).copied().unwrap_or_default();
            Self { byte, position }
        })
    }
}

impl Display for NotUtf8 {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "byte {:#04x} at position {} is not UTF-8: encode the text as UTF-8, or send bytes as a `StaticVec`",
            self.byte, self.position
        )
    }
}

impl Error for NotUtf8 {}

/// Why bytes did not become a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FromBytesError {
    /// They are more than the string can hold.
    TooLong(TooLong),
    /// They are no text.
    NotUtf8(NotUtf8),
}

impl Display for FromBytesError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(error) => Display::fmt(error, f),
            Self::NotUtf8(error) => Display::fmt(error, f),
        }
    }
}

impl Error for FromBytesError {}

impl From<TooLong> for FromBytesError {
    fn from(error: TooLong) -> Self {
        Self::TooLong(error)
    }
}

impl From<NotUtf8> for FromBytesError {
    fn from(error: NotUtf8) -> Self {
        Self::NotUtf8(error)
    }
}
