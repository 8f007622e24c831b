// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Making clients.

use super::{
    ports::{self, Refusal},
    request_response::PortFactory,
};
use crate::{
    port::{
        backpressure_strategy::BackpressureStrategy,
        client::{
            Client,
            state::{ClientLimits, ClientState},
        },
        endpoint::Endpoint,
        port_name::PortName,
    },
    service::{Service, service_state::ServiceState},
};
use core::{fmt, fmt::Debug};
use iceoryx2_bb_elementary::{
    Payload, ZeroCopySend,
    hooks::{self, Operation},
};
use std::sync::Arc;

/// Why there is no client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientCreateError {
    /// The service has as many clients as it may.
    ExceedsMaxSupportedClients,
    /// More active requests were asked for than the service allows a client.
    MaxActiveRequestsExceedsMaxSupportedActiveRequestsOfService,
    /// The memory for the requests cannot be had.
    UnableToCreateDataSegment,
    /// The system refused.
    System(Refusal),
}

impl fmt::Display for ClientCreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExceedsMaxSupportedClients => f.write_str(
                "the service has as many clients as it may: end one, or create the service with \
                 a higher max_clients (key defaults.request-response.max-clients)",
            ),
            Self::MaxActiveRequestsExceedsMaxSupportedActiveRequestsOfService => f.write_str(
                "the client asks for more active requests than the service allows: lower \
                 max_active_requests, or create the service with a higher \
                 max_active_requests_per_client (key \
                 defaults.request-response.max-active-requests-per-client)",
            ),
            Self::UnableToCreateDataSegment => f.write_str(
                "the memory for the requests cannot be laid out: lower the limits of the service \
                 or the size of the payload",
            ),
            Self::System(refusal) => write!(f, "the client cannot be made because {refusal}"),
        }
    }
}

impl std::error::Error for ClientCreateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl<E: Into<Refusal>> From<E> for ClientCreateError {
    fn from(error: E) -> Self {
        Self::System(error.into())
    }
}

/// Makes clients of one service.
#[derive(Debug)]
pub struct PortFactoryClient<
    'factory,
    S: Service,
    RequestPayload: ?Sized,
    RequestHeader,
    ResponsePayload: ?Sized,
    ResponseHeader,
> {
    factory:
        &'factory PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
    name: PortName,
    active_requests: Option<usize>,
    backpressure: BackpressureStrategy,
}

impl<
    'factory,
    S: Service,
    RequestPayload: ?Sized,
    RequestHeader,
    ResponsePayload: ?Sized,
    ResponseHeader,
> PortFactoryClient<'factory, S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    pub(crate) fn new(
        factory: &'factory PortFactory<
            S,
            RequestPayload,
            RequestHeader,
            ResponsePayload,
            ResponseHeader,
        >,
    ) -> Self {
        Self {
            factory,
            name: PortName::default(),
            active_requests: None,
            backpressure: BackpressureStrategy::default(),
        }
    }

    /// A name for those who look at the service.
    #[must_use]
    pub fn name(mut self, name: &PortName) -> Self {
        self.name = name.clone();
        self
    }

    /// How many pending responses the client may have at a time; at most what the service allows. 0 is raised to 1.
    #[must_use]
    pub fn max_active_requests(mut self, n: usize) -> Self {
        if n == 0 {
            tracing::warn!("max_active_requests(0) was raised to 1");
        }
        self.active_requests = Some(n.max(1));
        self
    }

    /// What the client does when a server's queue is full and overflow is off.
    #[must_use]
    pub fn backpressure_strategy(mut self, strategy: BackpressureStrategy) -> Self {
        self.backpressure = strategy;
        self
    }
}

impl<
    S: Service,
    RequestPayload: Debug + Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: Debug + Payload + ?Sized,
    ResponseHeader: Debug + ZeroCopySend,
> PortFactoryClient<'_, S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    /// Makes the client. It connects to the servers there are, and to others as they come.
    ///
    /// # Errors
    /// [`ClientCreateError`].
    pub fn create(
        self,
    ) -> Result<
        Client<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        ClientCreateError,
    > {
        let _scope = hooks::enter(Operation::Create);
        let service = self.factory.state();
        let supported = service
            .contract()
            .request_response()
            .max_active_requests_per_client();
        let active = self.active_requests.unwrap_or(supported);
        if active > supported {
            return Err(
                ClientCreateError::MaxActiveRequestsExceedsMaxSupportedActiveRequestsOfService,
            );
        }
        let inline = ports::is_inline::<RequestHeader, RequestPayload>(
            service
                .contract()
                .request_response()
                .request_message_type_details(),
        );
        let state = create_state(service, &self.name, active, self.backpressure, inline)?;
        Ok(Client::new(state, self.name, active))
    }
}

fn create_state<S: Service>(
    service: &Arc<ServiceState<S>>,
    name: &PortName,
    active: usize,
    backpressure: BackpressureStrategy,
    inline: bool,
) -> Result<ClientState<S>, ClientCreateError> {
    let too_large = |_| ClientCreateError::UnableToCreateDataSegment;
    let config = service.contract().request_response();
    let layout = ports::connection_layout(service).map_err(too_large)?;
    let half_size = layout.client_half_size();
    let servers = config.max_servers();
    let requests = ports::shape(config.request_message_type_details()).map_err(too_large)?;
    let chunks = match chunks(service, active) {
        _ if inline => 0,
        Some(chunks) => chunks,
        None => return Err(ClientCreateError::UnableToCreateDataSegment),
    };
    let port = ports::port_layout(half_size, ports::halves(servers), chunks, &requests, 1)
        .map_err(too_large)?;
    let limits = ClientLimits {
        active_requests: ports::number(active),
        loans: ports::number(config.max_loaned_requests()),
        requests,
        responses: ports::shape(config.response_message_type_details()).map_err(too_large)?,
        inline,
        backpressure,
    };
    let record = ports::record(service, name)?;
    let claim = service
        .claim_client(&record)?
        .ok_or(ClientCreateError::ExceedsMaxSupportedClients)?;
    let endpoint = Endpoint::new(
        "iceoryx2-client",
        port,
        half_size,
        record.id,
        claim,
        service,
    )?;
    Ok(ClientState::new(endpoint, layout, limits, record.id))
}

/// How many chunks a client needs so that no loan within its limits ever fails: each is in some server's queue, or
/// borrowed by some server, or some pending response's, or loaned.
fn chunks<S: Service>(service: &ServiceState<S>, active: usize) -> Option<u32> {
    let config = service.contract().request_response();
    let per_server = config.max_active_requests_per_client().checked_mul(2)?;
    let chunks = config
        .max_servers()
        .checked_mul(per_server)?
        .checked_add(active)?
        .checked_add(config.max_loaned_requests())?;
    u32::try_from(chunks).ok()
}
