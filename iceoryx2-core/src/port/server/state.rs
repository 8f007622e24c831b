// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a server's handles share: its listener and its connections.

mod peers;
mod receiving;
mod responding;

use super::{connection::ClientConnection, rotation::Rotation};
use crate::{
    identifiers::UniqueServiceId,
    port::{
        Backpressure, Degradation,
        endpoint::{Endpoint, Mechanism},
        held::Held,
        wire::{Source, Wire},
    },
    service::{Service, shared::Gated},
};
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::{
    Mechanisms, SystemError,
    rendezvous::{ChangeHint, Hint, Listener},
    static_storage::StorageError,
    wait_set::{Trigger, WaitSet},
    zero_copy_connection::{ConnectionLayout, Content, Ended, MessageShape, RequestWatch},
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
}
