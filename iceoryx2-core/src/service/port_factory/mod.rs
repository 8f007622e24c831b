// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an opened service offers.

pub mod client;
pub mod request_response;
pub mod server;

mod options;
mod ports;

pub use ports::Refusal;

use crate::{
    callback_progression::CallbackProgression,
    identifiers::UniqueServiceId,
    node::{NodeListFailure, NodeState},
    service::{
        Service, attribute::AttributeSet, service_hash::ServiceHash, service_name::ServiceName,
    },
};
use core::fmt::Debug;

/// What the factories of all messaging patterns have in common.
pub trait PortFactory: Debug + Clone {
    /// The service variant.
    type Service: Service;
    /// What all participants agree on.
    type StaticConfig;
    /// Who takes part.
    type DynamicConfig;

    /// The service's name.
    fn name(&self) -> &ServiceName;

    /// The hash of pattern and name.
    fn service_hash(&self) -> &ServiceHash;

    /// Which incarnation of the service this is.
    fn unique_service_id(&self) -> UniqueServiceId;

    /// What the service says of itself.
    fn attributes(&self) -> &AttributeSet;

    /// What all participants agree on.
    fn static_config(&self) -> &Self::StaticConfig;

    /// Who takes part. It looks each time it is asked.
    fn dynamic_config(&self) -> Self::DynamicConfig;

    /// Shows every node that has the service open to `callback`.
    ///
    /// # Errors
    /// [`NodeListFailure`].
    fn nodes<F: FnMut(NodeState<Self::Service>) -> CallbackProgression>(
        &self,
        callback: F,
    ) -> Result<(), NodeListFailure>;
}
