// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The server's end of a connection.

use super::{
    Announcement, ChunkKey, ConnectionError, Content, PeerPlace,
    chunks::{Borrow, Unreadable},
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

/// What the request queue had for us.
#[derive(Debug, Clone, Copy)]
pub enum Take {
    /// Nothing now.
    Nothing,
    /// A request.
    Request(TakenRequest),
    /// There is one, but all borrows are in use.
    NoBorrowLeft,
    /// A request was taken that lies in memory of which nothing is known yet: listen to the link, hand what is announced
    /// to [`Responder::add_segment`], then [`Responder::resume`].
    UnknownMemory,
}

/// A request, borrowed until the responder releases `hold`.
#[derive(Debug, Clone, Copy)]
pub struct TakenRequest {
    /// Names the borrow.
    pub hold: u32,
    /// The client's slot.
    pub slot: u32,
    /// Its generation there.
    pub generation: u64,
    /// The request.
    pub content: Content,
}

/// What became of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Respond {
    /// It is in the client's stream.
    Sent,
    /// Nobody listens to this request any more; nothing was published.
    NobodyListens,
    /// The stream is full and overflow is off.
    Full,
}

#[derive(Debug)]
struct Slot {
    /// The latest generation taken; 0: none yet.
    latest: u64,
    /// It is borrowed.
    active: bool,
    /// The client reads from here, as far as it has said.
    read_from: u64,
    /// Responses at positions below it are home, as the client has said.
    told: u64,
    responses: Producer,
    lent: Lendings,
}

/// The server's end of a connection.
#[derive(Debug)]
pub struct Responder<M: Mechanisms> {
    limits: Limits,
    own: Own<ServerWords, M>,
    peer: Peer<ClientWords, M>,
    detached: bool,
    requests: Consumer,
    slots: Box<[Slot]>,
    borrowed: Box<[Borrow]>,
    borrows: u32,
    /// By borrow: what came inside its descriptor.
    copies: Copies,
    /// Copied out at the peer's death.
    rescued: VecDeque<Descriptor>,
    /// Taken, but of unknown memory: its borrow comes with it.
    stranded: Option<(usize, Descriptor)>,
    prefetch: Prefetch,
    waker: Waker,
}

impl<M: Mechanisms> Responder<M> {
    /// The end of a new connection, whose half lies at `half_offset` of `memory`. The half must be committed; it is
    /// zeroed here, and the answer may name it afterwards.
    ///
    /// # Errors
    /// [`ConnectionError::Size`] if a half leaves its memory.
    pub fn new(
        layout: &ConnectionLayout,
        memory: &Arc<M::Memory>,
        half_offset: usize,
        place: &PeerPlace<M>,
    ) -> Result<Self, ConnectionError> {
        let limits = layout.limits();
        let slot = |_| Slot {
            latest: 0,
            active: false,
            read_from: 0,
            told: 0,
            responses: Producer::new(0, u64::from(limits.response_buffer)),
            lent: Lendings::new(limits.response_buffer, limits.borrowed_responses),
        };
        Ok(Self {
            limits,
            peer: Peer::new(layout, place)?,
            own: Own::new(layout, memory, half_offset)?,
            detached: false,
            requests: Consumer::new(0),
            slots: (0..limits.slots()).map(slot).collect(),
            borrowed: vec![Borrow::FREE; limits.active_requests as usize].into(),
            borrows: 0,
            copies: Copies::new(limits.active_requests as usize),
            rescued: VecDeque::new(),
            stranded: None,
            prefetch: Prefetch::default(),
            waker: Waker::new(),
        })
    }

    /// Whether the client has published that it will send nothing more.
    #[must_use]
    pub fn peer_is_closing(&self) -> bool {
        self.peer.page.is_closing()
    }

    /// Whether a request waits.
    #[inline]
    #[must_use]
    pub fn has_request(&self) -> bool {
        if self.detached {
            !self.rescued.is_empty()
        } else {
            self.requests.has_message(self.peer.words.ring)
        }
    }

