// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can be asked about requests and their server.

use super::{
    super::{ConnectionError, descriptor::Descriptor},
    Contest, Requester,
};
use crate::Mechanisms;

impl<M: Mechanisms> Requester<M> {
    /// Whether a full stream replaces its oldest response.
    #[inline(always)]
    #[must_use]
    pub const fn has_response_overflow(&self) -> bool {
        self.limits.response_overflow
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
        let has_message = entry.responses.has_message(entry.ring);
        has_message
            .then(|| entry.responses.peek(entry.ring))
            .flatten()
            .and_then(Descriptor::decode)
            .is_some_and(|descriptor| descriptor.heading.generation() == entry.generation)
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

    /// Whether the server has not answered and the next [`send`](Self::send) may have to take home what was evicted: look
    /// at the link first.
    #[inline]
    #[must_use]
    pub const fn must_be_heard_first(&self) -> bool {
        self.peer.is_none() && self.lent.is_full()
    }

    /// Whether the server has answered and taken every request.
    ///
    /// # Errors
    /// The server broke the protocol.
    pub fn is_all_taken(&mut self) -> Result<bool, ConnectionError> {
        let Some(peer) = &self.peer else {
            return Ok(false);
        };
        self.requests.refresh(peer.words.claims)?;
        Ok(self.requests.taken() == self.requests.tail())
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
}
