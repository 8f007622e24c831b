// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The long way of requests and responses, where something stands in the way of the short one.

use super::{
    super::{
        Announcement, ChunkKey, ConnectionError, Content,
        chunks::{Borrow, Read, Unreadable},
        descriptor::{Body, Descriptor},
    },
    Borrowing, OWNER, Respond, Responder, Take, TakenRequest, begin,
};
use crate::Mechanisms;
use iceoryx2_bb_lock_free::ring::{Message, Sight};
use std::sync::Arc;

impl<M: Mechanisms> Responder<M> {
    /// Takes the next request, or finds out why there is none. With overflow off, ask [`must_ring`](Self::must_ring)
    /// afterwards: the client may wait for room.
    ///
    /// # Errors
    /// The client broke the protocol.
    pub fn take(&mut self) -> Result<Take, ConnectionError> {
        if !self.stranded.is_empty() || self.refused.is_some() {
            return self.halted();
        }
        if !self.detached && !self.requests.is_behind(self.ring) {
            self.polled_in_vain();
            return Ok(Take::Nothing);
        }
        let Some(free) = self.borrowed.iter().position(Borrowing::is_free) else {
            return Ok(if self.has_request() {
                Take::NoBorrowLeft
            } else {
                Take::Nothing
            });
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "below the limit, which is 32 bits"
        )]
        let next = free as u32;
        self.next = next;
        let request = if self.detached {
            let rescued = self.rescued.pop_front();
            rescued.and_then(|request| self.hand_over(&request))
        } else {
            let claim = self.borrowed.get(free).map(|free| free.claim);
            let claim = claim.ok_or(ConnectionError::Size)?;
            let taken = self.requests.take(self.ring, claim)?;
            taken.and_then(|message| self.begin(message))
        };
        match request {
            Some(request) => Ok(Take::Request(request)),
            None => self.halted(),
        }
    }

    /// Takes the next request under the next borrow, which must be free, if it lies in a chunk and nothing stands in the way.
    #[inline(never)]
    pub(super) fn take_chunk(&mut self) -> Option<Content> {
        let Sight::Message(seen) = self.requests.look(self.ring) else {
            return None;
        };
        let next = self.borrowed.get(self.next as usize)?;
        let request = Descriptor::of_chunk(&seen)?;
        let slot = self.slots.get_mut(request.heading.slot() as usize)?;
        let read = self.peer.chunks.locate(&request)?;
        if !slot.awaits(&request.heading) || !self.requests.take_seen(seen, next.claim, &mut []) {
            return None;
        }
        slot.read_to_end();
        slot.begin(&request.heading);
        self.peer.chunks.hold(read.borrow);
        let taken = self.borrow_chunk(&request, read)?;
        Some(taken.content)
    }

    /// Goes on with what was taken under the next borrow.
    fn begin(&mut self, message: Message) -> Option<TakenRequest> {
        match self.accept(message) {
            Ok(request) => self.hand_over(&request),
            Err(error) => {
                self.refuse(error);
                None
            }
        }
    }

    /// Checks what the client alleges, and begins the slot's new generation.
    pub(super) fn accept(&mut self, message: Message) -> Result<Descriptor, ConnectionError> {
        let request = Descriptor::decode(message).ok_or(ConnectionError::Descriptor)?;
        begin(&mut self.slots, &request.heading)?;
        Ok(request)
    }

    /// Borrows a request under the next borrow, which must be free.
    fn hand_over(&mut self, request: &Descriptor) -> Option<TakenRequest> {
        if !request.is_inline() {
            return match self.peer.chunks.read(request) {
                Ok(read) => self.borrow_chunk(request, read),
                Err(why) => {
                    self.set_aside(request, why);
                    None
                }
            };
        }
        if self.peer.chunks.vet(request).is_err() {
            self.refuse(ConnectionError::Descriptor);
            return None;
        }
        let next = self.borrowed.get_mut(self.next as usize)?;
        // SAFETY: as in `take_at_once`.
        *unsafe { next.place.words() } = request.rest();
        next.lend(&request.heading, Borrow::PLAIN);
        self.borrows += 1;
        self.prefetch.expect_nothing();
        let data = next.place.data();
        Some(TakenRequest {
            hold: self.next,
            slot: request.heading.slot(),
            generation: request.heading.generation(),
            content: Content { data, elements: 1 },
        })
    }

    /// Borrows a request that lies in a chunk under the next borrow, which must be free.
    fn borrow_chunk(&mut self, request: &Descriptor, read: Read) -> Option<TakenRequest> {
        let next = self.borrowed.get_mut(self.next as usize)?;
        next.lend(&request.heading, read.borrow);
        self.borrows += 1;
        self.prefetch.expect(request.next());
        Some(TakenRequest::in_chunk(self.next, request, read))
    }

    /// Why a request was not handed over that was taken; `Nothing`: there was none.
    pub(super) fn halted(&mut self) -> Result<Take, ConnectionError> {
        match self.refused.take() {
            Some(error) => Err(error),
            None if !self.stranded.is_empty() => Ok(Take::UnknownMemory),
            None => Ok(Take::Nothing),
        }
    }

    /// What was taken under the next borrow cannot be read.
    #[cold]
    pub(super) fn set_aside(&mut self, request: &Descriptor, why: Unreadable) {
        match why {
            Unreadable::Unknown => self.strand(request),
            Unreadable::Broken => self.refuse(ConnectionError::Descriptor),
        }
    }

    /// What was taken cannot be handed over.
    // WHY nothing is returned: what a call that is not compiled into its place gives must lie in memory all the time.
    #[cold]
    pub(super) const fn refuse(&mut self, error: ConnectionError) {
        self.refused = Some(error);
    }

    /// What was taken under the next borrow lies in memory of which nothing is known yet.
    #[cold]
    fn strand(&mut self, request: &Descriptor) {
        if let Some(next) = self.borrowed.get_mut(self.next as usize) {
            next.holders = OWNER;
            self.borrows += 1;
        }
        self.stranded.push_back((self.next, *request));
    }

    /// Takes back the request that was stranded first, under the next borrow.
    pub(super) fn refloat(&mut self) -> Option<Descriptor> {
        let (hold, request) = self.stranded.pop_front()?;
        if let Some(borrowing) = self.borrowed.get_mut(hold as usize) {
            borrowing.holders = 0;
            self.borrows -= 1;
        }
        self.next = hold;
        Some(request)
    }

    /// Publishes a response to request `generation` of `slot`, or finds out why it cannot be.
    ///
    /// Chunks that came home meanwhile are given to `give`, the response's own if nobody listens. Afterwards ask
    /// [`must_ring`](Self::must_ring).
    ///
    /// # Errors
    /// The client broke the protocol.
    pub fn respond(
        &mut self,
        slot: u32,
        generation: u64,
        body: &Body,
        give: &mut dyn FnMut(ChunkKey),
    ) -> Result<Respond, ConnectionError> {
        let entry = self.slots.get_mut(slot as usize);
        let Some(entry) = entry.filter(|entry| entry.latest == generation) else {
            give_back(body, give);
            return Ok(Respond::NobodyListens);
        };
        if entry.responses.is_full() {
            match entry.make_room(self.limits.response_overflow)? {
                Respond::Sent => {}
                Respond::NobodyListens => {
                    give_back(body, give);
                    return Ok(Respond::NobodyListens);
                }
                Respond::Full => return Ok(Respond::Full),
            }
        }
        if body.key().is_some() && entry.lent.is_full() {
            entry.settle(give)?;
        }
        let is_it = |borrowing: &Borrowing| borrowing.generation == generation;
        let holds = |borrowing: &Borrowing| !borrowing.is_free() && borrowing.slot == slot;
        let mut borrowed = self.borrowed.iter().filter(|borrowing| holds(borrowing));
        let settled = self.borrows == 1 && borrowed.any(is_it);
        Ok(if self.publish(slot, generation, settled, body) {
            Respond::Sent
        } else {
            Respond::Full
        })
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
        let Some(request) = self.refloat() else {
            return Ok(Take::Nothing);
        };
        match self.hand_over(&request) {
            Some(request) => Ok(Take::Request(request)),
            None => {
                self.refloat();
                Err(self.refused.take().unwrap_or(ConnectionError::Descriptor))
            }
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
    pub(in super::super) const fn mapped_segments(&mut self) -> u32 {
        self.peer.chunks.segments().mapped()
    }
}

/// A chunk nobody got comes home at once.
#[cold]
fn give_back(body: &Body, give: &mut dyn FnMut(ChunkKey)) {
    if let Some(key) = body.key() {
        give(key);
    }
}