    /// Whether a request waits whose client still listens. It looks through the queue and takes nothing.
    #[must_use]
    pub fn has_awaited_request(&self) -> bool {
        // INVARIANT: whoever waits on a client that is gone, it is not that client.
        !self.detached
            && self
                .waiting()
                .any(|(slot, generation)| !self.is_cancelled(slot, generation))
    }

    /// The slots and generations of what is queued. Overflow may replace each of them at any time.
    fn waiting(&self) -> impl Iterator<Item = (u32, u64)> {
        let ring = self.peer.words.ring;
        let mut from = 0;
        let next = move |_| {
            let (position, message) = self.requests.peek_from(ring, from)?;
            from = position.saturating_add(1);
            Some(message)
        };
        (0..self.limits.active_requests)
            .map_while(next)
            .filter_map(Descriptor::decode)
            .map(|descriptor| (descriptor.slot(), descriptor.generation()))
    }

    /// Takes the next request. With overflow off, ask [`must_ring`](Self::must_ring) afterwards: the client may wait
    /// for room.
    ///
    /// # Errors
    /// The client broke the protocol.
    #[inline]
    pub fn take(&mut self) -> Result<Take, ConnectionError> {
        let ring = self.peer.words.ring;
        if !self.detached && !self.requests.is_behind(ring) {
            self.prefetch.failed();
            return Ok(Take::Nothing);
        }
        let Some(free) = self.borrowed.iter().position(|borrow| borrow.is_free()) else {
            return Ok(if self.has_request() {
                Take::NoBorrowLeft
            } else {
                Take::Nothing
            });
        };
        let accepted = if self.detached {
            self.rescued.pop_front()
        } else {
            match self.requests.take(ring, self.own.words.claims, free)? {
                Some(message) => Some(self.accept(message)?),
                None => None,
            }
        };
        match accepted {
            Some(accepted) => self.hand_over(free, accepted),
            None => Ok(Take::Nothing),
        }
    }

