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
mod receiving;
mod sending;

use self::free_slots::FreeSlots;
use super::{connection::ServerConnection, knock::Knock};
use crate::{
    identifiers::UniqueServiceId,
    port::{
        Backpressure, Degradation, Direction, LoanError, endpoint::Endpoint, held::Held,
        places::Places,
    },
    service::{Service, shared::Gated},
};
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::{
    Mechanisms,
    rendezvous::{ChangeHint, Hint},
    zero_copy_connection::{
        Body, Chunk, ChunkError, ChunkKey, ConnectionLayout, Content, MessageShape,
    },
};
use std::sync::Arc;

type MembershipOf<S> = <<S as Service>::Mechanisms as Mechanisms>::Membership;
type HintWordOf<S> = <MembershipOf<S> as ChangeHint>::Word;

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
    connections: Places<ServerConnection<S>>,
    wanted: Vec<Wanted>,
    /// Servers whose processes have ended while somebody keeps their places: a child that was not made by `fork`.
    dead: Vec<u128>,
    /// For the wanted; the earliest request first.
    owed: Vec<Owed>,
    /// Connections whose server has not answered yet.
    young: u32,
    /// There are servers whose process is not watched.
    unwatched: bool,
    /// What the hint said of servers that answer when somebody last listened to them.
    answers_seen: u64,
    /// Where the next receive begins.
    turn: usize,
    servers_seen: u64,
    /// Where the hint says that servers have come, if that is quicker to look at than to ask for.
    servers_word: Option<HintWordOf<S>>,
    free: FreeSlots,
    /// The latest generation.
    generation: u64,
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
    /// Of no other request of the client.
    pub(crate) generation: u64,
}

impl Begun {
    /// No request, and none that any slot ever has.
    pub(crate) const NONE: Self = Self {
        slot: 0,
        generation: u64::MAX,
    };

    #[inline(always)]
    pub(crate) const fn is_none(self) -> bool {
        self.generation == Self::NONE.generation
    }
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
        knock: Option<Knock<S>>,
    ) -> Self {
        let slots = layout.limits().slots();
        // WHY: a value the hint has not, so that the first send looks.
        let servers_seen = endpoint
            .service()
            .hint()
            .load(Hint::Servers)
            .wrapping_sub(1);
        let servers_word = endpoint.service().hint().find(Hint::Servers);
        let answers_seen = endpoint.service().hint().load(Hint::Answers);
        let mut client = Self {
            connections: Places::new(),
            wanted: Vec::new(),
            dead: Vec::new(),
            owed: Vec::new(),
            young: 0,
            unwatched: false,
            answers_seen,
            turn: 0,
            servers_seen,
            servers_word,
            free: FreeSlots::new(slots, limits.active_requests),
            generation: 0,
            loans: 0,
            limits,
            degradation,
            layout,
            endpoint,
            id,
        };
        let reached = match knock {
            Some(knock) => {
                client.enter_doors(knock);
                Ok(())
            }
            None => client.look_for_servers(true),
        };
        if let Err(error) = reached {
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
        if let Some(server) = self.connections.only() {
            server.prepare();
        }
    }

    /// How large a chunk for so many elements has to be; `None`: nobody may have so many.
    #[inline(always)]
    fn size_of(&self, elements: usize) -> Option<usize> {
        let size = self.limits.requests.size_of(elements);
        size.filter(|_| elements <= self.limits.elements_max)
    }

    /// Takes a loan and a chunk for so many elements, if there is one at hand. If not, nothing was taken.
    #[inline(always)]
    pub(crate) fn loan_chunk_at_once(&mut self, elements: usize) -> Option<Chunk> {
        let size = self.size_of(elements)?;
        self.loan().ok()?;
        let chunk = self.take_chunk_at_once(size);
        if chunk.is_none() {
            self.loans -= 1;
        }
        chunk
    }

    /// Takes a chunk that the only server has done with, or one like the last.
    #[inline(always)]
    fn take_chunk_at_once(&mut self, size: usize) -> Option<Chunk> {
        let home = match self.connections.only_mut() {
            Some(server) => server.settle_one(&mut self.endpoint.memory),
            None => {
                self.settle_told();
                None
            }
        };
        self.endpoint.memory.take_chunk_at_once(home, size)
    }

    /// Takes a loan and a chunk for so many elements.
    #[cold]
    #[inline(never)]
    pub(crate) fn loan_chunk(&mut self, elements: usize) -> Result<Chunk, LoanError> {
        let size = self.size_of(elements);
        let size = size.ok_or(LoanError::ExceedsMaxLoanSize)?;
        self.loan()?;
        self.take_other_chunk(size)
    }

    /// Takes a chunk where none may be at hand.
    fn take_other_chunk(&mut self, size: usize) -> Result<Chunk, LoanError> {
        self.settle_told();
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

    /// Gives home all chunks that are home as the servers have said with responses.
    #[cold]
    #[inline(never)]
    fn settle_told(&mut self) {
        for connection in self.connections.iter_mut() {
            connection.settle(&mut self.endpoint.memory);
        }
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
        for index in self.connections.places() {
            let Some(connection) = self.connections.get_mut(index) else {
                continue;
            };
            if let Err(error) = connection.reclaim(&mut self.endpoint) {
                self.expel(index, Direction::Requests, &error);
            }
        }
    }
}

impl<S: Service> Gated for ClientState<S> {
    #[inline]
    fn passes(&self) -> Option<u32> {
        self.endpoint.passes()
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

impl<S: Service> Drop for ClientState<S> {
    fn drop(&mut self) {
        let _scope = hooks::enter(Operation::Close);
        if !self.is_foreign() {
            self.endpoint.close();
            self.hang_up();
        }
    }
}
