// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How request-response services are made and opened.

mod demands;
mod error;
mod establish;
mod explanation;
mod in_general;
mod limits;
mod message;
mod refusals;
mod runtime_types;

pub use error::{
    RequestResponseCreateError, RequestResponseOpenError, RequestResponseOpenOrCreateError,
};

use crate::{
    node::NodeInner,
    service::{
        Service,
        alignment::Alignment,
        attribute::{AttributeSpecifier, AttributeVerifier},
        port_factory::request_response::PortFactory,
        service_name::ServiceName,
        static_config::message_type_details::MessageTypeDetails,
    },
};
use core::{fmt::Debug, marker::PhantomData};
use demands::{AttributeDemands, Demands, TypedDemands};
use iceoryx2_bb_elementary::{
    Payload, ZeroCopySend,
    hooks::{self, Operation},
};
use limits::Limit;
use std::sync::Arc;

/// Makes or opens a request-response service.
///
/// An option that is not set takes its default from the configuration when the service is created, and accepts whatever
/// there is when it is opened.
#[derive(Debug)]
pub struct Builder<RequestPayload, RequestHeader, ResponsePayload, ResponseHeader, ServiceType>
where
    RequestPayload: ?Sized,
    ResponsePayload: ?Sized,
    ServiceType: Service,
{
    node: Arc<NodeInner<ServiceType>>,
    name: ServiceName,
    demands: Demands,
    _types: PhantomData<(
        fn(&RequestPayload, &RequestHeader),
        fn(&ResponsePayload, &ResponseHeader),
    )>,
}