    /// Borrows a request under `hold`, which must be free.
    #[inline(always)]
    fn hand_over(&mut self, hold: usize, request: Descriptor) -> Result<Take, ConnectionError> {
        // SAFETY: the borrow is free, and whoever had it before has stopped reading with its release.
        let copy = |inline| unsafe { self.copies.put(hold, inline) };
        let content = match self.peer.chunks.content(&request, copy) {
            Ok(content) => content,
            Err(Unreadable::Unknown) => return Ok(self.strand(hold, request)),
            Err(Unreadable::Broken) => return Err(ConnectionError::Descriptor),
        };
        if let Some(borrow) = self.borrowed.get_mut(hold) {
            *borrow = self.peer.chunks.borrow(&request);
        }
        self.borrows += 1;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "below the limit, which is 32 bits"
        )]
        let hold = hold as u32;
        Ok(Take::Request(TakenRequest {
            hold,
            slot: request.slot(),
            generation: request.generation(),
            content,
        }))
    }

    #[cold]
    fn strand(&mut self, hold: usize, request: Descriptor) -> Take {
        self.stranded = Some((hold, request));
        Take::UnknownMemory
    }

    /// Takes in what the client has announced. What it had in that place before must be retired and not read any more.
    ///
    /// # Errors
    /// The client broke the protocol.
    pub fn add_segment(
        &mut self,
        announcement: &Announcement,
        memory: &Arc<M::PeerMemory>,
    ) -> Result<(), ConnectionError> {
        self.peer.chunks.segments().add(announcement, memory)
    }

    /// Goes on with the request of unknown memory, after everything the client has announced was taken in.
    ///
    /// # Errors
    /// The client broke the protocol: it must have announced the memory before it sent the request.
    #[cold]
    pub fn resume(&mut self) -> Result<Take, ConnectionError> {
        let Some((hold, request)) = self.stranded.take() else {
            return Ok(Take::Nothing);
        };
        match self.hand_over(hold, request)? {
            Take::UnknownMemory => {
                self.stranded = None;
                Err(ConnectionError::Descriptor)
            }
            taken => Ok(taken),
        }
    }

    /// Lets go of memory that the client has retired and of which nothing is borrowed.
    #[inline]
    pub fn sweep_segments(&mut self) {
        // WHY: what a dead client left may lie in any of it.
        if !self.detached {
            self.peer.chunks.segments().sweep();
        }
    }

    /// How many memory objects of the client are mapped besides its base.
    #[cfg(test)]
    pub(super) const fn mapped_segments(&mut self) -> u32 {
        self.peer.chunks.segments().mapped()
    }

    /// Checks what the client alleges, and begins the slot's new generation.
    #[inline]
    fn accept(&mut self, message: Message) -> Result<Descriptor, ConnectionError> {
        let descriptor = Descriptor::decode(message).ok_or(ConnectionError::Descriptor)?;
        let index = descriptor.slot() as usize;
        let (Some(slot), Some(ring)) = (self.slots.get_mut(index), self.own.words.rings.get(index))
        else {
            return Err(ConnectionError::Descriptor);
        };
        if descriptor.generation() <= slot.latest {
            return Err(ConnectionError::Descriptor);
        }
        if self.peer.chunks.vet(&descriptor) == Err(Unreadable::Broken) {
            return Err(ConnectionError::Descriptor);
        }
        self.prefetch.expect(self.peer.chunks.next_of(&descriptor));
        let tail = slot.responses.tail();
        let mut read_from = unfold(descriptor.read_from(), slot.read_from, tail)?;
        if read_from.is_none() {
            if let Some(claims) = self.peer.words.claims.get(index) {
                slot.responses.refresh(*claims)?;
            }
            let taken = slot.responses.taken().max(slot.read_from);
            read_from = unfold(descriptor.read_from(), taken, tail)?;
        }
        if let Some(read_from) = read_from {
            slot.read_from = read_from;
            slot.responses.note_taken(read_from);
            if descriptor.is_settled() {
                slot.told = read_from;
            }
        }
        slot.latest = descriptor.generation();
        slot.active = true;
        slot.responses.discard_below(*ring, tail);
        Ok(descriptor)
    }

    /// Publishes a response to request `generation` of `slot`.
    ///
    /// Chunks that came home meanwhile are given to `give`, the response's own if nobody listens. Afterwards ask
    /// [`must_ring`](Self::must_ring).
    ///
    /// # Errors
    /// The client broke the protocol.
    #[inline]
    pub fn respond(
        &mut self,
        slot: u32,
        generation: u64,
        body: &Body,
        give: &mut dyn FnMut(ChunkKey),
    ) -> Result<Respond, ConnectionError> {
        let index = slot as usize;
        let (false, Some(entry), Some(ring), Some(claims)) = (
            self.detached,
            self.slots.get_mut(index).filter(|s| s.latest == generation),
            self.own.words.rings.get(index),
            self.peer.words.claims.get(index),
        ) else {
            give_back(body, give);
            return Ok(Respond::NobodyListens);
        };
        if entry.responses.is_full() {
            let cancelled = self.peer.words.cancelled.get(index);
            let cancelled = || cancelled.is_none_or(|word| has_reached(word, generation));
            let overflow = self.limits.response_overflow;
            match make_room(&mut entry.responses, *ring, *claims, overflow, cancelled)? {
                Respond::Sent => {}
                Respond::NobodyListens => {
                    give_back(body, give);
                    return Ok(Respond::NobodyListens);
                }
                Respond::Full => return Ok(Respond::Full),
            }
        }
        if body.key().is_some() && entry.lent.is_full() {
            entry.responses.refresh(*claims)?;
            entry.lent.settle(&entry.responses, *claims, give);
        }
        let settled = self.borrows == 1 && entry.active;
        let message = encode(generation, slot, 0, settled, body);
        let Some(position) = entry.responses.publish(*ring, &message) else {
            return Ok(Respond::Full);
        };
        if let Some(key) = body.key() {
            entry.lent.push(position, key);
        }
        Ok(Respond::Sent)
    }

    /// Whether the client sleeps and must be rung for what was just published.
    #[inline]
    #[must_use]
    pub fn must_ring(&mut self) -> bool {
        !self.detached && self.waker.must_ring(self.peer.page.sleep)
    }

    /// Whether nobody listens to request `generation` of `slot` any more.
    #[inline]
    #[must_use]
    pub fn is_cancelled(&self, slot: u32, generation: u64) -> bool {
        self.detached
            || self
                .peer
                .words
                .cancelled
                .get(slot as usize)
                .is_none_or(|word| has_reached(word, generation))
    }

    /// Whether the client wishes that the stream of request `generation` ends.
    #[must_use]
    pub fn has_disconnect_hint(&self, slot: u32, generation: u64) -> bool {
        !self.detached
            && self
                .peer
                .words
                .hinted
                .get(slot as usize)
                .is_some_and(|word| word.observe() >= generation)
    }

    /// Publishes the end of the stream of request `generation`, then gives the request back. Afterwards ask
    /// [`must_ring`](Self::must_ring).
    #[inline]
    pub fn finish(&mut self, request: &TakenRequest) {
        self.end_stream(request.hold, request.slot, request.generation);
    }

    /// The same for who has only the request's names left.
    #[inline]
    pub fn end_stream(&mut self, hold: u32, slot: u32, generation: u64) {
        let index = slot as usize;
        let slot = self.slots.get_mut(index);
        let current = slot.filter(|slot| slot.latest == generation);
        if let (Some(slot), false, Some(ended)) =
            (current, self.detached, self.own.words.ended.get(index))
        {
            slot.active = false;
            // ORDERING(ended): pairs with the Acquire load in `Requester::has_ended`: the responses before it are seen.
            ended.publish(generation);
        }
        self.release(hold);
    }

    #[inline]
    fn release(&mut self, hold: u32) {
        let Some(borrow) = self.borrowed.get_mut(hold as usize) else {
            return;
        };
        let borrow = core::mem::replace(borrow, Borrow::FREE);
        self.peer.chunks.release(borrow);
        self.borrows -= 1;
        if !self.detached {
            Consumer::release(self.own.words.claims, hold as usize);
        }
    }

    /// How many requests are borrowed.
    #[must_use]
    pub const fn borrows(&self) -> u32 {
        self.borrows
    }

    /// Gives home the chunks of the slot's responses that the client has done with, as far as it has said so with a
    /// request.
    #[inline]
    pub fn settle(&mut self, slot: u32, give: &mut dyn FnMut(ChunkKey)) {
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            slot.lent.settle_below(slot.told, give);
        }
    }

    /// Gives home the chunks the client has done with.
    ///
    /// # Errors
    /// The client broke the protocol.
    pub fn reclaim(&mut self, give: &mut dyn FnMut(ChunkKey)) -> Result<(), ConnectionError> {
        if self.detached {
            return Ok(());
        }
        for (slot, claims) in self.slots.iter_mut().zip(&self.peer.words.claims) {
            if !slot.lent.is_empty() {
                slot.responses.refresh(*claims)?;
                slot.lent.settle(&slot.responses, *claims, give);
            }
        }
        Ok(())
    }

    /// Makes every stream stand at `position`, as after a long life.
    #[cfg(test)]
    pub(super) fn resume_streams_at(&mut self, position: u64) {
        for slot in &mut self.slots {
            slot.read_from = position;
            slot.responses = Producer::new(position, u64::from(self.limits.response_buffer));
        }
    }

    /// The client is gone, and what it had announced was taken in: copies out the requests it had published, gives all lent chunks home, and never touches the
    /// own half again. Doing it twice does nothing.
    pub fn detach(&mut self, give: &mut dyn FnMut(ChunkKey)) {
        if self.detached {
            return;
        }
        self.rescue();
        self.detached = true;
        self.slots
            .iter_mut()
            .for_each(|slot| slot.lent.settle_all(give));
    }

    /// Forgets the requests of a client that is gone.
    pub fn discard_rescued(&mut self) {
        self.rescued.clear();
    }

    /// Takes what a dead client left, with claims of nobody's, since it will never look at ours again.
    fn rescue(&mut self) {
        let (taken, holds) = (Word::new(0), [Word::new(0)]);
        let claims = Claims::new(&taken, &holds);
        for _ in 0..self.limits.active_requests {
            let Ok(Some(message)) = self.requests.take(self.peer.words.ring, claims, 0) else {
                return;
            };
            let Ok(request) = self.accept(message) else {
                return;
            };
            if self.peer.chunks.vet(&request).is_err() {
                return;
            }
            self.rescued.push_back(request);
        }
    }
}

