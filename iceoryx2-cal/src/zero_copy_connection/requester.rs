// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The client's end of a connection.

use super::{
    Announcement, ChunkKey, ConnectionError, Content, PeerPlace,
    chunks::{Borrow, PeerChunks, Unreadable},
    copies::{Copies, Place},
    descriptor::{Body, Descriptor, encode},
    halves::{ClientWords, Own, Peer, ServerWords},
    layout::{ConnectionLayout, Limits},
    lending::Lendings,
    port_page::PeerPage,
    prefetch::Prefetch,
    response_watch::ResponseWatch,
};
use crate::Mechanisms;
use iceoryx2_bb_lock_free::{
    ring::{Claims, Consumer, Message, Producer, Ring},
    sleep::Waker,
    word::Word,
};
use std::{collections::VecDeque, sync::Arc};

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// It is in the server's queue, and took the place of another if the queue was full.
    Sent {
        /// The request that was replaced.
        evicted: Option<EvictedRequest>,
    },
    /// The queue is full and overflow is off.
    Full,
}

/// A request that was replaced before the server took it, or while it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvictedRequest {
    /// Its slot.
    pub slot: u32,
    /// Its generation.
    pub generation: u64,
    /// The server was just taking it: [`Requester::contest`] tells, later, who has it.
    pub contested: bool,
}

/// Who has a request whose eviction was contested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contest {
    /// Not settled yet.
    Open,
    /// It was evicted: no server has seen it.
    Evicted,
    /// The server took it.
    Taken,
}

/// What a stream had for us.
#[derive(Debug, Clone, Copy)]
pub enum Receive {
    /// Nothing now.
    Nothing,
    /// A response, borrowed under `hold` until [`Requester::release`].
    Response {
        /// Names the borrow.
        hold: u32,
        /// The response.
        content: Content,
    },
    /// There may be one, but all borrows of the slot are in use.
    NoBorrowLeft,
    /// A response was taken that lies in memory of which nothing is known yet: listen to the link, hand what is announced
    /// to [`Requester::add_segment`], then [`Requester::resume`].
    UnknownMemory,
}

/// What a look at a stream found.
#[derive(Debug, Clone, Copy)]
pub enum Look {
    /// Nothing there.
    Nothing,
    /// A response, borrowed under `hold` until [`Requester::release`].
    Response {
        /// Names the borrow.
        hold: u32,
        /// The response.
        content: Content,
    },
    /// [`Requester::receive_otherwise`] finds out, which must be the next call.
    Unclear,
}

/// A response that was taken, and is not borrowed yet.
#[derive(Debug, Clone, Copy)]
struct Stranded {
    slot: u32,
    hold: u32,
    descriptor: Descriptor,
}

/// One slot, with the words of both halves that concern it.
#[derive(Debug)]
struct Slot {
    /// The request that somebody listens to; 0: none.
    generation: u64,
    /// Where in the request ring that is.
    request: u64,
    /// Responses to it that were handed over.
    received: u64,
    responses: Consumer,
    /// Where they come; `None`: the server has not answered yet, or is gone.
    // INVARIANT: in the server's region.
    ring: Option<Ring<'static>>,
    /// `None`: the server is gone, and the own half may be another's.
    // INVARIANT: in our region.
    cancelled: Option<&'static Word>,
    /// The first of its holds; what is most often used lies together.
    hold: Hold,
}

/// What one response may be borrowed under.
#[derive(Debug)]
struct Hold {
    borrow: Borrow,
    /// Those of its slot, with its own hold word alone; with none once the server is gone.
    // INVARIANT: in our region.
    claims: Claims<'static>,
    /// Where what came inside its descriptor is read.
    // INVARIANT: one of the requester's copies, and nobody else's.
    place: Place,
}

/// The client's end of a connection.
#[derive(Debug)]
pub struct Requester<M: Mechanisms> {
    requests: Producer,
    /// The server's page as long as something may be published: not before it has answered, and not once it is gone.
    page: Option<PeerPage>,
    waker: Waker,
    slots: Box<[Slot]>,
    /// The slots' other holds, by slot.
    holds: Box<[Hold]>,
    /// How many holds are in use.
    borrows: u32,
    lent: Lendings,
    /// Requests at positions below it are home, as the server has said.
    told: u64,
    prefetch: Prefetch,
    detached: bool,
    limits: Limits,
    /// What was taken last is one that no honest server sends.
    refused: bool,
    stranded: Option<Stranded>,
    own: Own<ClientWords, M>,
    peer: Option<Peer<ServerWords, M>>,
    /// By slot: copied out at the peer's death.
    rescued: Box<[VecDeque<Descriptor>]>,
    _copies: Copies,
}

