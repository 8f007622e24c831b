// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a server's handles share: its listener and its connections.

mod peers;

use super::connection::ClientConnection;
use crate::{
    identifiers::UniqueServiceId,
    port::{
        Backpressure, Degradation, Direction, LoanError, ReceiveError, SendError,
        endpoint::Endpoint,
        held::Held,
        wire::{Source, Wire},
    },
    service::Service,
};
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::{
    Mechanisms, SystemError,
    rendezvous::{ChangeHint, Hint, Listener},
    static_storage::StorageError,
    wait_set::{Trigger, WaitSet},
    zero_copy_connection::{
        Body, Chunk, ChunkError, ChunkKey, ConnectionLayout, Content, MessageShape, Respond, Take,
        TakenRequest,
    },
};
use std::sync::Arc;

type ListenerOf<S> = <<S as Service>::Mechanisms as Mechanisms>::Listener;

/// What a server is configured to.
#[derive(Debug)]
pub(crate) struct ServerLimits {
    pub(crate) loans_per_request: u32,
    /// What lies in this server's chunks.
    pub(crate) responses: MessageShape,
    /// What lies in the clients'.
    pub(crate) requests: MessageShape,
    /// The most elements a message may have.
    pub(crate) elements_max: usize,
    /// Small responses may travel in their descriptors.
    pub(crate) inline: bool,
    pub(crate) backpressure: Arc<Backpressure>,
}

/// Somebody who came in and has not introduced itself.
#[derive(Debug)]
struct Arrival<S: Service> {
    id: u64,
    wire: Wire<S>,
}

/// What a server's handles share.
#[derive(Debug)]
pub(crate) struct ServerState<S: Service> {
    // WHY: connections go before the endpoint, whose memory and wait set they use.
    clients: Vec<Option<ClientConnection<S>>>,
    arrivals: Vec<Arrival<S>>,
    listener: Option<ListenerOf<S>>,
    /// How many clients are gone and have left requests.
    bequests: u32,
    /// The listener is not waited for, until something the system refused is tried again.
    paused: bool,
    /// Where the next receive begins.
    turn: usize,
    clients_seen: u64,
    /// Whether requests nobody listens to any more are handed out.
    fire_and_forget: bool,
    limits: ServerLimits,
    degradation: Degradation,
    layout: ConnectionLayout,
    endpoint: Endpoint<S>,
    id: u128,
}

/// A request that was taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) active: Held,
    pub(crate) content: Content,
    pub(crate) shape: MessageShape,
}

/// What became of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Responded {
    /// It was published, or nobody listens.
    Done,
    /// The stream is full.
    Full,
}

impl<S: Service> ServerState<S> {
    pub(crate) fn new(
        endpoint: Endpoint<S>,
        layout: ConnectionLayout,
        limits: ServerLimits,
        degradation: Degradation,
        listener: ListenerOf<S>,
        id: u128,
    ) -> Result<Self, SystemError> {
        endpoint
            .set()
            .attach(listener.source(), Source::Listener.token(), Trigger::Level)?;
        // WHY: a value the hint has not, so that the first receive looks.
        let clients_seen = endpoint
            .service()
            .hint()
            .load(Hint::Clients)
            .wrapping_sub(1);
        let contract = endpoint.service().contract().request_response();
        let fire_and_forget = contract.does_support_fire_and_forget_requests();
        Ok(Self {
            clients: Vec::new(),
            arrivals: Vec::new(),
            listener: Some(listener),
            bequests: 0,
            paused: false,
            turn: 0,
            clients_seen,
            fire_and_forget,
            limits,
            degradation,
            layout,
            endpoint,
            id,
        })
    }

    /// Gives the listener its final name: from here on clients find the server.
    pub(crate) fn publish(&self, temporary: &str, name: &str) -> Result<(), StorageError> {
        let storage = self.endpoint.service().storage();
        self.listener.as_ref().map_or(Ok(()), |listener| {
            listener.publish(storage, temporary, name)
        })
    }

    pub(crate) fn service_id(&self) -> UniqueServiceId {
        self.endpoint.service().contract().unique_service_id()
    }

    pub(crate) fn node(&self) -> u128 {
        self.endpoint.service().node_id().value()
    }

    pub(crate) const fn id(&self) -> u128 {
        self.id
    }

    pub(crate) const fn backpressure(&self) -> &Arc<Backpressure> {
        &self.limits.backpressure
    }

    /// Whether the handles of this server may do anything here.
    #[inline]
    pub(crate) fn is_foreign(&self) -> bool {
        self.endpoint.is_foreign()
    }

    // ----- requests

