// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The client's end of a connection.

use super::{
    Announcement, ChunkKey, ConnectionError, Content, PeerPlace,
    chunks::{Borrow, PeerChunks, Unreadable},
    copies::Copies,
    descriptor::{Body, Descriptor, encode},
    halves::{ClientWords, Own, Peer, ServerWords},
    layout::{ConnectionLayout, Limits},
    lending::Lendings,
    prefetch::Prefetch,
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

/// A response that was taken, but lies in unknown memory.
#[derive(Debug)]
struct Stranded {
    slot: usize,
    hold: usize,
    descriptor: Descriptor,
}

/// One slot, as its owner knows it.
#[derive(Debug)]
struct Slot {
    /// The latest generation that was sent here; 0: none yet.
    generation: u64,
    /// Where in the request ring that is.
    request: u64,
    /// Somebody listens.
    armed: bool,
    /// Responses that are borrowed.
    borrows: u32,
    responses: Consumer,
    /// Copied out at the peer's death.
    rescued: VecDeque<Descriptor>,
}

/// The client's end of a connection.
#[derive(Debug)]
pub struct Requester<M: Mechanisms> {
    limits: Limits,
    own: Own<ClientWords, M>,
    peer: Option<Peer<ServerWords, M>>,
    detached: bool,
    requests: Producer,
    lent: Lendings,
    /// Requests at positions below it are home, as the server has said.
    told: u64,
    slots: Box<[Slot]>,
    /// By slot, then by borrow.
    borrowed: Box<[Borrow]>,
    /// By slot, then by borrow: what came inside its descriptor.
    copies: Copies,
    borrows: u32,
    stranded: Option<Stranded>,
    prefetch: Prefetch,
    waker: Waker,
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
        let slots = limits.slots();
        let borrows = slots as usize * limits.borrowed_responses as usize;
        Ok(Self {
            limits,
            own: Own::new(layout, memory, half_offset)?,
            peer: None,
            detached: false,
            requests: Producer::new(0, u64::from(limits.active_requests)),
            lent: Lendings::new(limits.active_requests, limits.active_requests),
            told: 0,
            slots: (0..slots).map(|_| Slot::new()).collect(),
            borrowed: vec![Borrow::FREE; borrows].into(),
            copies: Copies::new(borrows),
            borrows: 0,
            stranded: None,
            prefetch: Prefetch::default(),
            waker: Waker::new(),
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
        self.peer = Some(Peer::new(layout, place)?);
        Ok(())
    }

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
        if self.detached {
            return Ok(Sending::Full);
        }
        let mut evicted = None;
        if self.requests.is_full() && !self.make_room(&mut evicted)? {
            return Ok(Sending::Full);
        }
        if body.key().is_some() && self.lent.is_full() {
            self.reclaim(give)?;
        }
        let index = slot as usize;
        let Some(entry) = self.slots.get_mut(index) else {
            return Err(ConnectionError::Size);
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the server knows the high half"
        )]
        let read_from = entry.responses.position() as u32;
        let settled = entry.borrows == 0;
        let message = encode(generation, slot, read_from, settled, body);
        let Some(position) = self.requests.publish(self.own.words.ring, &message) else {
            return Ok(Sending::Full);
        };
        entry.generation = generation;
        entry.request = position;
        entry.armed = true;
        if let Some(key) = body.key() {
            self.lent.push(position, key);
        }
        Ok(Sending::Sent { evicted })
    }

    /// Looks how far the server is, then evicts if overflow is on. Returns whether there is room.
    #[cold]
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
            .find(|(_, slot)| slot.armed && slot.request == evicted.position)?;
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

    /// Whether the server sleeps and must be rung for what was just published. Before the server has answered nobody
    /// knows, and the answer is no: ring through the link.
    #[inline]
    #[must_use]
    pub fn must_ring(&mut self) -> bool {
        match &self.peer {
            Some(peer) if !self.detached => self.waker.must_ring(peer.page.sleep),
            _ => false,
        }
    }

    /// Takes the next response to request `generation` in `slot`. With overflow off, ask
    /// [`must_ring`](Self::must_ring) afterwards: the server may wait for room.
    ///
    /// # Errors
    /// The server broke the protocol.
    #[inline]
    pub fn receive(&mut self, slot: u32, generation: u64) -> Result<Receive, ConnectionError> {
        let index = slot as usize;
        let Some(entry) = self.slots.get_mut(index) else {
            return Ok(Receive::Nothing);
        };
        if entry.generation != generation {
            return Ok(Receive::Nothing);
        }
        if self.detached {
            return Ok(self.receive_rescued(slot));
        }
        let (Some(peer), Some(claims)) = (&self.peer, self.own.words.claims.get(index)) else {
            return Ok(Receive::Nothing);
        };
        let Some(ring) = peer.words.rings.get(index) else {
            return Ok(Receive::Nothing);
        };
        if !entry.responses.is_behind(*ring) {
            self.prefetch.failed();
            return Ok(Receive::Nothing);
        }
        let Some(hold) = free_borrow(&self.borrowed, &self.limits, index) else {
            return Ok(if self.has_response(slot) {
                Receive::NoBorrowLeft
            } else {
                Receive::Nothing
            });
        };
        let claims = *claims;
        // WHY: each turn skips a response of an older generation; an honest ring holds no more of them than this.
        for _ in 0..=self.limits.response_buffer.saturating_mul(2) {
            let Some(message) = entry.responses.take(*ring, claims, hold)? else {
                break;
            };
            let descriptor = accept(message, slot, generation)?;
            if descriptor.generation() < generation {
                Consumer::release(claims, hold);
                continue;
            }
            self.prefetch.expect(peer.chunks.next_of(&descriptor));
            if descriptor.is_inline() {
                Consumer::release(claims, hold);
            }
            // The answer proves that the request was taken, and saves a look at the server's counter.
            self.requests.note_taken(entry.request.saturating_add(1));
            if descriptor.is_settled() {
                self.told = self.told.max(entry.request);
            }
            return self.hand_over(index, hold, descriptor);
        }
        Ok(Receive::Nothing)
    }

    /// Takes the next response that was copied out at the server's death.
    #[cold]
    fn receive_rescued(&mut self, slot: u32) -> Receive {
        let index = slot as usize;
        let free = free_borrow(&self.borrowed, &self.limits, index);
        let Some(entry) = self.slots.get_mut(index) else {
            return Receive::Nothing;
        };
        if entry.rescued.is_empty() {
            return Receive::Nothing;
        }
        let Some(hold) = free else {
            return Receive::NoBorrowLeft;
        };
        let Some(descriptor) = entry.rescued.pop_front() else {
            return Receive::Nothing;
        };
        // WHY: what was rescued was vetted, and stays mapped.
        self.hand_over(index, hold, descriptor)
            .unwrap_or(Receive::Nothing)
    }

    /// Borrows a response under `hold` of `slot`, which must be free.
    #[inline(always)]
    fn hand_over(
        &mut self,
        slot: usize,
        hold: usize,
        descriptor: Descriptor,
    ) -> Result<Receive, ConnectionError> {
        let Some(peer) = &mut self.peer else {
            return Ok(Receive::Nothing);
        };
        let index = slot * self.limits.borrowed_responses as usize + hold;
        // SAFETY: the borrow is free, and whoever had it before has stopped reading with its release.
        let copy = |inline| unsafe { self.copies.put(index, inline) };
        let content = match peer.chunks.content(&descriptor, copy) {
            Ok(content) => content,
            Err(Unreadable::Unknown) => return Ok(self.strand(slot, hold, descriptor)),
            Err(Unreadable::Broken) => return Err(ConnectionError::Descriptor),
        };
        if let Some(borrow) = self.borrowed.get_mut(index) {
            *borrow = peer.chunks.borrow(&descriptor);
        }
        if let Some(entry) = self.slots.get_mut(slot) {
            entry.borrows += 1;
        }
        self.borrows += 1;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "below the limit, which is 32 bits"
        )]
        let hold = hold as u32;
        Ok(Receive::Response { hold, content })
    }

    #[cold]
    fn strand(&mut self, slot: usize, hold: usize, descriptor: Descriptor) -> Receive {
        self.stranded = Some(Stranded {
            slot,
            hold,
            descriptor,
        });
        Receive::UnknownMemory
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
        let Some(Stranded {
            slot,
            hold,
            descriptor,
        }) = self.stranded.take()
        else {
            return Ok(Receive::Nothing);
        };
        match self.hand_over(slot, hold, descriptor)? {
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
        let index = slot as usize;
        let Some(entry) = self.slots.get(index) else {
            return false;
        };
        if self.detached {
            return !entry.rescued.is_empty();
        }
        // WHY: until the server has taken the latest request, the ring still holds what older ones left there.
        self.peer
            .as_ref()
            .and_then(|peer| peer.words.rings.get(index))
            .filter(|ring| entry.responses.has_message(**ring))
            .and_then(|ring| entry.responses.peek(*ring))
            .and_then(Descriptor::decode)
            .is_some_and(|descriptor| descriptor.generation() == entry.generation)
    }

    /// Gives a borrowed response back.
    #[inline]
    pub fn release(&mut self, slot: u32, hold: u32) {
        let index = slot as usize * self.limits.borrowed_responses as usize + hold as usize;
        let Some(borrow) = self.borrowed.get_mut(index) else {
            return;
        };
        let borrow = core::mem::replace(borrow, Borrow::FREE);
        if let Some(peer) = &mut self.peer {
            peer.chunks.release(borrow);
        }
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            entry.borrows -= 1;
        }
        self.borrows -= 1;
        if let (false, Some(claims)) = (self.detached, self.own.words.claims.get(slot as usize)) {
            Consumer::release(*claims, hold as usize);
        }
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

    /// Publishes that nobody listens to request `generation` any more, and frees the slot.
    #[inline]
    pub fn cancel(&mut self, slot: u32, generation: u64) {
        let index = slot as usize;
        let (Some(entry), Some(word)) = (
            self.slots.get_mut(index),
            self.own.words.cancelled.get(index),
        ) else {
            return;
        };
        if entry.generation != generation {
            return;
        }
        entry.armed = false;
        if self.detached {
            entry.rescued.clear();
        } else {
            // ORDERING(cancel): pairs with the Acquire load in `Responder::is_cancelled`.
            word.publish(generation);
        }
    }

    /// Publishes the wish that the stream of request `generation` ends.
    pub fn hint_disconnect(&self, slot: u32, generation: u64) {
        if let (false, Some(word)) = (self.detached, self.own.words.hinted.get(slot as usize)) {
            word.publish(generation);
        }
    }

    /// Gives home the chunks the server has done with, as far as it has said so with a response.
    #[inline]
    pub fn settle(&mut self, give: &mut dyn FnMut(ChunkKey)) {
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
            for (slot, (entry, ring)) in (0..).zip(self.slots.iter_mut().zip(&peer.words.rings)) {
                if entry.armed {
                    entry.rescue(slot, *ring, &peer.chunks, self.limits.response_buffer);
                }
            }
            // CRASH: a dead server's counter is as good as its last store; a nonsensical one counts as not taken.
            let _ = self.requests.refresh(peer.words.claims);
        }
        self.detached = true;
        self.lent.settle_all(give);
    }
}

