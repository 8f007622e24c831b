// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a client's handles share: its slots, its loans and its connections.
//!
//! A slot belongs to one pending response at a time. Its generation is new for each request:
//!
//! ```text
//!     free ── begin ──▶ active(generation) ── end ──▶ free
//! ```

mod free_slots;
mod peers;

use self::free_slots::FreeSlots;
use super::{RequestSendError, connection::ServerConnection};
use crate::{
    identifiers::UniqueServiceId,
    port::{
        Backpressure, Degradation, Direction, LoanError, ReceiveError, SendError,
        chores::Chores,
        endpoint::{Endpoint, Mechanism},
        held::Held,
        outcome::Outcome,
    },
    service::Service,
};
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::{
    rendezvous::{ChangeHint, Hint},
    zero_copy_connection::{
        Body, Chunk, ChunkError, ChunkKey, ConnectionError, ConnectionLayout, Content, Look,
        MessageShape, Receive, ResponseWatch, Sending,
    },
};
use std::sync::Arc;

/// What servers that could not be reached yet still have to get.
#[derive(Debug)]
struct Owed {
    begun: Begun,
    body: Body,
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
    /// The most loans of small requests, which may travel in their descriptors; 0 if they may not.
    pub(crate) inline_loans: u32,
    pub(crate) backpressure: Arc<Backpressure>,
}

/// What a client's handles share.
#[derive(Debug)]
pub(crate) struct ClientState<S: Service> {
    // WHY: connections go before the endpoint, whose memory and wait set they use.
    connections: Vec<Option<ServerConnection<S>>>,
    wanted: Vec<Wanted>,
    /// For the wanted; the earliest request first.
    owed: Vec<Owed>,
    /// Connections whose server has not answered yet.
    young: u32,
    /// How often somebody has listened to them in vain.
    unheard: u32,
    /// Where the next receive begins.
    turn: usize,
    /// Where the only server's next response will come.
    watch: Option<ResponseWatch<Mechanism<S>>>,
    servers_seen: u64,
    free: FreeSlots,
    /// The latest generation.
    generation: u64,
    /// Responses that are borrowed.
    borrows: u32,
    loans: u32,
    chores: Chores,
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
    /// Of no other request of the client.
    pub(crate) generation: u64,
}

impl Begun {
    /// No request.
    pub(crate) const NONE: Self = Self {
        slot: 0,
        generation: 0,
    };

    #[inline(always)]
    pub(crate) const fn is_none(self) -> bool {
        self.generation == Self::NONE.generation
    }
}

/// What there was to take.
#[derive(Debug)]
enum Taken {
    Nothing,
    /// There may be a response, but as many are borrowed as may be.
    NoBorrowLeft,
    Response(Received),
}