/// Defines the setter of a limit.
macro_rules! limit_setters {
    ($($(#[$doc:meta])* $name:ident => $limit:ident;)*) => {
        $(
            $(#[$doc])*
            ///
            /// 0 is raised to 1. Opening asks for at least so many.
            #[must_use]
            pub fn $name(mut self, value: usize) -> Self {
                self.demands.limits.set(Limit::$limit, value);
                self
            }
        )*
    };
}

impl<RequestPayload, RequestHeader, ResponsePayload, ResponseHeader, S>
    Builder<RequestPayload, RequestHeader, ResponsePayload, ResponseHeader, S>
where
    RequestPayload: Debug + Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: Debug + Payload + ?Sized,
    ResponseHeader: Debug + ZeroCopySend,
    S: Service,
{
    pub(super) fn new(node: Arc<NodeInner<S>>, name: ServiceName) -> Self {
        Self {
            node,
            name,
            demands: Demands::default(),
            _types: PhantomData,
        }
    }

    /// Adds a header of the user's own to requests.
    #[must_use]
    pub fn request_user_header<H: Debug + ZeroCopySend>(
        mut self,
    ) -> Builder<RequestPayload, H, ResponsePayload, ResponseHeader, S> {
        self.demands.request.user_header = None;
        self.with_types()
    }

    /// Adds a header of the user's own to responses.
    #[must_use]
    pub fn response_user_header<H: Debug + ZeroCopySend>(
        mut self,
    ) -> Builder<RequestPayload, RequestHeader, ResponsePayload, H, S> {
        self.demands.response.user_header = None;
        self.with_types()
    }

    fn with_types<ReqH, ResH>(self) -> Builder<RequestPayload, ReqH, ResponsePayload, ResH, S> {
        Builder {
            node: self.node,
            name: self.name,
            demands: self.demands,
            _types: PhantomData,
        }
    }

    /// Makes the payload of each request begin at a multiple of `alignment`, which may be stricter than its type's.
    /// Opening asks for at least so strict a one; [`Alignment::MAX`] is the strictest.
    #[must_use]
    pub fn request_payload_alignment(mut self, alignment: Alignment) -> Self {
        self.demands.request.payload_alignment = Some(alignment);
        self
    }

    /// Makes the payload of each response begin at a multiple of `alignment`, which may be stricter than its type's.
    /// Opening asks for at least so strict a one; [`Alignment::MAX`] is the strictest.
    #[must_use]
    pub fn response_payload_alignment(mut self, alignment: Alignment) -> Self {
        self.demands.response.payload_alignment = Some(alignment);
        self
    }

    /// Whether a full request queue replaces its oldest request. Opening asks for the same.
    #[must_use]
    pub fn enable_safe_overflow_for_requests(mut self, value: bool) -> Self {
        self.demands.safe_overflow_for_requests = Some(value);
        self
    }

    /// Whether a full response queue replaces its oldest response. Opening asks for the same.
    #[must_use]
    pub fn enable_safe_overflow_for_responses(mut self, value: bool) -> Self {
        self.demands.safe_overflow_for_responses = Some(value);
        self
    }

    /// Whether servers are handed requests nobody listens to any more, because their pending response was dropped or
    /// their client is gone. Opening asks for the same.
    ///
    /// If not, a server passes over them, and their memory returns.
    #[must_use]
    pub fn enable_fire_and_forget_requests(mut self, value: bool) -> Self {
        self.demands.fire_and_forget_requests = Some(value);
        self
    }

    limit_setters! {
        /// How many pending responses one client may have at a time.
        max_active_requests_per_client => ActiveRequestsPerClient;
        /// How many requests one client may have loaned at a time.
        max_loaned_requests => LoanedRequests;
        /// How many responses of one server wait for one pending response.
        max_response_buffer_size => ResponseBufferSize;
        /// How many responses of one server may be held per pending response.
        max_borrowed_responses_per_pending_response => BorrowedResponsesPerPendingResponse;
        /// How many servers there may be at a time.
        max_servers => Servers;
        /// How many clients there may be at a time.
        max_clients => Clients;
        /// How many nodes may have the service open at a time.
        max_nodes => Nodes;
    }

    /// Makes the service.
    ///
    /// # Errors
    /// [`RequestResponseCreateError`], above all `AlreadyExists`.
    pub fn create(
        self,
    ) -> Result<
        PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        RequestResponseCreateError,
    > {
        self.create_with_attributes(&AttributeSpecifier::new())
    }

    /// Makes the service, which says `attributes` of itself.
    ///
    /// # Errors
    /// [`RequestResponseCreateError`], above all `AlreadyExists`.
    pub fn create_with_attributes(
        self,
        attributes: &AttributeSpecifier,
    ) -> Result<
        PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        RequestResponseCreateError,
    > {
        let _scope = hooks::enter(Operation::Create);
        let (node, name, demands) = self.resolve(attributes.into());
        establish::create(&node, &name, &demands).map(PortFactory::new)
    }

    /// Opens the service if it exists and satisfies what was asked for. Creates nothing.
    ///
    /// # Errors
    /// [`RequestResponseOpenError`], above all `DoesNotExist`.
    pub fn open(
        self,
    ) -> Result<
        PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        RequestResponseOpenError,
    > {
        self.open_with_attributes(&AttributeVerifier::new())
    }

    /// Opens the service if it exists, satisfies what was asked for, and says of itself what is `required`.
    ///
    /// # Errors
    /// [`RequestResponseOpenError`], above all `DoesNotExist` and `IncompatibleAttributes`.
    pub fn open_with_attributes(
        self,
        required: &AttributeVerifier,
    ) -> Result<
        PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        RequestResponseOpenError,
    > {
        let _scope = hooks::enter(Operation::Create);
        let (node, name, demands) = self.resolve(required.into());
        establish::open(&node, &name, &demands).map(PortFactory::new)
    }

    /// Opens the service if it exists, else makes it. Of any number of processes that do so at once one makes it, and
    /// all share it.
    ///
    /// # Errors
    /// [`RequestResponseOpenOrCreateError`].
    pub fn open_or_create(
        self,
    ) -> Result<
        PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        RequestResponseOpenOrCreateError,
    > {
        self.open_or_create_with_attributes(&AttributeVerifier::new())
    }

    /// Opens the service if it exists and says of itself what is `required`, else makes it such that it does: with the
    /// required pairs, and with an empty value for each required key that has none. So processes that require the same
    /// share the service, whoever comes first.
    ///
    /// # Errors
    /// [`RequestResponseOpenOrCreateError`].
    pub fn open_or_create_with_attributes(
        self,
        required: &AttributeVerifier,
    ) -> Result<
        PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>,
        RequestResponseOpenOrCreateError,
    > {
        let _scope = hooks::enter(Operation::Create);
        let (node, name, demands) = self.resolve(required.into());
        establish::open_or_create(&node, &name, &demands).map(PortFactory::new)
    }

    fn resolve(
        mut self,
        attributes: AttributeDemands,
    ) -> (Arc<NodeInner<S>>, ServiceName, TypedDemands) {
        let request = core::mem::take(&mut self.demands.request);
        let response = core::mem::take(&mut self.demands.response);
        let demands = TypedDemands {
            request: request.typed(
                "request",
                MessageTypeDetails::of::<RequestPayload, RequestHeader>(),
            ),
            response: response.typed(
                "response",
                MessageTypeDetails::of::<ResponsePayload, ResponseHeader>(),
            ),
            demands: self.demands,
            attributes,
        };
        (self.node, self.name, demands)
    }
}
