// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an opened request-response service offers.

use super::{client::PortFactoryClient, server::PortFactoryServer};
use crate::{
    callback_progression::CallbackProgression,
    identifiers::UniqueServiceId,
    node::{self, NodeListFailure, NodeState},
    service::{
        Service, attribute::AttributeSet, dynamic_config::request_response::DynamicConfig,
        service_hash::ServiceHash, service_name::ServiceName, service_state::ServiceState,
        static_config::request_response::StaticConfig,
    },
};
use core::{fmt, marker::PhantomData};
use std::sync::Arc;

/// An opened request-response service. The service exists as long as any factory, port or message of it lives.
pub struct PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
where
    S: Service,
    RequestPayload: ?Sized,
    ResponsePayload: ?Sized,
{
    state: Arc<ServiceState<S>>,
    _types: PhantomData<(
        fn(&RequestPayload, &RequestHeader),
        fn(&ResponsePayload, &ResponseHeader),
    )>,
}

impl<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
    PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
where
    S: Service,
    RequestPayload: ?Sized,
    ResponsePayload: ?Sized,
{
    pub(crate) fn new(state: Arc<ServiceState<S>>) -> Self {
        Self {
            state,
            _types: PhantomData,
        }
    }

    /// Makes clients of this service.
    #[must_use]
    pub fn client_builder(
        &self,
    ) -> PortFactoryClient<'_, S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
    {
        PortFactoryClient::new(self)
    }

    /// Makes servers of this service.
    #[must_use]
    pub fn server_builder(
        &self,
    ) -> PortFactoryServer<'_, S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
    {
        PortFactoryServer::new(self)
    }

    /// What ports are made of.
    pub(crate) fn state(&self) -> &Arc<ServiceState<S>> {
        &self.state
    }
}

impl<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader> super::PortFactory
    for PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
where
    S: Service,
    RequestPayload: ?Sized,
    ResponsePayload: ?Sized,
{
    type Service = S;
    type StaticConfig = StaticConfig;
    type DynamicConfig = DynamicConfig<S>;

    fn name(&self) -> &ServiceName {
        self.state.contract().name()
    }

    fn service_hash(&self) -> &ServiceHash {
        self.state.contract().service_hash()
    }

    fn unique_service_id(&self) -> UniqueServiceId {
        self.state.contract().unique_service_id()
    }

    fn attributes(&self) -> &AttributeSet {
        self.state.contract().attributes()
    }

    fn static_config(&self) -> &StaticConfig {
        self.state.contract().request_response()
    }

    fn dynamic_config(&self) -> DynamicConfig<S> {
        DynamicConfig::new(Arc::clone(&self.state))
    }

    fn nodes<F: FnMut(NodeState<S>) -> CallbackProgression>(
        &self,
        callback: F,
    ) -> Result<(), NodeListFailure> {
        node::show(self.state.nodes(), self.state.config(), callback)
    }
}

impl<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader> Clone
    for PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
where
    S: Service,
    RequestPayload: ?Sized,
    ResponsePayload: ?Sized,
{
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.state))
    }
}

impl<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader> fmt::Debug
    for PortFactory<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
where
    S: Service,
    RequestPayload: ?Sized,
    ResponsePayload: ?Sized,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortFactory")
            .field("state", &self.state)
            .finish()
    }
}
