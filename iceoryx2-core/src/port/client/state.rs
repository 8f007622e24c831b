// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a client's handles share: its slots, its loans and its connections.
//!
//! A slot belongs to one pending response at a time. Its generation is new for each request:
//!
//! ```text
//!     free ── begin ──▶ active(generation) ── end ──▶ free
//! ```

mod peers;

use super::{RequestSendError, connection::ServerConnection};
use crate::{
    identifiers::UniqueServiceId,
    port::{
        Backpressure, Degradation, Direction, LoanError, ReceiveError, SendError,
        endpoint::Endpoint, held::Held, outcome::Outcome,
    },
    service::Service,
};
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::{
    rendezvous::{ChangeHint, Hint},
    zero_copy_connection::{
        Body, Chunk, ChunkError, ChunkKey, ConnectionLayout, Content, MessageShape, Receive,
        Sending,
    },
};
use std::sync::Arc;

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// 0: free.
    generation: u64,
    /// What a server that could not be reached yet still has to get.
    body: Option<Body>,
    /// Responses of this slot that are borrowed, whatever generation they are of.
    borrows: u32,
}

/// A server that could not be reached yet.
#[derive(Debug)]
struct Wanted {
    server: u128,
    /// Requests of later generations are owed to it.
    since: u64,
}

/// What a client is configured to.
#[derive(Debug)]
pub(crate) struct ClientLimits {
    pub(crate) active_requests: u32,
    pub(crate) loans: u32,
    /// What lies in this client's chunks.
    pub(crate) requests: MessageShape,
    /// What lies in the servers'.
    pub(crate) responses: MessageShape,
    /// The most elements a message may have.
    pub(crate) elements_max: usize,
    /// Small requests may travel in their descriptors.
    pub(crate) inline: bool,
    pub(crate) backpressure: Arc<Backpressure>,
}

/// What a client's handles share.
#[derive(Debug)]
pub(crate) struct ClientState<S: Service> {
    // WHY: connections go before the endpoint, whose memory and wait set they use.
    connections: Vec<Option<ServerConnection<S>>>,
    wanted: Vec<Wanted>,
    /// Those that have not answered yet.
    young: u32,
    /// Those whose server is gone, and of which something is needed still.
    gone: u32,
    /// How often somebody has listened to them in vain.
    unheard: u32,
    /// Where the next receive begins.
    turn: usize,
    servers_seen: u64,
    slots: Box<[Slot]>,
    free: Vec<u32>,
    generation: u64,
    active: u32,
    loans: u32,
    limits: ClientLimits,
    degradation: Degradation,
    layout: ConnectionLayout,
    endpoint: Endpoint<S>,
    id: u128,
}

/// A request that is on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    pub(crate) slot: u32,
    pub(crate) generation: u64,
}

/// A response that was received.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received {
    pub(crate) held: Held,
    pub(crate) content: Content,
    pub(crate) shape: MessageShape,
}

impl<S: Service> ClientState<S> {
    pub(crate) fn new(
        endpoint: Endpoint<S>,
        layout: ConnectionLayout,
        limits: ClientLimits,
        degradation: Degradation,
        id: u128,
    ) -> Self {
        let slots = layout.limits().slots();
        // WHY: a value the hint has not, so that the first send looks.
        let servers_seen = endpoint
            .service()
            .hint()
            .load(Hint::Servers)
            .wrapping_sub(1);
        let mut client = Self {
            connections: Vec::new(),
            wanted: Vec::new(),
            young: 0,
            gone: 0,
            unheard: 0,
            turn: 0,
            servers_seen,
            slots: (0..slots)
                .map(|_| Slot {
                    generation: 0,
                    body: None,
                    borrows: 0,
                })
                .collect(),
            free: (0..slots).rev().collect(),
            generation: 0,
            active: 0,
            loans: 0,
            limits,
            degradation,
            layout,
            endpoint,
            id,
        };
        if let Err(error) = client.look_for_servers(true) {
            tracing::warn!(%error, "a new client could not reach every server yet");
        }
        client
    }

    pub(crate) const fn id(&self) -> u128 {
        self.id
    }

    pub(crate) const fn backpressure(&self) -> &Arc<Backpressure> {
        &self.limits.backpressure
    }

    pub(crate) fn service_id(&self) -> UniqueServiceId {
        self.endpoint.service().contract().unique_service_id()
    }

    pub(crate) fn node(&self) -> u128 {
        self.endpoint.service().node_id().value()
    }

