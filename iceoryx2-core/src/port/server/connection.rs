// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A server's connection to one client, from its introduction until nothing of it is needed any more.

use crate::{
    port::{
        announcing::{self, Learnt},
        endpoint::{Endpoint, Introduced, Mechanism, Unwelcome},
        wire::{HEARD_AT_ONCE, Heard, Wire},
    },
    service::Service,
};
use iceoryx2_cal::{
    rendezvous::{ChangeHint, Hint},
    zero_copy_connection::{
        Announced, Body, ChunkId, ConnectionError, ConnectionLayout, Ended, Glance, Half,
        Homecoming, MessageShape, PortMemory, RequestWatch, Respond, Responder, ResponsePassage,
        Take,
    },
};

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
}

impl<S: Service> ClientConnection<S> {
    /// Answers a client and lets it in.
    pub(super) fn admit(
        endpoint: &mut Endpoint<S>,
        layout: &ConnectionLayout,
        shape: &MessageShape,
        id: u64,
        mut wire: Wire<S>,
        introduced: Introduced<S>,
    ) -> Result<Self, Unwelcome> {
        let half = endpoint.memory.take_half();
        let half = half.map_err(Unwelcome::System)?;
        let half = half.ok_or(Unwelcome::NoRoom)?;
        let introduction = introduced.introduction;
        // CRASH: a client that is gone already gets no answer; its requests are delivered all the same.
        // WHY before its memory is mapped: meanwhile it maps ours.
        if let Err(error) = endpoint.introduce(&mut wire, half) {
            tracing::debug!(%error, "a client left before it was answered");
        }
        // A client that polls listens when this word has changed: after the answer.
        endpoint.service().hint().bump(Hint::Answers);
        let met = introduced.map(shape).and_then(|(place, notifier)| {
            wire.set_notifier(notifier);
            let memory = endpoint.memory.memory();
            Responder::new(layout, memory, half.offset, &place).map_err(Unwelcome::Connection)
        });
        match met {
            Ok(responder) => Ok(Self {
                id,
                client: introduction.port,
                node: introduction.node,
                responder,
                half: Some(half),
                wire: Some(wire),
                announced: Announced::default(),
                overflow: layout.limits().response_overflow,
            }),
            Err(error) => {
                endpoint.part_from(&wire);
                // WHY first: whoever is told of the half shall be hung up on before it is another's.
                drop(wire);
                endpoint.memory.give_half(half);
                Err(error)
            }
        }
    }

    // ----- the way of a request and its responses

    /// Looks for the next request, and takes it if there is nothing to be found out first. Of one that lies in its descriptor
    /// somebody will read so many `words`. After a take, [ring for room](Self::ring_for_room), and
    /// whoever watches must [follow](Self::follow).
    #[inline(always)]
    pub(super) fn take_at_once(&mut self, words: usize) -> Glance {
        self.responder.take_at_once(words)
    }

    /// Lets `watch` look where the next request will come.
    #[inline(always)]
    pub(super) fn follow(&self, watch: &mut RequestWatch<Mechanism<S>>) {
        self.responder.follow(watch);
    }

    /// A request was taken: wakes a client that waits for its room.
    #[inline(always)]
    pub(super) fn ring_for_room(&mut self) {
        if !self.responder.has_request_overflow() {
            self.ring_if_asleep();
        }
    }

    /// Whether another loan may be taken for a request; if so, it is.
    #[inline(always)]
    pub(super) fn loan(&mut self, hold: u32, loans_max: u32) -> bool {
        self.responder.loan(hold, loans_max)
    }

    /// Publishes a response and ends its loan, if there is nothing to be found out first. Returns whether it did.
    #[inline(always)]
    pub(super) fn respond_at_once(&mut self, hold: u32, body: &Body) -> bool {
        let known = body.segment() == ChunkId::BASE || self.announced.knows(body.segment());
        let sent = known && self.responder.respond_at_once(hold, body);
        if sent {
            self.ring_if_asleep();
        }
        sent
    }

