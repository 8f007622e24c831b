// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What peers tell each other after they were connected: of memory that was made since, and of doorbells.

use super::{
    endpoint::{Endpoint, Mechanism, Unwelcome, notifier},
    wait::now,
    wire::Wire,
};
use crate::service::Service;
use iceoryx2_cal::{
    Mechanisms, SystemErrorKind,
    rendezvous::{Link, Sent},
    shared_memory::{OpenError, PeerMemory},
    zero_copy_connection::{Announced, Announcement, BellOffer, ChunkId, ConnectionError},
};
use std::sync::Arc;

type PeerMemoryOf<S> = <Mechanism<S> as Mechanisms>::PeerMemory;

/// What a peer has told.
pub(super) enum Learnt<S: Service> {
    /// Of memory, which is mapped.
    Memory(Announcement, Arc<PeerMemoryOf<S>>),
    /// Of its doorbell, if that is one for us.
    Doorbell(Option<<Mechanism<S> as Mechanisms>::EventNotifier>),
}

impl<S: Service> Endpoint<S> {
    /// Tells the peer at the other end of `wire` of the memory a message lies in, unless it knows. Returns whether a message
    /// in it may be published; if not, what is missing may be there a little later.
    #[inline]
    pub(super) fn announce(
        &self,
        wire: &Wire<S>,
        announced: &mut Announced,
        segment: u64,
    ) -> Result<bool, ConnectionError> {
        if segment == ChunkId::BASE || announced.knows(segment) {
            return Ok(true);
        }
        self.announce_segment(wire, announced, segment)
    }

    #[cold]
    fn announce_segment(
        &self,
        wire: &Wire<S>,
        announced: &mut Announced,
        segment: u64,
    ) -> Result<bool, ConnectionError> {
        let Some((announcement, handle)) = self.memory.announcement(segment) else {
            return Err(ConnectionError::Unannounced);
        };
        match wire.link().send(&announcement.encode(), &[&handle]) {
            Ok(Sent::Sent) => {
                announced.note(segment);
                Ok(true)
            }
            Ok(Sent::WouldBlock) => Ok(false),
            Err(error) => match error.kind() {
                // Nobody will read the message; the hang-up says so.
                SystemErrorKind::Disconnected => Ok(true),
                SystemErrorKind::TooManyHandlesInFlight
                | SystemErrorKind::TooManyOpenFiles
                | SystemErrorKind::OutOfMemory => Ok(false),
                _ => {
                    tracing::error!(%error, "a peer could not be told of new memory");
                    Err(ConnectionError::Unannounced)
                }
            },
        }
    }

    /// Whether memory might be given back, and it is time to look for it.
    pub(super) fn must_tidy(&self) -> bool {
        self.memory.has_grown() && self.memory.must_tidy(now::<S>())
    }

    /// Gives memory back that nobody has used for a while, after what the peers have released was looked at.
    pub(super) fn tidy(&mut self) {
        self.memory.tidy(now::<S>());
    }
}

/// Reads what a peer says after its introduction, and vets what it tells of.
pub(super) fn learn<S: Service>(
    wire: &Wire<S>,
    bytes: &[u8],
    handles: Vec<<Mechanism<S> as Mechanisms>::Handle>,
    truncated: bool,
) -> Result<Learnt<S>, Unwelcome> {
    let is_bell = BellOffer::is(bytes);
    let announcement = Announcement::decode(bytes);
    if truncated && (is_bell || announcement.is_ok()) {
        return Err(Unwelcome::TooManyOpenFiles);
    }
    let handle = handles.into_iter().next();
    if is_bell {
        return notifier::<S>(wire, handle).map(Learnt::Doorbell);
    }
    let announcement = announcement.map_err(Unwelcome::Handshake)?;
    let handle = handle.ok_or(Unwelcome::Memory(OpenError::NotMemory))?;
    let memory = PeerMemoryOf::<S>::open(handle).map_err(Unwelcome::Memory)?;
    Ok(Learnt::Memory(announcement, Arc::new(memory)))
}
