// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a response holds of its server, from the loan until it is sent or dropped.

use crate::{
    port::{
        SendError,
        backpressure_strategy::BackpressureStrategy,
        held::Held,
        server::state::{Responded, ServerState},
        wait::wait_until,
    },
    service::{Service, shared::Shared},
};
use iceoryx2_cal::zero_copy_connection::{Body, ChunkId};

/// What a response holds of its server.
pub(super) struct ResponseTenure<S: Service> {
    server: S::Shared<ServerState<S>>,
    active: Held,
    chunk: Option<ChunkId>,
    /// The loan was not ended by a send.
    open: bool,
}

impl<S: Service> ResponseTenure<S> {
    /// Over a loan that was just taken.
    #[inline]
    pub(super) fn new(
        server: &S::Shared<ServerState<S>>,
        active: Held,
        chunk: Option<ChunkId>,
    ) -> Self {
        Self {
            server: server.clone(),
            active,
            chunk,
            open: true,
        }
    }

    #[inline]
    pub(super) const fn server(&self) -> &S::Shared<ServerState<S>> {
        &self.server
    }

    /// Publishes the response.
    #[inline]
    pub(super) fn send(mut self, body: &Body) -> Result<(), SendError> {
        let active = self.active;
        let responded = self.server.with(|server| server.respond(active, body))?;
        if responded == Responded::Full && !self.wait_for_room(body)? {
            return Ok(());
        }
        // The chunk is the stream's now.
        self.open = false;
        Ok(())
    }

    /// The stream is full: waits until the response is published. Returns whether it was.
    #[cold]
    fn wait_for_room(&self, body: &Body) -> Result<bool, SendError> {
        if self.server.with(|server| server.backpressure()) == BackpressureStrategy::DiscardData {
            return Ok(false);
        }
        let poll = |server: &mut ServerState<S>| match server.respond(self.active, body) {
            Ok(Responded::Full) => None,
            Ok(Responded::Done) => Some(Ok(true)),
            Err(error) => Some(Err(error)),
        };
        wait_until::<S, _, _>(&self.server, None, poll)?
    }
}

impl<S: Service> Drop for ResponseTenure<S> {
    #[inline]
    fn drop(&mut self) {
        if self.open {
            self.server
                .with(|server| server.give_loan(self.active, self.chunk));
        }
    }
}
