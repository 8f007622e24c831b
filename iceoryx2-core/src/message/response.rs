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
use core::{fmt, fmt::Debug, ops::Deref};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use iceoryx2_cal::zero_copy_connection::Borrowed;

/// A response, read in the server's memory. Dropping it gives it back. It outlives its pending response and its client.
pub struct Response<S: Service, ResponsePayload: ?Sized, ResponseHeader> {
    place: Borrowed<ResponseHeader, ResponsePayload>,
    held: Held,
    slot: u32,
    client: S::Shared<ClientState<S>>,
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
    #[inline]
    pub(super) fn new(client: &S::Shared<ClientState<S>>, slot: u32, received: &Received) -> Self {
        // SAFETY: the contract gives the types and with them the shape, every message is checked against it, and the server
        // is of this user. The borrow is ours until we drop it, and the client keeps the connection, which keeps the
        // server's memory mapped.
        let place = unsafe { Borrowed::new(received.content, &received.shape) };
        Self {
            place,
            held: received.held,
            slot,
            client: client.clone(),
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
    fn drop(&mut self) {
        self.client
            .with(|client| client.release(self.slot, self.held));
    }
}

fn header_of<S: Service>(client: &S::Shared<ClientState<S>>, held: Held, elements: u64) -> Header {
    let (server, node) = client.with(|client| client.origin(held));
    Header {
        server: UniqueServerId::from_value(server),
        node: UniqueNodeId::from_value(node),
        elements,
    }
}
