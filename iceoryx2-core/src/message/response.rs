// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A response, read in place.

use crate::{
    header::ResponseHeader as Header,
    identifiers::{UniqueNodeId, UniqueServerId},
    port::{
        client::state::{ClientState, Received},
        held::Held,
    },
    service::{Service, shared::Shared},
};
use core::{fmt, fmt::Debug, mem::ManuallyDrop, ops::Deref};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use iceoryx2_cal::zero_copy_connection::{Borrowed, MessageLayout};

/// A response, read in the server's memory. Dropping it gives it back. It outlives its pending response and its client.
pub struct Response<S: Service, ResponsePayload: ?Sized, ResponseHeader> {
    place: Borrowed<ResponseHeader, ResponsePayload>,
    held: Held,
    // INVARIANT: taken by the drop alone.
    client: ManuallyDrop<S::Shared<ClientState<S>>>,
}

/// A response that was just received. It is borrowed until a [`Response`] is made of it and dropped.
pub(super) struct Fresh<ResponsePayload: ?Sized, ResponseHeader> {
    place: Borrowed<ResponseHeader, ResponsePayload>,
    held: Held,
}

impl<ResponsePayload: Debug + Payload + ?Sized, ResponseHeader: Debug + ZeroCopySend>
    Fresh<ResponsePayload, ResponseHeader>
{
    /// So much is read of one that lies in its descriptor.
    pub(super) const WORDS: usize = MessageLayout::<ResponseHeader, ResponsePayload>::WORDS;

    /// Of what was received.
    #[inline(always)]
    pub(super) fn new<S: Service>(client: &ClientState<S>, received: &Received) -> Self {
        let Received { held, content } = *received;
        // SAFETY: the contract gives the types and with them the shape, every message is checked against it, and the server
        // is of this user. The borrow is ours until a response is dropped that is made of this, which keeps the client,
        // which keeps the connection, which keeps the server's memory mapped.
        let place = unsafe { Borrowed::new(content, client.responses()) };
        Self { place, held }
    }
}

impl<S: Service, P: Debug + Payload + ?Sized, H: ZeroCopySend> Debug for Response<S, P, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field(
                "header",
                &header_of::<S>(&self.client, self.held, self.place.elements()),
            )
            .field("payload", &self.place.payload())
            .finish_non_exhaustive()
    }
}

impl<S: Service, ResponsePayload: Debug + Payload + ?Sized, ResponseHeader: Debug + ZeroCopySend>
    Response<S, ResponsePayload, ResponseHeader>
{
    #[inline(always)]
    pub(super) fn new(
        client: &S::Shared<ClientState<S>>,
        fresh: Fresh<ResponsePayload, ResponseHeader>,
    ) -> Self {
        Self {
            place: fresh.place,
            held: fresh.held,
            client: ManuallyDrop::new(client.clone()),
        }
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &ResponsePayload {
        self.place.payload()
    }

    /// The user header.
    #[must_use]
    pub fn user_header(&self) -> &ResponseHeader {
        self.place.user_header()
    }

    /// What it says beside its payload.
    #[must_use]
    pub fn header(&self) -> Header {
        header_of::<S>(&self.client, self.held, self.place.elements())
    }

    /// Which server sent it.
    #[must_use]
    pub fn origin(&self) -> UniqueServerId {
        self.header().server
    }
}

impl<S: Service, P: Debug + Payload + ?Sized, H: Debug + ZeroCopySend> Deref for Response<S, P, H> {
    type Target = P;

    fn deref(&self) -> &P {
        self.payload()
    }
}

impl<S: Service, P: ?Sized, H> Drop for Response<S, P, H> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: nobody has taken it (INVARIANT), and nobody will use it any more.
        let client = unsafe { ManuallyDrop::take(&mut self.client) };
        // WHY a call that gets values: what a function gets the address of must lie in memory all its life.
        give_back::<S>(ManuallyDrop::new(client), self.held);
    }
}

/// A response is not read any more.
// WHY ManuallyDrop: a handle to be dropped by whichever panic comes would need a place of its own from the beginning.
#[inline(never)]
fn give_back<S: Service>(client: ManuallyDrop<S::Shared<ClientState<S>>>, held: Held) {
    // SAFETY: to release takes nothing but stores.
    let released = match unsafe { client.pass_again() } {
        Some(mut client) => client.release_at_once(held),
        None => false,
    };
    let client = ManuallyDrop::into_inner(client);
    if !released {
        give_back_otherwise::<S>(client, held);
    }
}

#[cold]
#[inline(never)]
fn give_back_otherwise<S: Service>(client: S::Shared<ClientState<S>>, held: Held) {
    client.with(|client| client.release(held));
}

fn header_of<S: Service>(client: &S::Shared<ClientState<S>>, held: Held, elements: u64) -> Header {
    let (server, node) = client.with(|client| client.origin(held));
    Header {
        server: UniqueServerId::from_value(server),
        node: UniqueNodeId::from_value(node),
        elements,
    }
}
