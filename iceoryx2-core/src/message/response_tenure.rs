// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a response holds of its server, from the loan until it is sent or dropped.

use crate::{
    port::{
        LoanError, SendError,
        backpressure_strategy::BackpressureStrategy,
        server::state::{Active, Responded, ServerState},
        wait::wait_until,
    },
    service::{Service, shared::Shared},
};
use iceoryx2_cal::zero_copy_connection::{Body, Chunk};

/// What a response holds of its server.
pub(super) struct ResponseTenure<S: Service> {
    server: S::Shared<ServerState<S>>,
    active: Active,
    chunk: Option<u32>,
}

impl<S: Service> ResponseTenure<S> {
    /// A loan without a chunk.
    pub(super) fn inline(
        server: &S::Shared<ServerState<S>>,
        active: Active,
    ) -> Result<Self, LoanError> {
        server.with(|server| server.loan(active))?;
        Ok(Self {
            server: server.clone(),
            active,
            chunk: None,
        })
    }

    /// A loan with a chunk.
    pub(super) fn chunk(
        server: &S::Shared<ServerState<S>>,
        active: Active,
    ) -> Result<(Self, Chunk), LoanError> {
        let chunk = server.with(|server| server.loan_chunk(active))?;
        Ok((
            Self {
                server: server.clone(),
                active,
                chunk: Some(chunk.index),
            },
            chunk,
        ))
    }

    pub(super) const fn server(&self) -> &S::Shared<ServerState<S>> {
        &self.server
    }

    /// Publishes the response.
    pub(super) fn send(mut self, body: &Body) -> Result<(), SendError> {
        let active = self.active;
        let (responded, strategy) = self.server.with(|server| {
            server
                .respond(active, body)
                .map(|responded| (responded, server.backpressure()))
        })?;
        if responded == Responded::Full {
            if strategy == BackpressureStrategy::DiscardData {
                return Ok(());
            }
            let poll = |server: &mut ServerState<S>| match server.respond(active, body) {
                Ok(Responded::Full) => None,
                Ok(Responded::Done) => Some(Ok(())),
                Err(error) => Some(Err(error)),
            };
            wait_until::<S, _, _>(&self.server, None, poll)??;
        }
        // The chunk is the stream's now.
        self.chunk = None;
        Ok(())
    }
}

impl<S: Service> Drop for ResponseTenure<S> {
    fn drop(&mut self) {
        let chunk = self.chunk;
        self.server
            .with(|server| server.give_loan(self.active, chunk));
    }
}
