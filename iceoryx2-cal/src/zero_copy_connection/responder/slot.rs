// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a server does to one slot, beside publishing.

use super::{
    super::{ChunkKey, ConnectionError, descriptor::Heading},
    Respond, Slot,
};

impl Slot {
    /// A response will be sent soon.
    // WHY the first alone: whoever reads a stream polls for the next, and would fetch the line back.
    #[inline(always)]
    pub(super) fn prepare(&self) {
        if self.responses.tail() == self.read_from {
            self.responses.prepare(self.ring);
        }
    }

    /// A request says from where its client reads: everything before is taken, and whatever older generations left behind it
    /// is ours again.
    pub(super) fn read_from(&mut self, position: u64) -> Result<(), ConnectionError> {
        let tail = self.responses.tail();
        if position == tail {
            self.read_to_end();
            return Ok(());
        }
        if position < self.read_from || position > tail {
            return Err(ConnectionError::Descriptor);
        }
        self.read_from = position;
        self.responses.note_taken(position);
        self.responses.discard_below(self.ring, tail);
        Ok(())
    }

    /// Whether that is a new request of a client that has read every response, and says so.
    #[inline(always)]
    pub(super) const fn awaits(&self, request: &Heading) -> bool {
        request.generation() > self.latest && request.read_from() == self.responses.tail()
    }

    /// The client has read every response. The line of the next one is asked for.
    #[inline(always)]
    pub(super) fn read_to_end(&mut self) {
        self.read_from = self.responses.tail();
        self.responses.note_all_taken();
        self.responses.prepare(self.ring);
    }

    /// That request is the slot's latest from now on, and its client has said from where it reads.
    #[inline(always)]
    pub(super) const fn begin(&mut self, request: &Heading) {
        if request.is_settled() {
            self.told = self.read_from;
        }
        self.latest = request.generation();
    }

    /// Looks how far the client is, then evicts if overflow is on. `Sent`: there is room now.
    #[cold]
    pub(super) fn make_room(&mut self, overflow: bool) -> Result<Respond, ConnectionError> {
        self.responses.refresh(self.claims)?;
        if !self.responses.is_full() {
            return Ok(Respond::Sent);
        }
        if self.is_cancelled(self.latest) {
            return Ok(Respond::NobodyListens);
        }
        if !overflow {
            return Ok(Respond::Full);
        }
        // What is evicted stays among the lendings, and comes home with the next settling.
        self.responses.evict(self.ring, Some(self.claims));
        Ok(Respond::Sent)
    }

    /// Gives home the chunks the client has done with.
    #[cold]
    pub(super) fn settle(&mut self, give: &mut dyn FnMut(ChunkKey)) -> Result<(), ConnectionError> {
        self.responses.refresh(self.claims)?;
        self.lent.settle(&self.responses, self.claims, give);
        Ok(())
    }

    /// Whether the client has given up request `generation`.
    #[inline]
    pub(super) fn is_cancelled(&self, generation: u64) -> bool {
        // ORDERING(cancel): pairs with the Release store in `Requester::cancel`.
        self.cancelled.observe() >= generation
    }
}