    /// Takes the next request, of whichever client's turn it is.
    #[inline]
    pub(crate) fn receive(&mut self) -> Result<Option<Taken>, ReceiveError> {
        if self.is_foreign() {
            return Err(ReceiveError::UsedAfterFork);
        }
        self.look_if_due();
        match self.take() {
            Ok(Some(taken)) => Ok(Some(taken)),
            Ok(None) | Err(ReceiveError::ExceedsMaxBorrows) if self.look_for_clients() => {
                self.take()
            }
            nothing => nothing,
        }
    }

    fn take(&mut self) -> Result<Option<Taken>, ReceiveError> {
        let _scope = hooks::enter(Operation::Take);
        let mut no_borrow_left = false;
        if self.bequests > 0 {
            match self.take_bequest() {
                Ok(None) => {}
                Err(()) => no_borrow_left = true,
                Ok(taken) => return Ok(taken),
            }
        }
        let count = self.clients.len();
        let mut next = self.turn;
        for _ in 0..count {
            let index = if next < count { next } else { 0 };
            next = index + 1;
            match self.take_from(index) {
                Ok(None) => {}
                Err(()) => no_borrow_left = true,
                Ok(taken) => {
                    self.turn = index + 1;
                    return Ok(taken);
                }
            }
        }
        self.degradation.check()?;
        if no_borrow_left {
            Err(ReceiveError::ExceedsMaxBorrows)
        } else {
            Ok(None)
        }
    }

    /// Takes a request of a client that is gone. `Err`: there is one, but no borrow for it.
    #[cold]
    fn take_bequest(&mut self) -> Result<Option<Taken>, ()> {
        let mut nothing = Ok(None);
        for index in 0..self.clients.len() {
            if self.client(index).is_some_and(ClientConnection::is_gone) {
                match self.take_from(index) {
                    Ok(None) => {}
                    Err(()) => nothing = Err(()),
                    taken => return taken,
                }
            }
        }
        nothing
    }

