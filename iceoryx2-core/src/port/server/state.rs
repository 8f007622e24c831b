// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a server's handles share: its listener and its connections.

mod peers;

use super::{connection::ClientConnection, rotation::Rotation};
use crate::{
    identifiers::UniqueServiceId,
    port::{
        Backpressure, Degradation, Direction, LoanError, ReceiveError, SendError,
        chores::{Chore, Chores},
        endpoint::{Endpoint, Mechanism},
        held::Held,
        wire::{Source, Wire},
    },
    service::{Service, shared::Gated},
};
use iceoryx2_bb_elementary::{
    Payload, ZeroCopySend,
    hooks::{self, Operation},
};
use iceoryx2_cal::{
    Mechanisms, SystemError,
    rendezvous::{ChangeHint, Hint, Listener},
    static_storage::StorageError,
    wait_set::{Trigger, WaitSet},
    zero_copy_connection::{
        Body, Chunk, ChunkError, ChunkKey, ConnectionLayout, Content, Ended, Glance, Loaned,
        MessageShape, RequestWatch, Respond, Take, TakenRequest,
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
    /// The same of small responses that may travel in their descriptors; 0 if they may not.
    pub(crate) inline_loans: u32,
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
    clients: Rotation<ClientConnection<S>, RequestWatch<Mechanism<S>>>,
    arrivals: Vec<Arrival<S>>,
    listener: Option<ListenerOf<S>>,
    chores: Chores,
    /// The listener is not waited for, until something the system refused is tried again.
    paused: bool,
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
}

/// What became of a request's handle.
#[derive(Debug)]
pub(crate) enum Disowned {
    /// It is gone.
    Yes,
    /// It is gone, and its client sleeps, which is to be [rung](ServerState::ring_at_end) then.
    WhileAsleep(Ended),
    /// Nothing was done.
    No,
}

/// What became of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Responded {
    /// It was published, or nobody listens.
    Done,
    /// The stream is full.
    Full,
}

impl<S: Service> Gated for ServerState<S> {
    #[inline]
    fn passes(&self) -> Option<u32> {
        if self.chores.are_there() {
            None
        } else {
            self.endpoint.passes()
        }
    }

    #[inline]
    fn note_passed(&mut self, calls: u32) {
        self.endpoint.note_passed(calls);
    }

    /// Not in a forked child, where there is nothing to look at.
    #[inline]
    fn look_if_due(&mut self) {
        if self.endpoint.look_is_due() {
            self.look();
        }
    }
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
            clients: Rotation::new(),
            arrivals: Vec::new(),
            listener: Some(listener),
            chores: Chores::NONE,
            paused: false,
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

    /// Takes the next request, if there is nothing to be found out first and [nothing else](Gated::passes) to be seen to. Of one
    /// that lies in its descriptor somebody will read so many `words`.
    #[inline(always)]
    pub(crate) fn receive_at_once(&mut self, words: usize) -> Option<Option<Taken>> {
        // INVARIANT: what is unsettled is found out about before anybody else's is taken: its turn stays.
        if let Some(client) = self.clients.only_mut() {
            let _scope = hooks::enter(Operation::Take);
            match client.take_at_once(words) {
                Glance::Request(request) => {
                    client.ring_for_room();
                    return self.taken(0, &request).map(Some);
                }
                Glance::Nothing => {}
                Glance::Unclear => return None,
            }
        } else if let Some(place) = self.clients.next() {
            let taken = self.take_at_once(place, words)?;
            self.clients.go_on_after(place);
            return Some(Some(taken));
        } else {
            self.prepare_for_next();
        }
        if self.may_have_clients() || self.degradation.has_failed() {
            None
        } else {
            Some(None)
        }
    }

    /// Takes the next request of a client that is said to have one.
    #[inline(always)]
    fn take_at_once(&mut self, index: usize, words: usize) -> Option<Taken> {
        let _scope = hooks::enter(Operation::Take);
        let (client, watch) = self.clients.get_watched(index)?;
        let Glance::Request(request) = client.take_at_once(words) else {
            return None;
        };
        client.ring_for_room();
        client.follow(watch);
        self.taken(index, &request)
    }

    /// `None`: the request is not handed out, because nobody listens to it any more.
    #[inline(always)]
    fn taken(&mut self, index: usize, request: &TakenRequest) -> Option<Taken> {
        let active = Held::new(index, request.hold);
        if !self.fire_and_forget && self.skip_unless_awaited(active) {
            return None;
        }
        Some(Taken {
            active,
            content: request.content,
        })
    }

    /// Takes the next request, after everything else is seen to.
    #[inline(never)]
    // INVARIANT: no look before: what was taken and could not be handed over is seen to before its client is found gone.
    pub(crate) fn receive_after_all(&mut self) -> Result<Option<Taken>, ReceiveError> {
        if self.is_foreign() {
            return Err(ReceiveError::UsedAfterFork);
        }
        match self.take_in_turn() {
            Ok(None) | Err(ReceiveError::ExceedsMaxBorrows) if self.look_for_clients() => {
                self.take_in_turn()
            }
            Ok(None) => {
                self.prepare_for_next();
                Ok(None)
            }
            taken => taken,
        }
    }

    /// The same for those who wait.
    pub(crate) fn receive(&mut self, words: usize) -> Result<Option<Taken>, ReceiveError> {
        self.look_if_due();
        let taken = self.passes().and_then(|_| self.receive_at_once(words));
        taken.map_or_else(|| self.receive_after_all(), Ok)
    }

