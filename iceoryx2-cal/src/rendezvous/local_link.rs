// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Within one process: a pair of sockets for bytes, readiness and hang-up, and beside it what only this process can read.
//!
//! ```text
//!            ┌──────────── bytes ───────────▶┐
//!   one end ─┤◀─────────── bytes ────────────├─ other end
//!            ├─▶ handles, one list a message ┤
//!            └─ handles, one list a message ◀┘
//! ```
//!
//! The kernel keeps messages whole and in order, says when there is no room, and reports the end after what was sent: the
//! same as between processes. Handles are no descriptors, so they cannot be too many in flight.
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

use super::{
    ConnectError, HANDLES_MAX, Link, MESSAGE_SIZE_MAX, PeerIdentity, Received, Sent, ThisProcess,
    door::Door,
};
use crate::{
    LocalHandle, ProcessBirth, SystemError, SystemErrorKind,
    static_storage::{MemoryPlace, StorageError},
    user,
};
use iceoryx2_bb_posix::{Connection, Source, socket};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One end of a link within this process.
#[derive(Debug)]
pub struct LocalLink {
    socket: Connection,
    sent: Arc<Handles>,
    received: Arc<Handles>,
    birth: ProcessBirth,
}

/// The handles that go one way.
// INVARIANT: one entry for each message in the socket, in their order, except while the lock is held.
#[derive(Debug, Default)]
struct Handles(Mutex<VecDeque<Vec<LocalHandle>>>);

impl Handles {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, VecDeque<Vec<LocalHandle>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LocalLink {
    /// Both ends of a new link.
    #[inline]
    pub(super) fn pair() -> Result<(Self, Self), SystemError> {
        let birth = ProcessBirth::here()?;
        let (one, other) = Connection::pair()?;
        let (there, back) = (Arc::<Handles>::default(), Arc::<Handles>::default());
        let end = |socket, sent: &Arc<Handles>, received: &Arc<Handles>| Self {
            socket,
            sent: Arc::clone(sent),
            received: Arc::clone(received),
            birth,
        };
        Ok((end(one, &there, &back), end(other, &back, &there)))
    }
}

impl Link for LocalLink {
    type Storage = MemoryPlace;
    type Handle = LocalHandle;
    type PeerProcess = ThisProcess;
    type Source<'a> = Source<'a>;

    #[inline]
    fn connect(storage: &MemoryPlace, name: &str) -> Result<Self, ConnectError> {
        let door = storage.object::<Door>(name).map_err(|error| match error {
            StorageError::System { error, .. } if error.kind() == SystemErrorKind::InvalidInput => {
                ConnectError::Refused
            }
            StorageError::System { error, .. } => ConnectError::System(error),
            _ => ConnectError::Refused,
        })?;
        door.ok_or(ConnectError::NotFound)?.enter()
    }

    #[inline]
    fn send(&self, message: &[u8], handles: &[&LocalHandle]) -> Result<Sent, SystemError> {
        self.birth.check("send")?;
        let mut sent = self.sent.lock();
        sent.push_back(handles.iter().copied().cloned().collect());
        match self.socket.send(message, &[]) {
            Ok(()) => Ok(Sent::Sent),
            Err(error) => {
                let unsent = sent.pop_back();
                drop(sent);
                drop(unsent);
                match error.kind() {
                    SystemErrorKind::WouldBlock => Ok(Sent::WouldBlock),
                    _ => Err(error),
                }
            }
        }
    }

    #[inline]
    fn receive(
        &self,
        buffer: &mut [u8; MESSAGE_SIZE_MAX],
    ) -> Result<Received<LocalHandle>, SystemError> {
        self.birth.check("receive")?;
        let mut received = self.received.lock();
        Ok(match self.socket.receive(buffer, 0)? {
            socket::Received::Nothing => Received::Nothing,
            socket::Received::End => Received::End,
            socket::Received::Message(message) => {
                let mut handles = received.pop_front().unwrap_or_default();
                drop(received);
                let too_many = handles.len() > HANDLES_MAX;
                handles.truncate(HANDLES_MAX);
                Received::Message {
                    len: message.len,
                    handles,
                    truncated: too_many || message.cut,
                }
            }
        })
    }

    #[inline]
    fn ring(&self) {
        let _ = self.send(&[0], &[]);
    }

    #[inline]
    fn shutdown(&self) {
        self.socket.shutdown();
    }

    #[inline]
    fn peer(&self) -> Result<PeerIdentity, SystemError> {
        self.birth.check("peer")?;
        Ok(PeerIdentity {
            pid: std::process::id(),
            uid: user::effective_uid(),
            gid: user::effective_gid(),
        })
    }

    #[inline]
    fn peer_process(&self) -> Result<Option<ThisProcess>, SystemError> {
        self.birth.check("peer_process").map(|()| None)
    }

    #[inline]
    fn hung_up(&self) -> bool {
        // What the system cannot say now it says at the next look.
        self.socket.hung_up().unwrap_or(false)
    }

    #[inline]
    fn source(&self) -> Source<'_> {
        self.socket.source()
    }
}

impl Drop for LocalLink {
    #[inline]
    fn drop(&mut self) {
        if !self.birth.is_foreign() {
            // WHY: the other end may live on for long, and nobody will take these.
            let unread = core::mem::take(&mut *self.received.lock());
            drop(unread);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_memory::{HeapMemory, OwnedMemory};
    use iceoryx2_bb_posix::process::in_forked_child;

    crate::rendezvous::conformance::tests!(crate::Local);

    #[test]
    fn handles_beyond_the_most_there_may_be_are_missed() {
        let (one, other) = LocalLink::pair().unwrap();
        let memory = HeapMemory::create("test", 1).unwrap().handle();
        one.send(b"x", &[&memory; HANDLES_MAX + 1]).unwrap();
        let Received::Message {
            handles, truncated, ..
        } = other.receive(&mut [0; MESSAGE_SIZE_MAX]).unwrap()
        else {
            panic!("no message");
        };
        assert_eq!((handles.len(), truncated), (HANDLES_MAX, true));
    }

    #[test]
    fn a_forked_childs_copy_answers_even_if_the_link_was_in_use() {
        let (one, other) = LocalLink::pair().unwrap();
        let (sending, receiving) = (one.sent.lock(), one.received.lock());
        let foreign = in_forked_child(|| {
            one.ring();
            one.shutdown();
            let sent = one.send(b"x", &[]).unwrap_err();
            let received = one.receive(&mut [0; MESSAGE_SIZE_MAX]).unwrap_err();
            [sent, received]
                .iter()
                .all(|error| error.kind() == SystemErrorKind::UsedAfterFork)
        });
        assert!(foreign.unwrap());
        drop((sending, receiving));
        assert!(!other.hung_up());
    }
}
