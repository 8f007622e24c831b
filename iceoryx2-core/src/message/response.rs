// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A response, read in place.

use crate::{
    header::ResponseHeader as Header,
    identifiers::{UniqueNodeId, UniqueServerId},
    port::client::state::{Borrow, ClientState, Received},
    service::{Service, shared::Shared},
};
use core::{fmt, fmt::Debug, ops::Deref};
use iceoryx2_bb_elementary::ZeroCopySend;
use iceoryx2_cal::zero_copy_connection::Borrowed;

/// A response, read in the server's memory. Dropping it gives it back. It outlives its pending response and its client.
pub struct Response<S: Service, ResponsePayload, ResponseHeader> {
    place: Borrowed<ResponseHeader, ResponsePayload>,
    borrow: Borrow,
    header: Header,
    client: S::Shared<ClientState<S>>,
}

impl<S: Service, P: Debug + ZeroCopySend, H: ZeroCopySend> Debug for Response<S, P, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("header", &self.header)
            .field("payload", self.place.payload())
            .finish_non_exhaustive()
    }
}

impl<S: Service, ResponsePayload: Debug + ZeroCopySend, ResponseHeader: Debug + ZeroCopySend>
    Response<S, ResponsePayload, ResponseHeader>
{
    pub(super) fn new(client: &S::Shared<ClientState<S>>, received: &Received) -> Self {
        // SAFETY: the contract says the types, and the server is of this user. The handshake checked that its chunks are
        // laid out for them. The borrow is ours until we drop it, and the client keeps the connection, which keeps the
        // server's memory mapped.
        let place = unsafe { Borrowed::new(received.content) };
        let header = Header {
            server: UniqueServerId::from_value(received.server),
            node: UniqueNodeId::from_value(received.node),
            elements: 1,
        };
        Self {
            place,
            borrow: received.borrow,
            header,
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
        self.header
    }

    /// Which server sent it.
    #[must_use]
    pub fn origin(&self) -> UniqueServerId {
        self.header.server
    }
}

impl<S: Service, P: Debug + ZeroCopySend, H: Debug + ZeroCopySend> Deref for Response<S, P, H> {
    type Target = P;

    fn deref(&self) -> &P {
        self.payload()
    }
}

impl<S: Service, P, H> Drop for Response<S, P, H> {
    fn drop(&mut self) {
        self.client.with(|client| client.release(self.borrow));
    }
}
