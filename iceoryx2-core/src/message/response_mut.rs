// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A response ready to be sent.

use super::{response_mut_uninit::header_of, response_tenure::ResponseTenure};
use crate::{header::ResponseHeader as Header, port::SendError, service::Service};
use core::{
    fmt,
    fmt::Debug,
    ops::{Deref, DerefMut},
};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use iceoryx2_cal::zero_copy_connection::Loaned;

/// A loaned response with its payload. Dropping it gives the loan back.
pub struct ResponseMut<S: Service, ResponsePayload: ?Sized, ResponseHeader> {
    // INVARIANT: payload and user header are initialised.
    place: Loaned<ResponseHeader, ResponsePayload>,
    tenure: ResponseTenure<S>,
}

impl<S: Service, P: Debug + Payload + ?Sized, H: ZeroCopySend> Debug for ResponseMut<S, P, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: initialised (INVARIANT).
        let payload = unsafe { self.place.payload() };
        f.debug_struct("ResponseMut")
            .field("payload", &payload)
            .finish_non_exhaustive()
    }
}

impl<S: Service, ResponsePayload: Debug + Payload + ?Sized, ResponseHeader: Debug + ZeroCopySend>
    ResponseMut<S, ResponsePayload, ResponseHeader>
{
    pub(super) const fn new(
        place: Loaned<ResponseHeader, ResponsePayload>,
        tenure: ResponseTenure<S>,
    ) -> Self {
        Self { place, tenure }
    }

    /// What it will say beside its payload.
    #[must_use]
    pub fn header(&self) -> Header {
        header_of(&self.tenure, self.place.elements())
    }

    /// The user header.
    #[must_use]
    pub fn user_header(&self) -> &ResponseHeader {
        // SAFETY: initialised (INVARIANT).
        unsafe { self.place.user_header().assume_init_ref() }
    }

    /// The user header, to be changed.
    #[must_use]
    pub fn user_header_mut(&mut self) -> &mut ResponseHeader {
        // SAFETY: initialised (INVARIANT).
        unsafe { self.place.user_header_mut().assume_init_mut() }
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &ResponsePayload {
        // SAFETY: initialised (INVARIANT).
        unsafe { self.place.payload() }
    }

    /// The payload, to be changed in place.
    #[must_use]
    pub fn payload_mut(&mut self) -> &mut ResponsePayload {
        // SAFETY: initialised (INVARIANT).
        unsafe { self.place.payload_mut() }
    }

    /// Sends the response to the client that asked. It is `Ok`, too, if nobody listens any more.
    ///
    /// # Errors
    /// [`SendError`].
    #[inline(always)]
    pub fn send(self) -> Result<(), SendError> {
        self.tenure.send(self.place.body())
    }
}

impl<S: Service, P: Debug + Payload + ?Sized, H: Debug + ZeroCopySend> Deref
    for ResponseMut<S, P, H>
{
    type Target = P;

    fn deref(&self) -> &P {
        self.payload()
    }
}

impl<S: Service, P: Debug + Payload + ?Sized, H: Debug + ZeroCopySend> DerefMut
    for ResponseMut<S, P, H>
{
    fn deref_mut(&mut self) -> &mut P {
        self.payload_mut()
    }
}
