// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The server: receives requests and answers each with a stream of responses.

mod connection;
mod rotation;
pub(crate) mod state;

pub use crate::service::port_factory::server::ServerCreateError;

use super::{
    Interest, ReceiveError, WaitError,
    backpressure_strategy::BackpressureStrategy,
    update_connections::{ConnectionFailure, UpdateConnections},
    wait::{Limit, wait_until},
};
use crate::{
    active_request::ActiveRequest,
    identifiers::UniqueServerId,
    port::port_name::PortName,
    service::{Service, shared::Shared},
};
use core::{fmt, fmt::Debug, marker::PhantomData, time::Duration};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use iceoryx2_cal::zero_copy_connection::{MessageLayout, MessageShape};
use state::{ServerState, Taken};

/// Receives the requests of every client of its service.
///
/// Made by [`PortFactory::server_builder`](crate::service::port_factory::request_response::PortFactory::server_builder).
/// Dropping it ends the streams of the requests it has not handed out; those it has go on answering.
///
/// An example stands at [`Client`](super::client::Client).
pub struct Server<
    S: Service,
    RequestPayload: ?Sized,
    RequestHeader,
    ResponsePayload: ?Sized,
    ResponseHeader,
> {
    state: S::Shared<ServerState<S>>,
    id: UniqueServerId,
    name: PortName,
    initial_slice_len: usize,
    _types: PhantomData<fn(&RequestPayload, RequestHeader, &ResponsePayload, ResponseHeader)>,
}

impl<S: Service, P: ?Sized, H, Q: ?Sized, G> Debug for Server<S, P, H, Q, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<S: Service, P: ?Sized, H, Q: ?Sized, G> Server<S, P, H, Q, G> {
    pub(crate) fn new(state: ServerState<S>, name: PortName, initial_slice_len: usize) -> Self {
        let id = UniqueServerId::from_value(state.id());
        Self {
            state: S::Shared::new(state),
            id,
            name,
            initial_slice_len,
            _types: PhantomData,
        }
    }

    /// Which server this is, among all there ever are.
    #[must_use]
    pub fn id(&self) -> UniqueServerId {
        self.id
    }

    /// The name it was given, possibly empty.
    #[must_use]
    pub fn name(&self) -> &PortName {
        &self.name
    }

    /// What it does when a client's stream is full and overflow is off.
    #[must_use]
    pub fn backpressure_strategy(&self) -> BackpressureStrategy {
        self.state.with(|state| state.backpressure().strategy)
    }

    /// Whether a request waits. Overflow may replace it before it is received, never take it away.
    ///
    /// # Errors
    /// [`ReceiveError`].
    pub fn has_requests(&self) -> Result<bool, ReceiveError> {
        self.state.with(ServerState::has_requests)
    }
}

impl<
    S: Service,
    RequestPayload: Debug + Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: Debug + Payload + ?Sized,
    ResponseHeader: Debug + ZeroCopySend,
> Server<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    /// Takes the next request; `None` if there is none now. Clients are served in turn.
    ///
    /// # Errors
    /// [`ReceiveError::ExceedsMaxBorrows`] if there are requests, but only of clients that have as many active ones
    /// as they may.
    #[inline(always)]
    pub fn receive(
        &self,
    ) -> Result<
        Option<ActiveRequest<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>>,
        ReceiveError,
    > {
        let words = MessageLayout::<RequestHeader, RequestPayload>::WORDS;
        // SAFETY: to receive is to take what has come and to ring the client.
        let taken = match unsafe { self.state.pass() } {
            Some(mut state) => match state.receive_at_once(words) {
                Some(Some(taken)) => Some(Some((taken, *state.request_shape()))),
                Some(None) => Some(None),
                None => None,
            },
            None => None,
        };
        let (taken, shape) = match taken {
            Some(Some(taken)) => taken,
            Some(None) => return Ok(None),
            // WHY taken apart: what this call gives must not lie where the short way puts it.
            None => match self.receive_after_all() {
                Ok(Some((Taken { active, content }, shape))) => (Taken { active, content }, shape),
                Ok(None) => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        Ok(Some(ActiveRequest::new(&self.state, &taken, &shape)))
    }

    #[cold]
    #[inline(never)]
    fn receive_after_all(&self) -> Result<Option<(Taken, MessageShape)>, ReceiveError> {
        self.state.with(|state| {
            let taken = state.receive_after_all()?;
            Ok(taken.map(|taken| (taken, *state.request_shape())))
        })
    }

    /// Waits for the next request, asleep, for at most `timeout`.
    ///
    /// # Errors
    /// [`WaitError::Timeout`], [`WaitError::Terminated`], [`WaitError::Receive`].
    pub fn timed_receive(
        &self,
        timeout: Duration,
    ) -> Result<
        ActiveRequest<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        WaitError,
    > {
        self.wait(Limit::after(timeout))
    }

    /// Waits for the next request, asleep, as long as it takes.
    ///
    /// # Errors
    /// [`WaitError::Terminated`], [`WaitError::Receive`].
    pub fn blocking_receive(
        &self,
    ) -> Result<
        ActiveRequest<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        WaitError,
    > {
        self.wait(Limit::at(None))
    }

    fn wait(
        &self,
        limit: Limit,
    ) -> Result<
        ActiveRequest<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        WaitError,
    > {
        let words = MessageLayout::<RequestHeader, RequestPayload>::WORDS;
        let poll = |server: &mut ServerState<S>| server.receive(words).transpose();
        let taken = wait_until::<S, _, _>(&self.state, Interest::Request, limit, poll)?;
        let taken = taken.map_err(WaitError::Receive)?;
        let shape = self.state.with(|state| *state.request_shape());
        Ok(ActiveRequest::new(&self.state, &taken, &shape))
    }
}

impl<S: Service, P: ?Sized, H, Element: ZeroCopySend, G> Server<S, P, H, [Element], G> {
    /// How many elements the longest slice has that the server was made for.
    #[must_use]
    pub fn initial_max_slice_len(&self) -> usize {
        self.initial_slice_len
    }
}

impl<S: Service, P: ?Sized, H, Q: ?Sized, G> UpdateConnections for Server<S, P, H, Q, G> {
    fn update_connections(&self) -> Result<(), ConnectionFailure> {
        self.state.with(ServerState::look_now)
    }
}

impl<S: Service, P: ?Sized, H, Q: ?Sized, G> Drop for Server<S, P, H, Q, G> {
    fn drop(&mut self) {
        self.state.with(ServerState::close);
    }
}
