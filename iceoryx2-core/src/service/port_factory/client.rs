// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Making clients.

use super::{
    options::{Needs, PortOptions, port_setters, slice_setters},
    ports::{self, Refusal},
    request_response::PortFactory,
};
use crate::{
    port::{
        BackpressureAction, BackpressureInfo, Degradation, DegradationAction, DegradationCause,
        DegradationInfo,
        allocation_strategy::AllocationStrategy,
        backpressure_strategy::BackpressureStrategy,
        client::{
            Client,
            knock::Knock,
            state::{ClientLimits, ClientState},
        },
        endpoint::Endpoint,
        port_name::PortName,
    },
    service::{Service, service_state::ServiceState},
};
use core::{fmt, fmt::Debug, time::Duration};
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
    options: PortOptions,
    active_requests: Option<usize>,
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
        let defaults = &factory.state().config().defaults.request_response;
        let strategy = defaults.client_backpressure_strategy;
        Self {
            factory,
            options: PortOptions::new(defaults, strategy),
            active_requests: None,
        }
    }

    port_setters!("server's queue");

    /// How many pending responses the client may have at a time; at most what the service allows. 0 is raised to 1.
    #[must_use]
    pub fn max_active_requests(mut self, n: usize) -> Self {
        if n == 0 {
            tracing::warn!("max_active_requests(0) was raised to 1");
        }
        self.active_requests = Some(n.max(1));
        self
    }

    /// Chooses for how many requests there is memory, given how many there can be at a time: those on loan, those of
    /// pending responses, and those servers have queued or hold. With fewer, a loan may find no memory.
    #[must_use]
    pub fn override_request_preallocation<F: FnOnce(usize) -> usize + 'static>(
        mut self,
        choose: F,
    ) -> Self {
        self.options.preallocation = Some(Box::new(choose));
        self
    }
}

impl<S: Service, Element: ZeroCopySend, RequestHeader, ResponsePayload: ?Sized, ResponseHeader>
    PortFactoryClient<'_, S, [Element], RequestHeader, ResponsePayload, ResponseHeader>
{
    slice_setters!();
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
        mut self,
    ) -> Result<
        Client<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        ClientCreateError,
    > {
        let _scope = hooks::enter(Operation::Create);
        let service = self.factory.state();
        let config = service.contract().request_response();
        let supported = config.max_active_requests_per_client();
        let active = self.active_requests.unwrap_or(supported);
        if active > supported {
            return Err(
                ClientCreateError::MaxActiveRequestsExceedsMaxSupportedActiveRequestsOfService,
            );
        }
        let types = config.request_message_type_details();
        let inline = ports::is_inline::<RequestHeader, RequestPayload>(types);
        let state = create_state(service, &mut self.options, active, inline)?;
        Ok(Client::new(
            state,
            self.options.name,
            active,
            self.options.initial_slice_len,
        ))
    }
}

fn create_state<S: Service>(
    service: &Arc<ServiceState<S>>,
    options: &mut PortOptions,
    active: usize,
    inline: bool,
) -> Result<ClientState<S>, ClientCreateError> {
    let too_large = |_| ClientCreateError::UnableToCreateDataSegment;
    // WHY first: the servers wake while all the rest is done.
    let knock = Knock::at_all(service);
    let config = service.contract().request_response();
    let layout = ports::connection_layout(service).map_err(too_large)?;
    let plan = options
        .plan(&Needs {
            half_size: layout.client_half_size(),
            halves: ports::halves(config.max_servers()),
            chunks: chunks(service, active),
            types: config.request_message_type_details(),
            inline,
        })
        .map_err(too_large)?;
    let loans = ports::number(config.max_loaned_requests());
    let limits = ClientLimits {
        active_requests: ports::number(active),
        loans,
        requests: plan.shape,
        responses: ports::shape(config.response_message_type_details()).map_err(too_large)?,
        elements_max: plan.elements_max,
        inline_loans: if plan.inline { loans } else { 0 },
        backpressure: Arc::new(options.backpressure.clone()),
    };
    let degradation = Degradation::new(options.degradation.clone());
    let record = ports::record(service, &options.name)?;
    let claim = service
        .claim_client(&record)?
        .ok_or(ClientCreateError::ExceedsMaxSupportedClients)?;
    let endpoint = Endpoint::new("iceoryx2-client", &plan, record.id, claim, service)?;
    Ok(ClientState::new(
        endpoint,
        layout,
        limits,
        degradation,
        record.id,
        knock,
    ))
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
