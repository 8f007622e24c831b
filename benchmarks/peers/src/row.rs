// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is measured: a row of the table.

use crate::Result;
use std::{fmt, str::FromStr};

/// Where the two processes run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    Same,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Request and response of so many bytes, of which the first word is touched.
    RoundTrip(usize),
    /// The same, every word written and read.
    Full(usize),
    /// One request, many responses of 8 B, through a buffer of so many where there is one.
    Stream(usize),
    /// Requests of 8 B, [`IN_FLIGHT`] of them under way.
    InFlight,
    /// Request and response of 8 B between processes that always sleep.
    Asleep(Cores),
    /// A client's process from exec to exit, with one call of 8 B.
    Process,
}

pub const IN_FLIGHT: usize = 16;

/// The buffer of a stream that everybody has who has one.
pub const LARGE_BUFFER: usize = 64;

impl Row {
    pub const ALL: [Self; 14] = [
        Self::RoundTrip(8),
        Self::RoundTrip(64),
        Self::RoundTrip(4 << 10),
        Self::RoundTrip(64 << 10),
        Self::RoundTrip(1 << 20),
        Self::Full(4 << 10),
        Self::Full(64 << 10),
        Self::Full(1 << 20),
        Self::Stream(2),
        Self::Stream(LARGE_BUFFER),
        Self::InFlight,
        Self::Asleep(Cores::Same),
        Self::Asleep(Cores::Other),
        Self::Process,
    ];

    pub const fn bytes(self) -> usize {
        match self {
            Self::RoundTrip(bytes) | Self::Full(bytes) => bytes,
            Self::Stream(_) | Self::InFlight | Self::Asleep(_) | Self::Process => 8,
        }
    }

    /// Whether who waits sleeps.
    pub const fn asleep(self) -> bool {
        matches!(self, Self::Asleep(_) | Self::Process)
    }

    /// Whether the floor is what the same takes in bare shared memory. Otherwise it is the way there and back alone.
    pub const fn bare_floor(self) -> bool {
        matches!(self, Self::Full(_) | Self::Stream(_) | Self::InFlight)
    }

    pub const fn server_cpu(self) -> usize {
        match self {
            Self::Asleep(Cores::Same) => 0,
            _ => 1,
        }
    }

    /// What a person reads.
    pub fn title(self) -> String {
        match self {
            Self::RoundTrip(bytes) => format!("round trip, {}, first word touched", size(bytes)),
            Self::Full(bytes) => format!("round trip, {}, written and read in full", size(bytes)),
            Self::Stream(LARGE_BUFFER) => {
                "streamed response, 8 B (buffer of 64 where there is one)".into()
            }
            Self::Stream(buffer) => format!("streamed response, 8 B, buffer of {buffer}"),
            Self::InFlight => format!("request, 8 B, {IN_FLIGHT} in flight"),
            Self::Asleep(Cores::Same) => "round trip, 8 B, always asleep, same core".into(),
            Self::Asleep(Cores::Other) => "round trip, 8 B, always asleep, other core".into(),
            Self::Process => "client process from exec to exit, one call of 8 B".into(),
        }
    }
}

/// `4 KiB` and the like.
pub fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

impl fmt::Display for Row {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RoundTrip(bytes) => write!(to, "round-trip-{bytes}"),
            Self::Full(bytes) => write!(to, "full-{bytes}"),
            Self::Stream(buffer) => write!(to, "stream-{buffer}"),
            Self::InFlight => write!(to, "in-flight-{IN_FLIGHT}"),
            Self::Asleep(Cores::Same) => write!(to, "asleep-same-core"),
            Self::Asleep(Cores::Other) => write!(to, "asleep-other-core"),
            Self::Process => write!(to, "process"),
        }
    }
}

impl FromStr for Row {
    type Err = crate::Trouble;

    fn from_str(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|row| row.to_string() == word)
            .ok_or_else(|| {
                let known = Self::ALL.map(|row| row.to_string()).join(", ");
                format!("there is no row {word:?}; there are: {known}").into()
            })
    }
}