    /// There was nothing: whoever was served last will most likely be next.
    #[inline(always)]
    fn prepare_for_next(&mut self) {
        if let Some(client) = self.clients.last_mut() {
            client.polled_in_vain();
        }
    }

    fn take_in_turn(&mut self) -> Result<Option<Taken>, ReceiveError> {
        let mut no_borrow_left = false;
        if self.has_bequests() {
            match self.take_bequest() {
                Ok(None) => {}
                Err(()) => no_borrow_left = true,
                Ok(taken) => return Ok(taken),
            }
        }
        for index in self.clients.round() {
            if !self.clients.sees_more(index) {
                continue;
            }
            match self.take_from(index) {
                Ok(None) => {}
                Err(()) => no_borrow_left = true,
                Ok(taken) => {
                    self.clients.go_on_after(index);
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
        for index in self.clients.places() {
            if self
                .clients
                .get(index)
                .is_some_and(|client| client.is_gone())
            {
                match self.take_from(index) {
                    Ok(None) => {}
                    Err(()) => nothing = Err(()),
                    taken => {
                        self.count_bequests();
                        return taken;
                    }
                }
            }
        }
        self.count_bequests();
        nothing
    }

    /// `Err`: there is a request, but no borrow for it.
    fn take_from(&mut self, index: usize) -> Result<Option<Taken>, ()> {
        // INVARIANT: what was queued when we began is passed over after so many attempts.
        for _ in 0..=self.layout.limits().active_requests {
            let taken = self.take_or_settle(index);
            if taken.is_some() {
                return Ok(taken);
            }
            match self
                .clients
                .get(index)
                .filter(|client| client.has_request())
            {
                None => break,
                Some(client) if client.has_borrow_left() => {}
                Some(_) if self.has_request_of(index) => return Err(()),
                Some(_) => break,
            }
        }
        Ok(None)
    }

    /// The next request of a client. `None`: it has none, or what it has cannot be taken, and is seen to.
    fn take_or_settle(&mut self, index: usize) -> Option<Taken> {
        let _scope = hooks::enter(Operation::Take);
        let (client, watch) = self.clients.get_watched(index)?;
        match client.take(watch) {
            Ok(Take::Request(request)) => self.taken(index, &request),
            Ok(Take::Nothing | Take::NoBorrowLeft) => None,
            Ok(Take::UnknownMemory) => self.take_from_new_memory(index),
            Err(error) => {
                self.expel(index, Direction::Requests, &error);
                None
            }
        }
    }

    /// A request was taken that lies in memory the client must have told us of: listens.
    #[cold]
    fn take_from_new_memory(&mut self, index: usize) -> Option<Taken> {
        let (client, watch) = self.clients.get_watched(index)?;
        let gone = client.listen(&mut self.endpoint);
        let taken = client.resume(watch);
        match taken {
            Err(error) => self.expel(index, Direction::Requests, &error),
            Ok(_) if gone => self.bury(index),
            Ok(_) => {}
        }
        match taken {
            Ok(Take::Request(request)) => self.taken(index, &request),
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
        let mut gone = self.clients.iter().filter(|client| client.is_gone());
        let any = gone.any(|client| client.has_request());
        self.chores.note(Chore::Gone, any);
    }

    /// Whether clients are gone and have left requests.
    const fn has_bequests(&self) -> bool {
        self.chores.are_there()
    }

    pub(crate) fn has_requests(&mut self) -> Result<bool, ReceiveError> {
        if self.is_foreign() {
            return Err(ReceiveError::UsedAfterFork);
        }
        self.look_if_due();
        Ok(self.has_any() || (self.look_for_clients() && self.has_any()))
    }

    fn has_any(&self) -> bool {
        let may_have = |index| self.has_bequests() || self.clients.sees_more(index);
        self.clients
            .places()
            .any(|index| may_have(index) && self.has_request_of(index))
    }

    /// Whether a client has a request that would be handed out.
    fn has_request_of(&self, index: usize) -> bool {
        self.clients.get(index).is_some_and(|client| {
            client.has_request() && (self.fire_and_forget || client.has_awaited_request())
        })
    }

    #[inline(always)]
    fn client_of(&mut self, active: Held) -> Option<&mut ClientConnection<S>> {
        self.clients.given_mut(active.connection())
    }

    /// What lies in the clients' chunks.
    #[inline(always)]
    pub(crate) const fn request_shape(&self) -> &MessageShape {
        &self.limits.requests
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

    /// The request's handle goes, where there is [nothing else](Gated::passes) to be seen to and its client is there.
    #[inline(always)]
    pub(crate) fn disown_at_once(&mut self, active: Held) -> Disowned {
        let _scope = hooks::enter(Operation::Release);
        match self.client_of(active) {
            Some(client) if !client.is_gone() => match client.disown_quietly(active.hold()) {
                None => Disowned::Yes,
                Some(ended) => Disowned::WhileAsleep(ended),
            },
            _ => Disowned::No,
        }
    }

    /// Wakes a client that sleeps and listens to a stream that has ended.
    pub(crate) fn ring_at_end(&mut self, active: Held, ended: Ended) {
        let _scope = hooks::enter(Operation::Release);
        if let Some(client) = self.client_of(active) {
            client.ring_at_end(ended);
        }
    }

    /// The request's handle goes.
    pub(crate) fn disown(&mut self, active: Held) {
        if self.is_foreign() {
            return;
        }
        let _scope = hooks::enter(Operation::Release);
        if let Some(client) = self.client_of(active) {
            client.disown(active.hold());
            if client.is_over() {
                self.sweep();
            }
        }
    }

    // ----- responses

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

    fn reclaim(&mut self) {
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
