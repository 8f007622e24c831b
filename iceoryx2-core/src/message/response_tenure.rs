// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a response holds of its server, from the loan until it is sent or dropped.

use crate::{
    port::{
        Congestion, Interest, SendError, Verdict,
        held::Held,
        outcome::Stopped,
        server::state::{Responded, ServerState},
        wait::{Limit, earliest, now, wait_until},
    },
    service::{Service, shared::Shared},
};
use iceoryx2_cal::zero_copy_connection::{Body, ChunkKey};
use std::sync::Arc;

/// What a response holds of its server.
pub(super) struct ResponseTenure<S: Service> {
    server: S::Shared<ServerState<S>>,
    active: Held,
    chunk: Option<ChunkKey>,
    /// The loan was not ended by a send.
    open: bool,
}

impl<S: Service> ResponseTenure<S> {
    /// Over a loan that was just taken.
    #[inline(always)]
    pub(super) fn new(
        server: &S::Shared<ServerState<S>>,
        active: Held,
        chunk: Option<ChunkKey>,
    ) -> Self {
        Self {
            server: server.clone(),
            active,
            chunk,
            open: true,
        }
    }

    #[inline(always)]
    pub(super) const fn server(&self) -> &S::Shared<ServerState<S>> {
        &self.server
    }

    /// Publishes the response.
    #[inline(always)]
    pub(super) fn send(mut self, body: &Body) -> Result<(), SendError> {
        // WHY apart: what is known of the body here is known all the way down.
        let sent = match *body {
            Body::Inline { .. } => self.respond_at_once(body),
            Body::Chunk { .. } => self.respond_at_once(body),
        };
        if sent {
            // The chunk is the stream's now.
            self.open = false;
            return Ok(());
        }
        // WHY a copy: what a function gets that is not compiled into this place must lie in memory all the time.
        self.send_with_care(*body)
    }

    #[inline(always)]
    fn respond_at_once(&self, body: &Body) -> bool {
        // SAFETY: to respond is to publish and to ring the client.
        match unsafe { self.server.pass() } {
            Some(mut server) => server.respond_at_once(self.active, body),
            None => false,
        }
    }

    /// Publishes the response where that is more than a few stores.
    #[cold]
    #[inline(never)]
    pub(super) fn send_with_care(mut self, body: Body) -> Result<(), SendError> {
        let active = self.active;
        let responded = self.server.with(|server| server.respond(active, &body))?;
        if responded == Responded::Full && !self.wait_for_room(&body)? {
            return Ok(());
        }
        self.open = false;
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn give_back(&self) {
        let mut server = self.server.enter();
        server.give_loan(self.active, self.chunk);
    }

    /// The stream is full: waits until the response is published, as far as that was asked for. Returns whether it was.
    #[cold]
    fn wait_for_room(&self, body: &Body) -> Result<bool, SendError> {
        let (backpressure, service, id, client) = self.server.with(|server| {
            let backpressure = Arc::clone(server.backpressure());
            let (client, _) = server.origin(self.active);
            (backpressure, server.service_id(), server.id(), client)
        });
        let mut congestion = Congestion::new(&backpressure, service, id, now::<S>());
        loop {
            let step = match congestion.judge(client, now::<S>()) {
                Verdict::Wait => None,
                Verdict::WaitBriefly => congestion.next_try(now::<S>()),
                Verdict::Discard => return Ok(false),
                Verdict::Fail => return Err(SendError::UnableToDeliver),
            };
            let until = earliest(congestion.deadline(), step);
            let poll = |server: &mut ServerState<S>| match server.respond(self.active, body) {
                Ok(Responded::Full) => None,
                Ok(Responded::Done) => Some(Ok(true)),
                Err(error) => Some(Err(error)),
            };
            match wait_until::<S, _, _>(&self.server, Interest::Anything, Limit::at(until), poll) {
                Ok(responded) => return responded,
                Err(Stopped::Timeout) if !congestion.is_over(now::<S>()) => {}
                Err(stopped) => return Err(stopped.into()),
            }
        }
    }
}

impl<S: Service> Drop for ResponseTenure<S> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.open {
            self.give_back();
        }
    }
}
