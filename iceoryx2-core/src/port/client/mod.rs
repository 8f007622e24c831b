// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The client: sends requests and receives the streams of their responses.

mod connection;
pub(crate) mod knock;
mod server_watch;
pub(crate) mod state;

pub use crate::service::port_factory::client::ClientCreateError;

use super::{
    CallError, LoanError, SendError, WaitError,
    backpressure_strategy::BackpressureStrategy,
    update_connections::{ConnectionFailure, UpdateConnections},
    wait::deadline_after,
};
use crate::{
    identifiers::UniqueClientId,
    pending_response::PendingResponse,
    port::port_name::PortName,
    request_mut::RequestMut,
    request_mut_uninit::RequestMutUninit,
    response::Response,
    service::{Service, shared::Shared},
};
use core::{fmt, fmt::Debug, marker::PhantomData, mem::MaybeUninit, time::Duration};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use state::ClientState;

/// Sends requests to every server of its service.
///
/// Made by [`PortFactory::client_builder`](crate::service::port_factory::request_response::PortFactory::client_builder).
/// Messages made with it keep it alive: a [`PendingResponse`] goes on receiving after its client was dropped.
///
/// ```
/// use iceoryx2::prelude::*;
/// use std::time::Duration;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let root = std::env::temp_dir().join(format!("iox2-doc-client-{}", std::process::id()));
/// # let mut config = Config::default();
/// # config.global.set_root_path(&root);
/// let node = NodeBuilder::new().config(&config).create::<ipc::Service>()?;
/// let service = node
///     .service_builder(&"Doc/Client".try_into()?)
///     .request_response::<u64, u64>()
///     .open_or_create()?;
/// let server = service.server_builder().create()?;
/// let client = service.client_builder().create()?;
///
/// let pending = client.send_copy(41)?;
/// if let Some(request) = server.receive()? {
///     request.send_copy(*request + 1)?;
/// }
/// assert_eq!(*pending.timed_receive(Duration::from_secs(10))?, 42);
/// # drop((pending, client, server, service, node));
/// # std::fs::remove_dir_all(&root)?;
/// # Ok(())
/// # }
/// ```
pub struct Client<
    S: Service,
    RequestPayload: ?Sized,
    RequestHeader,
    ResponsePayload: ?Sized,
    ResponseHeader,
> {
    state: S::Shared<ClientState<S>>,
    id: UniqueClientId,
    name: PortName,
    active_requests: usize,
    initial_slice_len: usize,
    _types: PhantomData<fn(&RequestPayload, RequestHeader, &ResponsePayload, ResponseHeader)>,
}

impl<S: Service, P: ?Sized, H, Q: ?Sized, G> Debug for Client<S, P, H, Q, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why a request was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestSendError {
    /// The client has as many pending responses as it may.
    ExceedsMaxActiveRequests,
    /// It could not be published.
    SendError(SendError),
}

impl fmt::Display for RequestSendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExceedsMaxActiveRequests => f.write_str(
                "the client has as many pending responses as it may: drop one, or raise \
                 max_active_requests_per_client (key \
                 defaults.request-response.max-active-requests-per-client)",
            ),
            Self::SendError(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for RequestSendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::SendError(error) => Some(error),
            Self::ExceedsMaxActiveRequests => None,
        }
    }
}

impl From<SendError> for RequestSendError {
    fn from(error: SendError) -> Self {
        Self::SendError(error)
    }
}

impl From<LoanError> for RequestSendError {
    fn from(error: LoanError) -> Self {
        Self::SendError(error.into())
    }
}

impl<S: Service, RequestPayload: ?Sized, RequestHeader, ResponsePayload: ?Sized, ResponseHeader>
    Client<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    pub(crate) fn new(
        state: ClientState<S>,
        name: PortName,
        active_requests: usize,
        initial_slice_len: usize,
    ) -> Self {
        let id = UniqueClientId::from_value(state.id());
        Self {
            state: S::Shared::new(state),
            id,
            name,
            active_requests,
            initial_slice_len,
            _types: PhantomData,
        }
    }

    /// Which client this is, among all there ever are.
    #[must_use]
    pub fn id(&self) -> UniqueClientId {
        self.id
    }

    /// The name it was given, possibly empty.
    #[must_use]
    pub fn name(&self) -> &PortName {
        &self.name
    }

    /// How many pending responses it may have at a time.
    #[must_use]
    pub fn max_active_requests(&self) -> usize {
        self.active_requests
    }

    /// What it does when a server's queue is full and overflow is off.
    #[must_use]
    pub fn backpressure_strategy(&self) -> BackpressureStrategy {
        self.state.with(|state| state.backpressure().strategy)
    }

    /// Waits until at least `n` servers can be sent to, and returns how many there are.
    ///
    /// # Errors
    /// [`WaitError::Timeout`], [`WaitError::Terminated`], or why the system could not be asked.
    pub fn wait_for_servers(&self, n: usize, timeout: Duration) -> Result<usize, WaitError> {
        ClientState::<S>::wait_for_servers(&self.state, n, deadline_after::<S>(timeout))
    }
}

