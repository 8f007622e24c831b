// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Making servers.

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
        endpoint::Endpoint,
        port_name::PortName,
        server::{
            Server,
            state::{ServerLimits, ServerState},
        },
        server_name,
    },
    service::{Service, service_state::ServiceState},
};
use core::{fmt, fmt::Debug, time::Duration};
use iceoryx2_bb_elementary::{
    Payload, ZeroCopySend,
    hooks::{self, Operation},
};
use iceoryx2_cal::{
    Mechanisms,
    rendezvous::{ChangeHint, Hint, Listener},
};
use std::sync::Arc;

/// Why there is no server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerCreateError {
    /// The service has as many servers as it may.
    ExceedsMaxSupportedServers,
    /// The memory for the responses cannot be had.
    UnableToCreateDataSegment,
    /// The system refused.
    System(Refusal),
}

impl fmt::Display for ServerCreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExceedsMaxSupportedServers => f.write_str(
                "the service has as many servers as it may: end one, or create the service with \
                 a higher max_servers (key defaults.request-response.max-servers)",
            ),
            Self::UnableToCreateDataSegment => f.write_str(
                "the memory for the responses cannot be laid out: lower the limits of the \
                 service or the size of the payload",
            ),
            Self::System(refusal) => write!(f, "the server cannot be made because {refusal}"),
        }
    }
}

impl std::error::Error for ServerCreateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl<E: Into<Refusal>> From<E> for ServerCreateError {
    fn from(error: E) -> Self {
        Self::System(error.into())
    }
}

/// Makes servers of one service.
#[derive(Debug)]
pub struct PortFactoryServer<
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
    loans_per_request: usize,
}

impl<
    'factory,
    S: Service,
    RequestPayload: ?Sized,
    RequestHeader,
    ResponsePayload: ?Sized,
    ResponseHeader,
> PortFactoryServer<'factory, S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
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
        let strategy = defaults.server_backpressure_strategy;
        Self {
            factory,
            options: PortOptions::new(defaults, strategy),
            loans_per_request: defaults.max_loaned_responses_per_request,
        }
    }

    port_setters!("client's stream");

    /// How many responses of one request may be loaned at a time. 0 is raised to 1.
    #[must_use]
    pub fn max_loaned_responses_per_request(mut self, n: usize) -> Self {
        if n == 0 {
            tracing::warn!("max_loaned_responses_per_request(0) was raised to 1");
        }
        self.loans_per_request = n.max(1);
        self
    }

    /// Chooses for how many responses there is memory, given how many there can be at a time: those on loan, and those
    /// that clients have not received or hold. With fewer, a loan may find no memory.
    #[must_use]
    pub fn override_response_preallocation<F: FnOnce(usize) -> usize + 'static>(
        mut self,
        choose: F,
    ) -> Self {
        self.options.preallocation = Some(Box::new(choose));
        self
    }
}

impl<S: Service, RequestPayload: ?Sized, RequestHeader, Element: ZeroCopySend, ResponseHeader>
    PortFactoryServer<'_, S, RequestPayload, RequestHeader, [Element], ResponseHeader>
{
    slice_setters!();
}

impl<
    S: Service,
    RequestPayload: Debug + Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: Debug + Payload + ?Sized,
    ResponseHeader: Debug + ZeroCopySend,
> PortFactoryServer<'_, S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    /// Makes the server. Every request whose sending begins after this returned reaches it.
    ///
    /// # Errors
    /// [`ServerCreateError`].
    pub fn create(
        mut self,
    ) -> Result<
        Server<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        ServerCreateError,
    > {
        let _scope = hooks::enter(Operation::Create);
        let service = self.factory.state();
        let config = service.contract().request_response();
        let types = config.response_message_type_details();
        let inline = ports::is_inline::<ResponseHeader, ResponsePayload>(types);
        let state = create_state(service, &mut self.options, self.loans_per_request, inline)?;
        Ok(Server::new(
            state,
            self.options.name,
            self.options.initial_slice_len,
        ))
    }
}

fn create_state<S: Service>(
    service: &Arc<ServiceState<S>>,
    options: &mut PortOptions,
    loans: usize,
    inline: bool,
) -> Result<ServerState<S>, ServerCreateError> {
    let too_large = |_| ServerCreateError::UnableToCreateDataSegment;
    let config = service.contract().request_response();
    let layout = ports::connection_layout(service).map_err(too_large)?;
    let plan = options
        .plan(&Needs {
            half_size: layout.server_half_size(),
            halves: ports::halves(config.max_clients()),
            chunks: chunks(service, loans),
            types: config.response_message_type_details(),
            inline,
        })
        .map_err(too_large)?;
    let loans_per_request = ports::number(loans);
    let limits = ServerLimits {
        loans_per_request,
        responses: plan.shape,
        requests: ports::shape(config.request_message_type_details()).map_err(too_large)?,
        elements_max: plan.elements_max,
        inline_loans: if plan.inline { loans_per_request } else { 0 },
        backpressure: Arc::new(options.backpressure.clone()),
    };

    let lock = service.lock()?;
    service.remove_stale_sockets(&lock)?;
    let degradation = Degradation::new(options.degradation.clone());
    let record = ports::record(service, &options.name)?;
    let claim = service
        .claim_server(&record)?
        .ok_or(ServerCreateError::ExceedsMaxSupportedServers)?;
    let endpoint = Endpoint::new("iceoryx2-server", &plan, record.id, claim, service)?;
    let storage = service.storage();
    let (socket, temporary) = (server_name(record.id), format!(".tmp-{:032x}", record.id));
    let listener =
        <<S::Mechanisms as Mechanisms>::Listener as Listener>::bind(storage, &temporary)?;
    let state = ServerState::new(endpoint, layout, limits, degradation, listener, record.id)?;
    state.publish(&temporary, &socket)?;
    // CRASH: a server that dies before the bump is found by who looks for another reason, or not at all: its create()
    // has not returned.
    service.hint().bump(Hint::Servers);
    Ok(state)
}

/// How many chunks a server needs so that no loan within its limits ever fails: each is in some stream, or borrowed
/// from it, or loaned.
fn chunks<S: Service>(service: &ServiceState<S>, loans: usize) -> Option<u32> {
    let config = service.contract().request_response();
    let active = config.max_active_requests_per_client();
    let per_stream = config
        .max_response_buffer_size()
        .checked_add(config.max_borrowed_responses_per_pending_response())?;
    let streams = active.checked_mul(2)?.checked_mul(per_stream)?;
    let per_client = streams.checked_add(active.checked_mul(loans)?)?;
    u32::try_from(config.max_clients().checked_mul(per_client)?).ok()
}
