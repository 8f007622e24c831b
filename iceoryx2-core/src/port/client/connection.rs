// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client's connection to one server, from the moment it is wanted until nothing of it is needed any more.
//!
//! ```text
//!     reach ──▶ young ── introduction heard ──▶ admitted ── hang-up, or the process's end ──▶ gone
//!               requests are published at once;                      what the server had published is kept
//!               each is followed by a ring over the link             until it is received or dropped
//! ```

use crate::{
    port::{
        announcing::{self, Learnt},
        endpoint::{Endpoint, Mechanism, Unwelcome},
        outcome::Outcome,
        wire::{HEARD_AT_ONCE, Heard, Wire},
    },
    service::{Service, service_state::ServiceState, shared::Shared},
};
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::{
    Mechanisms, SystemError, SystemErrorKind,
    rendezvous::{ChangeHint, ConnectError, Hint, Link},
    zero_copy_connection::{
        Announced, Body, ChunkId, ConnectionError, ConnectionLayout, Contest, EvictedRequest, Half,
        Homecoming, Look, MessageShape, PortMemory, Receive, RequestPassage, Requester, Sending,
    },
};

/// The last request of a slot that a full queue had no place for.
#[derive(Debug, Clone, Copy)]
struct Eviction {
    /// 0: none ever.
    generation: u64,
    /// The server was just taking it.
    contested: bool,
}

/// A client's connection to one server.
#[derive(Debug)]
pub(super) struct ServerConnection<S: Service> {
    pub(super) id: u64,
    /// The server's identifier.
    pub(super) server: u128,
    /// The identifier of the server's node; zero until it has answered.
    pub(super) node: u128,
    requester: Requester<Mechanism<S>>,
    half: Option<Half>,
    /// `None`: the server is gone.
    wire: Option<Wire<S>>,
    /// Something was published before the server answered.
    rang_early: bool,
    /// So was the end of somebody's interest in a request.
    cancelled_early: bool,
    /// What the server knows of our memory.
    announced: Announced,
    /// A full queue replaces its oldest request.
    overflow: bool,
    /// By slot.
    evictions: Box<[Eviction]>,
}

/// Why there is no connection.
pub(super) enum Unreached {
    /// Nobody listens there any more.
    Gone,
    /// Its process has ended. Somebody who has a duplicate of its descriptors listens for it.
    Dead,
    /// Not now: the queue is full, or something has run out.
    Later,
    /// The system refused.
    System(iceoryx2_cal::SystemError),
}

impl From<iceoryx2_cal::SystemError> for Unreached {
    fn from(error: iceoryx2_cal::SystemError) -> Self {
        match error.kind() {
            SystemErrorKind::TooManyOpenFiles
            | SystemErrorKind::TooManyHandlesInFlight
            | SystemErrorKind::OutOfMemory
            | SystemErrorKind::NoSpace => Self::Later,
            SystemErrorKind::Disconnected => Self::Gone,
            _ => Self::System(error),
        }
    }
}

/// Connects to a server, which wakes it.
pub(super) fn connect<S: Service>(
    service: &ServiceState<S>,
    server: u128,
) -> Result<<Mechanism<S> as Mechanisms>::Link, Unreached> {
    let _scope = hooks::enter(Operation::Connect);
    let name = super::super::server_name(server);
    let link = <Mechanism<S> as Mechanisms>::Link::connect(service.storage(), &name);
    link.map_err(|error| match error {
        ConnectError::NotFound | ConnectError::Refused => Unreached::Gone,
        ConnectError::Busy => Unreached::Later,
        ConnectError::System(error) => error.into(),
        _ => Unreached::Later,
    })
}

impl<S: Service> ServerConnection<S> {
    /// Connects to a server and introduces the client. Never waits for an answer.
    pub(super) fn reach(
        endpoint: &mut Endpoint<S>,
        layout: &ConnectionLayout,
        server: u128,
    ) -> Result<Self, Unreached> {
        let link = connect::<S>(endpoint.service(), server)?;
        Self::enter(endpoint, layout, server, link)
    }

