// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request on its way, and the stream of its responses.

use super::{
    request_mut_uninit::header_of,
    request_tenure::{PendingTenure, RequestTenure},
};
use crate::{
    header::RequestHeader as Header,
    port::{
        Interest, Outcome, ReceiveError, WaitError,
        client::state::{Begun, ClientState, Received},
        wait::{Limit, wait_until},
    },
    response::{Fresh, Response},
    service::{Service, shared::Shared},
};
use core::{fmt, fmt::Debug, marker::PhantomData, ops::Deref, time::Duration};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use iceoryx2_cal::zero_copy_connection::Loaned;

/// A request that was sent, and the streams of responses of all servers that got it.
///
/// Dropping it tells the servers that nobody listens any more. It outlives its client.
pub struct PendingResponse<
    S: Service,
    RequestPayload: ?Sized,
    RequestHeader,
    ResponsePayload: ?Sized,
    ResponseHeader,
> {
    // INVARIANT: payload and user header are initialised.
    place: Loaned<RequestHeader, RequestPayload>,
    tenure: PendingTenure<S>,
    _response: PhantomData<(fn(&ResponsePayload), fn(ResponseHeader))>,
}

impl<S: Service, P: Debug + Payload + ?Sized, H: ZeroCopySend, Q: ?Sized, G> Debug
    for PendingResponse<S, P, H, Q, G>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: initialised (INVARIANT).
        let payload = unsafe { self.place.payload() };
        f.debug_struct("PendingResponse")
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
> PendingResponse<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    /// Of a request that was just sent.
    #[inline(always)]
    pub(super) const fn new(
        place: Loaned<RequestHeader, RequestPayload>,
        tenure: RequestTenure<S>,
    ) -> Self {
        Self {
            place,
            tenure: PendingTenure::new(tenure),
            _response: PhantomData,
        }
    }

    #[inline(always)]
    fn with<R>(&self, f: impl FnOnce(&mut ClientState<S>, Begun) -> R) -> R {
        let begun = self.tenure.begun();
        self.tenure.client().with(|client| f(client, begun))
    }

    /// The request's payload.
    #[must_use]
    pub fn payload(&self) -> &RequestPayload {
        // SAFETY: initialised (INVARIANT).
        unsafe { self.place.payload() }
    }

    /// The request's user header.
    #[must_use]
    pub fn user_header(&self) -> &RequestHeader {
        // SAFETY: initialised (INVARIANT).
        unsafe { self.place.user_header().assume_init_ref() }
    }

    /// What the request says beside its payload.
    #[must_use]
    pub fn header(&self) -> Header {
        header_of::<S>(self.tenure.client(), self.place.elements())
    }

    /// How many servers' queues took the request.
    #[must_use]
    pub fn number_of_server_connections(&self) -> usize {
        self.with(|client, begun| client.deliveries(begun))
    }

    /// Whether at least one server still holds the request or may still take it. A server may end or die at any time.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.with(ClientState::is_connected)
    }

    /// Whether a response is there. Overflow may replace it before it is received, never take it away.
    #[must_use]
    pub fn has_response(&self) -> bool {
        self.with(ClientState::has_response)
    }

    /// Why there will never be another response; `None` while more may come, and as long as one is there.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.with(ClientState::outcome)
    }

    /// Tells the servers that this stream need not go on. They may look at it or not.
    pub fn set_disconnect_hint(&self) {
        self.with(|client, begun| client.hint_disconnect(begun));
    }
}

impl<
    S: Service,
    RequestPayload: Debug + Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: Debug + Payload + ?Sized,
    ResponseHeader: Debug + ZeroCopySend,
> PendingResponse<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    /// Takes the next response; `None` if there is none now. Servers take turns.
    ///
    /// # Errors
    /// [`ReceiveError::ExceedsMaxBorrows`] if there is one, but as many are held as may be.
    #[inline(always)]
    pub fn receive(
        &self,
    ) -> Result<Option<Response<S, ResponsePayload, ResponseHeader>>, ReceiveError> {
        let (client, begun) = (self.tenure.client(), self.tenure.begun());
        let words = Fresh::<ResponsePayload, ResponseHeader>::WORDS;
        // SAFETY: to receive is to take what has come and to ring the server.
        let received = match unsafe { client.pass() } {
            Some(mut client) => match client.receive_at_once(begun, words) {
                Some(Some(received)) => Some(Some(Fresh::new(&client, &received))),
                Some(None) => Some(None),
                None => None,
            },
            None => None,
        };
        let fresh = match received {
            Some(fresh) => fresh,
            None => {
                let mut client = client.enter();
                // WHY taken apart: what this call gives must not lie where the short way puts it.
                match client.receive_otherwise(begun)? {
                    Some(Received { held, content }) => {
                        Some(Fresh::new(&*client, &Received { held, content }))
                    }
                    None => None,
                }
            }
        };
        Ok(fresh.map(|fresh| Response::new(client, fresh)))
    }

    /// Waits for the next response, asleep, for at most `timeout`.
    ///
    /// # Errors
    /// [`WaitError`]; [`WaitError::Ended`] says why there will never be another response.
    pub fn timed_receive(
        &self,
        timeout: Duration,
    ) -> Result<Response<S, ResponsePayload, ResponseHeader>, WaitError> {
        self.wait(Limit::after(timeout))
    }

    /// Waits for the next response, asleep, as long as one may come.
    ///
    /// # Errors
    /// [`WaitError`], never `Timeout`.
    pub fn blocking_receive(
        &self,
    ) -> Result<Response<S, ResponsePayload, ResponseHeader>, WaitError> {
        self.wait(Limit::at(None))
    }

    fn wait(
        &self,
        limit: Limit,
    ) -> Result<Response<S, ResponsePayload, ResponseHeader>, WaitError> {
        let begun = self.tenure.begun();
        let words = Fresh::<ResponsePayload, ResponseHeader>::WORDS;
        let poll = |client: &mut ClientState<S>| match client.receive(begun, words) {
            Ok(Some(received)) => Some(Ok(Fresh::new(client, &received))),
            Ok(None) => client
                .known_outcome(begun)
                .map(|outcome| Err(WaitError::Ended(outcome))),
            Err(error) => Some(Err(WaitError::Receive(error))),
        };
        let client = self.tenure.client();
        let fresh = wait_until::<S, _, _>(client, Interest::Response(begun), limit, poll)??;
        Ok(Response::new(client, fresh))
    }
}

impl<S: Service, P: Debug + Payload + ?Sized, H: Debug + ZeroCopySend, Q: ?Sized, G> Deref
    for PendingResponse<S, P, H, Q, G>
{
    type Target = P;

    fn deref(&self) -> &P {
        self.payload()
    }
}
