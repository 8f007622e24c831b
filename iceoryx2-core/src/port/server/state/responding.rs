// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How responses are loaned, published and given back.

use super::{Responded, ServerState};
use crate::{
    port::{Direction, LoanError, SendError, held::Held},
    service::{Service, shared::Gated},
};
use iceoryx2_bb_elementary::{
    Payload, ZeroCopySend,
    hooks::{self, Operation},
};
use iceoryx2_cal::zero_copy_connection::{
    Body, Chunk, ChunkError, ChunkKey, Loaned, MessageShape, Respond,
};

impl<S: Service> ServerState<S> {
    /// Takes a loan that needs no chunk. Returns whether it may go without one; if not, nothing was taken.
    #[inline(always)]
    pub(crate) fn loan_inline(&mut self, active: Held) -> Result<bool, LoanError> {
        if self.limits.inline_loans == 0 {
            return Ok(false);
        }
        self.loan(active)?;
        Ok(true)
    }

    #[inline(always)]
    fn loan(&mut self, active: Held) -> Result<(), LoanError> {
        if self.is_foreign() {
            return Err(LoanError::UsedAfterFork);
        }
        let loans_max = self.limits.loans_per_request;
        let granted = self
            .client_of(active)
            .is_some_and(|client| client.loan(active.hold(), loans_max));
        if granted {
            Ok(())
        } else {
            Err(LoanError::ExceedsMaxLoans)
        }
    }

    /// How large a chunk for so many elements has to be; `None`: nobody may have so many.
    #[inline(always)]
    fn size_of(&self, elements: usize) -> Option<usize> {
        let size = self.limits.responses.size_of(elements);
        size.filter(|_| elements <= self.limits.elements_max)
    }

    /// Takes a loan and a chunk for so many elements, if there is one at hand. If not, nothing was taken.
    #[inline(always)]
    pub(crate) fn loan_chunk_at_once(&mut self, active: Held, elements: usize) -> Option<Chunk> {
        let size = self.size_of(elements)?;
        self.loan(active).ok()?;
        let chunk = self.take_chunk_at_once(active, size);
        if chunk.is_none() {
            self.give_loan(active, None);
        }
        chunk
    }

    /// Takes a chunk that the client has done with, or one like the last.
    #[inline(always)]
    fn take_chunk_at_once(&mut self, active: Held, size: usize) -> Option<Chunk> {
        let memory = &mut self.endpoint.memory;
        let client = self.clients.given_mut(active.connection())?;
        let home = client.settle_one(memory, active.hold());
        memory.take_chunk_at_once(home, size)
    }

    /// Takes a loan and a chunk for so many elements.
    #[cold]
    #[inline(never)]
    pub(crate) fn loan_chunk(&mut self, active: Held, elements: usize) -> Result<Chunk, LoanError> {
        let size = self.size_of(elements);
        let size = size.ok_or(LoanError::ExceedsMaxLoanSize)?;
        self.loan(active)?;
        self.take_other_chunk(active, size)
    }

    /// What lies in this server's chunks.
    #[inline(always)]
    pub(crate) const fn response_shape(&self) -> &MessageShape {
        &self.limits.responses
    }

    /// Takes a chunk where none may be at hand.
    fn take_other_chunk(&mut self, active: Held, size: usize) -> Result<Chunk, LoanError> {
        for client in self.clients.iter_mut() {
            client.settle(&mut self.endpoint.memory);
        }
        let mut chunk = self.endpoint.memory.take_chunk(size, false);
        // WHY: on a full machine a chunk that came home serves as well as a new one.
        if matches!(chunk, Err(ChunkError::ReclaimFirst | ChunkError::System(_))) {
            self.reclaim();
            chunk = self.endpoint.memory.take_chunk(size, true);
        }
        if matches!(chunk, Err(ChunkError::Exhausted)) {
            self.endpoint.memory.set_spare(self.loans_for_the_gone());
            chunk = self.endpoint.memory.take_chunk(size, true);
        }
        chunk.map_err(|error| {
            self.give_loan(active, None);
            error.into()
        })
    }

    /// Loans for requests whose clients are gone, which the chunks were not counted for.
    fn loans_for_the_gone(&self) -> u32 {
        let gone = self.clients.iter().filter(|client| client.is_gone());
        gone.map(|client| client.loans()).sum()
    }

