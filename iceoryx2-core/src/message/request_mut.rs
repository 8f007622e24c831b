// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request ready to be sent.

use super::{
    pending_response::PendingResponse,
    request_mut_uninit::{RequestMutUninit, header_of},
    request_tenure::RequestTenure,
};
use crate::{
    header::RequestHeader as Header,
    port::{
        CallError, WaitError,
        client::{
            RequestSendError,
            state::{Begun, ClientState},
        },
        wait::{deadline_after, now},
    },
    response::Response,
    service::{Service, shared::Shared},
};
use core::{
    fmt,
    fmt::Debug,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    time::Duration,
};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use iceoryx2_cal::zero_copy_connection::{ChunkKey, Loaned, MessageLayout};

/// A loaned request with its payload. It can be sent after its client was dropped; dropping it gives the loan back.
pub struct RequestMut<
    S: Service,
    RequestPayload: ?Sized,
    RequestHeader,
    ResponsePayload: ?Sized,
    ResponseHeader,
> {
    // INVARIANT: payload and user header are initialised.
    place: Loaned<RequestHeader, RequestPayload>,
    tenure: RequestTenure<S>,
    _response: PhantomData<(fn(&ResponsePayload), fn(ResponseHeader))>,
}

impl<S: Service, P: Debug + Payload + ?Sized, H: ZeroCopySend, Q: ?Sized, G> Debug
    for RequestMut<S, P, H, Q, G>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: initialised (INVARIANT).
        let payload = unsafe { self.place.payload() };
        f.debug_struct("RequestMut")
            .field("payload", &payload)
            .finish_non_exhaustive()
    }
}

impl<
    S: Service,
    RequestPayload: Debug + Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: ?Sized,
    ResponseHeader,
