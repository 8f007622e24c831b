// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a request holds of its client, from the loan until its pending response goes.
//!
//! ```text
//!     loan ── begin ──▶ pending ── drop ──▶ nothing
//!       └──── drop ────────────────────────▶ nothing
//! ```

use crate::{
    port::{
        Congestion, Interest, SendError, Verdict,
        client::{
            RequestSendError,
            state::{Begun, ClientState},
        },
        outcome::Stopped,
        wait::{earliest, now, wait_until},
    },
    service::{Service, shared::Shared},
};
use iceoryx2_cal::zero_copy_connection::{Body, ChunkKey};
use std::sync::Arc;

/// What a request holds of its client: a loan, and once it is sent a slot and the memory its servers read. The drop gives
/// it back.
// WHY one type for both: what drops something cannot hand its parts on, and another handle of the client is not free.
pub(super) struct RequestTenure<S: Service> {
    client: S::Shared<ClientState<S>>,
    chunk: Option<ChunkKey>,
    /// None: it is a loan.
    begun: Begun,
}

impl<S: Service> RequestTenure<S> {
    /// Over a loan that was just taken.
    #[inline(always)]
    pub(super) fn new(client: &S::Shared<ClientState<S>>, chunk: Option<ChunkKey>) -> Self {
        Self {
            client: client.clone(),
            chunk,
            begun: Begun::NONE,
        }
    }

    #[inline(always)]
    pub(super) const fn client(&self) -> &S::Shared<ClientState<S>> {
        &self.client
    }

    /// Publishes the request. If no server gets it and that is an error, the loan stays.
    #[inline(always)]
    pub(super) fn send(&mut self, body: &Body) -> Result<(), RequestSendError> {
        let (begun, delivered) = self.client.with(|client| client.send(body))?;
        if !delivered {
            self.wait_for_room(begun, body)?;
        }
        self.begun = begun;
        Ok(())
    }

    /// Not every server had room: waits for it as far as that was asked for.
    #[cold]
    #[inline(never)]
    fn wait_for_room(&self, begun: Begun, body: &Body) -> Result<(), SendError> {
        let mut without = Vec::new();
        match self.wait_for_servers_in_turn(begun, body, &mut without) {
            // WHY: a server that has the request reads its memory, which therefore can be nobody's loan again.
            Err(error) if self.client.with(|client| client.deliveries(begun)) == 0 => {
                self.client.with(|client| client.revoke(begun));
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Publishes the request to every server but those that, as it turns out, shall go `without`.
    fn wait_for_servers_in_turn(
        &self,
        begun: Begun,
        body: &Body,
        without: &mut Vec<u128>,
    ) -> Result<(), SendError> {
        let (backpressure, service, id) = self.client.with(|client| {
            let backpressure = Arc::clone(client.backpressure());
            (backpressure, client.service_id(), client.id())
        });
        let mut congestion = Congestion::new(&backpressure, service, id, now::<S>());
        let mut failed = false;
        loop {
            let (mut waiting, mut briefly) = (false, false);
            for server in self.client.with(|client| client.crowded(begun, without)) {
                let verdict = congestion.judge(server, now::<S>());
                match verdict {
                    Verdict::Wait => waiting = true,
                    Verdict::WaitBriefly => briefly = true,
                    Verdict::Discard | Verdict::Fail => without.push(server),
                }
                failed |= verdict == Verdict::Fail;
            }
            if !waiting && !briefly {
                break;
            }
            let step = briefly.then(|| congestion.next_try(now::<S>())).flatten();
            let until = earliest(congestion.deadline(), step);
            let poll =
                |client: &mut ClientState<S>| client.deliver(begun, body, without).then_some(());
            match wait_until::<S, _, _>(&self.client, Interest::Anything, until, poll) {
                Ok(()) => break,
                Err(Stopped::Timeout) if !congestion.is_over(now::<S>()) => {}
                Err(stopped) => return Err(stopped.into()),
            }
        }
        if failed {
            Err(SendError::UnableToDeliver)
        } else {
            Ok(())
        }
    }
}

impl<S: Service> Drop for RequestTenure<S> {
    #[inline]
    fn drop(&mut self) {
        let (begun, chunk) = (self.begun, self.chunk);
        self.client.with(|client| {
            if begun.is_none() {
                client.give_loan(chunk);
            } else {
                client.end(begun);
                client.give_chunk(chunk);
            }
        });
    }
}

/// The tenure of a request that was sent.
pub(super) struct PendingTenure<S: Service>(RequestTenure<S>);

impl<S: Service> PendingTenure<S> {
    /// Of one whose [`send`](RequestTenure::send) went well.
    #[inline(always)]
    pub(super) const fn new(tenure: RequestTenure<S>) -> Self {
        Self(tenure)
    }

    #[inline(always)]
    pub(super) const fn client(&self) -> &S::Shared<ClientState<S>> {
        self.0.client()
    }

    #[inline(always)]
    pub(super) const fn begun(&self) -> Begun {
        self.0.begun
    }
}
