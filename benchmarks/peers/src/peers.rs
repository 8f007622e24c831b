// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who is measured.

mod iceoryx;
mod pipe;
mod unix_socket;
mod wire;

use crate::{
    Result, machine,
    row::Row,
    side::{Client, Server},
};
use std::{path::Path, str::FromStr};

/// A way to ask another process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    Ours,
    Iceoryx2,
    UnixSocket,
    Pipe,
}

impl Peer {
    pub const ALL: [Self; 4] = [Self::Ours, Self::Iceoryx2, Self::UnixSocket, Self::Pipe];

    /// What `--only` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Iceoryx2 => "iceoryx2",
            Self::UnixSocket => "unix-socket",
            Self::Pipe => "pipe",
        }
    }

    /// What a person reads.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Iceoryx2 => "iceoryx2 0.10",
            Self::UnixSocket => "Unix socket",
            Self::Pipe => "pipe",
        }
    }

    pub fn version(self) -> String {
        match self {
            Self::Ours => "this tree".into(),
            Self::Iceoryx2 => published(&["iceoryx2"]),
            Self::UnixSocket | Self::Pipe => format!("Linux {}", machine::kernel()),
        }
    }

    /// How an end waits where both run.
    pub const fn waiting(self) -> &'static str {
        match self {
            Self::Ours | Self::Iceoryx2 => "polls `receive()`",
            Self::UnixSocket | Self::Pipe => "polls, without blocking",
        }
    }

    /// Told apart on light and on dark.
    pub const fn colour(self) -> &'static str {
        match self {
            Self::Ours => "#e5533d",
            Self::Iceoryx2 => "#3d8be5",
            Self::UnixSocket => "#2f9e6a",
            Self::Pipe => "#b0892a",
        }
    }

    /// Why there is no such row, if there is none.
    pub const fn lacks(self, row: Row) -> Option<&'static str> {
        match (self, row) {
            (Self::Ours | Self::Iceoryx2, _) => None,
            (_, Row::Stream(2)) => Some("it has no such buffer"),
            _ => None,
        }
    }

    pub fn client(self, row: Row, place: &Path) -> Result<Box<dyn Client>> {
        match self {
            Self::Ours => iceoryx::ours::client(row, place),
            Self::Iceoryx2 => iceoryx::published::client(row, place),
            Self::UnixSocket => unix_socket::client(row, place),
            Self::Pipe => Ok(Box::new(pipe::end(row)?)),
        }
    }

    pub fn server(self, row: Row, place: &Path) -> Result<Box<dyn Server>> {
        match self {
            Self::Ours => iceoryx::ours::server(row, place),
            Self::Iceoryx2 => iceoryx::published::server(row, place),
            Self::UnixSocket => unix_socket::server(row, place),
            Self::Pipe => Ok(Box::new(pipe::end(row)?)),
        }
    }
}

fn published(packages: &[&str]) -> String {
    let versions = packages
        .iter()
        .map(|name| format!("`{name}` {}", machine::version_of(name)));
    versions.collect::<Vec<_>>().join(", ")
}

impl FromStr for Peer {
    type Err = crate::Trouble;

    fn from_str(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|peer| peer.name() == word)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::name).join(", ");
                format!("there is no peer {word:?}; there are: {known}").into()
            })
    }
}