/// A response that was received.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received {
    pub(crate) held: Held,
    pub(crate) content: Content,
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
        let chores = Chores::new(endpoint.birth());
        let mut client = Self {
            connections: Vec::new(),
            wanted: Vec::new(),
            owed: Vec::new(),
            young: 0,
            unheard: 0,
            turn: 0,
            watch: None,
            servers_seen,
            free: FreeSlots::new(slots, limits.active_requests),
            generation: 0,
            borrows: 0,
            loans: 0,
            chores,
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

    /// How this client's messages lie in memory.
    #[inline(always)]
    pub(crate) const fn requests(&self) -> &MessageShape {
        &self.limits.requests
    }

    /// How the servers' messages lie in memory.
    #[inline(always)]
    pub(crate) const fn responses(&self) -> &MessageShape {
        &self.limits.responses
    }

    /// Whether there is nothing to be seen to but what is called for, after a look if one is due.
    #[inline(always)]
    fn has_nothing_else(&mut self) -> bool {
        if self.endpoint.look_may_be_due() {
            self.look_if_at_home();
        }
        self.chores.let_pass()
    }

    #[cold]
    #[inline(never)]
    fn look_if_at_home(&mut self) {
        if !self.is_foreign() {
            self.look_if_due();
        }
    }

    // ----- loans

    /// Takes a loan that needs no chunk. Returns whether it may go without one; if not, nothing was taken.
    #[inline(always)]
    pub(crate) fn loan_inline(&mut self) -> Result<bool, LoanError> {
        let inline = self.limits.inline_loans > 0;
        if inline {
            self.loan()?;
        }
        Ok(inline)
    }

    #[inline(always)]
    fn loan(&mut self) -> Result<(), LoanError> {
        if self.is_foreign() {
            return Err(LoanError::UsedAfterFork);
        }
        if self.loans >= self.limits.loans {
            return Err(LoanError::ExceedsMaxLoans);
        }
        self.loans += 1;
        self.prepare();
        Ok(())
    }

    /// A request will be sent soon.
    #[inline(always)]
    fn prepare(&self) {
        if let [Some(server)] = self.connections.as_slice() {
            server.prepare();
        }
    }

    /// Takes a loan and a chunk for so many elements.
    #[inline(always)]
    pub(crate) fn loan_chunk(&mut self, elements: usize) -> Result<Chunk, LoanError> {
        let size = self.limits.requests.size_of(elements);
        let size = size.filter(|_| elements <= self.limits.elements_max);
        let size = size.ok_or(LoanError::ExceedsMaxLoanSize)?;
        self.loan()?;
        match self.endpoint.memory.take_chunk_at_once(size) {
            Some(chunk) => Ok(chunk),
            // WHY taken apart: what a call gives must not lie where the short way puts it.
            None => match self.take_other_chunk(size) {
                Ok(chunk) => Ok(chunk),
                Err(error) => Err(error),
            },
        }
    }

    /// Takes a chunk where none like the last is free.
    #[inline(never)]
    fn take_other_chunk(&mut self, size: usize) -> Result<Chunk, LoanError> {
        let mut chunk = self.endpoint.memory.take_chunk(size, false);
        // WHY: on a full machine a chunk that came home serves as well as a new one.
        if matches!(chunk, Err(ChunkError::ReclaimFirst | ChunkError::System(_))) {
            self.reclaim();
            chunk = self.endpoint.memory.take_chunk(size, true);
        }
        chunk.map_err(|error| {
            self.loans -= 1;
            error.into()
        })
    }

    /// A loan ends unsent.
    pub(crate) const fn give_loan(&mut self) {
        self.loans -= 1;
    }

    /// A loan or a pending response gives the memory of its request back.
    #[inline(always)]
    pub(crate) fn give_chunk(&mut self, chunk: ChunkKey) {
        self.endpoint.memory.give_chunk(chunk);
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

    /// Begins a loaned request and publishes it to the only server, where nothing stands in the way. If something does, the
    /// request has not begun: [`send`](Self::send) sees to it.
    #[inline(always)]
    pub(crate) fn send_at_once(&mut self, body: &Body) -> Option<Begun> {
        let begun = self.publish_at_once(body)?;
        self.loans -= 1;
        Some(begun)
    }

    /// The same for a request that needs no chunk and has no loan, if it might have one. If not, the request has not begun,
    /// and who takes a loan for it learns why.
    #[inline(always)]
    pub(crate) fn send_unloaned(&mut self, body: &Body) -> Option<Begun> {
        if self.loans < self.limits.inline_loans {
            self.prepare();
            self.publish_at_once(body)
        } else {
            None
        }
    }

    #[inline(always)]
    fn publish_at_once(&mut self, body: &Body) -> Option<Begun> {
        if !self.has_nothing_else() {
            return None;
        }
        let hint = self.endpoint.service().hint().load(Hint::Servers);
        if hint != self.servers_seen {
            return None;
        }
        let begun = self.next()?;
        let [Some(connection)] = self.connections.as_mut_slice() else {
            return None;
        };
        let _scope = hooks::enter(Operation::Send);
        let memory = &mut self.endpoint.memory;
        if !connection.send_at_once(memory, begun.slot, begun.generation, body) {
            return None;
        }
        self.begin(begun);
        Some(begun)
    }

    /// The request that begins next; `None` if there are as many pending responses as there may be.
    #[inline(always)]
    fn next(&mut self) -> Option<Begun> {
        if self.borrows > 0 {
            self.prefer_unburdened();
        }
        Some(Begun {
            slot: self.free.next()?,
            generation: self.generation + 1,
        })
    }

    /// The next request has begun.
    #[inline(always)]
    fn begin(&mut self, next: Begun) {
        self.free.take();
        self.generation = next.generation;
    }

    /// Begins a request and publishes it to every server that has room. Returns whether all servers have it.
    pub(crate) fn send(&mut self, body: &Body) -> Result<(Begun, bool), RequestSendError> {
        if self.is_foreign() {
            return Err(SendError::UsedAfterFork.into());
        }
        if self.free.next().is_none() {
            return Err(RequestSendError::ExceedsMaxActiveRequests);
        }
        if let Err(error) = self.look_for_servers(false) {
            tracing::warn!(%error, "a client could not reach every server");
        }
        self.check_degradation().map_err(SendError::from)?;
        let Some(begun) = self.next() else {
            return Err(RequestSendError::ExceedsMaxActiveRequests);
        };
        self.begin(begun);
        self.loans -= 1;
        // WHY: only a server that could not be reached yet will still have to get it.
        if !self.wanted.is_empty() {
            self.owed.push(Owed { begun, body: *body });
        }
        Ok((begun, self.deliver(begun, body, &[])))
    }

    /// Puts a free slot whose old responses are all given back before the others: it leaves the new request its full
    /// borrows.
    #[cold]
    #[inline(never)]
    fn prefer_unburdened(&mut self) {
        let connections = &self.connections;
        let burdened = |slot| connections.iter().flatten().any(|c| c.burdens(slot));
        self.free.prefer(|slot| !burdened(*slot));
    }

    /// Publishes a begun request to every server that has room and has not got it, but to those who shall go `without`.
    /// Returns whether all others have it.
    #[cold]
    #[inline(never)]
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

    /// Nobody waits for responses to the request any more, where nothing else is to be done. If there is, nothing was done.
    #[inline(always)]
    pub(crate) fn end_at_once(&mut self, begun: Begun) -> bool {
        if !self.chores.let_pass() || !self.layout.limits().response_overflow {
            return false;
        }
        let [Some(connection)] = self.connections.as_mut_slice() else {
            return false;
        };
        let _scope = hooks::enter(Operation::Release);
        if !connection.cancel_at_once(begun.slot, begun.generation) {
            return false;
        }
        self.free.give(begun.slot);
        true
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
        self.free.give(begun.slot);
        self.owed
            .retain(|owed| owed.begun.generation != begun.generation);
        if self.chores.are_there() {
            self.sweep();
        }
    }

    // ----- receiving

    /// Takes the next response to a request, of whichever server's turn it is.
    #[inline(always)]
    pub(crate) fn receive(&mut self, begun: Begun) -> Result<Option<Received>, ReceiveError> {
        let look = if self.has_nothing_else() {
            self.receive_at_once(begun)
        } else {
            Look::Unclear
        };
        match look {
            Look::Response { hold, content } => {
                let held = Held::new(0, hold);
                Ok(Some(Received { held, content }))
            }
            Look::Nothing => Ok(None),
            // WHY taken apart: what this call gives must not lie where the short way puts it.
            Look::Unclear => match self.receive_otherwise(begun) {
                Ok(Some(Received { held, content })) => Ok(Some(Received { held, content })),
                Ok(None) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// The same where there is one server alone and nothing is to be seen to.
    #[inline(always)]
    fn receive_at_once(&mut self, begun: Begun) -> Look {
        if let Some(watch) = &mut self.watch {
            if watch.is_silent(begun.generation) {
                return Look::Nothing;
            }
        }
        let overflow = self.layout.limits().response_overflow;
        let [Some(connection)] = self.connections.as_mut_slice() else {
            return Look::Unclear;
        };
        let _scope = hooks::enter(Operation::Take);
        let memory = &mut self.endpoint.memory;
        let look = connection.receive_at_once(memory, begun.slot, begun.generation, overflow);
        match look {
            Look::Response { .. } => self.borrows += 1,
            Look::Nothing => connection.watch(&mut self.watch, begun.slot, begun.generation),
            Look::Unclear => {}
        }
        look
    }

    /// Takes the next response where there is not one server alone, or something is to be seen to, or where it is unclear
    /// what the only server has sent.
    // INVARIANT: no look before: what was taken and could not be handed over is seen to before the server is found gone.
    #[cold]
    #[inline(never)]
    fn receive_otherwise(&mut self, begun: Begun) -> Result<Option<Received>, ReceiveError> {
        if self.is_foreign() {
            return Err(ReceiveError::UsedAfterFork);
        }
        let mut nothing = match self.take(begun)? {
            Taken::Response(received) => return Ok(Some(received)),
            nothing => nothing,
        };
        if self.hear_young_paced() {
            nothing = match self.take(begun)? {
                Taken::Response(received) => return Ok(Some(received)),
                nothing => nothing,
            };
        }
        match nothing {
            Taken::NoBorrowLeft => Err(ReceiveError::ExceedsMaxBorrows),
            _ => Ok(None),
        }
    }

    fn take(&mut self, begun: Begun) -> Result<Taken, ReceiveError> {
        let _scope = hooks::enter(Operation::Take);
        let mut nothing = Taken::Nothing;
        let mut index = self.turn;
        for _ in 0..self.connections.len() {
            if index >= self.connections.len() {
                index = 0;
            }
            match self.take_from(index, begun) {
                Ok(Receive::Nothing) => {}
                Ok(Receive::NoBorrowLeft) => nothing = Taken::NoBorrowLeft,
                Ok(Receive::Response { hold, content }) => {
                    return Ok(Taken::Response(self.received(index, hold, content)));
                }
                Ok(Receive::UnknownMemory) => {
                    if let Some(received) = self.receive_from_new_memory(index) {
                        return Ok(Taken::Response(received));
                    }
                }
                Err(error) => self.expel(index, Direction::Responses, &error),
            }
            index += 1;
        }
        self.check_degradation()?;
        Ok(nothing)
    }

    fn take_from(&mut self, index: usize, begun: Begun) -> Result<Receive, ConnectionError> {
        let overflow = self.layout.limits().response_overflow;
        let memory = &mut self.endpoint.memory;
        let Some(Some(connection)) = self.connections.get_mut(index) else {
            return Ok(Receive::Nothing);
        };
        connection.receive_otherwise(memory, begun.slot, begun.generation, overflow)
    }

    fn received(&mut self, connection: usize, hold: u32, content: Content) -> Received {
        self.turn = connection + 1;
        self.borrows += 1;
        Received {
            held: Held::new(connection, hold),
            content,
        }
    }

    /// A response was taken that lies in memory the server must have told us of: listens.
    #[cold]
    #[inline(never)]
    fn receive_from_new_memory(&mut self, index: usize) -> Option<Received> {
        let connection = self.connections.get_mut(index)?.as_mut()?;
        let gone = connection.listen(&mut self.endpoint, &self.layout, &self.limits.responses);
        let received = connection.resume(
            &mut self.endpoint.memory,
            self.layout.limits().response_overflow,
        );
        match received {
            Err(error) => self.expel(index, Direction::Responses, &error),
            Ok(_) if gone => self.bury(index),
            Ok(_) => {}
        }
        match received {
            Ok(Receive::Response { hold, content }) => Some(self.received(index, hold, content)),
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

    /// Gives a response back where nothing else is to be done. If there is, nothing was done.
    #[inline(always)]
    pub(crate) fn release_at_once(&mut self, held: Held) -> bool {
        if !self.chores.let_pass() {
            return false;
        }
        let [Some(connection)] = self.connections.as_mut_slice() else {
            return false;
        };
        let _scope = hooks::enter(Operation::Release);
        self.borrows -= 1;
        // INVARIANT: a place is never given up, so that where there is one all responses are of that.
        connection.release(held.hold());
        true
    }

    /// Gives a response back.
    pub(crate) fn release(&mut self, held: Held) {
        if self.is_foreign() {
            return;
        }
        let _scope = hooks::enter(Operation::Release);
        self.borrows -= 1;
        if let Some(Some(connection)) = self.connections.get_mut(held.connection()) {
            connection.release(held.hold());
        }
        if self.chores.are_there() {
            self.sweep();
        }
    }

    pub(crate) fn has_response(&mut self, begun: Begun) -> bool {
        if self.is_foreign() {
            return false;
        }
        self.look_if_due();
        self.hear_young_paced();
        self.living()
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
            self.hang_up();
        }
    }
}
