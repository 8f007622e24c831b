// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Connections between processes of one machine: small messages with handles, whole and in order.
//!
//! ```text
//!   Directory ── name ──► Listener ── accept() ──► Connection ◄──── messages + handles ────► Connection
//!                            ▲                                                                  │
//!                            └───────────────────────── connect(directory, name) ───────────────┘
//! ```
//!
//! Nothing here blocks. Who is at the other end is what the system says, and it reports the end of the peer at once:
//! unless a forked child of the peer keeps its connection open; then [`Connection::peer_process`] tells the truth.

use crate::{
    Error, Handle, directory::Directory, handle::Descriptor, open_list, poll::Source,
    process::PeerProcess, sys,
};

/// The most handles one message can bring: [`Connection::receive`] takes no more.
pub const HANDLES_MAX: usize = 16;

/// How many peers wait for [`Listener::accept`] before the next one is told that we are busy, if the system allows.
const BACKLOG: i32 = 4096;

/// Where peers come in.
#[derive(Debug)]
pub struct Listener {
    descriptor: Descriptor,
}

impl Listener {
    /// Listens under `name` in `directory`, for peers of this user. The name stays until it is removed.
    ///
    /// # Errors
    /// `AlreadyExists`, `NameTooLong`, `InvalidInput` for what is no name, `NotFound` if the directory was removed.
    pub fn bind(directory: &Directory, name: &str) -> Result<Self, Error> {
        let descriptor = open_list::create(sys::socket::open)?;
        sys::socket::bind(&descriptor, directory, name)?;
        sys::socket::listen(&descriptor, BACKLOG)?;
        Ok(Self { descriptor })
    }

    /// The next peer; `None` if nobody waits.
    ///
    /// # Errors
    /// `TooManyOpenFiles` and its like; the peer goes on waiting.
    pub fn accept(&self) -> Result<Option<Connection>, Error> {
        let accepted = open_list::creating(|list| {
            sys::socket::accept(&self.descriptor)?
                .map(|fd| list.enter(fd))
                .transpose()
        })?;
        Ok(accepted.map(|descriptor| Connection { descriptor }))
    }

    /// Whether a peer waits.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn has_waiting(&self) -> Result<bool, Error> {
        sys::socket::has_waiting(&self.descriptor)
    }

    /// Stops listening at once, whoever else holds a duplicate. Does nothing in a forked child.
    pub fn shutdown(&self) {
        sys::socket::shutdown(&self.descriptor);
    }

    /// Readable while a peer waits.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        Source::new(&self.descriptor)
    }
}

/// Who is at the other end, as the system attests it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerIdentity {
    /// The process number as we see it; 0 if we cannot see it.
    pub pid: u32,
    /// The effective user.
    pub uid: u32,
    /// The effective group.
    pub gid: u32,
}

/// What a connection had for us.
#[derive(Debug)]
pub enum Received {
    /// Nothing yet.
    Nothing,
    /// A message.
    Message(Message),
    /// The peer is gone, and everything it had sent has been received.
    End,
}

/// A message, in part in the receiver's buffer.
#[derive(Debug)]
pub struct Message {
    /// Bytes in the buffer.
    pub len: usize,
    /// What came with it, in the order it was sent.
    pub handles: Vec<Handle>,
    /// Handles are missing: there were more than asked for, or this process has too many open files.
    pub handles_lost: bool,
    /// The end of the message is missing: it was longer than the buffer.
    pub cut: bool,
}

/// One end of a connection.
#[derive(Debug)]
pub struct Connection {
    descriptor: Descriptor,
}

impl Connection {
    /// Connects to who listens under `name` in `directory`.
    ///
    /// # Errors
    /// `NotFound`; `ConnectionRefused` if nobody listens there any more; `WouldBlock` if too many peers wait already.
    pub fn connect(directory: &Directory, name: &str) -> Result<Self, Error> {
        let descriptor = open_list::create(sys::socket::open)?;
        sys::socket::connect(&descriptor, directory, name)?;
        Ok(Self { descriptor })
    }

    /// Two ends of a new connection within this process.
    ///
    /// # Errors
    /// `TooManyOpenFiles`, `OutOfMemory`.
    pub fn pair() -> Result<(Self, Self), Error> {
        let (left, right) = open_list::creating(|list| {
            let (left, right) = sys::socket::pair()?;
            Ok((list.enter(left), list.enter(right)))
        })?;
        Ok((Self { descriptor: left? }, Self { descriptor: right? }))
    }

    /// Sends one message whole, with handles.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room now; `Disconnected`; `TooManyHandlesInFlight`; `InvalidInput` for an empty
    /// message or more than [`HANDLES_MAX`] handles.
    pub fn send(&self, message: &[u8], handles: &[&Handle]) -> Result<(), Error> {
        sys::socket::send(&self.descriptor, message, handles)
    }

    /// Takes the next message into `buffer`, with at most `handles_max` handles; the system closes any others.
    ///
    /// # Errors
    /// What the system refuses; never merely because the peer is gone.
    pub fn receive(&self, buffer: &mut [u8], handles_max: usize) -> Result<Received, Error> {
        sys::socket::receive(&self.descriptor, buffer, handles_max)
    }

    /// Wakes a peer that waits for this connection, by one byte. No room means that it was woken already.
    pub fn ring(&self) {
        let _ = self.send(&[0], &[]);
    }

    /// Hangs up at once, whoever else holds a duplicate. Does nothing in a forked child.
    pub fn shutdown(&self) {
        sys::socket::shutdown(&self.descriptor);
    }

    /// Who is at the other end: who connected, or who listened.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn peer_identity(&self) -> Result<PeerIdentity, Error> {
        sys::socket::peer_identity(&self.descriptor)
    }

    /// The life of the process at the other end; `None` where the system cannot tell.
    ///
    /// # Errors
    /// `Disconnected` if it is gone.
    pub fn peer_process(&self) -> Result<Option<PeerProcess>, Error> {
        let process = open_list::creating(|list| {
            sys::socket::peer_process(&self.descriptor)?
                .map(|fd| list.enter(fd))
                .transpose()
        })?;
        Ok(process.map(PeerProcess::new))
    }

    /// Whether the peer has hung up.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn hung_up(&self) -> Result<bool, Error> {
        sys::socket::hung_up(&self.descriptor)
    }

    /// Readable for a message, hung up at the end.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        Source::new(&self.descriptor)
    }
}

#[cfg(test)]
mod tests;
