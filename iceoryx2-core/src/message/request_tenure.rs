// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a request holds of its client, from the loan until its pending response goes.
//!
//! ```text
//!     loan ── begin ──▶ pending ── drop ──▶ nothing
//!       └──── drop ────────────────────────▶ nothing
//! ```

use crate::{
    port::{
        LoanError, SendError,
        backpressure_strategy::BackpressureStrategy,
        client::{
            RequestSendError,
            state::{Begun, ClientState},
        },
        wait::wait_until,
    },
    service::{Service, shared::Shared},
};
use iceoryx2_cal::zero_copy_connection::{Body, Chunk};

/// What a request holds of its client.
pub(super) struct RequestTenure<S: Service> {
    client: S::Shared<ClientState<S>>,
    chunk: Option<u32>,
    begun: Option<Begun>,
}

impl<S: Service> RequestTenure<S> {
    /// A loan without a chunk.
    pub(super) fn inline(client: &S::Shared<ClientState<S>>) -> Result<Self, LoanError> {
        client.with(ClientState::loan)?;
        Ok(Self {
            client: client.clone(),
            chunk: None,
            begun: None,
        })
    }

    /// A loan with a chunk.
    pub(super) fn chunk(client: &S::Shared<ClientState<S>>) -> Result<(Self, Chunk), LoanError> {
        let chunk = client.with(ClientState::loan_chunk)?;
        Ok((
            Self {
                client: client.clone(),
                chunk: Some(chunk.index),
                begun: None,
            },
            chunk,
        ))
    }

    pub(super) const fn client(&self) -> &S::Shared<ClientState<S>> {
        &self.client
    }

    /// Publishes the request. If no server gets it and that is an error, it is a loan again.
    #[inline]
    pub(super) fn send(&mut self, body: &Body) -> Result<Begun, RequestSendError> {
        let (begun, delivered) = self.client.with(|client| client.send(body))?;
        if !delivered {
            self.wait_for_room(begun, body)?;
        }
        self.begun = Some(begun);
        Ok(begun)
    }

    /// Not every server had room: waits for it if that was asked for.
    #[cold]
    fn wait_for_room(&self, begun: Begun, body: &Body) -> Result<(), SendError> {
        if self.client.with(|client| client.backpressure()) == BackpressureStrategy::DiscardData {
            return Ok(());
        }
        let poll = |client: &mut ClientState<S>| client.deliver(begun, body).then_some(());
        match wait_until::<S, _, _>(&self.client, None, poll) {
            // WHY: a server that has the request reads its memory, which therefore can be nobody's loan again.
            Err(stopped) if self.client.with(|client| client.deliveries(begun)) == 0 => {
                self.client.with(|client| client.revoke(begun));
                Err(stopped.into())
            }
            _ => Ok(()),
        }
    }
}

impl<S: Service> Drop for RequestTenure<S> {
    fn drop(&mut self) {
        let (begun, chunk) = (self.begun, self.chunk);
        self.client.with(|client| match begun {
            None => client.give_loan(chunk),
            Some(begun) => {
                client.end(begun);
                client.give_chunk(chunk);
            }
        });
    }
}
