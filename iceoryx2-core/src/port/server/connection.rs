// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A server's connection to one client, from its introduction until nothing of it is needed any more.

use crate::{
    port::{
        announcing,
        endpoint::{Endpoint, Introduced, Mechanism, Unwelcome},
        wire::{HEARD_AT_ONCE, Heard, Wire},
    },
    service::Service,
};
use iceoryx2_cal::zero_copy_connection::{
    Announced, Body, ConnectionError, ConnectionLayout, Half, PortMemory, Respond, Responder, Take,
};

/// A request this server has taken. Its stream ends when nobody can add to it any more.
#[derive(Debug, Clone, Copy)]
struct Active {
    slot: u32,
    generation: u64,
    /// The `ActiveRequest` lives.
    owned: bool,
    loans: u32,
}

/// A server's connection to one client.
#[derive(Debug)]
pub(super) struct ClientConnection<S: Service> {
    pub(super) id: u64,
    /// The client's identifier.
    pub(super) client: u128,
    /// The identifier of the client's node.
    pub(super) node: u128,
    responder: Responder<Mechanism<S>>,
    half: Option<Half>,
    /// `None`: the client is gone.
    wire: Option<Wire<S>>,
    /// What the client knows of our memory.
    announced: Announced,
    /// A full stream replaces its oldest response.
    overflow: bool,
    /// By hold.
    active: Box<[Option<Active>]>,
}

impl<S: Service> ClientConnection<S> {
    /// Lets a client in and answers it.
    pub(super) fn admit(
        endpoint: &mut Endpoint<S>,
        layout: &ConnectionLayout,
        id: u64,
        mut wire: Wire<S>,
        introduced: Introduced<S>,
    ) -> Result<Self, Unwelcome> {
        let half = endpoint
            .memory
            .take_half()
            .map_err(Unwelcome::System)?
            .ok_or(Unwelcome::NoRoom)?;
        let memory = endpoint.memory.memory();
        let responder = match Responder::new(layout, memory, half.offset, &introduced.place) {
            Ok(responder) => responder,
            Err(error) => {
                endpoint.memory.give_half(half);
                return Err(Unwelcome::Connection(error));
            }
        };
        // CRASH: a client that is gone already gets no answer; its requests are delivered all the same.
        if let Err(error) = endpoint.introduce(&wire, half) {
            tracing::debug!(%error, "a client left before it was answered");
        }
        if let Some(notifier) = introduced.notifier {
            wire.set_notifier(notifier);
        }
        Ok(Self {
            id,
            client: introduced.introduction.port,
            node: introduced.introduction.node,
            responder,
            half: Some(half),
            wire: Some(wire),
            announced: Announced::default(),
            overflow: layout.limits().response_overflow,
            active: vec![None; layout.limits().active_requests as usize].into(),
        })
    }

    #[inline]
    pub(super) const fn is_gone(&self) -> bool {
        self.wire.is_none()
    }

    pub(super) fn is_dead(&self) -> bool {
        self.wire.as_ref().is_none_or(Wire::is_dead)
    }