    /// `Err`: there is a request, but no borrow for it.
    #[inline]
    fn take_from(&mut self, index: usize) -> Result<Option<Taken>, ()> {
        let limits = self.layout.limits();
        // INVARIANT: what was queued when we began is passed over after so many attempts.
        for _ in 0..=limits.active_requests {
            let Some(Some(client)) = self.clients.get_mut(index) else {
                return Ok(None);
            };
            match client.take(&mut self.endpoint.memory, limits.request_overflow) {
                Ok(Take::Nothing) => return Ok(None),
                Ok(Take::NoBorrowLeft) if self.has_request_of(index) => return Err(()),
                Ok(Take::NoBorrowLeft) => return Ok(None),
                Ok(Take::Request(request)) => {
                    if let Some(taken) = self.taken(index, request) {
                        return Ok(Some(taken));
                    }
                }
                Ok(Take::UnknownMemory) => {
                    if let Some(taken) = self.take_from_new_memory(index) {
                        return Ok(Some(taken));
                    }
                }
                Err(error) => {
                    self.expel(index, Direction::Requests, &error);
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    /// `None`: the request is not handed out, because nobody listens to it any more.
    #[inline]
    fn taken(&mut self, index: usize, request: TakenRequest) -> Option<Taken> {
        let active = Held::new(index, request.hold);
        let skipped = !self.fire_and_forget && self.skip_unless_awaited(active);
        if self.bequests > 0 {
            self.count_bequests();
        }
        (!skipped).then_some(Taken {
            active,
            content: request.content,
            shape: self.limits.requests,
        })
    }

    /// A request was taken that lies in memory the client must have told us of: listens.
    #[cold]
    fn take_from_new_memory(&mut self, index: usize) -> Option<Taken> {
        let client = self.clients.get_mut(index)?.as_mut()?;
        let gone = client.listen();
        let taken = client.resume(self.layout.limits().request_overflow);
        match taken {
            Err(error) => self.expel(index, Direction::Requests, &error),
            Ok(_) if gone => self.bury(index),
            Ok(_) => {}
        }
        match taken {
            Ok(Take::Request(request)) => self.taken(index, request),
            _ => None,
        }
    }

    /// Gives a request back that was taken and that nobody listens to any more. Returns whether it did.
    fn skip_unless_awaited(&mut self, active: Held) -> bool {
        let is_cancelled = self
            .client_of(active)
            .is_some_and(|client| client.is_cancelled(active.hold()));
        if is_cancelled {
            self.disown(active);
        }
        is_cancelled
    }

    #[cold]
    fn count_bequests(&mut self) {
        let left = self
            .clients
            .iter()
            .flatten()
            .filter(|c| c.is_gone() && c.has_request())
            .count();
        self.bequests = u32::try_from(left).unwrap_or(u32::MAX);
    }

    pub(crate) fn has_requests(&mut self) -> Result<bool, ReceiveError> {
        if self.is_foreign() {
            return Err(ReceiveError::UsedAfterFork);
        }
        self.look_if_due();
        Ok(self.has_any() || (self.look_for_clients() && self.has_any()))
    }

    fn has_any(&self) -> bool {
        (0..self.clients.len()).any(|index| self.has_request_of(index))
    }

    /// Whether a client has a request that would be handed out.
    fn has_request_of(&self, index: usize) -> bool {
        self.client(index).is_some_and(|client| {
            client.has_request() && (self.fire_and_forget || client.has_awaited_request())
        })
    }

    fn client(&self, index: usize) -> Option<&ClientConnection<S>> {
        self.clients.get(index).and_then(Option::as_ref)
    }

    #[inline]
    fn client_of(&mut self, active: Held) -> Option<&mut ClientConnection<S>> {
        self.clients
            .get_mut(active.connection())
            .and_then(Option::as_mut)
    }

    /// Whose the request is: the client and its node.
    pub(crate) fn origin(&mut self, active: Held) -> (u128, u128) {
        self.client_of(active)
            .map_or((0, 0), |client| (client.client, client.node))
    }

    /// Whether somebody listens to the request.
    pub(crate) fn is_connected(&mut self, active: Held) -> bool {
        if self.is_foreign() {
            return false;
        }
        self.look_if_due();
        self.client_of(active)
            .is_some_and(|client| !client.is_cancelled(active.hold()))
    }

    pub(crate) fn has_disconnect_hint(&mut self, active: Held) -> bool {
        !self.is_foreign()
            && self
                .client_of(active)
                .is_some_and(|client| client.has_disconnect_hint(active.hold()))
    }

    /// The request's handle goes.
    pub(crate) fn disown(&mut self, active: Held) {
        self.change(active, ClientConnection::disown);
    }

    #[inline]
    fn change(&mut self, active: Held, change: impl FnOnce(&mut ClientConnection<S>, u32)) {
        if self.is_foreign() {
            return;
        }
        let _scope = hooks::enter(Operation::Release);
        if let Some(client) = self.client_of(active) {
            change(client, active.hold());
            if client.is_over() {
                self.sweep();
            }
        }
    }

    // ----- responses

    /// Takes a loan that needs no chunk. Returns whether it may go without one; if not, nothing was taken.
    #[inline]
    pub(crate) fn loan_inline(&mut self, active: Held) -> Result<bool, LoanError> {
        if self.limits.inline {
            self.loan(active)?;
        }
        Ok(self.limits.inline)
    }

    #[inline]
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

    /// Takes a loan and a chunk for so many elements.
    pub(crate) fn loan_chunk(
        &mut self,
        active: Held,
        elements: usize,
    ) -> Result<(Chunk, MessageShape), LoanError> {
        let shape = self.limits.responses;
        let size = shape.size_of(elements);
        let size = size.filter(|_| elements <= self.limits.elements_max);
        let size = size.ok_or(LoanError::ExceedsMaxLoanSize)?;
        self.loan(active)?;
        let chunk = match self.endpoint.memory.take_chunk(size, false) {
            Ok(chunk) => chunk,
            Err(error) => self.reclaim_chunk(active, size, error)?,
        };
        Ok((chunk, shape))
    }

    /// A chunk could not be had at once.
    #[cold]
    fn reclaim_chunk(
        &mut self,
        active: Held,
        size: usize,
        error: ChunkError,
    ) -> Result<Chunk, LoanError> {
        let mut chunk = Err(error);
        // WHY: on a full machine a chunk that came home serves as well as a new one.
        if matches!(error, ChunkError::ReclaimFirst | ChunkError::System(_)) {
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
        self.clients
            .iter()
            .flatten()
            .filter(|client| client.is_gone())
            .map(ClientConnection::loans)
            .sum()
    }

    /// A loan ends, with its chunk if it was not sent.
    pub(crate) fn give_loan(&mut self, active: Held, chunk: Option<ChunkKey>) {
        if self.is_foreign() {
            return;
        }
        if let Some(chunk) = chunk {
            self.endpoint.memory.give_chunk(chunk);
        }
        self.change(active, ClientConnection::give_loan);
    }

    fn reclaim(&mut self) {
        for index in 0..self.clients.len() {
            let Some(Some(client)) = self.clients.get_mut(index) else {
                continue;
            };
            if let Err(error) = client.reclaim(&mut self.endpoint) {
                self.expel(index, Direction::Responses, &error);
            }
        }
    }

    /// Publishes a response, and ends its loan unless it has to wait. A chunk that nobody gets comes home.
    pub(crate) fn respond(&mut self, active: Held, body: &Body) -> Result<Responded, SendError> {
        if self.is_foreign() {
            return Err(SendError::UsedAfterFork);
        }
        self.look_if_due();
        let _scope = hooks::enter(Operation::Respond);
        let index = active.connection();
        let Some(Some(client)) = self.clients.get_mut(index) else {
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