    /// Publishes a response that has no loan, if it might have one of `loans_max` and there is nothing to be found out first.
    /// Returns whether it did.
    #[inline(always)]
    pub(super) fn respond_unloaned(&mut self, hold: u32, loans_max: u32, body: &Body) -> bool {
        let known = body.segment() == ChunkId::BASE || self.announced.knows(body.segment());
        let sent = known && self.responder.respond_unloaned(hold, loans_max, body);
        if sent {
            self.ring_if_asleep();
        }
        sent
    }

    /// The way of a response in a chunk of the base that has no loan, if it might have one of `loans_max` and nothing stands in
    /// that way, and a chunk that is home. After a publish, [ring](Self::ring_if_asleep).
    #[inline(always)]
    pub(super) fn passage(
        &mut self,
        memory: &mut PortMemory<Mechanism<S>>,
        hold: u32,
        loans_max: u32,
    ) -> Option<(ResponsePassage<'_>, Option<Homecoming>)> {
        let give = |chunk| memory.give_chunk(chunk);
        self.responder.passage(hold, loans_max, give)
    }

    /// Wakes the client if it sleeps, because something was published to it.
    #[inline(always)]
    pub(super) fn ring_if_asleep(&mut self) {
        if self.responder.must_ring() {
            self.ring();
        }
    }

    /// A loan of a request ends.
    #[inline(always)]
    pub(super) fn give_loan(&mut self, hold: u32) {
        match self.responder.give_loan(hold) {
            Some(ended) if self.responder.is_client_asleep() => self.ring_at_end(ended),
            _ => {}
        }
    }

    /// The `ActiveRequest` goes.
    pub(super) fn disown(&mut self, hold: u32) {
        if let Some(ended) = self.disown_quietly(hold) {
            self.ring_at_end(ended);
        }
    }

    /// The same. Returns its stream if it has ended and the client sleeps, which is then to be
    /// [rung](Self::ring_at_end).
    #[inline(always)]
    pub(super) fn disown_quietly(&mut self, hold: u32) -> Option<Ended> {
        let ended = self.responder.disown(hold)?;
        self.responder.is_client_asleep().then_some(ended)
    }

    /// Wakes a client that sleeps and listens to a stream that has ended.
    #[cold]
    pub(super) fn ring_at_end(&mut self, ended: Ended) {
        if self.responder.must_ring_at_end(ended) {
            self.ring();
        }
    }

    #[inline(always)]
    pub(super) const fn is_gone(&self) -> bool {
        self.wire.is_none()
    }

    /// Whether nothing of the connection is needed any more.
    #[inline(always)]
    pub(super) fn is_over(&self) -> bool {
        self.is_gone() && self.is_done_with()
    }

    // ----- rare things

    #[cold]
    fn is_done_with(&self) -> bool {
        self.responder.borrows() == 0 && !self.responder.has_request()
    }

    pub(super) fn is_dead(&self) -> bool {
        self.wire.as_ref().is_none_or(Wire::is_dead)
    }

    /// Where the client's next request will come.
    pub(super) fn watch(&self) -> RequestWatch<Mechanism<S>> {
        self.responder.watch()
    }

    /// Takes the next request, or finds out why there is none.
    pub(super) fn take(
        &mut self,
        watch: &mut RequestWatch<Mechanism<S>>,
    ) -> Result<Take, ConnectionError> {
        let take = self.responder.take()?;
        Ok(self.note(take, watch))
    }

    /// Goes on with the request whose memory was unknown, after a look at what the client has announced.
    pub(super) fn resume(
        &mut self,
        watch: &mut RequestWatch<Mechanism<S>>,
    ) -> Result<Take, ConnectionError> {
        let take = self.responder.resume()?;
        Ok(self.note(take, watch))
    }

    /// If a request was taken, sees to what follows from that.
    fn note(&mut self, take: Take, watch: &mut RequestWatch<Mechanism<S>>) -> Take {
        if let Take::Request(_) = &take {
            self.follow(watch);
            self.ring_for_room();
        }
        take
    }

    /// There was nothing to take.
    #[inline]
    pub(super) fn polled_in_vain(&mut self) {
        self.responder.polled_in_vain();
    }

    pub(super) fn has_request(&self) -> bool {
        self.responder.has_request()
    }

