// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How services are made and opened.

pub mod request_response;

use super::{Service, service_name::ServiceName};
use crate::node::NodeInner;
use core::fmt::Debug;
use iceoryx2_bb_elementary::Payload;
use std::sync::Arc;

/// Chooses the messaging pattern of a service. Made by [`Node::service_builder`](crate::node::Node::service_builder).
#[derive(Debug)]
pub struct Builder<S: Service> {
    node: Arc<NodeInner<S>>,
    name: ServiceName,
}

impl<S: Service> Builder<S> {
    pub(crate) fn new(node: Arc<NodeInner<S>>, name: ServiceName) -> Self {
        Self { node, name }
    }

    /// Clients ask with a `RequestPayload`, servers answer with a stream of `ResponsePayload`. Each is a type, or a slice
    /// of one.
    #[must_use]
    pub fn request_response<RequestPayload, ResponsePayload>(
        self,
    ) -> request_response::Builder<RequestPayload, (), ResponsePayload, (), S>
    where
        RequestPayload: Debug + Payload + ?Sized,
        ResponsePayload: Debug + Payload + ?Sized,
    {
        request_response::Builder::new(self.node, self.name)
    }
}