    /// Whether the handles of this client may do anything here.
    #[inline]
    pub(crate) fn is_foreign(&self) -> bool {
        self.endpoint.is_foreign()
    }

    // ----- loans

    /// Takes a loan that needs no chunk. Returns whether it may go without one; if not, nothing was taken.
    #[inline]
    pub(crate) fn loan_inline(&mut self) -> Result<bool, LoanError> {
        if self.limits.inline {
            self.loan()?;
        }
        Ok(self.limits.inline)
    }

    #[inline]
    fn loan(&mut self) -> Result<(), LoanError> {
        if self.is_foreign() {
            return Err(LoanError::UsedAfterFork);
        }
        if self.loans >= self.limits.loans {
            return Err(LoanError::ExceedsMaxLoans);
        }
        self.loans += 1;
        Ok(())
    }

    /// Takes a loan and a chunk for so many elements.
    pub(crate) fn loan_chunk(
        &mut self,
        elements: usize,
    ) -> Result<(Chunk, MessageShape), LoanError> {
        let shape = self.limits.requests;
        let size = shape.size_of(elements);
        let size = size.filter(|_| elements <= self.limits.elements_max);
        let size = size.ok_or(LoanError::ExceedsMaxLoanSize)?;
        self.loan()?;
        let chunk = match self.endpoint.memory.take_chunk(size, false) {
            Ok(chunk) => chunk,
            Err(error) => self.reclaim_chunk(size, error)?,
        };
        Ok((chunk, shape))
    }

    /// A chunk could not be had at once.
    #[cold]
    fn reclaim_chunk(&mut self, size: usize, error: ChunkError) -> Result<Chunk, LoanError> {
        let mut chunk = Err(error);
        // WHY: on a full machine a chunk that came home serves as well as a new one.
        if matches!(error, ChunkError::ReclaimFirst | ChunkError::System(_)) {
            self.reclaim();
            chunk = self.endpoint.memory.take_chunk(size, true);
        }
        chunk.map_err(|error| {
            self.loans -= 1;
            error.into()
        })
    }

    /// A loan ends unsent.
    pub(crate) fn give_loan(&mut self, chunk: Option<ChunkKey>) {
        self.loans -= 1;
        self.give_chunk(chunk);
    }

    /// A pending response gives the request it was made of back.
    pub(crate) fn give_chunk(&mut self, chunk: Option<ChunkKey>) {
        if let Some(chunk) = chunk {
            self.endpoint.memory.give_chunk(chunk);
        }
    }

    fn reclaim(&mut self) {
        if self.young > 0 {
            self.hear_young();
        }
        for index in 0..self.connections.len() {
            let Some(Some(connection)) = self.connections.get_mut(index) else {
                continue;
            };
            if let Err(error) = connection.reclaim(&mut self.endpoint) {
                self.expel(index, Direction::Requests, &error);
            }
        }
    }

    // ----- sending

    /// Begins a request and publishes it, as [`begin`](Self::begin) and [`deliver`](Self::deliver) do. Returns whether
    /// all servers have it.
    pub(crate) fn send(&mut self, body: &Body) -> Result<(Begun, bool), RequestSendError> {
        let begun = self.begin(body)?;
        Ok((begun, self.deliver(begun, body, &[])))
    }

