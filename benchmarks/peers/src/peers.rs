// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who is measured.

mod bare;
mod grpc;
mod iceoryx;
mod ipc_channel;
mod meeting;
mod pipe;
mod tally;
mod tcp;
mod unix_socket;
mod wire;
mod zenoh;
mod zeromq;

use crate::{
    Result, machine,
    row::Row,
    side::{Client, Server},
};
use std::{path::Path, str::FromStr};

/// A way to ask another process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Nobody: what the hardware takes, beside which the others stand.
    Bare,
    Ours,
    Iceoryx2,
    UnixSocket,
    Pipe,
    Tcp,
    ZeroMq,
    Grpc,
    Zenoh,
    IpcChannel,
}

impl Peer {
    /// All but [`Bare`](Self::Bare).
    pub const ALL: [Self; 9] = [
        Self::Ours,
        Self::Iceoryx2,
        Self::UnixSocket,
        Self::Pipe,
        Self::Tcp,
        Self::ZeroMq,
        Self::Grpc,
        Self::Zenoh,
        Self::IpcChannel,
    ];

    /// What `--only` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Ours => "ours",
            Self::Iceoryx2 => "iceoryx2",
            Self::UnixSocket => "unix-socket",
            Self::Pipe => "pipe",
            Self::Tcp => "tcp",
            Self::ZeroMq => "zeromq",
            Self::Grpc => "grpc",
            Self::Zenoh => "zenoh",
            Self::IpcChannel => "ipc-channel",
        }
    }

    /// Whoever has that name.
    pub fn of_name(name: &str) -> Result<Self> {
        match name {
            "bare" => Ok(Self::Bare),
            _ => name.parse(),
        }
    }

    /// What a person reads.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Bare => "bare memory",
            Self::Ours => "ours",
            Self::Iceoryx2 => "iceoryx2 0.10",
            Self::UnixSocket => "Unix socket",
            Self::Pipe => "pipe",
            Self::Tcp => "TCP",
            Self::ZeroMq => "ZeroMQ",
            Self::Grpc => "gRPC",
            Self::Zenoh => "zenoh",
            Self::IpcChannel => "ipc-channel",
        }
    }

    pub fn version(self) -> String {
        match self {
            Self::Bare | Self::Ours => "this tree".into(),
            Self::Iceoryx2 => published(&["iceoryx2"]),
            Self::UnixSocket | Self::Pipe | Self::Tcp => format!("Linux {}", machine::kernel()),
            Self::ZeroMq => published(&["zmq", "zeromq-src"]),
            Self::Grpc => published(&["tonic", "prost"]),
            Self::Zenoh => published(&["zenoh"]),
            Self::IpcChannel => published(&["ipc-channel"]),
        }
    }

    /// How an end waits where both run.
    pub const fn waiting(self) -> &'static str {
        match self {
            Self::Bare => "polls a word",
            Self::Ours | Self::Iceoryx2 => "polls `receive()`",
            Self::UnixSocket | Self::Pipe | Self::Tcp => "polls, without blocking",
            Self::IpcChannel => "polls `try_recv()`",
            Self::ZeroMq => "sleeps; a thread of its own carries",
            Self::Grpc => "sleeps; a runtime of one thread",
            Self::Zenoh => "sleeps; threads of its own carry",
        }
    }

    /// Told apart on light and on dark.
    pub const fn colour(self) -> &'static str {
        match self {
            Self::Bare => "#8a8f98",
            Self::Ours => "#e5533d",
            Self::Iceoryx2 => "#3d8be5",
            Self::UnixSocket => "#2f9e6a",
            Self::Pipe => "#b0892a",
            Self::Tcp => "#7fa650",
            Self::ZeroMq => "#d46bb0",
            Self::Grpc => "#8a6be0",
            Self::Zenoh => "#2aa5b0",
            Self::IpcChannel => "#a8735a",
        }
    }

    /// Why there is no such row, if there is none.
    pub const fn lacks(self, row: Row) -> Option<&'static str> {
        match (self, row) {
            (Self::Bare | Self::Ours | Self::Iceoryx2, _) => None,
            (Self::Pipe, Row::Process) => Some("a pipe goes to one's own children"),
            (_, Row::Stream(2)) => Some("it has no such buffer"),
            _ => None,
        }
    }

    pub fn client(self, row: Row, place: &Path) -> Result<Box<dyn Client>> {
        match self {
            Self::Bare => bare::client(row, place),
            Self::Ours => iceoryx::ours::client(row, place),
            Self::Iceoryx2 => iceoryx::published::client(row, place),
            Self::UnixSocket => unix_socket::client(row, place),
            Self::Pipe => Ok(Box::new(pipe::end(row)?)),
            Self::Tcp => tcp::client(row, place),
            Self::ZeroMq => Ok(Box::new(zeromq::client(row, place)?)),
            Self::Grpc => grpc::client(row, place),
            Self::Zenoh => zenoh::client(row, place),
            Self::IpcChannel => Ok(Box::new(ipc_channel::client(row, place)?)),
        }
    }

    pub fn server(self, row: Row, place: &Path) -> Result<Box<dyn Server>> {
        match self {
            Self::Bare => bare::server(row, place),
            Self::Ours => iceoryx::ours::server(row, place),
            Self::Iceoryx2 => iceoryx::published::server(row, place),
            Self::UnixSocket => unix_socket::server(row, place),
            Self::Pipe => Ok(Box::new(pipe::end(row)?)),
            Self::Tcp => tcp::server(row, place),
            Self::ZeroMq => Ok(Box::new(zeromq::server(row, place)?)),
            Self::Grpc => grpc::server(row, place),
            Self::Zenoh => zenoh::server(row, place),
            Self::IpcChannel => ipc_channel::server(row, place),
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
