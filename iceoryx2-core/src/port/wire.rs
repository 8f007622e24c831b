// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The way to one peer beside the shared memory: the link, its doorbell, and the life of its process.

use crate::service::Service;
use iceoryx2_cal::{
    Mechanisms, SystemError,
    event::EventNotifier,
    rendezvous::{Link, MESSAGE_SIZE_MAX, PeerProcess, Received},
    user,
    wait_set::{Trigger, WaitSet},
};
use std::sync::OnceLock;

type Mechanism<S> = <S as Service>::Mechanisms;
type WireLink<S> = <Mechanism<S> as Mechanisms>::Link;
type Handle<S> = <Mechanism<S> as Mechanisms>::Handle;

/// What a wait set reports of a port, told apart by its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Doorbell,
    Termination,
    Listener,
    Watch,
    Link(u64),
    Process(u64),
}

impl Source {
    pub(crate) const fn token(self) -> u64 {
        match self {
            Self::Doorbell => 0,
            Self::Termination => 1,
            Self::Listener => 2,
            Self::Watch => 3,
            Self::Link(id) => id << 3 | 4,
            Self::Process(id) => id << 3 | 5,
        }
    }

    pub(crate) const fn from_token(token: u64) -> Option<Self> {
        Some(match token & 7 {
            0 => Self::Doorbell,
            1 => Self::Termination,
            2 => Self::Listener,
            3 => Self::Watch,
            4 => Self::Link(token >> 3),
            5 => Self::Process(token >> 3),
            _ => return None,
        })
    }
}

/// The way to one peer. It is waited for until it is dropped.
#[derive(Debug)]
pub(crate) struct Wire<S: Service> {
    id: u64,
    link: WireLink<S>,
    process: Option<<Mechanism<S> as Mechanisms>::PeerProcess>,
    notifier: Option<<Mechanism<S> as Mechanisms>::EventNotifier>,
    /// Asked for when it matters first.
    same_user: OnceLock<bool>,
    /// How often the peer has rung over the link.
    rings: u32,
    /// The peer was given our doorbell.
    has_bell: bool,
    set: std::sync::Arc<<Mechanism<S> as Mechanisms>::WaitSet>,
    birth: iceoryx2_cal::ProcessBirth,
}

/// So often a peer rings over the link before it gets a doorbell of ours, a power of two.
///
/// WHY: a ring over the link costs both ends a little more than a doorbell does, but a doorbell has to be made, sent and
/// vetted first, and many connections never need one.
const RINGS_MIN: u32 = 4;

/// How much of what a peer says is heard in one call: no peer can keep a port listening.
pub(crate) const HEARD_AT_ONCE: u32 = 1_024;

/// What the peer said.
pub(crate) enum Heard<S: Service> {
    Nothing,
    /// A byte that was only to wake us.
    Ring,
    Message {
        bytes: Vec<u8>,
        handles: Vec<Handle<S>>,
        truncated: bool,
    },
    End,
}

impl<S: Service> Wire<S> {
    /// Begins to wait for the peer: its messages and its hang-up.
    pub(crate) fn new(
        id: u64,
        link: WireLink<S>,
        set: &std::sync::Arc<<Mechanism<S> as Mechanisms>::WaitSet>,
        birth: iceoryx2_cal::ProcessBirth,
    ) -> Result<Self, SystemError> {
        set.attach(link.source(), Source::Link(id).token(), Trigger::Level)?;
        Ok(Self {
            id,
            link,
            process: None,
            notifier: None,
            same_user: OnceLock::new(),
            rings: 0,
            has_bell: false,
            set: std::sync::Arc::clone(set),
            birth,
        })
    }

    /// Waits for the end of the peer's process, too, where the system can tell.
    pub(crate) fn watch_process(&mut self) -> Result<(), SystemError> {
        if self.process.is_some() {
            return Ok(());
        }
        if let Some(process) = self.link.peer_process()? {
            let token = Source::Process(self.id).token();
            self.set.attach(process.source(), token, Trigger::Level)?;
            self.process = Some(process);
        }
        Ok(())
    }

    pub(crate) const fn link(&self) -> &WireLink<S> {
        &self.link
    }

    /// Whether the peer is this user, so that doorbells may be shared.
    pub(crate) fn same_user(&self) -> bool {
        *self.same_user.get_or_init(|| {
            let peer = self.link.peer();
            peer.is_ok_and(|peer| peer.uid == user::effective_uid())
        })
    }

    /// The peer has rung over the link. Returns whether it has done so often enough to be given a doorbell.
    pub(crate) fn note_ring(&mut self) -> bool {
        self.rings = self.rings.saturating_add(1);
        // WHY: what fails now is tried again, but less and less often.
        self.rings >= RINGS_MIN && self.rings.is_power_of_two() && !self.has_bell
    }

    /// How often the peer has rung over the link.
    pub(crate) const fn rings_heard(&self) -> u32 {
        self.rings
    }

    /// Whether the peer has our doorbell.
    pub(crate) const fn has_bell(&self) -> bool {
        self.has_bell
    }

    /// The peer has our doorbell now.
    pub(crate) const fn note_bell(&mut self) {
        self.has_bell = true;
    }

    /// From now on the peer is woken by its doorbell, if it gave us one.
    pub(crate) fn set_notifier(
        &mut self,
        notifier: Option<<Mechanism<S> as Mechanisms>::EventNotifier>,
    ) {
        self.notifier = notifier.or_else(|| self.notifier.take());
    }

    /// Wakes the peer.
    pub(crate) fn ring(&self) {
        match &self.notifier {
            // WHY: who cannot be rung has gone, and its hang-up says so.
            Some(notifier) => drop(notifier.notify()),
            None => self.link.ring(),
        }
    }

    /// The next thing the peer said.
    pub(crate) fn hear(&self) -> Result<Heard<S>, SystemError> {
        let mut buffer = [0; MESSAGE_SIZE_MAX];
        Ok(match self.link.receive(&mut buffer)? {
            Received::Nothing => Heard::Nothing,
            Received::End => Heard::End,
            Received::Message {
                len: 1, handles, ..
            } if handles.is_empty() => Heard::Ring,
            Received::Message {
                len,
                handles,
                truncated,
            } => {
                let bytes = buffer.get(..len).unwrap_or_default().to_vec();
                Heard::Message {
                    bytes,
                    handles,
                    truncated,
                }
            }
        })
    }

    /// Whether the peer's process has ended or hung up. Costs system calls.
    pub(crate) fn is_dead(&self) -> bool {
        self.link.hung_up() || self.process_has_ended()
    }

    /// Whether the peer's process has ended. Costs a system call.
    pub(crate) fn process_has_ended(&self) -> bool {
        self.process.as_ref().is_some_and(PeerProcess::is_dead)
    }
}

impl<S: Service> Drop for Wire<S> {
    fn drop(&mut self) {
        if self.birth.is_foreign() {
            return;
        }
        if let Some(process) = &self.process {
            let _ = self.set.detach(process.source());
        }
        let _ = self.set.detach(self.link.source());
        self.link.shutdown();
    }
}