    /// A loan ends, with its chunk if it was not sent.
    #[inline(never)]
    pub(crate) fn give_loan(&mut self, active: Held, chunk: Option<ChunkKey>) {
        if self.is_foreign() {
            return;
        }
        if let Some(chunk) = chunk {
            self.endpoint.memory.give_chunk(chunk);
        }
        let _scope = hooks::enter(Operation::Release);
        if let Some(client) = self.client_of(active) {
            client.give_loan(active.hold());
            if client.is_over() {
                self.sweep();
            }
        }
    }

    pub(super) fn reclaim(&mut self) {
        for index in self.clients.places() {
            let Some(client) = self.clients.get_mut(index) else {
                continue;
            };
            if let Err(error) = client.reclaim(&mut self.endpoint) {
                self.expel(index, Direction::Responses, &error);
            }
        }
    }

    /// Publishes a response and ends its loan, if there is nothing to be found out first and [nothing else](Gated::passes) to be
    /// seen to. Returns whether it did; if not, nothing was done.
    #[inline(always)]
    pub(crate) fn respond_at_once(&mut self, active: Held, body: &Body) -> bool {
        let _scope = hooks::enter(Operation::Respond);
        match self.client_of(active) {
            Some(client) => client.respond_at_once(active.hold(), body),
            None => false,
        }
    }

    /// The same for a response that needs no chunk and has no loan, if it might have one. If not, nothing was done, and who
    /// takes a loan for it learns why.
    #[inline(always)]
    pub(crate) fn respond_unloaned(&mut self, active: Held, body: &Body) -> bool {
        let _scope = hooks::enter(Operation::Respond);
        let loans_max = self.limits.inline_loans;
        match self.clients.only_mut() {
            // INVARIANT: a place is never given up, so that where there is one all requests are of that.
            Some(client) => client.respond_unloaned(active.hold(), loans_max, body),
            // WHY a copy: what a function gets that is not compiled into this place must lie in memory all the time.
            None => self.respond_unloaned_to_one_of_many(active, *body),
        }
    }

    #[inline(never)]
    fn respond_unloaned_to_one_of_many(&mut self, active: Held, body: Body) -> bool {
        let loans_max = self.limits.inline_loans;
        match self.client_of(active) {
            Some(client) => client.respond_unloaned(active.hold(), loans_max, &body),
            None => false,
        }
    }

    /// Publishes a response in a chunk that `write` fills, if it might have a loan and nothing stands in the way. If something
    /// does, nothing was done, and who takes a loan learns what.
    #[inline(always)]
    pub(crate) fn respond_in_chunk<H: ZeroCopySend, P: Payload>(
        &mut self,
        active: Held,
        write: impl FnOnce(Chunk, &MessageShape) -> Loaned<H, P>,
    ) -> Option<()> {
        let _scope = hooks::enter(Operation::Respond);
        let loans_max = self.limits.loans_per_request;
        let memory = &mut self.endpoint.memory;
        let client = self.clients.given_mut(active.connection())?;
        let (passage, home) = client.passage(memory, active.hold(), loans_max)?;
        let size = self.limits.responses.size_of_one();
        let chunk = memory.take_chunk_of_base_at_once(home, size, 1)?;
        let place = write(chunk, &self.limits.responses);
        passage.publish(place.body());
        client.ring_if_asleep();
        Some(())
    }

    /// Publishes a response, and ends its loan unless it has to wait. A chunk that nobody gets comes home.
    #[inline(never)]
    pub(crate) fn respond(&mut self, active: Held, body: &Body) -> Result<Responded, SendError> {
        if self.is_foreign() {
            return Err(SendError::UsedAfterFork);
        }
        self.look_if_due();
        let _scope = hooks::enter(Operation::Respond);
        let index = active.connection();
        let Some(client) = self.clients.get_mut(index) else {
            return Ok(Responded::Done);
        };
        match client.respond(&mut self.endpoint, active.hold(), body) {
            Ok(Respond::Sent | Respond::NobodyListens) => {
                if client.is_over() {
                    self.sweep();
                }
                Ok(Responded::Done)
            }
            Ok(Respond::Full) => Ok(Responded::Full),
            Err(error) => {
                self.expel(index, Direction::Responses, &error);
                Err(SendError::ConnectionCorrupted)
            }
        }
    }
}
