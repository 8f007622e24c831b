// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Between processes: a connected socket.

use super::{ConnectError, HANDLES_MAX, Link, MESSAGE_SIZE_MAX, PeerIdentity, Received, Sent};
use crate::{SystemError, SystemErrorKind};
use iceoryx2_bb_posix::{Connection, Handle, PeerProcess, Source, directory::Directory, socket};

impl Link for Connection {
    type Storage = Directory;
    type Handle = Handle;
    type PeerProcess = PeerProcess;
    type Source<'a> = Source<'a>;

    fn connect(storage: &Directory, name: &str) -> Result<Self, ConnectError> {
        Self::connect(storage, name).map_err(|error| match error.kind() {
            SystemErrorKind::NotFound => ConnectError::NotFound,
            SystemErrorKind::ConnectionRefused => ConnectError::Refused,
            SystemErrorKind::WouldBlock => ConnectError::Busy,
            _ => ConnectError::System(error),
        })
    }

    fn send(&self, message: &[u8], handles: &[&Handle]) -> Result<Sent, SystemError> {
        match self.send(message, handles) {
            Ok(()) => Ok(Sent::Sent),
            Err(error) if error.kind() == SystemErrorKind::WouldBlock => Ok(Sent::WouldBlock),
            Err(error) => Err(error),
        }
    }

    fn receive(
        &self,
        buffer: &mut [u8; MESSAGE_SIZE_MAX],
    ) -> Result<Received<Handle>, SystemError> {
        Ok(match self.receive(buffer, HANDLES_MAX)? {
            socket::Received::Nothing => Received::Nothing,
            socket::Received::End => Received::End,
            socket::Received::Message(message) => Received::Message {
                len: message.len,
                handles: message.handles,
                truncated: message.handles_lost || message.cut,
            },
        })
    }

    fn ring(&self) {
        self.ring();
    }

    fn shutdown(&self) {
        self.shutdown();
    }

    fn peer(&self) -> Result<PeerIdentity, SystemError> {
        let socket::PeerIdentity { pid, uid, gid } = self.peer_identity()?;
        Ok(PeerIdentity { pid, uid, gid })
    }

    fn peer_process(&self) -> Result<Option<PeerProcess>, SystemError> {
        self.peer_process()
    }

    fn hung_up(&self) -> bool {
        // What the system cannot say now it says at the next look.
        self.hung_up().unwrap_or(false)
    }

    fn source(&self) -> Source<'_> {
        self.source()
    }
}

#[cfg(test)]
mod tests {
    crate::rendezvous::conformance::tests!(crate::Ipc);
}