    /// Introduces the client to a server it is connected with. Never waits for an answer.
    pub(super) fn enter(
        endpoint: &mut Endpoint<S>,
        layout: &ConnectionLayout,
        server: u128,
        link: <Mechanism<S> as Mechanisms>::Link,
    ) -> Result<Self, Unreached> {
        let _scope = hooks::enter(Operation::Connect);
        let id = endpoint.next_connection();
        let wire = Wire::new(id, link, endpoint.set(), endpoint.birth())?;
        let Some(half) = endpoint.memory.take_half()? else {
            return Err(Unreached::Later);
        };
        match Self::begin(endpoint, layout, server, id, half, wire) {
            Ok(connection) => Ok(connection),
            Err(error) => {
                endpoint.memory.give_half(half);
                Err(error)
            }
        }
    }

    fn begin(
        endpoint: &mut Endpoint<S>,
        layout: &ConnectionLayout,
        server: u128,
        id: u64,
        half: Half,
        mut wire: Wire<S>,
    ) -> Result<Self, Unreached> {
        let requester = Requester::new(layout, endpoint.memory.memory(), half.offset)
            .map_err(|_| Unreached::Gone)?;
        endpoint.introduce(&mut wire, half)?;
        // The server looks for clients when this word has changed: after the connection and its first message.
        endpoint.service().hint().bump(Hint::Clients);
        // WHY: who has hung up refuses the introduction; but a dead server's forked child takes it. A port of one thread
        // looks for that before it sleeps, and with each look; where threads share it one may be asleep already.
        if <S::Shared<()> as Shared<()>>::CONCURRENT {
            match wire.watch_process() {
                Err(error) if error.kind() == SystemErrorKind::Disconnected => {
                    return Err(Unreached::Dead);
                }
                watched => watched?,
            }
            if wire.process_has_ended() {
                return Err(Unreached::Dead);
            }
        }
        let none = Eviction {
            generation: 0,
            contested: false,
        };
        Ok(Self {
            id,
            server,
            node: 0,
            requester,
            half: Some(half),
            wire: Some(wire),
            rang_early: false,
            cancelled_early: false,
            announced: Announced::default(),
            overflow: layout.limits().request_overflow,
            evictions: vec![none; layout.limits().slots() as usize].into(),
        })
    }