impl Slot {
    const fn new() -> Self {
        Self {
            generation: 0,
            request: u64::MAX,
            armed: false,
            borrows: 0,
            responses: Consumer::new(0),
            rescued: VecDeque::new(),
        }
    }

    /// Takes what a dead server left, with claims of nobody's, since it will never look at ours again.
    fn rescue<M: Mechanisms>(
        &mut self,
        slot: u32,
        ring: Ring<'_>,
        chunks: &PeerChunks<M>,
        at_most: u32,
    ) {
        let (taken, holds) = (Word::new(0), [Word::new(0)]);
        let claims = Claims::new(&taken, &holds);
        for _ in 0..at_most.saturating_mul(2) {
            let Ok(Some(message)) = self.responses.take(ring, claims, 0) else {
                return;
            };
            let Ok(descriptor) = accept(message, slot, self.generation) else {
                return;
            };
            if descriptor.generation() == self.generation {
                if chunks.vet(&descriptor).is_err() {
                    return;
                }
                self.rescued.push_back(descriptor);
            }
        }
    }
}

/// A borrow of the slot that is not in use, among all slots' borrows.
#[inline]
fn free_borrow(borrowed: &[Borrow], limits: &Limits, slot: usize) -> Option<usize> {
    let per_slot = limits.borrowed_responses as usize;
    let first = slot * per_slot;
    borrowed
        .get(first..first + per_slot)?
        .iter()
        .position(|borrow| borrow.is_free())
}

/// Checks a response's slot and generation: it may be late, never early.
#[inline]
fn accept(message: Message, slot: u32, generation: u64) -> Result<Descriptor, ConnectionError> {
    Descriptor::decode(message)
        .filter(|descriptor| descriptor.slot() == slot && descriptor.generation() <= generation)
        .ok_or(ConnectionError::Descriptor)
}
