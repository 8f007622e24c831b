// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The server's end of a connection: what it consists of, and the short way of requests and responses.

mod departure;
mod otherwise;
mod passage;
mod questions;
mod slot;

pub use self::passage::ResponsePassage;

use super::{
    ChunkKey, ConnectionError, Content, PeerPlace,
    chunks::{Borrow, Read},
    copies::{Copies, Place},
    descriptor::{Body, Descriptor, Heading, Kind, Near, encode},
    halves::{ClientWords, Own, Peer, ServerWords},
    layout::{ConnectionLayout, Limits},
    lending::{Homecoming, Lendings},
    prefetch::Prefetch,
    request_watch::RequestWatch,
};
use crate::Mechanisms;
use iceoryx2_bb_lock_free::{
    ring::{Claim, Claims, Consumer, Producer, Ring, Sight},
    sleep::{Waker, is_asleep},
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

/// What a look at the request queue found.
#[derive(Debug, Clone, Copy)]
pub enum Glance {
    /// Nothing there.
    Nothing,
    /// A request.
    Request(TakenRequest),
    /// [`Responder::take`] finds out, which must be the next call.
    Unclear,
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

impl TakenRequest {
    #[inline(always)]
    fn in_chunk(hold: u32, request: &Descriptor, read: Read) -> Self {
        Self {
            hold,
            slot: request.heading.slot(),
            generation: request.heading.generation(),
            content: Content {
                data: read.data,
                elements: request.elements(),
            },
        }
    }
}

/// A stream that nobody can add to any more.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    slot: u32,
    generation: u64,
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
// WHY aligned: one whole line is found by a shift.
#[derive(Debug)]
#[repr(align(64))]
struct Borrowing {
    /// Nobody's once the client is gone.
    // INVARIANT: in the region of the responder it belongs to.
    claim: Claim<'static>,
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

    /// It is used for that request from now on.
    #[inline(always)]
    const fn lend(&mut self, request: &Heading, borrow: Borrow) {
        self.borrow = borrow;
        self.generation = request.generation();
        self.slot = request.slot();
        self.holders = OWNER;
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
    /// Blind once the client is gone.
    // INVARIANT: in the client's region.
    ring: Ring<'static>,
    /// The borrow to be taken next, if it is free.
    next: u32,
    borrowed: Box<[Borrowing]>,
    /// How many are not free.
    borrows: u32,
    slots: Box<[Slot]>,
    prefetch: Prefetch,
    waker: Waker,
    detached: bool,
    limits: Limits,
    /// Copied out at the peer's death.
    rescued: VecDeque<Descriptor>,
    /// Taken, but of unknown memory: their borrows, which are in use, come with them.
    stranded: VecDeque<(u32, Descriptor)>,
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
        let claims = own.words.claims.each();
        let borrowed = claims.zip(copies.places()).map(|(claim, place)| Borrowing {
            claim,
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

    /// Looks for the next request, and takes it if there is nothing to be found out first. Of one that lies in its descriptor
    /// somebody will read so many `words`. With overflow off, ask [`must_ring`](Self::must_ring) after a take: the client may
    /// wait for room.
    #[inline(always)]
    pub fn take_at_once(&mut self, words: usize) -> Glance {
        let seen = match self.requests.look(self.ring) {
            Sight::Nothing => {
                self.polled_in_vain();
                return Glance::Nothing;
            }
            Sight::Message(seen) => seen,
            Sight::Unclear => return Glance::Unclear,
        };
        let next = self.borrowed.get_mut(self.next as usize);
        let Some(next) = next.filter(|next| next.is_free()) else {
            return Glance::Unclear;
        };
        let request = Heading(seen.head);
        // WHY before it is taken: from there on nothing has to be found out any more, and little has to be remembered.
        let slot = self.slots.get_mut(request.slot() as usize);
        let slot = slot.filter(|slot| slot.awaits(&request));
        let Some(slot) = slot else {
            return Glance::Unclear;
        };
        // WHY here for those alone whose messages do not lie in their descriptors: others pay for a long function.
        let (content, borrow) = if words == 0 && request.kind() == Kind::Near {
            let near = Near::of(&seen);
            let Some(data) = self.peer.chunks.locate_near(&near) else {
                return Glance::Unclear;
            };
            if !self.requests.take_seen(seen, next.claim, &mut []) {
                return Glance::Unclear;
            }
            self.prefetch.expect_near(near.next());
            let elements = near.elements;
            (Content { data, elements }, Borrow::BASE)
        } else if request.kind_bits() == self.peer.chunks.inline_kind() {
            let place = next.place;
            // SAFETY: the borrow is free, and whoever had it before has stopped reading with its release; the places live as
            // long as the borrows (INVARIANT).
            let words = unsafe { place.first_words(words) };
            if !self.requests.take_seen(seen, next.claim, words) {
                return Glance::Unclear;
            }
            self.prefetch.expect_nothing();
            let data = place.data();
            (Content { data, elements: 1 }, Borrow::PLAIN)
        } else {
            return match self.take_chunk() {
                Some(content) => Glance::Request(TakenRequest {
                    hold: self.next,
                    slot: request.slot(),
                    generation: request.generation(),
                    content,
                }),
                None => Glance::Unclear,
            };
        };
        slot.read_to_end();
        slot.begin(&request);
        self.borrows += 1;
        next.lend(&request, borrow);
        Glance::Request(TakenRequest {
            hold: self.next,
            slot: request.slot(),
            generation: request.generation(),
            content,
        })
    }

    /// Another response to a borrowed request is being written. `false`: so many are already, and this one is none.
    #[inline(always)]
    pub fn loan(&mut self, hold: u32, loans_max: u32) -> bool {
        match self.borrowed.get_mut(hold as usize) {
            Some(borrowing) if borrowing.may_loan(loans_max) => {
                borrowing.holders += LOAN;
                if let Some(slot) = self.slots.get(borrowing.slot as usize) {
                    slot.prepare();
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
        let settled = self.borrows == 1;
        if borrowing.loans() == 0 || !self.publish(slot, generation, settled, body) {
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
        // INVARIANT: who has a hold has not given it back, so that it is in use.
        let borrowing = borrowing.filter(|borrowing| borrowing.loans() < loans_max);
        let Some(&Borrowing {
            slot, generation, ..
        }) = borrowing
        else {
            return false;
        };
        let settled = self.borrows == 1;
        self.publish(slot, generation, settled, body)
    }

    /// Publishes a response to the slot's latest request, if there is room as far as is known. `settled`: no request is
    /// borrowed but the one it answers.
    #[inline(always)]
    fn publish(&mut self, slot: u32, generation: u64, settled: bool, body: &Body) -> bool {
        let Some(entry) = self.slots.get_mut(slot as usize) else {
            return false;
        };
        if entry.latest != generation || (body.key().is_some() && entry.lent.is_full()) {
            return false;
        }
        let (message, sent) = encode(generation, slot, 0, settled, body);
        let message = message.get(..sent).unwrap_or(&message);
        let Some(position) = entry.responses.publish(entry.ring, message) else {
            return false;
        };
        if let Body::Chunk { chunk, key, .. } = body {
            entry.lent.push(position, *key, *chunk);
        }
        true
    }

    /// Whether the client sleeps and must be rung for what was just published.
    #[inline(always)]
    #[must_use]
    pub fn must_ring(&mut self) -> bool {
        self.waker.must_ring(self.peer.page.sleep) && !self.detached
    }

    /// Whether the client sleeps, to be asked after the end of a stream was published: then ask
    /// [`must_ring_at_end`](Self::must_ring_at_end), too.
    #[inline(always)]
    #[must_use]
    pub fn is_client_asleep(&self) -> bool {
        is_asleep(self.peer.page.sleep)
    }

    /// Whether the client sleeps and must be rung for the end of a stream that was published: not if it has given the
    /// request up, as who got its answer does.
    #[must_use]
    pub fn must_ring_at_end(&mut self, ended: Ended) -> bool {
        !self.is_cancelled(ended.slot, ended.generation) && self.must_ring()
    }

    /// A loan ends without a response. Returns the stream if it has ended, too: then ask whether the client
    /// [is asleep](Self::is_client_asleep).
    #[inline(always)]
    pub fn give_loan(&mut self, hold: u32) -> Option<Ended> {
        self.leave(hold, LOAN)
    }

    /// Whoever handled a borrowed request has done with it. Returns its stream if it has ended: then ask whether the client
    /// [is asleep](Self::is_client_asleep).
    #[inline(always)]
    pub fn disown(&mut self, hold: u32) -> Option<Ended> {
        self.leave(hold, OWNER)
    }

    /// When nobody can add to a request's stream any more, its end is published and the request given back.
    #[inline(always)]
    fn leave(&mut self, hold: u32, holder: u32) -> Option<Ended> {
        let borrowing = self.borrowed.get_mut(hold as usize)?;
        // INVARIANT: whoever leaves is one of the holders.
        borrowing.holders = if holder == OWNER {
            borrowing.holders & !OWNER
        } else {
            borrowing.holders.saturating_sub(holder)
        };
        if !borrowing.is_free() {
            return None;
        }
        let slot = self.slots.get(borrowing.slot as usize);
        if let Some(slot) = slot.filter(|slot| slot.latest == borrowing.generation) {
            // ORDERING(ended): pairs with the Acquire load in `Requester::has_ended`: the responses before it are seen.
            slot.ended.publish(borrowing.generation);
            // WHY now: whoever listens to the next request of the slot does not poll for its response yet.
            slot.responses.prepare(slot.ring);
        }
        self.peer.chunks.release(borrowing.borrow);
        borrowing.claim.release();
        self.borrows -= 1;
        self.next = hold;
        Some(Ended {
            slot: borrowing.slot,
            generation: borrowing.generation,
        })
    }

    /// Lets `watch` look where the next request will come, after a take. What is blind stays blind.
    #[inline(always)]
    pub fn follow(&self, watch: &mut RequestWatch<M>) {
        let watched = watch.memory.as_ref().map(Arc::as_ptr);
        if watched == Some(Arc::as_ptr(&self.peer.memory)) {
            watch.place = self.requests.watch(self.ring);
        } else if watched.is_some() {
            self.watch_anew(watch);
        }
    }

    #[cold]
    fn watch_anew(&self, watch: &mut RequestWatch<M>) {
        *watch = self.watch();
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
        self.prefetch.failed(|chunk| self.peer.chunks.hint(chunk));
    }

    /// Publishes the end of the stream of a borrowed request, whoever needs it still, then gives the request back.
    /// Returns the stream: ask whether the client [is asleep](Self::is_client_asleep).
    pub fn finish(&mut self, request: &TakenRequest) -> Option<Ended> {
        self.leave(request.hold, u32::MAX)
    }

    /// The latest chunk of those in which responses to the slot of a borrowed request went, and which the client has done
    /// with, as far as it has said so with a request. Older ones are given home.
    #[inline(always)]
    #[must_use]
    pub fn settle_one(&mut self, hold: u32, give: impl FnMut(ChunkKey)) -> Option<Homecoming> {
        let borrowing = self.borrowed.get(hold as usize)?;
        let slot = self.slots.get_mut(borrowing.slot as usize)?;
        slot.lent.settle_one(slot.told, give)
    }

    /// Gives home all chunks that the client has done with, as far as it has said so with requests.
    pub fn settle(&mut self, give: &mut dyn FnMut(ChunkKey)) {
        for slot in &mut self.slots {
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

/// Checks what the client alleges of slot, generation and the position it reads from, and begins the slot's new generation.
fn begin(slots: &mut [Slot], request: &Heading) -> Result<(), ConnectionError> {
    let slot = slots.get_mut(request.slot() as usize);
    let slot = slot.ok_or(ConnectionError::Descriptor)?;
    if request.generation() <= slot.latest {
        return Err(ConnectionError::Descriptor);
    }
    slot.read_from(request.read_from())?;
    slot.begin(request);
    Ok(())
}