    /// Begins a request: a slot and a generation of its own. The loan becomes the pending response's.
    #[inline]
    fn begin(&mut self, body: &Body) -> Result<Begun, RequestSendError> {
        if self.is_foreign() {
            return Err(SendError::UsedAfterFork.into());
        }
        if self.active >= self.limits.active_requests {
            return Err(RequestSendError::ExceedsMaxActiveRequests);
        }
        self.look_if_due();
        let hint = self.endpoint.service().hint().load(Hint::Servers);
        if hint != self.servers_seen {
            self.look_for_hinted_servers();
        }
        self.degradation.check().map_err(SendError::from)?;
        // WHY: a slot whose old responses are all given back leaves the new request its full borrows.
        let unburdened = self.free.iter().rposition(|slot| {
            self.slots
                .get(*slot as usize)
                .is_some_and(|slot| slot.borrows == 0)
        });
        let index = unburdened.or_else(|| self.free.len().checked_sub(1));
        let Some(slot) = index.map(|index| self.free.swap_remove(index)) else {
            return Err(RequestSendError::ExceedsMaxActiveRequests);
        };
        self.generation += 1;
        let generation = self.generation;
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            entry.generation = generation;
            // WHY: only a server that could not be reached yet will still have to get it.
            entry.body = if self.wanted.is_empty() {
                None
            } else {
                Some(*body)
            };
        }
        self.active += 1;
        self.loans -= 1;
        Ok(Begun { slot, generation })
    }

    #[cold]
    fn look_for_hinted_servers(&mut self) {
        if let Err(error) = self.look_for_servers(false) {
            tracing::warn!(%error, "a client could not reach every server");
        }
    }

    /// Publishes a begun request to every server that has room and has not got it, but to those who shall go `without`.
    /// Returns whether all others have it.
    #[inline]
    pub(crate) fn deliver(&mut self, begun: Begun, body: &Body, without: &[u128]) -> bool {
        let _scope = hooks::enter(Operation::Send);
        // WHY: how much a server has taken can be seen only once its answer was heard.
        if self.young > 0 {
            self.hear_young();
        }
        let mut complete = true;
        for index in 0..self.connections.len() {
            let Some(Some(connection)) = self.connections.get_mut(index) else {
                continue;
            };
            if !connection.wants(begun.slot, begun.generation, without) {
                continue;
            }
            match connection.send(&mut self.endpoint, begun.slot, begun.generation, body) {
                Ok(Sending::Sent { .. }) => {}
                Ok(Sending::Full) => complete = false,
                Err(error) => self.expel(index, Direction::Requests, &error),
            }
        }
        complete
    }

    /// The servers that a begun request still has to wait for.
    pub(crate) fn crowded(&self, begun: Begun, without: &[u128]) -> Vec<u128> {
        self.living()
            .filter(|connection| connection.wants(begun.slot, begun.generation, without))
            .map(|connection| connection.server)
            .collect()
    }

    /// A begun request could not be delivered to all, and becomes a loan again.
    pub(crate) fn revoke(&mut self, begun: Begun) {
        self.end(begun);
        self.loans += 1;
    }

    /// How many servers got the request.
    pub(crate) fn deliveries(&self, begun: Begun) -> usize {
        self.living()
            .filter(|connection| connection.has_sent(begun.slot, begun.generation))
            .count()
    }

    /// Nobody waits for responses to the request any more.
    pub(crate) fn end(&mut self, begun: Begun) {
        if self.is_foreign() {
            return;
        }
        let _scope = hooks::enter(Operation::Release);
        let overflow = self.layout.limits().response_overflow;
        for connection in self.connections.iter_mut().flatten() {
            connection.cancel(begun.slot, begun.generation, overflow);
        }
        if let Some(slot) = self.slots.get_mut(begun.slot as usize) {
            slot.generation = 0;
            slot.body = None;
        }
        self.free.push(begun.slot);
        self.active -= 1;
        if self.gone > 0 {
            self.sweep();
        }
    }

    // ----- receiving

    /// Takes the next response to a request, of whichever server's turn it is.
    #[inline]
    pub(crate) fn receive(&mut self, begun: Begun) -> Result<Option<Received>, ReceiveError> {
        if self.is_foreign() {
            return Err(ReceiveError::UsedAfterFork);
        }
        self.look_if_due();
        match self.take(begun) {
            Ok(Some(received)) => Ok(Some(received)),
            Ok(None) | Err(ReceiveError::ExceedsMaxBorrows) if self.hear_young_paced() => {
                self.take(begun)
            }
            nothing => nothing,
        }
    }

    fn take(&mut self, begun: Begun) -> Result<Option<Received>, ReceiveError> {
        let _scope = hooks::enter(Operation::Take);
        let overflow = self.layout.limits().response_overflow;
        let count = self.connections.len();
        let mut no_borrow_left = false;
        let mut next = self.turn;
        for _ in 0..count {
            let index = if next < count { next } else { 0 };
            next = index + 1;
            let Some(Some(connection)) = self.connections.get_mut(index) else {
                continue;
            };
            if !connection.has_sent(begun.slot, begun.generation) {
                continue;
            }
            let memory = &mut self.endpoint.memory;
            match connection.receive(memory, begun.slot, begun.generation, overflow) {
                Ok(Receive::Nothing) => {}
                Ok(Receive::NoBorrowLeft) => no_borrow_left = true,
                Ok(Receive::Response { hold, content }) => {
                    return Ok(Some(self.received(begun, Held::new(index, hold), content)));
                }
                Ok(Receive::UnknownMemory) => {
                    if let Some(received) = self.receive_from_new_memory(index, begun) {
                        return Ok(Some(received));
                    }
                }
                Err(error) => self.expel(index, Direction::Responses, &error),
            }
        }
        self.degradation.check()?;
        if no_borrow_left {
            Err(ReceiveError::ExceedsMaxBorrows)
        } else {
            Ok(None)
        }
    }

    #[inline]
    fn received(&mut self, begun: Begun, held: Held, content: Content) -> Received {
        self.turn = held.connection() + 1;
        if let Some(slot) = self.slots.get_mut(begun.slot as usize) {
            slot.borrows += 1;
        }
        Received {
            held,
            content,
            shape: self.limits.responses,
        }
    }

    /// A response was taken that lies in memory the server must have told us of: listens.
    #[cold]
    fn receive_from_new_memory(&mut self, index: usize, begun: Begun) -> Option<Received> {
        let connection = self.connections.get_mut(index)?.as_mut()?;
        let gone = connection.listen(&self.endpoint, &self.layout, &self.limits.responses);
        let received = connection.resume(begun.slot, self.layout.limits().response_overflow);
        match received {
            Err(error) => self.expel(index, Direction::Responses, &error),
            Ok(_) if gone => self.bury(index),
            Ok(_) => {}
        }
        match received {
            Ok(Receive::Response { hold, content }) => {
                Some(self.received(begun, Held::new(index, hold), content))
            }
            _ => None,
        }
    }

    /// Whose a response is: the server and its node.
    pub(crate) fn origin(&self, held: Held) -> (u128, u128) {
        self.connections
            .get(held.connection())
            .and_then(Option::as_ref)
            .map_or((0, 0), |connection| (connection.server, connection.node))
    }

    /// Gives a response to a request of `slot` back.
    pub(crate) fn release(&mut self, slot: u32, held: Held) {
        if self.is_foreign() {
            return;
        }
        let _scope = hooks::enter(Operation::Release);
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            entry.borrows -= 1;
        }
        if let Some(Some(connection)) = self.connections.get_mut(held.connection()) {
            connection.release(slot, held.hold());
            if connection.is_over() {
                self.sweep();
            }
        }
    }

    pub(crate) fn has_response(&mut self, begun: Begun) -> bool {
        if self.is_foreign() {
            return false;
        }
        self.look_if_due();
        self.hear_young_paced();
        self.connections
            .iter()
            .flatten()
            .any(|c| c.has_response(begun.slot, begun.generation))
    }

    /// Whether there is a response to a request, or will never be one. Without a look.
    fn has_news(&mut self, begun: Begun) -> bool {
        let has_response = self
            .living()
            .any(|c| c.has_response(begun.slot, begun.generation));
        has_response || self.known_outcome(begun).is_some()
    }

    pub(crate) fn hint_disconnect(&self, begun: Begun) {
        if !self.is_foreign() {
            self.living()
                .for_each(|c| c.hint_disconnect(begun.slot, begun.generation));
        }
    }

    /// Whether a server still has the request, or may still take it.
    pub(crate) fn is_connected(&mut self, begun: Begun) -> bool {
        if self.is_foreign() {
            return false;
        }
        self.look_if_due();
        self.hear_young_paced();
        if self.is_owed(begun.generation) {
            return true;
        }
        self.connections.iter_mut().flatten().any(|connection| {
            connection.has_sent(begun.slot, begun.generation)
                && connection.ending(begun.slot, begun.generation).is_none()
        })
    }

    /// Why there will never be another response; `None` while there may.
    pub(crate) fn outcome(&mut self, begun: Begun) -> Option<Outcome> {
        if self.is_foreign() {
            return None;
        }
        self.look_if_due();
        self.hear_young_paced();
        self.known_outcome(begun)
    }

    /// The same without a look, for who has just looked.
    pub(crate) fn known_outcome(&mut self, begun: Begun) -> Option<Outcome> {
        if self.is_owed(begun.generation) {
            return None;
        }
        let mut outcome = None;
        for connection in self.connections.iter_mut().flatten() {
            if connection.has_sent(begun.slot, begun.generation) {
                let ending = connection.ending(begun.slot, begun.generation)?;
                // WHY: looked at after the ending, because what was published before it must be received first.
                if connection.has_response(begun.slot, begun.generation) {
                    return None;
                }
                outcome = Some(outcome.map_or(ending, |outcome: Outcome| outcome.worse(ending)));
            }
        }
        Some(outcome.unwrap_or(Outcome::NoServer))
    }
}

impl<S: Service> Drop for ClientState<S> {
    fn drop(&mut self) {
        let _scope = hooks::enter(Operation::Close);
        if !self.is_foreign() {
            self.endpoint.close();
        }
    }
}
