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
        wait::{Limit, earliest, now, wait_until},
    },
    service::{Service, shared::Shared},
};
use core::mem::ManuallyDrop;
use iceoryx2_cal::zero_copy_connection::{Body, ChunkKey};
use std::sync::Arc;

/// What a request holds of its client: a loan, and once it is sent a slot and the memory its servers read. The drop gives
/// it back.
// WHY one type for both: what drops something cannot hand its parts on, and another handle of the client is not free.
pub(super) struct RequestTenure<S: Service> {
    // INVARIANT: taken by the drop alone.
    client: ManuallyDrop<S::Shared<ClientState<S>>>,
    chunk: Option<ChunkKey>,
    /// None: it is a loan.
    begun: Begun,
}

impl<S: Service> RequestTenure<S> {
    /// Over a loan that was just taken.
    #[inline(always)]
    pub(super) fn new(client: &S::Shared<ClientState<S>>, chunk: Option<ChunkKey>) -> Self {
        Self {
            client: ManuallyDrop::new(client.clone()),
            chunk,
            begun: Begun::NONE,
        }
    }

    /// Of a request that was sent.
    #[inline(always)]
    pub(super) fn of_sent(
        client: &S::Shared<ClientState<S>>,
        begun: Begun,
        chunk: Option<ChunkKey>,
    ) -> Self {
        Self {
            client: ManuallyDrop::new(client.clone()),
            chunk,
            begun,
        }
    }

    /// Of a request in a chunk that has a loan and could not be sent at once.
    #[inline(always)]
    pub(super) fn sent_with_care(
        client: &S::Shared<ClientState<S>>,
        body: &Body,
    ) -> Result<Self, RequestSendError> {
        let mut tenure = Self::new(client, body.key());
        tenure.begun = Sender::<S>(client.clone()).send(*body)?;
        Ok(tenure)
    }

    /// What another tenure shall hold from now on.
    pub(super) fn into_parts(self) -> (Begun, Option<ChunkKey>) {
        let mut tenure = ManuallyDrop::new(self);
        // SAFETY: nobody has taken it, and the drop never will (INVARIANT).
        drop(unsafe { ManuallyDrop::take(&mut tenure.client) });
        (tenure.begun, tenure.chunk)
    }

    #[inline(always)]
    pub(super) fn client(&self) -> &S::Shared<ClientState<S>> {
        &self.client
    }

    /// Publishes the request. If no server gets it and that is an error, the loan stays.
    #[inline(always)]
    pub(super) fn send(&mut self, body: &Body) -> Result<(), RequestSendError> {
        // SAFETY: to send is to publish and to ring the server.
        let begun = match unsafe { self.client.pass() } {
            Some(mut client) => client.send_at_once(body),
            None => None,
        };
        self.begun = match begun {
            Some(begun) => begun,
            // WHY copies: what a function gets that is not compiled into this place must lie in memory all the time.
            None => Sender::<S>(self.client().clone()).send(*body)?,
        };
        Ok(())
    }
}

impl<S: Service> Drop for RequestTenure<S> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: nobody has taken it (INVARIANT), and nobody will use it any more.
        let client = unsafe { ManuallyDrop::take(&mut self.client) };
        // WHY a call that gets values: what a function gets the address of must lie in memory all its life.
        give_back::<S>(ManuallyDrop::new(client), self.begun, self.chunk);
    }
}

/// A request, or a loan, holds nothing of its client any more.
// WHY ManuallyDrop: a handle to be dropped by whichever panic comes would need a place of its own from the beginning.
#[inline(never)]
fn give_back<S: Service>(
    client: ManuallyDrop<S::Shared<ClientState<S>>>,
    begun: Begun,
    chunk: Option<ChunkKey>,
) {
    if let Some(chunk) = chunk {
        return give_back_with_chunk::<S>(client, begun, chunk);
    }
    // SAFETY: to end is to tell the server so, no more.
    let ended = match unsafe { client.pass_again() } {
        Some(mut client) => client.end_at_once(begun),
        None => false,
    };
    let client = ManuallyDrop::into_inner(client);
    if !ended {
        give_back_otherwise::<S>(client, begun, None);
    }
}

/// The same for one that has a chunk.
#[inline(never)]
fn give_back_with_chunk<S: Service>(
    client: ManuallyDrop<S::Shared<ClientState<S>>>,
    begun: Begun,
    chunk: ChunkKey,
) {
    // SAFETY: to end is to tell the server so and to count who needs the memory, no more.
    let ended = match unsafe { client.pass_again() } {
        Some(mut client) => client.end_with_chunk_at_once(begun, chunk),
        None => false,
    };
    let client = ManuallyDrop::into_inner(client);
    if !ended {
        give_back_otherwise::<S>(client, begun, Some(chunk));
    }
}

#[cold]
#[inline(never)]
fn give_back_otherwise<S: Service>(
    client: S::Shared<ClientState<S>>,
    begun: Begun,
    chunk: Option<ChunkKey>,
) {
    client.with(|client| {
        if client.is_foreign() {
            return;
        }
        if begun.is_none() {
            client.give_loan();
        } else {
            client.end(begun);
        }
        if let Some(chunk) = chunk {
            client.give_chunk(chunk);
        }
    });
}

/// Sends where that is more than a few stores.
struct Sender<S: Service>(S::Shared<ClientState<S>>);

impl<S: Service> Sender<S> {
    #[cold]
    #[inline(never)]
    fn send(self, body: Body) -> Result<Begun, RequestSendError> {
        let (begun, delivered) = self.0.with(|client| client.send(&body))?;
        if !delivered {
            self.wait_for_room(begun, &body)?;
        }
        Ok(begun)
    }

    /// Not every server had room: waits for it as far as that was asked for.
    fn wait_for_room(&self, begun: Begun, body: &Body) -> Result<(), SendError> {
        let mut without = Vec::new();
        match self.wait_for_servers_in_turn(begun, body, &mut without) {
            // WHY: a server that has the request reads its memory, which therefore can be nobody's loan again.
            Err(error) if self.0.with(|client| client.deliveries(begun)) == 0 => {
                self.0.with(|client| client.revoke(begun));
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
        let (backpressure, service, id) = self.0.with(|client| {
            let backpressure = Arc::clone(client.backpressure());
            (backpressure, client.service_id(), client.id())
        });
        let mut congestion = Congestion::new(&backpressure, service, id, now::<S>());
        let mut failed = false;
        loop {
            let (mut waiting, mut briefly) = (false, false);
            for server in self.0.with(|client| client.crowded(begun, without)) {
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
            match wait_until::<S, _, _>(&self.0, Interest::Anything, Limit::at(until), poll) {
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

/// The tenure of a request that was sent.
pub(super) struct PendingTenure<S: Service>(RequestTenure<S>);

impl<S: Service> PendingTenure<S> {
    /// Of one whose [`send`](RequestTenure::send) went well.
    #[inline(always)]
    pub(super) const fn new(tenure: RequestTenure<S>) -> Self {
        Self(tenure)
    }

    #[inline(always)]
    pub(super) fn client(&self) -> &S::Shared<ClientState<S>> {
        self.0.client()
    }

    #[inline(always)]
    pub(super) const fn begun(&self) -> Begun {
        self.0.begun
    }
}