impl<
    S: Service,
    RequestPayload: Debug + ZeroCopySend,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: Debug + Payload + ?Sized,
    ResponseHeader: Debug + ZeroCopySend,
> Client<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    /// Loans memory for a request, not initialised.
    ///
    /// # Errors
    /// [`LoanError`].
    #[inline(always)]
    pub fn loan_uninit(
        &self,
    ) -> Result<
        RequestMutUninit<
            S,
            MaybeUninit<RequestPayload>,
            RequestHeader,
            ResponsePayload,
            ResponseHeader,
        >,
        LoanError,
    > {
        RequestMutUninit::loan(&self.state)
    }

    /// Loans memory for a request that begins as the payload's default.
    ///
    /// # Errors
    /// [`LoanError`].
    pub fn loan(
        &self,
    ) -> Result<
        RequestMut<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        LoanError,
    >
    where
        RequestPayload: Default,
    {
        Ok(self.loan_uninit()?.write_payload(RequestPayload::default()))
    }

    /// Copies `value` into a request and sends it.
    ///
    /// # Errors
    /// [`RequestSendError`].
    #[inline(always)]
    pub fn send_copy(
        &self,
        value: RequestPayload,
    ) -> Result<
        PendingResponse<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        RequestSendError,
    > {
        RequestMut::send_copy(&self.state, value)
    }

    /// Sends `value` as soon as there is a server, and waits for the first response of any server. Later responses are
    /// dropped.
    ///
    /// # Errors
    /// [`CallError::NoServer`] if no server came within `timeout`, [`CallError::Timeout`] if none answered, and
    /// [`CallError::Ended`] if none ever will.
    pub fn call(
        &self,
        value: RequestPayload,
        timeout: Duration,
    ) -> Result<Response<S, ResponsePayload, ResponseHeader>, CallError> {
        let request = self
            .loan_uninit()
            .map_err(|error| CallError::Send(error.into()))?
            .write_payload(value);
        request.call(timeout)
    }
}

impl<
    S: Service,
    Element: Debug + ZeroCopySend,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: Debug + Payload + ?Sized,
    ResponseHeader: Debug + ZeroCopySend,
> Client<S, [Element], RequestHeader, ResponsePayload, ResponseHeader>
{
    /// How many elements the longest slice has that the client was made for.
    #[must_use]
    pub fn initial_max_slice_len(&self) -> usize {
        self.initial_slice_len
    }

    /// Loans memory for a request of `len` elements, not initialised.
    ///
    /// # Errors
    /// [`LoanError`].
    #[inline(always)]
    pub fn loan_slice_uninit(
        &self,
        len: usize,
    ) -> Result<
        RequestMutUninit<S, [MaybeUninit<Element>], RequestHeader, ResponsePayload, ResponseHeader>,
        LoanError,
    > {
        RequestMutUninit::loan_slice(&self.state, len)
    }

    /// Loans memory for a request of `len` elements, each of which begins as its default.
    ///
    /// # Errors
    /// [`LoanError`].
    pub fn loan_slice(
        &self,
        len: usize,
    ) -> Result<RequestMut<S, [Element], RequestHeader, ResponsePayload, ResponseHeader>, LoanError>
    where
        Element: Default,
    {
        Ok(self
            .loan_slice_uninit(len)?
            .write_from_fn(|_| Element::default()))
    }

    /// Sends a copy of `values` as soon as there is a server, and waits for the first response of any server. Later
    /// responses are dropped.
    ///
    /// # Errors
    /// [`CallError::NoServer`] if no server came within `timeout`, [`CallError::Timeout`] if none answered, and
    /// [`CallError::Ended`] if none ever will.
    pub fn call_slice(
        &self,
        values: &[Element],
        timeout: Duration,
    ) -> Result<Response<S, ResponsePayload, ResponseHeader>, CallError>
    where
        Element: Copy,
    {
        let request = self
            .loan_slice_uninit(values.len())
            .map_err(|error| CallError::Send(error.into()))?
            .write_from_slice(values);
        request.call(timeout)
    }
}

impl<S: Service, P: ?Sized, H, Q: ?Sized, G> UpdateConnections for Client<S, P, H, Q, G> {
    fn update_connections(&self) -> Result<(), ConnectionFailure> {
        self.state.with(|client| {
            client.look_for_servers(true)?;
            client.check_degradation()
        })
    }
}
