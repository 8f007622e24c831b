// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can be asked about requests and their client.

use super::{super::descriptor::Descriptor, Borrowing, Responder};
use crate::Mechanisms;

impl<M: Mechanisms> Responder<M> {
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
            self.requests.has_message(self.ring)
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
    pub(super) fn waiting(&self) -> impl Iterator<Item = (u32, u64)> {
        let mut from = 0;
        let next = move |_| {
            let (position, message) = self.requests.peek_from(self.ring, from)?;
            from = position.saturating_add(1);
            Some(message)
        };
        (0..self.limits.active_requests)
            .map_while(next)
            .filter_map(Descriptor::decode)
            .map(|descriptor| (descriptor.heading.slot(), descriptor.heading.generation()))
    }

    /// Whether nobody listens to request `generation` of `slot` any more.
    #[inline]
    #[must_use]
    pub fn is_cancelled(&self, slot: u32, generation: u64) -> bool {
        let slot = self.slots.get(slot as usize);
        self.detached || slot.is_none_or(|slot| slot.is_cancelled(generation))
    }

    /// Whether the client wishes that the stream of request `generation` ends.
    #[must_use]
    pub fn has_disconnect_hint(&self, slot: u32, generation: u64) -> bool {
        let slot = self.slots.get(slot as usize);
        !self.detached && slot.is_some_and(|slot| slot.hinted.observe() >= generation)
    }

    /// The slot and generation of a borrowed request.
    #[must_use]
    pub fn names(&self, hold: u32) -> Option<(u32, u64)> {
        let borrowing = self.borrowed.get(hold as usize)?;
        (!borrowing.is_free()).then_some((borrowing.slot, borrowing.generation))
    }

    /// Whether another request can be borrowed.
    #[must_use]
    pub fn has_borrow_left(&self) -> bool {
        self.borrowed.iter().any(Borrowing::is_free)
    }

    /// How many requests are borrowed.
    #[must_use]
    pub const fn borrows(&self) -> u32 {
        self.borrows
    }

    /// How many responses are being written.
    #[must_use]
    pub fn loans(&self) -> u32 {
        self.borrowed.iter().map(Borrowing::loans).sum()
    }

    /// Whether a full queue of requests replaces its oldest.
    #[inline(always)]
    #[must_use]
    pub const fn has_request_overflow(&self) -> bool {
        self.limits.request_overflow
    }
}
