// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The long way of requests and responses, where something stands in the way of the short one.

use super::{
    super::{
        Announcement, ChunkKey, ConnectionError, Content,
        chunks::{Borrow, Read, Unreadable},
        descriptor::{Body, Descriptor, INLINE_WORDS},
        halves::{Peer, ServerWords},
        prefetch::Prefetch,
    },
    EvictedRequest, Hold, Look, Receive, Requester, Sending, Slot, Stranded, accept, hold_of,
};
use crate::Mechanisms;
use iceoryx2_bb_lock_free::ring::{Message, Sight};
use std::sync::Arc;

impl Slot {
    /// Takes the next response to request `generation` in `slot` under the slot's own hold, which must be free, if it lies in
    /// a chunk and nothing stands in the way.
    #[inline(never)]
    pub(super) fn receive_chunk<M: Mechanisms>(
        &mut self,
        server: &mut Option<Peer<ServerWords, M>>,
        prefetch: &mut Prefetch,
        slot: u32,
        generation: u64,
    ) -> Option<Content> {
        let Sight::Message(seen) = self.responses.look(self.ring) else {
            return None;
        };
        let response = Descriptor::of_chunk(&seen)?;
        let chunks = &mut server.as_mut()?.chunks;
        let read = chunks.locate(&response)?;
        let is_its = response.heading.slot() == slot && response.heading.generation() == generation;
        if !is_its || !self.responses.take_seen(seen, self.hold.claim, &mut []) {
            return None;
        }
        chunks.hold(read.borrow);
        self.hold.borrow = read.borrow;
        prefetch.expect(response.next());
        let (data, elements) = (read.data, response.elements());
        Some(Content { data, elements })
    }
}

impl<M: Mechanisms> Requester<M> {
    /// Publishes a request where something may stand in the way.
    #[cold]
    #[inline(never)]
    pub(super) fn send_otherwise(
        &mut self,
        slot: u32,
        generation: u64,
        body: &Body,
        give: &mut dyn FnMut(ChunkKey),
    ) -> Result<Sending, ConnectionError> {
        if slot as usize >= self.slots.len() {
            return Err(ConnectionError::Size);
        }
        // INVARIANT: whoever must be heard first has been, so that the server will see what was evicted before that look.
        // WHY before another is evicted: the look is older than that.
        if self.must_settle(body) {
            self.reclaim_unanswered(give);
        }
        let mut evicted = None;
        if self.detached || self.requests.is_full() && !self.make_room(&mut evicted)? {
            return Ok(Sending::Full);
        }
        if self.must_settle(body) {
            self.reclaim(give)?;
        }
        if !self.must_settle(body) && self.publish(slot, generation, self.borrows == 0, body) {
            Ok(Sending::Sent { evicted })
        } else {
            Ok(Sending::Full)
        }
    }

    /// Whether a chunk would be lent, and so many are that none can be noted.
    const fn must_settle(&self, body: &Body) -> bool {
        body.key().is_some() && self.lent.is_full()
    }