/// Whether the client has given up request `generation` in the slot of its word `cancelled`.
#[inline]
fn has_reached(cancelled: &Word, generation: u64) -> bool {
    // ORDERING(cancel): pairs with the Release store in `Requester::cancel`.
    cancelled.observe() >= generation
}

/// Looks how far the client is, then evicts if overflow is on. `Sent`: there is room now.
#[cold]
fn make_room(
    responses: &mut Producer,
    ring: Ring<'_>,
    claims: Claims<'_>,
    overflow: bool,
    cancelled: impl FnOnce() -> bool,
) -> Result<Respond, ConnectionError> {
    responses.refresh(claims)?;
    if !responses.is_full() {
        return Ok(Respond::Sent);
    }
    if cancelled() {
        return Ok(Respond::NobodyListens);
    }
    if !overflow {
        return Ok(Respond::Full);
    }
    // What is evicted stays among the lendings, and comes home with the next settling.
    responses.evict(ring, Some(claims));
    Ok(Respond::Sent)
}

/// The position between `from` and `tail` whose low half is `low`. `None`: they are too far apart to tell.
#[inline]
fn unfold(low: u32, from: u64, tail: u64) -> Result<Option<u64>, ConnectionError> {
    let distance = tail.saturating_sub(from);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the low halves are compared"
    )]
    let unread = u64::from((tail as u32).wrapping_sub(low));
    if distance > u64::from(u32::MAX) {
        Ok(None)
    } else if unread > distance {
        Err(ConnectionError::Descriptor)
    } else {
        Ok(Some(tail - unread))
    }
}

