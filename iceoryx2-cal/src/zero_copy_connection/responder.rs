// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The server's end of a connection: what it consists of, and the short way of requests and responses.

mod departure;
mod otherwise;
mod questions;
mod slot;

use super::{
    ChunkKey, ConnectionError, Content, PeerPlace,
    chunks::{Borrow, Unreadable},
    copies::{Copies, Place},
    descriptor::{Body, Descriptor, encode},
    halves::{ClientWords, Own, Peer, ServerWords},
    layout::{ConnectionLayout, Limits},
    lending::Lendings,
    prefetch::Prefetch,
    request_watch::RequestWatch,
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

/// One slot of the client, with the words of both halves that concern it.
#[derive(Debug)]
struct Slot {
    /// The latest generation taken; 0: none yet, or nobody is there any more.
    latest: u64,
    /// It is borrowed.
    active: bool,
    /// The client reads from here, as far as it has said.
    read_from: u64,
    /// Responses at positions below it are home, as the client has said.
    told: u64,
    responses: Producer,
    // INVARIANT: these words lie in the regions of the responder the slot belongs to.
    ring: Ring<'static>,
    ended: &'static Word,
    claims: Claims<'static>,
    cancelled: &'static Word,
    hinted: &'static Word,
    lent: Lendings,
}

/// What one borrow is used for.
#[derive(Debug)]
struct Borrowing {
    /// With its hold word alone, or with none once the client is gone.
    // INVARIANT: in the region of the responder it belongs to.
    claims: Claims<'static>,
    /// For what came inside its descriptor.
    // INVARIANT: of the responder it belongs to.
    place: Place,
    generation: u64,
    slot: u32,
    borrow: Borrow,
    /// Who needs the request: [`OWNER`] and [`LOAN`]s. 0: the borrow is free.
    holders: u32,
}

/// Whoever handles the request.
const OWNER: u32 = 1;
/// One response to it is being written.
const LOAN: u32 = 2;

impl Borrowing {
    const fn is_free(&self) -> bool {
        self.holders == 0
    }

    const fn loans(&self) -> u32 {
        self.holders / LOAN
    }

    /// Whether there may be another loan.
    const fn may_loan(&self, loans_max: u32) -> bool {
        !self.is_free() && self.loans() < loans_max
    }
}

/// The server's end of a connection.
#[derive(Debug)]
pub struct Responder<M: Mechanisms> {
    requests: Consumer,
    // INVARIANT: in the client's region.
    ring: Ring<'static>,
    /// The borrow to be taken next, if it is free.
    next: usize,
    borrowed: Box<[Borrowing]>,
    /// How many are not free.
    borrows: u32,
    /// A response went in a chunk.
    lends: bool,
    slots: Box<[Slot]>,
    prefetch: Prefetch,
    waker: Waker,
    detached: bool,
    limits: Limits,
    /// Copied out at the peer's death.
    rescued: VecDeque<Descriptor>,
    /// Taken, but of unknown memory: their borrows, which are in use, come with them.
    stranded: VecDeque<(usize, Descriptor)>,
    /// Why what was taken cannot be handed over.
    refused: Option<ConnectionError>,
    peer: Peer<ClientWords, M>,
    _copies: Copies,
    _own: Own<ServerWords, M>,
}

impl<M: Mechanisms> Responder<M> {
    /// The end of a new connection, whose half lies at `half_offset` of `memory`, committed and all zero.
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
        let peer = Peer::<ClientWords, M>::new(layout, place)?;
        let own = Own::<ServerWords, M>::new(layout, memory, half_offset)?;
        let ours = own.words.rings.iter().zip(own.words.ended);
        let theirs = peer.words.claims.iter().zip(peer.words.cancelled);
        let slots = ours.zip(theirs).zip(peer.words.hinted).map(
            |(((ring, ended), (claims, cancelled)), hinted)| Slot {
                latest: 0,
                active: false,
                read_from: 0,
                told: 0,
                responses: Producer::new(0, u64::from(limits.response_buffer)),
                ring: *ring,
                ended,
                claims: *claims,
                cancelled,
                hinted,
                lent: Lendings::new(limits.response_buffer, limits.borrowed_responses),
            },
        );
        let copies = Copies::new(limits.active_requests as usize);
        let borrowed = copies.places().enumerate().map(|(hold, place)| Borrowing {
            claims: own.words.claims.only(hold),
            place,
            generation: 0,
            slot: 0,
            borrow: Borrow::FREE,
            holders: 0,
        });
        Ok(Self {
            requests: Consumer::new(0),
            ring: peer.words.ring,
            next: 0,
            borrowed: borrowed.collect(),
            borrows: 0,
            lends: false,
            slots: slots.collect(),
            prefetch: Prefetch::default(),
            waker: Waker::new(),
            detached: false,
            limits,
            rescued: VecDeque::new(),
            stranded: VecDeque::new(),
            refused: None,
            peer,
            _copies: copies,
            _own: own,
        })
    }

    // ----- the way of a request and its responses

    /// Takes the next request, if there is nothing to be found out first. `None`: [`take`](Self::take) finds out. With
    /// overflow off, ask [`must_ring`](Self::must_ring) afterwards: the client may wait for room.
    #[inline(always)]
    pub fn take_at_once(&mut self) -> Option<TakenRequest> {
        let next = self.borrowed.get(self.next).filter(|next| next.is_free())?;
        let message = self.requests.take_at_once(self.ring, next.claims, 0)?;
        self.begin(message)
    }

    /// Goes on with what was taken under the next borrow. `None`: [`halted`](Self::halted) tells why it cannot.
    #[inline(always)]
    fn begin(&mut self, message: Message) -> Option<TakenRequest> {
        match self.accept(message) {
            Ok(request) => self.hand_over(&request),
            Err(error) => self.refuse(error),
        }
    }

    /// Checks what the client alleges, and begins the slot's new generation.
    #[inline(always)]
    fn accept(&mut self, message: Message) -> Result<Descriptor, ConnectionError> {
        let descriptor = Descriptor::decode(message).ok_or(ConnectionError::Descriptor)?;
        let slot = self.slots.get_mut(descriptor.slot() as usize);
        let slot = slot.ok_or(ConnectionError::Descriptor)?;
        if descriptor.generation() <= slot.latest {
            return Err(ConnectionError::Descriptor);
        }
        slot.read_from(descriptor.read_from(), descriptor.is_settled())?;
        slot.latest = descriptor.generation();
        slot.active = true;
        Ok(descriptor)
    }

    /// Borrows a request under the next borrow, which must be free.
    #[inline(always)]
    fn hand_over(&mut self, request: &Descriptor) -> Option<TakenRequest> {
        let next = self.borrowed.get_mut(self.next)?;
        let (data, elements) = if request.is_inline() {
            next.borrow = Borrow::PLAIN;
            self.prefetch.expect_nothing();
            // SAFETY: the borrow is free, and whoever had it before has stopped reading with its release; the places
            // live as long as the borrows (INVARIANT).
            let data = unsafe { next.place.put(request.inline()) };
            (data, 1)
        } else {
            let read = match self.peer.chunks.read(request) {
                Ok(read) => read,
                // WHY a copy: what a call gets that is not compiled into this place must lie in memory all the time.
                Err(Unreadable::Unknown) => return self.strand(&{ *request }),
                Err(Unreadable::Broken) => return self.refuse(ConnectionError::Descriptor),
            };
            next.borrow = read.borrow;
            self.prefetch.expect(read.next);
            (read.data, request.elements())
        };
        let content = Content { data, elements };
        let (slot, generation) = (request.slot(), request.generation());
        next.generation = generation;
        next.slot = slot;
        next.holders = OWNER;
        self.borrows += 1;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "below the limit, which is 32 bits"
        )]
        let hold = self.next as u32;
        Some(TakenRequest {
            hold,
            slot,
            generation,
            content,
        })
    }

    /// Another response to a borrowed request is being written. `false`: so many are already, and this one is none.
    #[inline(always)]
    pub fn loan(&mut self, hold: u32, loans_max: u32) -> bool {
        match self.borrowed.get_mut(hold as usize) {
            Some(borrowing) if borrowing.may_loan(loans_max) => {
                borrowing.holders += LOAN;
                let slot = self.slots.get(borrowing.slot as usize);
                // WHY the first alone: whoever reads a stream polls for the next, and would fetch the line back.
                if let Some(slot) = slot.filter(|slot| slot.responses.tail() == slot.read_from) {
                    slot.responses.prepare(slot.ring);
                }
                true
            }
            _ => false,
        }
    }

    /// Publishes the response of one [`loan`](Self::loan), which ends, if there is nothing to be found out first. Returns
    /// whether it did; if not, [`respond`](Self::respond) finds out. Afterwards ask [`must_ring`](Self::must_ring).
    #[inline(always)]
    pub fn respond_at_once(&mut self, hold: u32, body: &Body) -> bool {
        let Some(borrowing) = self.borrowed.get(hold as usize) else {
            return false;
        };
        let (slot, generation) = (borrowing.slot, borrowing.generation);
        if borrowing.loans() == 0 || !self.publish(slot, generation, body) {
            return false;
        }
        self.leave(hold, LOAN);
        true
    }

    /// Publishes a response that has no loan, if it might have one of `loans_max` and there is nothing to be found out first.
    /// Returns whether it did; if not, take a [`loan`](Self::loan). Afterwards ask [`must_ring`](Self::must_ring).
    #[inline(always)]
    pub fn respond_unloaned(&mut self, hold: u32, loans_max: u32, body: &Body) -> bool {
        let borrowing = self.borrowed.get(hold as usize);
        let borrowing = borrowing.filter(|borrowing| borrowing.may_loan(loans_max));
        let Some(&Borrowing {
            slot, generation, ..
        }) = borrowing
        else {
            return false;
        };
        self.publish(slot, generation, body)
    }

    #[inline(always)]
    fn publish(&mut self, slot: u32, generation: u64, body: &Body) -> bool {
        let Some(entry) = self.slots.get_mut(slot as usize) else {
            return false;
        };
        if entry.latest != generation || (body.key().is_some() && entry.lent.is_full()) {
            return false;
        }
        let settled = self.borrows == 1 && entry.active;
        let message = encode(generation, slot, 0, settled, body);
        let Some(position) = entry.responses.publish(entry.ring, &message) else {
            return false;
        };
        if let Some(key) = body.key() {
            entry.lent.push(position, key);
            self.lends = true;
        }
        true
    }

    /// Whether the client sleeps and must be rung for what was just published.
    #[inline(always)]
    #[must_use]
    pub fn must_ring(&mut self) -> bool {
        self.waker.must_ring(self.peer.page.sleep) && !self.detached
    }

    /// Whether the client sleeps and must be rung for the end of a stream that was just published: not if it has given the
    /// request up, as who got its answer does.
    #[inline(always)]
    #[must_use]
    pub fn must_ring_at_end(&mut self) -> bool {
        let (borrowed, slots, last) = (&self.borrowed, &self.slots, self.next);
        let concerns = || is_listened_to(borrowed, slots, last);
        self.waker.must_ring_if(self.peer.page.sleep, concerns) && !self.detached
    }

    /// A loan ends without a response. Returns whether the stream has ended, too: then ask
    /// [`must_ring_at_end`](Self::must_ring_at_end).
    #[inline(always)]
    pub fn give_loan(&mut self, hold: u32) -> bool {
        self.leave(hold, LOAN)
    }

    /// Whoever handled a borrowed request has done with it. Returns whether the stream has ended: then ask
    /// [`must_ring_at_end`](Self::must_ring_at_end).
    #[inline(always)]
    pub fn disown(&mut self, hold: u32) -> bool {
        self.leave(hold, OWNER)
    }

    /// When nobody can add to a request's stream any more, its end is published and the request given back.
    #[inline(always)]
    fn leave(&mut self, hold: u32, holder: u32) -> bool {
        let Some(borrowing) = self.borrowed.get_mut(hold as usize) else {
            return false;
        };
        borrowing.holders = borrowing.holders.saturating_sub(holder);
        if !borrowing.is_free() {
            return false;
        }
        let slot = self.slots.get_mut(borrowing.slot as usize);
        if let Some(slot) = slot.filter(|slot| slot.latest == borrowing.generation) {
            slot.active = false;
            // ORDERING(ended): pairs with the Acquire load in `Requester::has_ended`: the responses before it are seen.
            slot.ended.publish(borrowing.generation);
        }
        self.peer.chunks.release(borrowing.borrow);
        Consumer::release(borrowing.claims, 0);
        self.borrows -= 1;
        self.next = hold as usize;
        true
    }

    /// Lets `watch` look where the next request will come, after a take. What is blind stays blind.
    #[inline(always)]
    pub fn follow(&self, watch: &mut RequestWatch<M>) {
        match &watch.memory {
            Some(memory) if Arc::ptr_eq(memory, &self.peer.memory) => {
                watch.place = self.requests.watch(self.ring);
            }
            Some(_) => *watch = self.watch(),
            None => {}
        }
    }

    // ----- what is asked and done besides

    /// Looks where the next request will come.
    #[must_use]
    pub fn watch(&self) -> RequestWatch<M> {
        RequestWatch {
            place: self.requests.watch(self.ring),
            memory: Some(Arc::clone(&self.peer.memory)),
        }
    }

    /// There is nothing to take, as was found out otherwise.
    #[inline(always)]
    pub fn polled_in_vain(&mut self) {
        self.prefetch.failed();
    }

    /// Publishes the end of the stream of a borrowed request, whoever needs it still, then gives the request back.
    /// Afterwards ask [`must_ring`](Self::must_ring).
    pub fn finish(&mut self, request: &TakenRequest) {
        self.leave(request.hold, u32::MAX);
    }

    /// Gives home the chunks of the slot's responses that the client has done with, as far as it has said so with a
    /// request.
    #[inline(always)]
    pub fn settle(&mut self, slot: u32, give: impl FnMut(ChunkKey)) {
        if self.lends {
            if let Some(slot) = self.slots.get_mut(slot as usize) {
                slot.lent.settle_below(slot.told, give);
            }
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
        let mut lending = self.slots.iter_mut().filter(|slot| !slot.lent.is_empty());
        lending.try_for_each(|slot| slot.settle(give))
    }

    /// Makes every stream stand at `position`, as after a long life.
    #[cfg(test)]
    pub(super) fn resume_streams_at(&mut self, position: u64) {
        for slot in &mut self.slots {
            slot.read_from = position;
            slot.responses = Producer::new(position, u64::from(self.limits.response_buffer));
        }
    }
}

/// Whether the client has not given up the request of borrow `last`, which was the last to be given back.
#[cold]
#[inline(never)]
fn is_listened_to(borrowed: &[Borrowing], slots: &[Slot], last: usize) -> bool {
    let slot = borrowed.get(last).and_then(|borrowing| {
        let slot = slots.get(borrowing.slot as usize)?;
        Some((slot, borrowing.generation))
    });
    slot.is_none_or(|(slot, generation)| !slot.is_cancelled(generation))
}