    /// Looks how far the server is, then evicts if overflow is on. Returns whether there is room.
    pub(super) fn make_room(
        &mut self,
        evicted: &mut Option<EvictedRequest>,
    ) -> Result<bool, ConnectionError> {
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
    pub(in super::super) fn evict(&mut self) -> Option<EvictedRequest> {
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

    /// Somebody listens to a request that is never published, so that no response will come.
    pub fn skip(&mut self, slot: u32, generation: u64) {
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            entry.begin(generation, u64::MAX);
        }
    }

    /// Takes the next response to request `generation` in `slot`. With overflow off, ask
    /// [`must_ring`](Self::must_ring) afterwards: the server may wait for room.
    ///
    /// # Errors
    /// The server broke the protocol.
    #[inline]
    pub fn receive(&mut self, slot: u32, generation: u64) -> Result<Receive, ConnectionError> {
        match self.receive_at_once(slot, generation, INLINE_WORDS) {
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
        if self.is_silent(slot) {
            self.polled_in_vain();
            return Ok(Receive::Nothing);
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

    /// Whether there is nothing to take in the slot.
    fn is_silent(&self, slot: u32) -> bool {
        let entry = self.slots.get(slot as usize);
        entry.is_none_or(|entry| !entry.responses.is_behind(entry.ring))
    }

    pub(super) fn take(
        &mut self,
        slot: u32,
        hold: u32,
    ) -> Result<Option<Message>, ConnectionError> {
        let claim = hold_of(&mut self.slots, &mut self.holds, hold).map(|hold| hold.claim);
        let entry = self.slots.get_mut(slot as usize);
        let (Some(claim), Some(entry)) = (claim, entry) else {
            return Ok(None);
        };
        Ok(entry.responses.take(entry.ring, claim)?)
    }

    /// Checks what was taken under `hold`. `None`: it is a response to an older request, and was let go.
    pub(super) fn accept(
        &mut self,
        slot: u32,
        hold: u32,
        message: Message,
    ) -> Result<Option<Descriptor>, ConnectionError> {
        let Some(entry) = self.slots.get(slot as usize) else {
            return Ok(None);
        };
        let (generation, request) = (entry.generation, entry.request);
        let response = Descriptor::decode(message).ok_or(ConnectionError::Descriptor)?;
        accept(response.heading, slot, generation)?;
        if response.heading.generation() < generation {
            if let Some(hold) = hold_of(&mut self.slots, &mut self.holds, hold) {
                hold.claim.release();
            }
            return Ok(None);
        }
        self.requests.note_taken(request.wrapping_add(1));
        if response.heading.is_settled() {
            self.told = request;
        }
        Ok(Some(response))
    }

    /// Borrows what was taken.
    pub(super) fn hand_over(&mut self, taken: Stranded) -> Result<Receive, ConnectionError> {
        let Stranded {
            slot,
            hold: number,
            descriptor,
        } = taken;
        let hold = hold_of(&mut self.slots, &mut self.holds, number);
        let (Some(hold), Some(peer)) = (hold, &mut self.peer) else {
            return Ok(Receive::Nothing);
        };
        let (read, elements) = if descriptor.is_inline() {
            peer.chunks
                .vet(&descriptor)
                .map_err(|_| ConnectionError::Descriptor)?;
            // SAFETY: as in `receive_at_once`.
            *unsafe { hold.place.words() } = descriptor.rest();
            hold.claim.release();
            let read = Read {
                data: hold.place.data(),
                borrow: Borrow::PLAIN,
            };
            (Ok(read), 1)
        } else {
            (peer.chunks.read(&descriptor), descriptor.elements())
        };
        let read = match read {
            Ok(read) => read,
            Err(Unreadable::Unknown) => {
                self.stranded = Some(taken);
                return Ok(Receive::UnknownMemory);
            }
            Err(Unreadable::Broken) => return Err(ConnectionError::Descriptor),
        };
        hold.borrow = read.borrow;
        if descriptor.is_inline() {
            self.prefetch.expect_nothing();
        } else {
            self.prefetch.expect(descriptor.next());
        }
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            entry.received += 1;
        }
        self.borrows += 1;
        Ok(Receive::Response {
            hold: number,
            content: Content {
                data: read.data,
                elements,
            },
        })
    }

    /// The holds of a slot, by number.
    pub(super) fn holds_of(&self, slot: u32) -> impl Iterator<Item = (u32, &Hold)> {
        let others = self.limits.borrowed_responses - 1;
        let first = slot * others;
        let numbers = self.limits.slots() + first..self.limits.slots() + first + others;
        let others = numbers.zip(self.holds.iter().skip(first as usize));
        let entry = self.slots.get(slot as usize);
        (entry.map(|entry| (slot, &entry.hold)).into_iter()).chain(others)
    }

    /// A hold of the slot that is not in use.
    pub(super) fn free_hold(&self, slot: u32) -> Option<u32> {
        let mut holds = self.holds_of(slot);
        holds.find_map(|(number, hold)| hold.is_free().then_some(number))
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
    pub(in super::super) fn mapped_segments(&mut self) -> u32 {
        self.peer
            .as_mut()
            .map_or(0, |peer| peer.chunks.segments().mapped())
    }
}