> RequestMut<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    #[inline(always)]
    pub(super) const fn new(
        place: Loaned<RequestHeader, RequestPayload>,
        tenure: RequestTenure<S>,
    ) -> Self {
        Self {
            place,
            tenure,
            _response: PhantomData,
        }
    }

    /// Sends a value: a small one as it is, without a loan that would end at once.
    #[inline(always)]
    pub(crate) fn send_copy(
        client: &S::Shared<ClientState<S>>,
        value: RequestPayload,
    ) -> Result<
        PendingResponse<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        RequestSendError,
    >
    where
        RequestPayload: Sized + ZeroCopySend,
    {
        if !MessageLayout::<RequestHeader, RequestPayload>::INLINE {
            return Self::send_in_chunk(client, value);
        }
        let place = Loaned::small(value);
        // SAFETY: to send is to publish and to ring the server.
        let begun = match unsafe { client.pass() } {
            Some(mut state) => state.send_unloaned(place.body()),
            None => None,
        };
        let (begun, chunk) = match begun {
            Some(begun) => (begun, None),
            // SAFETY: written.
            None => Self::send_loaned(client, unsafe { place.copy_payload() })?,
        };
        let tenure = RequestTenure::of_sent(client, begun, chunk);
        Ok(PendingResponse::new(place, tenure))
    }

    /// Sends a value in a chunk, without a loan that would end at once if nothing stands in the way.
    #[inline(always)]
    fn send_in_chunk(
        client: &S::Shared<ClientState<S>>,
        value: RequestPayload,
    ) -> Result<
        PendingResponse<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        RequestSendError,
    >
    where
        RequestPayload: Sized + ZeroCopySend,
    {
        // SAFETY: a chunk is taken for one element of the shape, which the contract gives these types; it is ours until it is
        // given back, and the tenure that does so keeps the client, which keeps its memory.
        let write = |chunk, shape: &_| unsafe { Loaned::copy(chunk, shape, &value) };
        // SAFETY: to send is to copy the value, to publish it and to ring the server.
        let sent = match unsafe { client.pass() } {
            Some(mut state) => state.send_in_chunk(write),
            None => None,
        };
        if let Some((begun, place)) = sent {
            let tenure = RequestTenure::of_sent(client, begun, place.body().key());
            return Ok(PendingResponse::new(place, tenure));
        }
        let mut state = client.enter();
        let chunk = state.loan_chunk(1)?;
        // SAFETY: as above.
        let place = unsafe { Loaned::copy(chunk, state.requests(), &value) };
        drop(state);
        let tenure = RequestTenure::sent_with_care(client, place.body())?;
        Ok(PendingResponse::new(place, tenure))
    }

    /// Sends a value by a loan, in a chunk if need be.
    // WHY no pending response is returned: what a call that is not compiled into its place gives must lie in memory all the
    // time. So the small copy stays what the pending response reads.
    #[cold]
    #[inline(never)]
    fn send_loaned(
        client: &S::Shared<ClientState<S>>,
        value: RequestPayload,
    ) -> Result<(Begun, Option<ChunkKey>), RequestSendError>
    where
        RequestPayload: Sized + ZeroCopySend,
    {
        let loan: RequestMutUninit<S, _, RequestHeader, ResponsePayload, ResponseHeader> =
            RequestMutUninit::loan(client)?;
        let mut request = loan.write_payload(value);
        request.tenure.send(request.place.body())?;
        Ok(request.tenure.into_parts())
    }

    /// What it will say beside its payload.
    #[must_use]
    pub fn header(&self) -> Header {
        header_of::<S>(self.tenure.client(), self.place.elements())
    }

    /// The user header.
    #[must_use]
    pub fn user_header(&self) -> &RequestHeader {
        // SAFETY: initialised (INVARIANT).
        unsafe { self.place.user_header().assume_init_ref() }
    }

    /// The user header, to be changed.
    #[must_use]
    pub fn user_header_mut(&mut self) -> &mut RequestHeader {
        // SAFETY: initialised (INVARIANT).
        unsafe { self.place.user_header_mut().assume_init_mut() }
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &RequestPayload {
        // SAFETY: initialised (INVARIANT).
        unsafe { self.place.payload() }
    }

    /// The payload, to be changed in place.
    #[must_use]
    pub fn payload_mut(&mut self) -> &mut RequestPayload {
        // SAFETY: initialised (INVARIANT).
        unsafe { self.place.payload_mut() }
    }

    /// Sends the request to every server. A wait for room that ends without it is an error only if no server has the
    /// request: see [`PendingResponse::number_of_server_connections`].
    ///
    /// # Errors
    /// [`RequestSendError`]; the loan is given back then.
    #[inline(always)]
    pub fn send(
        mut self,
    ) -> Result<
        PendingResponse<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        RequestSendError,
    > {
        self.tenure.send(self.place.body())?;
        Ok(PendingResponse::new(self.place, self.tenure))
    }

    /// Sends the request to every server, or gives it back, ready to be sent again.
    ///
    /// # Errors
    /// The request, and a [`RequestSendError`].
    #[expect(clippy::result_large_err, reason = "the request is what is given back")]
    pub fn try_send(
        mut self,
    ) -> Result<
        PendingResponse<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        (Self, RequestSendError),
    > {
        match self.tenure.send(self.place.body()) {
            Ok(()) => Ok(PendingResponse::new(self.place, self.tenure)),
            Err(error) => Err((self, error)),
        }
    }
}

impl<
    S: Service,
    RequestPayload: Debug + Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: Debug + Payload + ?Sized,
    ResponseHeader: Debug + ZeroCopySend,
> RequestMut<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    /// Sends the request as soon as there is a server, and waits for the first response of any server. Later responses
    /// are dropped.
    ///
    /// # Errors
    /// [`CallError::NoServer`] if no server came within `timeout`, [`CallError::Timeout`] if none answered, and
    /// [`CallError::Ended`] if none ever will.
    pub fn call(
        self,
        timeout: Duration,
    ) -> Result<Response<S, ResponsePayload, ResponseHeader>, CallError> {
        let deadline = deadline_after::<S>(timeout);
        ClientState::<S>::wait_for_servers(self.tenure.client(), 1, deadline).map_err(|error| {
            match error {
                WaitError::Timeout => CallError::NoServer,
                error => error.into(),
            }
        })?;
        let pending = self.send().map_err(CallError::Send)?;
        let remaining = deadline.map_or(Duration::MAX, |deadline| deadline.since(now::<S>()));
        Ok(pending.timed_receive(remaining)?)
    }
}

impl<S: Service, P: Debug + Payload + ?Sized, H: Debug + ZeroCopySend, Q: ?Sized, G> Deref
    for RequestMut<S, P, H, Q, G>
{
    type Target = P;

    fn deref(&self) -> &P {
        self.payload()
    }
}

impl<S: Service, P: Debug + Payload + ?Sized, H: Debug + ZeroCopySend, Q: ?Sized, G> DerefMut
    for RequestMut<S, P, H, Q, G>
{
    fn deref_mut(&mut self) -> &mut P {
        self.payload_mut()
    }
}