impl<M: Mechanisms> Requester<M> {
    /// The end of a new connection, whose half lies at `half_offset` of `memory`. The half must be committed; it is
    /// zeroed here, and a handshake may name it afterwards. Requests may be sent at once.
    ///
    /// # Errors
    /// [`ConnectionError::Size`] if the half leaves the memory.
    pub fn new(
        layout: &ConnectionLayout,
        memory: &Arc<M::Memory>,
        half_offset: usize,
    ) -> Result<Self, ConnectionError> {
        let limits = layout.limits();
        let per_slot = limits.borrowed_responses as usize;
        let own = Own::<ClientWords, M>::new(layout, memory, half_offset)?;
        let copies = Copies::new(own.words.claims.len() * per_slot);
        let mut places = copies.places();
        let words = own.words.cancelled.iter().zip(&own.words.claims);
        let slots: Box<[_]> = words
            .zip(&mut places)
            .map(|((cancelled, claims), place)| Slot::new(cancelled, claims.only(0), place))
            .collect();
        let others = (own.words.claims.iter())
            .flat_map(|claims| (1..per_slot).map(|hold| claims.only(hold)));
        let holds = others
            .zip(places)
            .map(|(claims, place)| Hold::new(claims, place))
            .collect();
        Ok(Self {
            requests: Producer::new(0, u64::from(limits.active_requests)),
            page: None,
            waker: Waker::new(),
            slots,
            holds,
            borrows: 0,
            lent: Lendings::new(limits.active_requests, limits.active_requests),
            told: 0,
            prefetch: Prefetch::default(),
            detached: false,
            limits,
            refused: false,
            stranded: None,
            own,
            peer: None,
            rescued: Box::default(),
            _copies: copies,
        })
    }

    /// The server has answered: from now on its half is readable.
    ///
    /// # Errors
    /// [`ConnectionError::Size`] if what the server said does not fit its memory.
    pub fn admit(
        &mut self,
        layout: &ConnectionLayout,
        place: &PeerPlace<M>,
    ) -> Result<(), ConnectionError> {
        let peer = Peer::<ServerWords, M>::new(layout, place)?;
        for (slot, ring) in self.slots.iter_mut().zip(&peer.words.rings) {
            slot.ring = Some(*ring);
        }
        self.page = Some(peer.page);
        self.peer = Some(peer);
        Ok(())
    }

    // ----- the way of a request and its responses

    /// Publishes a request under a slot nobody listens on and a generation above all earlier ones.
    ///
    /// Chunks that came home meanwhile are given to `give`. Afterwards ask [`must_ring`](Self::must_ring).
    ///
    /// # Errors
    /// The server broke the protocol.
    #[inline]
    pub fn send(
        &mut self,
        slot: u32,
        generation: u64,
        body: &Body,
        give: &mut dyn FnMut(ChunkKey),
    ) -> Result<Sending, ConnectionError> {
        if self.send_at_once(slot, generation, body) {
            return Ok(Sending::Sent { evicted: None });
        }
        self.send_otherwise(slot, generation, body, give)
    }

    /// The same where nothing stands in the way: the server has answered, is not closing, and has room as far as is known.
    /// Returns whether the request was published; if not, nothing was done.
    #[inline(always)]
    pub fn send_at_once(&mut self, slot: u32, generation: u64, body: &Body) -> bool {
        let open = self.page.as_ref().is_some_and(|page| !page.is_closing());
        open && (body.key().is_none() || !self.lent.is_full())
            && self.publish(slot, generation, body)
    }

