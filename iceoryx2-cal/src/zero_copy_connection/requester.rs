// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The client's end of a connection: what it consists of, and the short way of requests and responses.

mod departure;
mod otherwise;
mod passage;
mod questions;

pub use self::passage::RequestPassage;

use super::{
    ChunkKey, ConnectionError, Content, PeerPlace,
    chunks::Borrow,
    copies::{Copies, Place},
    descriptor::{Body, Descriptor, Heading, Kind, Near, encode, slot_and_kind},
    halves::{ClientWords, Own, Peer, ServerWords},
    layout::{ConnectionLayout, Limits},
    lending::{Homecoming, Lendings},
    port_page::PeerPage,
    prefetch::Prefetch,
};
use crate::Mechanisms;
use iceoryx2_bb_lock_free::{
    ring::{Claim, Consumer, Producer, Ring, Sight},
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
// WHY aligned: two whole lines are found by a shift, and begin where a line does.
#[derive(Debug)]
#[repr(align(64))]
struct Slot {
    /// The request that somebody listens to; 0: none.
    generation: u64,
    /// Where in the request ring that is.
    request: u64,
    /// Responses to it that were handed over.
    received: u64,
    responses: Consumer,
    /// Where they come; blind as long as the server has not answered, and lost once it is gone.
    // INVARIANT: in the server's region.
    ring: Ring<'static>,
    /// What those that lie in their descriptors say of slot and kind.
    inline: u64,
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
    /// Nobody's once the server is gone.
    // INVARIANT: in our region.
    claim: Claim<'static>,
    /// Where what came inside its descriptor is read.
    // INVARIANT: one of the requester's copies, and nobody else's.
    place: Place,
}

/// The client's end of a connection.
#[derive(Debug)]
pub struct Requester<M: Mechanisms> {
    requests: Producer,
    /// The server's page as long as something may be published; nobody's before it has answered, and once it is gone.
    page: PeerPage,
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
    /// The end of a new connection, whose half lies at `half_offset` of `memory`, committed and all zero. Requests may be
    /// sent at once.
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
        let firsts = own.words.claims.iter().filter_map(|claims| claims.claim(0));
        let words = own.words.cancelled.iter().zip(firsts);
        let slots: Box<[_]> = words
            .zip(&mut places)
            .map(|((cancelled, claim), place)| Slot::new(cancelled, claim, place))
            .collect();
        let others = own
            .words
            .claims
            .iter()
            .flat_map(|claims| claims.each().skip(1));
        let holds = others
            .zip(places)
            .map(|(claim, place)| Hold::new(claim, place))
            .collect();
        Ok(Self {
            requests: Producer::new(0, u64::from(limits.active_requests)),
            page: PeerPage::nobodys(),
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
        let kind = peer.chunks.inline_kind();
        for ((number, slot), ring) in (0..).zip(&mut self.slots).zip(&peer.words.rings) {
            (slot.ring, slot.inline) = (*ring, slot_and_kind(number, kind));
        }
        self.page = peer.page;
        self.peer = Some(peer);
        Ok(())
    }

    // ----- the way of a request and its responses

    /// Publishes a request under a slot nobody listens on and a generation above all earlier ones.
    ///
    /// If the server [must be heard first](Self::must_be_heard_first), look at the link before. Chunks that came home
    /// meanwhile are given to `give`. Afterwards ask [`must_ring`](Self::must_ring).
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
        // WHY first: what is known of it here is not known any more after a look at the server's page.
        let settled = self.borrows == 0;
        !self.page.is_closing()
            && (body.key().is_none() || !self.lent.is_full())
            && self.publish(slot, generation, settled, body)
    }

    /// `settled`: no response is borrowed.
    #[inline(always)]
    fn publish(&mut self, slot: u32, generation: u64, settled: bool, body: &Body) -> bool {
        let Some(entry) = self.slots.get_mut(slot as usize) else {
            return false;
        };
        let read_from = entry.responses.position();
        let (message, sent) = encode(generation, slot, read_from, settled, body);
        let message = message.get(..sent).unwrap_or(&message);
        let Some(position) = self.requests.publish(self.own.words.ring, message) else {
            return false;
        };
        entry.begin(generation, position);
        if let Body::Chunk { chunk, key, .. } = body {
            self.lent.push(position, *key, *chunk);
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
        self.waker.must_ring(self.page.sleep)
    }

    /// Looks for the next response to request `generation` in `slot`, and takes it where nothing stands in the way. Of one
    /// that lies in its descriptor somebody will read so many `words`.
    #[inline(always)]
    pub fn receive_at_once(&mut self, slot: u32, generation: u64, words: usize) -> Look {
        let entry = self.slots.get_mut(slot as usize);
        let Some(entry) = entry.filter(|entry| entry.generation == generation) else {
            return Look::Unclear;
        };
        let seen = match entry.responses.look(entry.ring) {
            Sight::Nothing => {
                self.polled_in_vain();
                return Look::Nothing;
            }
            Sight::Message(seen) if entry.hold.is_free() => seen,
            _ => return Look::Unclear,
        };
        let (hold, response) = (&mut entry.hold, Heading(seen.head));
        let is_its = response.generation() == generation;
        // WHY here for those alone whose messages do not lie in their descriptors: others pay for a long function.
        let content = if words == 0 && response.is_near_of(slot) && is_its {
            let near = Near::of(&seen);
            // WHY before it is taken: from there on nothing has to be found out any more, and little has to be remembered.
            let peer = self.peer.as_ref();
            let Some(data) = peer.and_then(|peer| peer.chunks.locate_near(&near)) else {
                return Look::Unclear;
            };
            if !entry.responses.take_seen(seen, hold.claim, &mut []) {
                return Look::Unclear;
            }
            self.prefetch.expect_near(near.next());
            hold.borrow = Borrow::BASE;
            let elements = near.elements;
            Content { data, elements }
        } else if response.slot_and_kind() == entry.inline && is_its {
            let place = hold.place;
            // SAFETY: the hold is free, and whoever had it before has stopped reading with its release; the place is its own,
            // and lives as long as the requester (INVARIANT).
            let words = unsafe { place.first_words(words) };
            // WHY no claim: it is all the same to the server whether a response it evicts was taken.
            if !entry.responses.copy_seen(seen, hold.claim, words) {
                return Look::Unclear;
            }
            self.prefetch.expect_nothing();
            hold.borrow = Borrow::PLAIN;
            let data = place.data();
            Content { data, elements: 1 }
        } else {
            let peer = &mut self.peer;
            match entry.receive_chunk(peer, &mut self.prefetch, slot, generation) {
                Some(content) => content,
                None => return Look::Unclear,
            }
        };
        entry.received += 1;
        self.borrows += 1;
        // The answer proves that the request was taken, and saves a look at the server's counter.
        // INVARIANT: the request was published there, or, at the last position of all, nowhere.
        self.requests.note_ours_taken(entry.request.wrapping_add(1));
        if response.is_settled() {
            self.told = entry.request;
        }
        Look::Response {
            hold: slot,
            content,
        }
    }

    /// There is nothing to take.
    #[inline(always)]
    fn polled_in_vain(&mut self) {
        let peer = &self.peer;
        (self.prefetch).failed(|chunk| peer.as_ref()?.chunks.hint(chunk));
    }

    /// Gives a borrowed response back.
    #[inline(always)]
    pub fn release(&mut self, hold: u32) {
        // WHY apart: whoever borrows one response at a time borrows it under a hold that lies in its slot.
        match self.slots.get_mut(hold as usize) {
            Some(slot) => {
                self.borrows -= 1;
                slot.hold.release(&mut self.peer);
            }
            None => self.release_other(hold),
        }
    }

    #[inline]
    fn release_other(&mut self, hold: u32) {
        if let Some(hold) = hold_of(&mut self.slots, &mut self.holds, hold) {
            self.borrows -= 1;
            hold.release(&mut self.peer);
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

    /// Publishes the wish that the stream of request `generation` ends.
    pub fn hint_disconnect(&self, slot: u32, generation: u64) {
        if let (false, Some(word)) = (self.detached, self.own.words.hinted.get(slot as usize)) {
            word.publish(generation);
        }
    }

    /// The latest chunk of those the server has done with, as far as it has said so with a response. Older ones are given home.
    #[inline(always)]
    #[must_use]
    pub fn settle_one(&mut self, give: impl FnMut(ChunkKey)) -> Option<Homecoming> {
        self.lent.settle_one(self.told, give)
    }

    /// Gives home all chunks the server has done with, as far as it has said so with a response.
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
}

impl Slot {
    fn new(cancelled: &'static Word, claim: Claim<'static>, place: Place) -> Self {
        Self {
            generation: 0,
            request: u64::MAX,
            received: 0,
            responses: Consumer::new(0),
            ring: Ring::blind(),
            inline: u64::MAX,
            cancelled: Some(cancelled),
            hold: Hold::new(claim, place),
        }
    }

    /// From now on somebody listens to request `generation`, which is at `position`.
    #[inline(always)]
    const fn begin(&mut self, generation: u64, position: u64) {
        self.generation = generation;
        self.request = position;
        self.received = 0;
    }
}

impl Hold {
    const fn new(claim: Claim<'static>, place: Place) -> Self {
        Self {
            borrow: Borrow::FREE,
            claim,
            place,
        }
    }

    #[inline(always)]
    fn is_free(&self) -> bool {
        self.borrow.is_free()
    }

    /// Gives back what was borrowed of the server under it.
    #[inline(always)]
    fn release<M: Mechanisms>(&mut self, server: &mut Option<Peer<ServerWords, M>>) {
        let borrow = core::mem::replace(&mut self.borrow, Borrow::FREE);
        // WHY: what came inside its descriptor was given back when it was copied.
        if borrow != Borrow::PLAIN {
            self.claim.release();
            if let (Some(_), Some(server)) = (borrow.pinned(), server) {
                server.chunks.release(borrow);
            }
        }
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

/// Checks a response's slot, generation and kind: it may be late, never early.
fn accept(response: Heading, slot: u32, generation: u64) -> Result<(), ConnectionError> {
    if response.slot() == slot
        && response.generation() <= generation
        && response.kind() != Kind::Unknown
    {
        Ok(())
    } else {
        Err(ConnectionError::Descriptor)
    }
}
