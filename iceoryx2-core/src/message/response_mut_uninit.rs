// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A response whose payload is not written yet.

use super::{response_mut::ResponseMut, response_tenure::ResponseTenure};
use crate::{
    header::ResponseHeader as Header,
    identifiers::{UniqueNodeId, UniqueServerId},
    port::{LoanError, held::Held, server::state::ServerState},
    service::{Service, shared::Shared},
};
use core::{fmt, fmt::Debug, mem::MaybeUninit};
use iceoryx2_bb_elementary::ZeroCopySend;
use iceoryx2_cal::zero_copy_connection::Loaned;

/// A loaned response whose payload is not written yet. Dropping it gives the loan back.
pub struct ResponseMutUninit<S: Service, ResponsePayload, ResponseHeader> {
    place: Loaned<ResponseHeader, ResponsePayload>,
    tenure: ResponseTenure<S>,
}

impl<S: Service, P, H> Debug for ResponseMutUninit<S, P, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseMutUninit").finish_non_exhaustive()
    }
}

impl<S: Service, ResponsePayload: Debug + ZeroCopySend, ResponseHeader: Debug + ZeroCopySend>
    ResponseMutUninit<S, MaybeUninit<ResponsePayload>, ResponseHeader>
{
    #[inline]
    pub(super) fn loan(
        server: &S::Shared<ServerState<S>>,
        active: Held,
    ) -> Result<Self, LoanError> {
        let place = match Loaned::inline() {
            Some(place) => {
                server.with(|server| server.loan(active))?;
                place
            }
            None => {
                let chunk = server.with(|server| server.loan_chunk(active))?;
                // SAFETY: the server's chunks were laid out for these types; this one is ours until the tenure ends, and
                // the tenure keeps the server, which keeps its memory.
                unsafe { Loaned::chunk(chunk) }
            }
        };
        Ok(Self {
            tenure: ResponseTenure::new(server, active, place.chunk_index()),
            place,
        })
    }

    /// What it will say beside its payload.
    #[must_use]
    pub fn header(&self) -> Header {
        header_of(&self.tenure)
    }

    /// The user header, all zero unless it was written.
    #[must_use]
    pub fn user_header(&self) -> &ResponseHeader {
        // SAFETY: zeroed with the loan, or written since.
        unsafe { self.place.user_header().assume_init_ref() }
    }

    /// The user header, to be written.
    #[must_use]
    pub fn user_header_mut(&mut self) -> &mut ResponseHeader {
        // SAFETY: zeroed with the loan, or written since.
        unsafe { self.place.user_header_mut().assume_init_mut() }
    }

    /// The payload's memory.
    #[must_use]
    pub fn payload(&self) -> &MaybeUninit<ResponsePayload> {
        // SAFETY: memory that need not be initialised.
        unsafe { self.place.payload().assume_init_ref() }
    }

    /// The payload's memory, to be written in place.
    #[must_use]
    pub fn payload_mut(&mut self) -> &mut MaybeUninit<ResponsePayload> {
        // SAFETY: memory that need not be initialised.
        unsafe { self.place.payload_mut().assume_init_mut() }
    }

    /// Copies `value` into the payload.
    #[inline]
    #[must_use]
    pub fn write_payload(
        mut self,
        value: ResponsePayload,
    ) -> ResponseMut<S, ResponsePayload, ResponseHeader> {
        self.payload_mut().write(value);
        // SAFETY: just written.
        unsafe { self.assume_init() }
    }

    /// Takes the payload as written.
    ///
    /// # Safety
    /// The payload must have been written whole, and the user header must be a valid value (all zero unless written).
    #[inline]
    #[must_use]
    pub unsafe fn assume_init(self) -> ResponseMut<S, ResponsePayload, ResponseHeader> {
        ResponseMut::new(self.place.cast(), self.tenure)
    }
}

/// What a response of this tenure says beside its payload.
pub(super) fn header_of<S: Service>(tenure: &ResponseTenure<S>) -> Header {
    tenure.server().with(|server| Header {
        server: UniqueServerId::from_value(server.id()),
        node: UniqueNodeId::from_value(server.node()),
        elements: 1,
    })
}