    /// Whether the server can be sent to.
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.wire.is_some() && !self.requester.peer_is_closing()
    }

    /// Whether a request is still to be published to this server, unless it is one of those that shall go `without`.
    #[inline]
    pub(super) fn wants(&self, slot: u32, generation: u64, without: &[u128]) -> bool {
        self.is_open()
            && !self.has_sent(slot, generation)
            && (without.is_empty() || !without.contains(&self.server))
    }

    pub(super) const fn is_gone(&self) -> bool {
        self.wire.is_none()
    }

    /// Whether the server has not answered yet.
    #[inline]
    pub(super) const fn is_young(&self) -> bool {
        self.wire.is_some() && !self.requester.is_admitted()
    }

    /// Whether the link has to be looked at before the next send, because so much was evicted since the last look: no hint
    /// is trusted with memory.
    #[inline]
    pub(super) const fn must_be_heard_first(&self) -> bool {
        self.wire.is_some() && self.requester.must_be_heard_first()
    }

    /// Whether nothing of the connection is needed any more.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.wire.is_none() && !self.requester.has_listeners() && self.requester.borrows() == 0
    }

    /// A request will be sent soon.
    #[inline(always)]
    pub(super) fn prepare(&self) {
        self.requester.prepare();
    }

    /// Publishes a request that the server has not got, where nothing stands in the way. Returns whether it was published;
    /// if not, nothing was done.
    #[inline(always)]
    pub(super) fn send_at_once(
        &mut self,
        memory: &mut PortMemory<Mechanism<S>>,
        slot: u32,
        generation: u64,
        body: &Body,
    ) -> bool {
        if let Body::Chunk { chunk, .. } = body {
            if chunk.segment != ChunkId::BASE && !self.announced.knows(chunk.segment) {
                return false;
            }
        }
        if !self.requester.send_at_once(slot, generation, body) {
            return false;
        }
        if let Some(key) = body.key() {
            memory.share_chunk(key);
        }
        self.wake();
        true
    }

    /// The way of a request in a chunk of the base, if nothing stands in it, and a chunk that is home. After a publish,
    /// [ring](Self::wake).
    #[inline(always)]
    pub(super) fn passage(
        &mut self,
        memory: &mut PortMemory<Mechanism<S>>,
        slot: u32,
    ) -> Option<(RequestPassage<'_>, Option<Homecoming>)> {
        let give = |chunk| memory.give_chunk(chunk);
        self.requester.passage(slot, give)
    }

    /// Wakes a server that has answered, if it sleeps, because something was published to it.
    #[inline(always)]
    pub(super) fn wake(&mut self) {
        if self.requester.must_ring() {
            self.ring();
        }
    }

    /// Publishes a request; `Full` if it has to wait.
    pub(super) fn send(
        &mut self,
        endpoint: &mut Endpoint<S>,
        slot: u32,
        generation: u64,
        body: &Body,
    ) -> Result<Sending, ConnectionError> {
        if let Some(wire) = &self.wire {
            if !endpoint.announce(wire, &mut self.announced, body.segment())? {
                return Ok(self.hold_back(endpoint, slot, generation));
            }
        }
        let memory = &mut endpoint.memory;
        let sending = self.requester.send(slot, generation, body, &mut |chunk| {
            memory.give_chunk(chunk)
        })?;
        if let Sending::Sent { evicted } = sending {
            if let Some(key) = body.key() {
                endpoint.memory.share_chunk(key);
            }
            if let Some(evicted) = evicted {
                self.note_eviction(evicted);
            }
            self.ring_if_asleep();
        }
        Ok(sending)
    }

    /// The server cannot be told of the request's memory now: it counts as evicted at once where full queues evict, else
    /// it has to wait.
    #[cold]
    fn hold_back(&mut self, endpoint: &mut Endpoint<S>, slot: u32, generation: u64) -> Sending {
        if self.overflow {
            self.requester.skip(slot, generation);
            self.note_eviction(EvictedRequest {
                slot,
                generation,
                contested: false,
            });
            Sending::Sent { evicted: None }
        } else {
            endpoint.retry_later();
            Sending::Full
        }
    }

    #[cold]
    fn note_eviction(&mut self, evicted: EvictedRequest) {
        if let Some(eviction) = self.evictions.get_mut(evicted.slot as usize) {
            *eviction = Eviction {
                generation: evicted.generation,
                contested: evicted.contested,
            };
        }
    }

    /// After a publish: wakes the server if it sleeps, and in any case as long as it has not answered.
    fn ring_if_asleep(&mut self) {
        if self.is_young() {
            self.rang_early = true;
            self.ring();
        } else if self.requester.must_ring() {
            self.ring();
        }
    }

    #[cold]
    #[inline(never)]
    fn ring(&self) {
        if let Some(wire) = &self.wire {
            wire.ring();
        }
    }

    /// Whether the server got the slot's current request.
    #[inline]
    pub(super) fn has_sent(&self, slot: u32, generation: u64) -> bool {
        self.requester.listens(slot, generation)
    }

    /// Looks for the next response, and takes it where nothing stands in the way. Of one that lies in its descriptor somebody
    /// will read so many `words`.
    #[inline(always)]
    pub(super) fn receive_at_once(&mut self, slot: u32, generation: u64, words: usize) -> Look {
        let look = self.requester.receive_at_once(slot, generation, words);
        if let Look::Response { .. } = look {
            self.ring_for_room();
        }
        look
    }

    /// Takes the next response where that was unclear.
    pub(super) fn receive_otherwise(
        &mut self,
        slot: u32,
        generation: u64,
    ) -> Result<Receive, ConnectionError> {
        let received = self.requester.receive_otherwise(slot, generation)?;
        if let Receive::Response { .. } = received {
            self.ring_for_room();
        }
        Ok(received)
    }

    /// A response was taken: wakes a server that waits for its room.
    #[inline(always)]
    fn ring_for_room(&mut self) {
        if !self.requester.has_response_overflow() && self.requester.must_ring() {
            self.ring();
        }
    }

    /// Goes on with the response to `slot` whose memory was unknown, after a look at what the server has announced.
    pub(super) fn resume(&mut self) -> Result<Receive, ConnectionError> {
        let received = self.requester.resume()?;
        if let Receive::Response { .. } = received {
            self.ring_for_room();
        }
        Ok(received)
    }

    /// Lets go of the server's memory that it has retired.
    #[inline]
    pub(super) fn sweep_segments(&mut self) {
        self.requester.sweep_segments();
    }

    pub(super) fn has_response(&self, slot: u32, generation: u64) -> bool {
        self.has_sent(slot, generation) && self.requester.has_response(slot)
    }

    #[inline(always)]
    pub(super) fn release(&mut self, hold: u32) {
        self.requester.release(hold);
    }

    /// How many responses are borrowed.
    #[inline(always)]
    pub(super) const fn borrows(&self) -> u32 {
        self.requester.borrows()
    }

    /// Whether a response to an older request of the slot is borrowed.
    pub(super) fn burdens(&self, slot: u32) -> bool {
        self.requester.has_borrows(slot)
    }

    pub(super) fn hint_disconnect(&self, slot: u32, generation: u64) {
        if self.has_sent(slot, generation) {
            self.requester.hint_disconnect(slot, generation);
        }
    }

    /// Nobody listens to the slot's request any more, where that is no more than a store. Returns whether it was; if not,
    /// nothing was done.
    #[inline(always)]
    pub(super) fn cancel_at_once(&mut self, slot: u32, generation: u64) -> bool {
        // WHY: without overflow the server may wait for room, and has to be woken.
        self.requester.has_response_overflow() && self.requester.cancel_at_once(slot, generation)
    }

    /// Nobody listens to the slot's request any more.
    pub(super) fn cancel(&mut self, slot: u32, generation: u64) {
        if self.requester.cancel(slot, generation) && !self.requester.has_response_overflow() {
            self.cancelled_early |= self.is_young();
            self.ring_if_asleep();
        }
    }

    /// A chunk that is home, as the server has said with a response.
    #[inline(always)]
    pub(super) fn settle_one(
        &mut self,
        memory: &mut PortMemory<Mechanism<S>>,
    ) -> Option<Homecoming> {
        self.requester.settle_one(|chunk| memory.give_chunk(chunk))
    }

    /// Gives home all that are home as the server has said with a response.
    pub(super) fn settle(&mut self, memory: &mut PortMemory<Mechanism<S>>) {
        self.requester.settle(&mut |chunk| memory.give_chunk(chunk));
    }

    /// Gives home the chunks the server has done with. Only after a look at what a young server says.
    pub(super) fn reclaim(&mut self, endpoint: &mut Endpoint<S>) -> Result<(), ConnectionError> {
        let memory = &mut endpoint.memory;
        let mut give = |chunk| memory.give_chunk(chunk);
        self.requester.reclaim_unanswered(&mut give);
        self.requester.reclaim(&mut give)
    }

    /// Sees to it that the end of the server's process ends a sleep.
    pub(super) fn watch_process(&mut self) -> Result<(), SystemError> {
        match &mut self.wire {
            Some(wire) => wire.watch_process(),
            None => Ok(()),
        }
    }

    /// How the request ended at this server, whether or not its last responses were received yet; `None` while the
    /// server may still answer, and if it never got the request.
    #[inline]
    pub(super) fn ending(&mut self, slot: u32, generation: u64) -> Option<Outcome> {
        if !self.has_sent(slot, generation) {
            return None;
        }
        let received = self.requester.received(slot);
        if self.requester.has_ended(slot, generation) {
            return Some(if received == 0 && !self.requester.has_response(slot) {
                Outcome::Rejected
            } else {
                Outcome::Finished
            });
        }
        let eviction = self.evictions.get(slot as usize)?;
        if eviction.generation == generation {
            let contest = if eviction.contested {
                self.requester.contest(slot, generation)
            } else {
                Contest::Evicted
            };
            match contest {
                Contest::Evicted => return Some(Outcome::Evicted),
                Contest::Open => return None,
                Contest::Taken => {}
            }
        }
        let closing = self.requester.peer_is_closing();
        if self.is_gone() || closing {
            // WHY: a violation here comes from a server that is on its way out anyway.
            let taken = self.requester.is_taken(slot).unwrap_or(false);
            return match (closing, taken, self.is_gone()) {
                (true, false, _) => Some(Outcome::Rejected),
                (_, taken, true) => Some(Outcome::ServerDied { taken, received }),
                (_, _, false) => None,
            };
        }
        None
    }

    /// Listens until the server has answered. Returns whether it is gone.
    pub(super) fn listen_for_answer(
        &mut self,
        endpoint: &mut Endpoint<S>,
        layout: &ConnectionLayout,
        shape: &MessageShape,
    ) -> bool {
        // What else it says is heard with the next look: the link stays readable.
        self.listen_while(endpoint, layout, shape, Self::is_young)
    }

    /// Listens to a server whose link has something. Returns whether it is gone.
    pub(super) fn listen_to_next(
        &mut self,
        endpoint: &mut Endpoint<S>,
        layout: &ConnectionLayout,
        shape: &MessageShape,
    ) -> bool {
        // WHY: mostly a ring is all there is, and to find that out is a system call. The link stays readable.
        let rings = self.rings_heard();
        self.listen_while(endpoint, layout, shape, |it| it.rings_heard() == rings)
    }

    fn rings_heard(&self) -> u32 {
        self.wire.as_ref().map_or(0, Wire::rings_heard)
    }

    /// Listens to what the server says over the link. Returns whether it is gone.
    pub(super) fn listen(
        &mut self,
        endpoint: &mut Endpoint<S>,
        layout: &ConnectionLayout,
        shape: &MessageShape,
    ) -> bool {
        self.listen_while(endpoint, layout, shape, |_| true)
    }

    fn listen_while(
        &mut self,
        endpoint: &mut Endpoint<S>,
        layout: &ConnectionLayout,
        shape: &MessageShape,
        goes_on: impl Fn(&Self) -> bool,
    ) -> bool {
        for _ in 0..HEARD_AT_ONCE {
            if !goes_on(self) {
                return false;
            }
            let Some(wire) = &mut self.wire else {
                return true;
            };
            match wire.hear() {
                Ok(Heard::Nothing) => return false,
                Ok(Heard::Ring) => endpoint.heard_ring(wire),
                Ok(Heard::End) => return true,
                Ok(Heard::Message {
                    bytes,
                    handles,
                    truncated,
                }) => {
                    let heard = if self.requester.is_admitted() {
                        match announcing::learn(wire, &bytes, handles, truncated) {
                            Ok(Learnt::Memory(announcement, memory)) => self
                                .requester
                                .add_segment(&announcement, &memory)
                                .map_err(Unwelcome::Connection),
                            Ok(Learnt::Doorbell(notifier)) => {
                                wire.set_notifier(notifier);
                                Ok(())
                            }
                            Err(reason) => Err(reason),
                        }
                    } else {
                        endpoint
                            .vet(wire, &bytes, handles, truncated)
                            .and_then(|introduced| self.admit(layout, shape, introduced))
                    };
                    if let Err(reason) = heard {
                        tracing::error!(server = %format_args!("{:032x}", self.server), "the connection to a server was closed because {reason}");
                        return true;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the connection to a server was closed");
                    return true;
                }
            }
        }
        // The rest is heard with the next look: the link stays readable.
        false
    }

    fn admit(
        &mut self,
        layout: &ConnectionLayout,
        shape: &MessageShape,
        introduced: crate::port::endpoint::Introduced<S>,
    ) -> Result<(), Unwelcome> {
        let introduction = introduced.introduction;
        if self.requester.is_admitted() || introduction.port != self.server {
            return Err(Unwelcome::Contract);
        }
        let (place, notifier) = introduced.map(shape)?;
        self.requester
            .admit(layout, &place)
            .map_err(Unwelcome::Connection)?;
        self.node = introduction.node;
        if let Some(wire) = &mut self.wire {
            wire.set_notifier(notifier);
        }
        // WHY: what was published while the server's sleep word was unknown was rung over the link, which the server
        // may have read before it slept. Where it has taken all requests and is to know of nothing else, it sleeps as it
        // should.
        let all_taken = self.requester.is_all_taken();
        let all_taken = all_taken.map_err(Unwelcome::Connection)?;
        if self.cancelled_early || (self.rang_early && !all_taken) {
            self.ring_if_asleep();
        }
        Ok(())
    }

    /// The server is gone: keeps what it had published, and gives back what it had borrowed.
    pub(super) fn bury(&mut self, endpoint: &mut Endpoint<S>) {
        if endpoint.is_foreign() {
            return;
        }
        let memory = &mut endpoint.memory;
        self.requester.detach(&mut |chunk| memory.give_chunk(chunk));
        if let Some(wire) = self.wire.take() {
            endpoint.part_from(&wire);
        }
        if let Some(half) = self.half.take() {
            endpoint.memory.give_half(half);
        }
    }
}