/// A chunk nobody got comes home at once.
#[cold]
fn give_back(body: &Body, give: &mut dyn FnMut(ChunkKey)) {
    if let Some(key) = body.key() {
        give(key);
    }
}

#[cfg(test)]
mod tests {
    use super::{ConnectionError, unfold};

    const TURN: u64 = 1 << 32;

    #[test]
    fn a_low_half_names_one_position_within_a_turn() {
        for tail in [0, 1, 7, TURN - 1, TURN, TURN + 5, 9 * TURN + 1, 1 << 62] {
            for unread in [0, 1, 5, TURN - 1]
                .into_iter()
                .filter(|unread| *unread <= tail)
            {
                let position = tail - unread;
                let low = u32::try_from(position % TURN).unwrap();
                assert_eq!(unfold(low, position, tail), Ok(Some(position)));
                let lowest = tail.saturating_sub(TURN - 1);
                assert_eq!(unfold(low, lowest, tail), Ok(Some(position)));
            }
        }
    }

    #[test]
    fn a_low_half_outside_is_a_violation() {
        for (low, from, tail) in [(1, 0, 0), (4, 5, 9), (10, 5, 9), (u32::MAX, TURN, TURN + 3)] {
            assert_eq!(unfold(low, from, tail), Err(ConnectionError::Descriptor));
        }
    }

    #[test]
    fn nobody_guesses_over_a_whole_turn() {
        for low in [0, 5, u32::MAX] {
            assert_eq!(unfold(low, 5, 5 + TURN), Ok(None));
        }
    }
}