    #[inline(always)]
    fn publish(&mut self, slot: u32, generation: u64, body: &Body) -> bool {
        let Some(entry) = self.slots.get_mut(slot as usize) else {
            return false;
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the server knows the high half"
        )]
        let read_from = entry.responses.position() as u32;
        let settled = self.borrows == 0;
        let message = encode(generation, slot, read_from, settled, body);
        let Some(position) = self.requests.publish(self.own.words.ring, &message) else {
            return false;
        };
        entry.begin(generation, position);
        if let Some(key) = body.key() {
            self.lent.push(position, key);
        }
        true
    }

    /// A request will be sent soon.
    #[inline(always)]
    pub fn prepare(&self) {
        self.requests.prepare(self.own.words.ring);
    }

    /// Whether the server sleeps and must be rung for what was just published. Before the server has answered nobody
    /// knows, and the answer is no: ring through the link.
    #[inline(always)]
    #[must_use]
    pub fn must_ring(&mut self) -> bool {
        match &self.page {
            Some(page) => self.waker.must_ring(page.sleep),
            None => false,
        }
    }

    /// Looks for the next response to request `generation` in `slot`, and takes it where nothing stands in the way.
    #[inline(always)]
    pub fn receive_at_once(&mut self, slot: u32, generation: u64) -> Look {
        let entry = self.slots.get_mut(slot as usize);
        let Some(entry) = entry.filter(|entry| entry.generation == generation) else {
            return Look::Unclear;
        };
        let Some(ring) = entry.ring else {
            return Look::Unclear;
        };
        if !entry.responses.is_behind(ring) {
            self.prefetch.failed();
            return Look::Nothing;
        }
        let hold = &mut entry.hold;
        if !hold.is_free() {
            return Look::Unclear;
        }
        let Some(message) = entry.responses.take_at_once(ring, hold.claims, 0) else {
            return Look::Unclear;
        };
        let descriptor = match accept(message, slot, generation) {
            Ok(descriptor) if descriptor.generation() == generation => descriptor,
            Ok(_) => {
                Consumer::release(hold.claims, 0);
                return Look::Unclear;
            }
            Err(_) => {
                self.refused = true;
                return Look::Unclear;
            }
        };
        let content = if descriptor.is_inline() {
            hold.borrow = Borrow::PLAIN;
            Consumer::release(hold.claims, 0);
            self.prefetch.expect_nothing();
            // SAFETY: the hold is free, and whoever had it before has stopped reading with its release; the place is its
            // own, and lives as long as the requester (INVARIANT).
            let data = unsafe { hold.place.put(descriptor.inline()) };
            Content { data, elements: 1 }
        } else {
            let Some(peer) = &mut self.peer else {
                return Look::Unclear;
            };
            let Ok(content) = peer.chunks.content(&descriptor, |_| None) else {
                self.stranded = Some(Stranded {
                    slot,
                    hold: slot,
                    descriptor,
                });
                return Look::Unclear;
            };
            hold.borrow = peer.chunks.borrow(&descriptor);
            self.prefetch.expect(peer.chunks.next_of(&descriptor));
            content
        };
        entry.received += 1;
        self.borrows += 1;
        // The answer proves that the request was taken, and saves a look at the server's counter.
        self.requests.note_taken(entry.request.wrapping_add(1));
        if descriptor.is_settled() && !self.lent.is_empty() {
            self.told = self.told.max(entry.request);
        }
        Look::Response {
            hold: slot,
            content,
        }
    }

    /// Gives a borrowed response back.
    #[inline(always)]
    pub fn release(&mut self, hold: u32) {
        let Some(hold) = hold_of(&mut self.slots, &mut self.holds, hold) else {
            return;
        };
        self.borrows -= 1;
        let borrow = core::mem::replace(&mut hold.borrow, Borrow::FREE);
        // WHY: what came inside its descriptor was given back when it was copied.
        if borrow != Borrow::PLAIN {
            Consumer::release(hold.claims, 0);
            if let Some(peer) = &mut self.peer {
                peer.chunks.release(borrow);
            }
        }
    }

    /// Publishes that nobody listens to request `generation` any more, and frees the slot. Returns whether somebody did.
    pub fn cancel(&mut self, slot: u32, generation: u64) -> bool {
        let cancelled = self.cancel_at_once(slot, generation);
        cancelled || self.forget_rescued(slot, generation)
    }

    /// The same where the server is not gone. If it is, nothing was done.
    #[inline(always)]
    pub fn cancel_at_once(&mut self, slot: u32, generation: u64) -> bool {
        let entry = self.slots.get_mut(slot as usize);
        let Some(entry) = entry.filter(|entry| entry.generation == generation) else {
            return false;
        };
        let Some(word) = entry.cancelled else {
            return false;
        };
        entry.generation = 0;
        // ORDERING(cancel): pairs with the Acquire load in `Responder::is_cancelled`.
        word.publish(generation);
        true
    }

    // ----- what is rarer

    /// Whether the server has answered.
    #[must_use]
    pub const fn is_admitted(&self) -> bool {
        self.peer.is_some()
    }

    /// Whether the server has published that it takes nothing more.
    #[must_use]
    #[inline]
    pub fn peer_is_closing(&self) -> bool {
        self.peer
            .as_ref()
            .is_some_and(|peer| peer.page.is_closing())
    }

    /// Whether somebody listens to request `generation` in `slot`.
    #[must_use]
    #[inline]
    pub fn listens(&self, slot: u32, generation: u64) -> bool {
        self.slots
            .get(slot as usize)
            .is_some_and(|entry| entry.generation == generation)
    }

    /// Whether somebody listens to any request.
    #[must_use]
    pub fn has_listeners(&self) -> bool {
        self.slots.iter().any(|entry| entry.generation != 0)
    }

    /// How many responses to the slot's request were handed over.
    #[must_use]
    pub fn received(&self, slot: u32) -> u64 {
        self.slots
            .get(slot as usize)
            .map_or(0, |entry| entry.received)
    }

    /// Somebody listens to a request that is never published, so that no response will come.
    pub fn skip(&mut self, slot: u32, generation: u64) {
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            entry.begin(generation, u64::MAX);
        }
    }

    /// Nobody listens to request `generation` of a gone server any more. Returns whether somebody did.
    #[cold]
    #[inline(never)]
    fn forget_rescued(&mut self, slot: u32, generation: u64) -> bool {
        let entry = self.slots.get_mut(slot as usize);
        let Some(entry) = entry.filter(|entry| entry.generation == generation) else {
            return false;
        };
        entry.generation = 0;
        if let Some(rescued) = self.rescued.get_mut(slot as usize) {
            rescued.clear();
        }
        true
    }

    /// Lets a watch look where the next response to request `generation` in `slot` will come, if the server has answered.
    pub fn watch(&self, watch: &mut Option<ResponseWatch<M>>, slot: u32, generation: u64) {
        let entry = self.slots.get(slot as usize);
        let entry = entry.filter(|entry| entry.generation == generation);
        let (Some(peer), Some((entry, ring))) = (
            &self.peer,
            entry.and_then(|entry| Some((entry, entry.ring?))),
        ) else {
            return;
        };
        let (place, prefetch) = (entry.responses.watch(ring), self.prefetch);
        match watch {
            // WHY not always anew: to count the memory's users costs more than to look.
            Some(watch) if Arc::ptr_eq(&watch.memory, &peer.memory) => {
                (watch.generation, watch.place, watch.prefetch) = (generation, place, prefetch);
            }
            _ => {
                *watch = Some(ResponseWatch {
                    generation,
                    place,
                    prefetch,
                    memory: Arc::clone(&peer.memory),
                });
            }
        }
    }

    /// Publishes a request where something may stand in the way.
    #[cold]
    #[inline(never)]
    fn send_otherwise(
        &mut self,
        slot: u32,
        generation: u64,
        body: &Body,
        give: &mut dyn FnMut(ChunkKey),
    ) -> Result<Sending, ConnectionError> {
        if slot as usize >= self.slots.len() {
            return Err(ConnectionError::Size);
        }
        let mut evicted = None;
        if self.detached || self.requests.is_full() && !self.make_room(&mut evicted)? {
            return Ok(Sending::Full);
        }
        if body.key().is_some() && self.lent.is_full() {
            self.reclaim(give)?;
        }
        if self.publish(slot, generation, body) {
            Ok(Sending::Sent { evicted })
        } else {
            Ok(Sending::Full)
        }
    }

    /// Looks how far the server is, then evicts if overflow is on. Returns whether there is room.
    fn make_room(&mut self, evicted: &mut Option<EvictedRequest>) -> Result<bool, ConnectionError> {
        if let Some(peer) = &self.peer {
            self.requests.refresh(peer.words.claims)?;
        }
        if self.requests.is_full() {
            if !self.limits.request_overflow {
                return Ok(false);
            }
            *evicted = self.evict();
        }
        Ok(true)
    }

    /// Removes the oldest request of the queue. `None`: nobody listens to it, or the server has finished it since we
    /// last looked, so that its stream tells.
    pub(super) fn evict(&mut self) -> Option<EvictedRequest> {
        let claims = self.peer.as_ref().map(|peer| peer.words.claims);
        let evicted = self.requests.evict(self.own.words.ring, claims)?;
        let (slot, entry) = (0..)
            .zip(&*self.slots)
            .find(|(_, slot)| slot.generation != 0 && slot.request == evicted.position)?;
        let generation = entry.generation;
        // WHY: a free hold word also means that the server took the request and gave it back meanwhile, which it
        // does after it has published the end.
        if !evicted.contested && self.has_ended(slot, generation) {
            return None;
        }
        Some(EvictedRequest {
            slot,
            generation,
            contested: evicted.contested,
        })
    }

    /// Takes the next response to request `generation` in `slot`. With overflow off, ask
    /// [`must_ring`](Self::must_ring) afterwards: the server may wait for room.
    ///
    /// # Errors
    /// The server broke the protocol.
    #[inline]
    pub fn receive(&mut self, slot: u32, generation: u64) -> Result<Receive, ConnectionError> {
        match self.receive_at_once(slot, generation) {
            Look::Nothing => Ok(Receive::Nothing),
            Look::Response { hold, content } => Ok(Receive::Response { hold, content }),
            Look::Unclear => self.receive_otherwise(slot, generation),
        }
    }

    /// Takes the next response where that is [`Unclear`](Look::Unclear).
    ///
    /// # Errors
    /// The server broke the protocol.
    #[cold]
    #[inline(never)]
    pub fn receive_otherwise(
        &mut self,
        slot: u32,
        generation: u64,
    ) -> Result<Receive, ConnectionError> {
        if !self.listens(slot, generation) {
            return Ok(Receive::Nothing);
        }
        if self.detached {
            return Ok(self.receive_rescued(slot));
        }
        if self.refused {
            return Err(ConnectionError::Descriptor);
        }
        if let Some(stranded) = self.stranded.take() {
            return self.hand_over(stranded);
        }
        let Some(hold) = self.free_hold(slot) else {
            return Ok(if self.has_response(slot) {
                Receive::NoBorrowLeft
            } else {
                Receive::Nothing
            });
        };
        // WHY: each turn skips a response of an older generation; an honest ring holds no more of them than this.
        for _ in 0..=self.limits.response_buffer.saturating_mul(2) {
            let Some(message) = self.take(slot, hold)? else {
                break;
            };
            if let Some(descriptor) = self.accept(slot, hold, message)? {
                return self.hand_over(Stranded {
                    slot,
                    hold,
                    descriptor,
                });
            }
        }
        Ok(Receive::Nothing)
    }

    fn take(&mut self, slot: u32, hold: u32) -> Result<Option<Message>, ConnectionError> {
        let claims = hold_of(&mut self.slots, &mut self.holds, hold).map(|hold| hold.claims);
        let entry = self.slots.get_mut(slot as usize);
        let (Some(claims), Some(entry)) = (claims, entry) else {
            return Ok(None);
        };
        match entry.ring {
            Some(ring) => Ok(entry.responses.take(ring, claims, 0)?),
            None => Ok(None),
        }
    }

    /// Checks what was taken under `hold`. `None`: it is a response to an older request, and was let go.
    fn accept(
        &mut self,
        slot: u32,
        hold: u32,
        message: Message,
    ) -> Result<Option<Descriptor>, ConnectionError> {
        let Some(entry) = self.slots.get(slot as usize) else {
            return Ok(None);
        };
        let (generation, request) = (entry.generation, entry.request);
        let descriptor = accept(message, slot, generation)?;
        if descriptor.generation() < generation {
            if let Some(hold) = hold_of(&mut self.slots, &mut self.holds, hold) {
                Consumer::release(hold.claims, 0);
            }
            return Ok(None);
        }
        self.requests.note_taken(request.wrapping_add(1));
        Ok(Some(descriptor))
    }

    /// Borrows what was taken.
    fn hand_over(&mut self, taken: Stranded) -> Result<Receive, ConnectionError> {
        let Stranded {
            slot,
            hold: number,
            descriptor,
        } = taken;
        let hold = hold_of(&mut self.slots, &mut self.holds, number);
        let (Some(hold), Some(peer)) = (hold, &mut self.peer) else {
            return Ok(Receive::Nothing);
        };
        // SAFETY: as in `receive_at_once`.
        let copy = |inline| Some(unsafe { hold.place.put(inline) });
        let content = match peer.chunks.content(&descriptor, copy) {
            Ok(content) => content,
            Err(Unreadable::Unknown) => {
                self.stranded = Some(taken);
                return Ok(Receive::UnknownMemory);
            }
            Err(Unreadable::Broken) => return Err(ConnectionError::Descriptor),
        };
        hold.borrow = peer.chunks.borrow(&descriptor);
        if descriptor.is_inline() {
            Consumer::release(hold.claims, 0);
        }
        self.prefetch.expect(peer.chunks.next_of(&descriptor));
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            entry.received += 1;
        }
        self.borrows += 1;
        Ok(Receive::Response {
            hold: number,
            content,
        })
    }

    /// The holds of a slot, by number.
    fn holds_of(&self, slot: u32) -> impl Iterator<Item = (u32, &Hold)> {
        let others = self.limits.borrowed_responses - 1;
        let first = slot * others;
        let numbers = self.limits.slots() + first..self.limits.slots() + first + others;
        let others = numbers.zip(self.holds.iter().skip(first as usize));
        let entry = self.slots.get(slot as usize);
        (entry.map(|entry| (slot, &entry.hold)).into_iter()).chain(others)
    }

    /// A hold of the slot that is not in use.
    fn free_hold(&self, slot: u32) -> Option<u32> {
        let mut holds = self.holds_of(slot);
        holds.find_map(|(number, hold)| hold.is_free().then_some(number))
    }

    /// Takes the next response that was copied out at the server's death; nothing if the server has not answered yet.
    #[cold]
    #[inline(never)]
    fn receive_rescued(&mut self, slot: u32) -> Receive {
        let free = self.free_hold(slot);
        let Some(rescued) = self.rescued.get_mut(slot as usize) else {
            return Receive::Nothing;
        };
        if rescued.is_empty() {
            return Receive::Nothing;
        }
        let Some(hold) = free else {
            return Receive::NoBorrowLeft;
        };
        let Some(descriptor) = rescued.pop_front() else {
            return Receive::Nothing;
        };
        // WHY: what was rescued was vetted, and stays mapped.
        self.hand_over(Stranded {
            slot,
            hold,
            descriptor,
        })
        .unwrap_or(Receive::Nothing)
    }

    /// Takes in what the server has announced. What it had in that place before must be retired and not read any more.
    ///
    /// # Errors
    /// The server broke the protocol.
    pub fn add_segment(
        &mut self,
        announcement: &Announcement,
        memory: &Arc<M::PeerMemory>,
    ) -> Result<(), ConnectionError> {
        let peer = self.peer.as_mut().ok_or(ConnectionError::Announcement)?;
        peer.chunks.segments().add(announcement, memory)
    }

    /// Goes on with the response of unknown memory, after everything the server has announced was taken in.
    ///
    /// # Errors
    /// The server broke the protocol: it must have announced the memory before it sent the response.
    #[cold]
    pub fn resume(&mut self) -> Result<Receive, ConnectionError> {
        let Some(stranded) = self.stranded.take() else {
            return Ok(Receive::Nothing);
        };
        match self.hand_over(stranded)? {
            Receive::UnknownMemory => {
                self.stranded = None;
                Err(ConnectionError::Descriptor)
            }
            received => Ok(received),
        }
    }

    /// Lets go of memory that the server has retired and of which nothing is borrowed.
    #[inline]
    pub fn sweep_segments(&mut self) {
        // WHY: what a dead server left may lie in any of it.
        if let (false, Some(peer)) = (self.detached, &mut self.peer) {
            peer.chunks.segments().sweep();
        }
    }

    /// How many memory objects of the server are mapped besides its base.
    #[cfg(test)]
    pub(super) fn mapped_segments(&mut self) -> u32 {
        self.peer
            .as_mut()
            .map_or(0, |peer| peer.chunks.segments().mapped())
    }

    /// Whether a response to the slot's latest request is there.
    #[must_use]
    pub fn has_response(&self, slot: u32) -> bool {
        let Some(entry) = self.slots.get(slot as usize) else {
            return false;
        };
        if self.detached {
            let rescued = self.rescued.get(slot as usize);
            return rescued.is_some_and(|rescued| !rescued.is_empty());
        }
        // WHY: until the server has taken the latest request, the ring still holds what older ones left there.
        entry
            .ring
            .filter(|ring| entry.responses.has_message(*ring))
            .and_then(|ring| entry.responses.peek(ring))
            .and_then(Descriptor::decode)
            .is_some_and(|descriptor| descriptor.generation() == entry.generation)
    }

    /// Whether a response to any request of the slot is borrowed.
    #[must_use]
    pub fn has_borrows(&self, slot: u32) -> bool {
        !self.holds_of(slot).all(|(_, hold)| hold.is_free())
    }

    /// How many responses are borrowed.
    #[must_use]
    pub const fn borrows(&self) -> u32 {
        self.borrows
    }

    /// Whether the server has ended the stream of request `generation`. What it had published before is in the ring:
    /// receive once more after a yes.
    #[must_use]
    pub fn has_ended(&self, slot: u32, generation: u64) -> bool {
        self.peer
            .as_ref()
            .and_then(|peer| peer.words.ended.get(slot as usize))
            .is_some_and(|ended| ended.observe() >= generation)
    }

    /// Whether the server has taken the slot's latest request, unless it was evicted.
    ///
    /// # Errors
    /// The server broke the protocol.
    pub fn is_taken(&mut self, slot: u32) -> Result<bool, ConnectionError> {
        if let Some(peer) = &self.peer {
            self.requests.refresh(peer.words.claims)?;
        }
        Ok(self
            .slots
            .get(slot as usize)
            .is_some_and(|slot| slot.request < self.requests.taken()))
    }

    /// Who has request `generation`, whose eviction was contested.
    #[must_use]
    pub fn contest(&self, slot: u32, generation: u64) -> Contest {
        let Some(entry) = self.slots.get(slot as usize) else {
            return Contest::Evicted;
        };
        let Some(peer) = &self.peer else {
            return Contest::Open;
        };
        // A server that won holds the request until it has published the end of its stream.
        if peer.words.claims.holds(entry.request) {
            return match (self.detached, entry.request < self.requests.taken()) {
                (false, _) => Contest::Open,
                (true, true) => Contest::Taken,
                (true, false) => Contest::Evicted,
            };
        }
        if self.has_ended(slot, generation) {
            Contest::Taken
        } else {
            Contest::Evicted
        }
    }

    /// Publishes the wish that the stream of request `generation` ends.
    pub fn hint_disconnect(&self, slot: u32, generation: u64) {
        if let (false, Some(word)) = (self.detached, self.own.words.hinted.get(slot as usize)) {
            word.publish(generation);
        }
    }

    /// Whether chunks are lent to the server, as far as is known.
    #[inline(always)]
    #[must_use]
    pub fn has_lent(&self) -> bool {
        !self.lent.is_empty()
    }

    /// Gives home the chunks the server has done with, as far as it has said so with a response.
    #[inline(always)]
    pub fn settle(&mut self, give: impl FnMut(ChunkKey)) {
        self.lent.settle_below(self.told, give);
    }

    /// Gives home the chunks the server has done with.
    ///
    /// # Errors
    /// The server broke the protocol.
    pub fn reclaim(&mut self, give: &mut dyn FnMut(ChunkKey)) -> Result<(), ConnectionError> {
        if let Some(peer) = &self.peer {
            self.requests.refresh(peer.words.claims)?;
            self.lent.settle(&self.requests, peer.words.claims, give);
        }
        Ok(())
    }

    /// Makes every stream stand at `position`, as after a long life.
    #[cfg(test)]
    pub(super) fn resume_streams_at(&mut self, position: u64) {
        for slot in &mut self.slots {
            slot.responses = Consumer::new(position);
        }
    }

    /// Gives home the chunks of requests that were evicted before the server answered.
    ///
    /// To be called only after a look at the link that found no answer, and that came after the last
    /// [`send`](Self::send): the server answers before it takes anything, so that it will see what was evicted.
    /// Does nothing once the answer was read.
    pub fn reclaim_unanswered(&mut self, give: &mut dyn FnMut(ChunkKey)) {
        if self.peer.is_none() {
            self.lent.settle_below(self.requests.oldest(), give);
        }
    }

    /// The server is gone, and what it had announced was taken in: copies out what it had published for whoever still listens, gives all lent chunks home, and
    /// never touches the own half again. Doing it twice does nothing.
    pub fn detach(&mut self, give: &mut dyn FnMut(ChunkKey)) {
        if self.detached {
            return;
        }
        if let Some(peer) = &self.peer {
            let slots = (0..).zip(&mut self.slots);
            let rescue = slots
                .map(|(slot, entry)| entry.rescue(slot, &peer.chunks, self.limits.response_buffer));
            self.rescued = rescue.collect();
            // CRASH: a dead server's counter is as good as its last store; a nonsensical one counts as not taken.
            let _ = self.requests.refresh(peer.words.claims);
        }
        for slot in &mut self.slots {
            (slot.ring, slot.cancelled) = (None, None);
        }
        let firsts = self.slots.iter_mut().map(|slot| &mut slot.hold);
        for hold in firsts.chain(&mut self.holds) {
            hold.claims = hold.claims.only(usize::MAX);
        }
        self.page = None;
        self.detached = true;
        self.lent.settle_all(give);
    }
}