    /// Whether a request waits whose client still listens.
    pub(super) fn has_awaited_request(&self) -> bool {
        self.responder.has_awaited_request()
    }

    /// Whether another request can be taken.
    pub(super) fn has_borrow_left(&self) -> bool {
        self.responder.has_borrow_left()
    }

    /// Lets go of the client's memory that it has retired.
    #[inline]
    pub(super) fn sweep_segments(&mut self) {
        self.responder.sweep_segments();
    }

    #[cold]
    fn ring(&self) {
        if let Some(wire) = &self.wire {
            wire.ring();
        }
    }

    /// Publishes a response and ends its loan; `Full` if it has to wait.
    pub(super) fn respond(
        &mut self,
        endpoint: &mut Endpoint<S>,
        hold: u32,
        body: &Body,
    ) -> Result<Respond, ConnectionError> {
        let Some((slot, generation)) = self.responder.names(hold) else {
            return Ok(Respond::NobodyListens);
        };
        if body.segment() != ChunkId::BASE && !self.announce(endpoint, body)? {
            return Ok(self.hold_back(endpoint, hold, body));
        }
        let memory = &mut endpoint.memory;
        let give = &mut |chunk| memory.give_chunk(chunk);
        let respond = self.responder.respond(slot, generation, body, give)?;
        match respond {
            Respond::Sent => self.ring_if_asleep(),
            Respond::NobodyListens => {}
            Respond::Full => return Ok(respond),
        }
        self.give_loan(hold);
        Ok(respond)
    }

    /// Tells the client of the memory a response lies in. Returns whether the response may be published.
    #[inline(never)]
    fn announce(&mut self, endpoint: &Endpoint<S>, body: &Body) -> Result<bool, ConnectionError> {
        match &self.wire {
            Some(wire) => endpoint.announce(wire, &mut self.announced, body.segment()),
            None => Ok(true),
        }
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

    /// How many loans there are for its requests.
    pub(super) fn loans(&self) -> u32 {
        self.responder.loans()
    }

    pub(super) fn is_cancelled(&self, hold: u32) -> bool {
        let names = self.responder.names(hold);
        names.is_none_or(|(slot, generation)| self.responder.is_cancelled(slot, generation))
    }

    pub(super) fn has_disconnect_hint(&self, hold: u32) -> bool {
        let names = self.responder.names(hold);
        names.is_some_and(|(slot, generation)| self.responder.has_disconnect_hint(slot, generation))
    }

    /// A chunk that is home, as the client has said with a request in the slot of the one that is answered now.
    #[inline(always)]
    pub(super) fn settle_one(
        &mut self,
        memory: &mut PortMemory<Mechanism<S>>,
        hold: u32,
    ) -> Option<Homecoming> {
        let give = |chunk| memory.give_chunk(chunk);
        self.responder.settle_one(hold, give)
    }

    /// Gives home all that are home as the client has said with requests.
    pub(super) fn settle(&mut self, memory: &mut PortMemory<Mechanism<S>>) {
        self.responder.settle(&mut |chunk| memory.give_chunk(chunk));
    }

    pub(super) fn reclaim(&mut self, endpoint: &mut Endpoint<S>) -> Result<(), ConnectionError> {
        let memory = &mut endpoint.memory;
        self.responder
            .reclaim(&mut |chunk| memory.give_chunk(chunk))
    }

    /// Listens to what the client says over the link. Returns whether it is gone.
    pub(super) fn listen(&mut self, endpoint: &mut Endpoint<S>) -> bool {
        for _ in 0..HEARD_AT_ONCE {
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
                    let heard = match announcing::learn(wire, &bytes, handles, truncated) {
                        Ok(Learnt::Memory(announcement, memory)) => self
                            .responder
                            .add_segment(&announcement, &memory)
                            .map_err(Unwelcome::Connection),
                        Ok(Learnt::Doorbell(notifier)) => {
                            wire.set_notifier(notifier);
                            Ok(())
                        }
                        Err(reason) => Err(reason),
                    };
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
        if let Some(wire) = self.wire.take() {
            endpoint.part_from(&wire);
        }
        if let Some(half) = self.half.take() {
            endpoint.memory.give_half(half);
        }
    }
}