    /// Whether nothing of the connection is needed any more.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.is_gone() && self.responder.borrows() == 0 && !self.responder.has_request()
    }

    pub(super) fn has_request(&self) -> bool {
        self.responder.has_request()
    }

    /// Whether a request waits whose client still listens.
    pub(super) fn has_awaited_request(&self) -> bool {
        self.responder.has_awaited_request()
    }

    /// Takes the next request, and gives home what it says the client has done with.
    #[inline]
    pub(super) fn take(
        &mut self,
        memory: &mut PortMemory<Mechanism<S>>,
        overflow: bool,
    ) -> Result<Take, ConnectionError> {
        let take = self.responder.take()?;
        if let Take::Request(request) = &take {
            self.responder
                .settle(request.slot, &mut |chunk| memory.give_chunk(chunk));
        }
        self.note_taken(&take, overflow);
        Ok(take)
    }

    /// Goes on with the request whose memory was unknown, after a look at what the client has announced.
    pub(super) fn resume(&mut self, overflow: bool) -> Result<Take, ConnectionError> {
        let take = self.responder.resume()?;
        self.note_taken(&take, overflow);
        Ok(take)
    }

    #[inline]
    fn note_taken(&mut self, take: &Take, overflow: bool) {
        if let Take::Request(request) = take {
            if let Some(active) = self.active.get_mut(request.hold as usize) {
                *active = Some(Active {
                    slot: request.slot,
                    generation: request.generation,
                    owned: true,
                    loans: 0,
                });
            }
            if !overflow {
                self.ring_if_asleep();
            }
        }
    }

    /// Lets go of the client's memory that it has retired.
    #[inline]
    pub(super) fn sweep_segments(&mut self) {
        self.responder.sweep_segments();
    }

    /// Wakes the client if it sleeps, because something was published to it.
    #[inline]
    pub(super) fn ring_if_asleep(&mut self) {
        if self.responder.must_ring() {
            self.ring();
        }
    }

    #[cold]
    fn ring(&self) {
        if let Some(wire) = &self.wire {
            wire.ring();
        }
    }

    /// Publishes a response and ends its loan; `Full` if it has to wait.
    #[inline]
    pub(super) fn respond(
        &mut self,
        endpoint: &mut Endpoint<S>,
        hold: u32,
        body: &Body,
    ) -> Result<Respond, ConnectionError> {
        let Some(Some(active)) = self.active.get(hold as usize) else {
            return Ok(Respond::NobodyListens);
        };
        let (slot, generation) = (active.slot, active.generation);
        if let Some(wire) = &self.wire {
            if !endpoint.announce(wire, &mut self.announced, body.segment())? {
                return Ok(self.hold_back(endpoint, hold, body));
            }
        }
        let memory = &mut endpoint.memory;
        let respond = self
            .responder
            .respond(slot, generation, body, &mut |chunk| {
                memory.give_chunk(chunk)
            })?;
        if respond == Respond::Sent {
            self.ring_if_asleep();
        }
        if respond != Respond::Full {
            self.give_loan(hold);
        }
        Ok(respond)
    }

    /// The client cannot be told of the response's memory now: it is as if it had been evicted at once where full streams
    /// evict, else it has to wait.
    #[cold]
    fn hold_back(&mut self, endpoint: &mut Endpoint<S>, hold: u32, body: &Body) -> Respond {
        if !self.overflow {
            endpoint.retry_later();
            return Respond::Full;
        }
        if let Some(key) = body.key() {
            endpoint.memory.give_chunk(key);
        }
        self.give_loan(hold);
        Respond::NobodyListens
    }

    /// Whether another loan may be taken for a request; if so, it is.
    #[inline]
    pub(super) fn loan(&mut self, hold: u32, loans_max: u32) -> bool {
        match self.active.get_mut(hold as usize) {
            Some(Some(active)) if active.loans < loans_max => {
                active.loans += 1;
                true
            }
            _ => false,
        }
    }

    /// How many loans there are for its requests.
    pub(super) fn loans(&self) -> u32 {
        self.active
            .iter()
            .flatten()
            .map(|active| active.loans)
            .sum()
    }

    /// A loan of a request ends.
    #[inline]
    pub(super) fn give_loan(&mut self, hold: u32) {
        if let Some(Some(active)) = self.active.get_mut(hold as usize) {
            active.loans -= 1;
            if !active.owned && active.loans == 0 {
                self.finish(hold);
            }
        }
    }

    /// The `ActiveRequest` goes.
    #[inline]
    pub(super) fn disown(&mut self, hold: u32) {
        if let Some(Some(active)) = self.active.get_mut(hold as usize) {
            active.owned = false;
            if active.loans == 0 {
                self.finish(hold);
            }
        }
    }

    /// Nobody can add to the request's stream any more.
    #[inline]
    fn finish(&mut self, hold: u32) {
        if let Some(active) = self.active.get_mut(hold as usize).and_then(Option::take) {
            self.responder
                .end_stream(hold, active.slot, active.generation);
            self.ring_if_asleep();
        }
    }

    pub(super) fn is_cancelled(&self, hold: u32) -> bool {
        match self.active.get(hold as usize) {
            Some(Some(active)) => self.responder.is_cancelled(active.slot, active.generation),
            _ => true,
        }
    }

    pub(super) fn has_disconnect_hint(&self, hold: u32) -> bool {
        match self.active.get(hold as usize) {
            Some(Some(active)) => self
                .responder
                .has_disconnect_hint(active.slot, active.generation),
            _ => false,
        }
    }

    pub(super) fn reclaim(&mut self, endpoint: &mut Endpoint<S>) -> Result<(), ConnectionError> {
        let memory = &mut endpoint.memory;
        self.responder
            .reclaim(&mut |chunk| memory.give_chunk(chunk))
    }

    /// Listens to what the client says over the link. Returns whether it is gone.
    pub(super) fn listen(&mut self) -> bool {
        for _ in 0..HEARD_AT_ONCE {
            let Some(wire) = &self.wire else {
                return true;
            };
            match wire.hear() {
                Ok(Heard::Nothing) => return false,
                Ok(Heard::Ring) => {}
                Ok(Heard::End) => return true,
                Ok(Heard::Message {
                    bytes,
                    handles,
                    truncated,
                }) => {
                    let heard = announcing::learn::<S>(&bytes, handles, truncated);
                    let heard = heard.and_then(|(announcement, memory)| {
                        self.responder
                            .add_segment(&announcement, &memory)
                            .map_err(Unwelcome::Connection)
                    });
                    if let Err(reason) = heard {
                        tracing::error!("a client was disconnected because {reason}");
                        return true;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "a client was disconnected");
                    return true;
                }
            }
        }
        // The rest is heard with the next look: the link stays readable.
        false
    }

    /// The client is gone: keeps what it had sent if that is still wanted, and gives back what it had borrowed.
    pub(super) fn bury(&mut self, endpoint: &mut Endpoint<S>, fire_and_forget: bool) {
        if endpoint.is_foreign() {
            return;
        }
        let memory = &mut endpoint.memory;
        self.responder.detach(&mut |chunk| memory.give_chunk(chunk));
        if !fire_and_forget {
            self.responder.discard_rescued();
        }
        self.wire = None;
        if let Some(half) = self.half.take() {
            endpoint.memory.give_half(half);
        }
    }
}