impl Slot {
    const fn new(cancelled: &'static Word, claims: Claims<'static>, place: Place) -> Self {
        Self {
            generation: 0,
            request: u64::MAX,
            received: 0,
            responses: Consumer::new(0),
            ring: None,
            cancelled: Some(cancelled),
            hold: Hold::new(claims, place),
        }
    }

    /// From now on somebody listens to request `generation`, which is at `position`.
    #[inline(always)]
    const fn begin(&mut self, generation: u64, position: u64) {
        self.generation = generation;
        self.request = position;
        self.received = 0;
    }

    /// Takes what a dead server left for whoever still listens, with claims of nobody's, since it will never look at ours
    /// again.
    fn rescue<M: Mechanisms>(
        &mut self,
        slot: u32,
        chunks: &PeerChunks<M>,
        at_most: u32,
    ) -> VecDeque<Descriptor> {
        let mut rescued = VecDeque::new();
        let Some(ring) = self.ring.filter(|_| self.generation != 0) else {
            return rescued;
        };
        let (taken, holds) = (Word::new(0), [Word::new(0)]);
        let claims = Claims::new(&taken, &holds);
        for _ in 0..at_most.saturating_mul(2) {
            let Ok(Some(message)) = self.responses.take(ring, claims, 0) else {
                break;
            };
            let Ok(descriptor) = accept(message, slot, self.generation) else {
                break;
            };
            if descriptor.generation() == self.generation {
                if chunks.vet(&descriptor).is_err() {
                    break;
                }
                rescued.push_back(descriptor);
            }
        }
        rescued
    }
}

impl Hold {
    const fn new(claims: Claims<'static>, place: Place) -> Self {
        Self {
            borrow: Borrow::FREE,
            claims,
            place,
        }
    }

    #[inline(always)]
    fn is_free(&self) -> bool {
        self.borrow.is_free()
    }
}

/// The hold of that number: first come those in the slots, then the others.
#[inline(always)]
fn hold_of<'a>(slots: &'a mut [Slot], others: &'a mut [Hold], number: u32) -> Option<&'a mut Hold> {
    let number = number as usize;
    match number.checked_sub(slots.len()) {
        None => slots.get_mut(number).map(|slot| &mut slot.hold),
        Some(other) => others.get_mut(other),
    }
}

/// Checks a response's slot and generation: it may be late, never early.
#[inline(always)]
fn accept(message: Message, slot: u32, generation: u64) -> Result<Descriptor, ConnectionError> {
    Descriptor::decode(message)
        .filter(|descriptor| descriptor.slot() == slot && descriptor.generation() <= generation)
        .ok_or(ConnectionError::Descriptor)
}
