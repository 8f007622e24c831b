// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who takes part in a request-response service at the moment.

use crate::{
    callback_progression::CallbackProgression,
    identifiers::{UniqueClientId, UniqueNodeId, UniqueServerId},
    service::{Service, record::PortRecord, service_state::ServiceState},
};
use iceoryx2_cal::static_storage::StorageError;
use std::sync::Arc;

/// Who takes part. It looks each time it is asked; ports come and go meanwhile.
#[derive(Debug)]
pub struct DynamicConfig<S: Service> {
    state: Arc<ServiceState<S>>,
}

/// What a client says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDetails {
    /// Which client it is.
    pub client_id: UniqueClientId,
    /// The node it belongs to.
    pub node_id: UniqueNodeId,
    /// The name it was given.
    pub name: String,
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerDetails {
    /// Which server it is.
    pub server_id: UniqueServerId,
    /// The node it belongs to.
    pub node_id: UniqueNodeId,
    /// The name it was given.
    pub name: String,
}

impl<S: Service> DynamicConfig<S> {
    pub(crate) fn new(state: Arc<ServiceState<S>>) -> Self {
        Self { state }
    }

    /// How many clients there are.
    #[must_use]
    pub fn number_of_clients(&self) -> usize {
        counted(self.state.number_of_clients())
    }

    /// How many servers there are.
    #[must_use]
    pub fn number_of_servers(&self) -> usize {
        counted(self.state.number_of_servers())
    }

    /// Shows every client to `callback`.
    pub fn list_clients(&self, callback: impl FnMut(&ClientDetails) -> CallbackProgression) {
        show(self.state.held_clients(), ClientDetails::from, callback);
    }

    /// Shows every server to `callback`.
    pub fn list_servers(&self, callback: impl FnMut(&ServerDetails) -> CallbackProgression) {
        show(self.state.held_servers(), ServerDetails::from, callback);
    }
}

fn counted(count: Result<u32, StorageError>) -> usize {
    match count {
        Ok(count) => usize::try_from(count).unwrap_or(usize::MAX),
        Err(error) => {
            tracing::warn!(%error, "the ports of a service could not be counted");
            0
        }
    }
}

fn show<Details>(
    records: Result<Vec<PortRecord>, StorageError>,
    details: impl Fn(PortRecord) -> Details,
    mut callback: impl FnMut(&Details) -> CallbackProgression,
) {
    match records {
        Ok(records) => {
            let mut shown = records.into_iter().map(details);
            while shown
                .next()
                .is_some_and(|one| callback(&one) == CallbackProgression::Continue)
            {}
        }
        Err(error) => tracing::warn!(%error, "the ports of a service could not be listed"),
    }
}

impl From<PortRecord> for ClientDetails {
    fn from(record: PortRecord) -> Self {
        Self {
            client_id: UniqueClientId::from_value(record.id),
            node_id: UniqueNodeId::from_value(record.node),
            name: record.name,
        }
    }
}

impl From<PortRecord> for ServerDetails {
    fn from(record: PortRecord) -> Self {
        Self {
            server_id: UniqueServerId::from_value(record.id),
            node_id: UniqueNodeId::from_value(record.node),
            name: record.name,
        }
    }
}
