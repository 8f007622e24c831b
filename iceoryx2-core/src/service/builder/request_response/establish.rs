// SPDX-License-Identifier: Apache-2.0 OR MIT
//! create, open and open_or_create, step by step under the service's lock.

use super::{
    RequestResponseCreateError as CreateError, RequestResponseOpenError as OpenError,
    RequestResponseOpenOrCreateError as OpenOrCreateError, demands::TypedDemands,
};
use crate::{
    node::NodeInner,
    service::{
        Service,
        messaging_pattern::MessagingPattern,
        place::{LockedPlace, PlaceError},
        service_hash::ServiceHash,
        service_name::ServiceName,
        service_state::ServiceState,
        static_config::Contract,
    },
};
use iceoryx2_cal::{random, static_storage::StaticStorage};
use std::{
    path::PathBuf,
    sync::{Arc, Weak},
};

type State<S> = Arc<ServiceState<S>>;

pub(super) fn create<S: Service>(
    node: &Arc<NodeInner<S>>,
    name: &ServiceName,
    demands: &TypedDemands,
) -> Result<State<S>, CreateError> {
    let mut service = Target::new(node, name);
    if service.opened_before().is_some() {
        return Err(CreateError::AlreadyExists);
    }
    let place = service.lock_or_create().map_err(CreateError::from)?;
    match place.contract_or_clear()? {
        Some(_) => Err(CreateError::AlreadyExists),
        None => service.make(place, demands),
    }
}

pub(super) fn open<S: Service>(
    node: &Arc<NodeInner<S>>,
    name: &ServiceName,
    demands: &TypedDemands,
) -> Result<State<S>, OpenError> {
    let mut service = Target::new(node, name);
    if let Some(state) = service.opened_before() {
        demands.agree(state.contract().request_response())?;
        return Ok(state);
    }
    let Some(place) = service.lock_existing()? else {
        return Err(service.does_not_exist());
    };
    match place.contract_or_clear()? {
        Some(contract) => service.join(place, contract, demands),
        None => {
            place
                .storage()
                .remove_if_empty()
                .map_err(|error| storage_error("remove what was left", error))?;
            Err(service.does_not_exist())
        }
    }
}

pub(super) fn open_or_create<S: Service>(
    node: &Arc<NodeInner<S>>,
    name: &ServiceName,
    demands: &TypedDemands,
) -> Result<State<S>, OpenOrCreateError> {
    let mut service = Target::new(node, name);
    if let Some(state) = service.opened_before() {
        demands.agree(state.contract().request_response())?;
        return Ok(state);
    }
    let place = service.lock_or_create().map_err(CreateError::from)?;
    match place.contract_or_clear().map_err(OpenError::from)? {
        Some(contract) => Ok(service.join(place, contract, demands)?),
        None => Ok(service.make(place, demands)?),
    }
}

fn storage_error(
    operation: &'static str,
    error: iceoryx2_cal::static_storage::StorageError,
) -> PlaceError {
    PlaceError::Storage { operation, error }
}

/// The service somebody wants. While it lives its node opens no other service.
struct Target<'a, S: Service> {
    node: &'a Arc<NodeInner<S>>,
    name: &'a ServiceName,
    hash: ServiceHash,
    path: PathBuf,
    services: std::sync::MutexGuard<'a, crate::node::OpenServices<S>>,
}

impl<'a, S: Service> Target<'a, S> {
    fn new(node: &'a Arc<NodeInner<S>>, name: &'a ServiceName) -> Self {
        let hash = ServiceHash::new(name, MessagingPattern::RequestResponse);
        let path = node.config().global.place().join(hash.directory_name(name));
        Self {
            node,
            name,
            hash,
            path,
            services: node.services(),
        }
    }

    /// Our node's part in the service, if it has one and nobody replaced the directory.
    fn opened_before(&self) -> Option<State<S>> {
        let state = self.services.get(&self.hash).and_then(Weak::upgrade)?;
        (state.is_current() && state.contract().name() == self.name).then_some(state)
    }

    fn lock_existing(&self) -> Result<Option<LockedPlace<S::Mechanisms>>, PlaceError> {
        LockedPlace::lock(&self.path, self.node.creation_deadline())
            .map_err(|error| storage_error("lock the service", error))
    }

    fn lock_or_create(&self) -> Result<LockedPlace<S::Mechanisms>, PlaceError> {
        LockedPlace::lock_or_create(&self.path, self.node.creation_deadline())
            .map_err(|error| storage_error("make or lock the service's directory", error))
    }

    fn does_not_exist(&self) -> OpenError {
        tracing::debug!(name = %self.name, path = ?self.path, "there is no such service");
        OpenError::DoesNotExist
    }

    fn join(
        &mut self,
        place: LockedPlace<S::Mechanisms>,
        contract: Contract,
        demands: &TypedDemands,
    ) -> Result<State<S>, OpenError> {
        if contract.name() != self.name {
            return Err(OpenError::ServiceInCorruptedState {
                reason: format!(
                    "the directory {} belongs to the service {:?}, not to {:?}",
                    self.path.display(),
                    contract.name().as_str(),
                    self.name.as_str()
                ),
            });
        }
        demands.agree(contract.request_response())?;
        let state = ServiceState::join(self.node, place, contract)?;
        Ok(self.remember(state))
    }

    fn make(
        &mut self,
        place: LockedPlace<S::Mechanisms>,
        demands: &TypedDemands,
    ) -> Result<State<S>, CreateError> {
        let defaults = &self.node.config().defaults.request_response;
        let made = demands.fulfilled(defaults).and_then(|static_config| {
            let id = random::random_128().map_err(CreateError::NoServiceId)?;
            let contract = Contract::new(self.name, id, static_config);
            let document = encode(&contract)?;
            Ok((contract, document))
        });
        match made {
            Ok((contract, document)) => {
                let state = ServiceState::create(self.node, place, contract, &document)?;
                Ok(self.remember(state))
            }
            Err(error) => {
                let _ = place.storage().remove_if_empty();
                Err(error)
            }
        }
    }

    fn remember(&mut self, state: State<S>) -> State<S> {
        self.services.retain(|_, other| other.strong_count() > 0);
        self.services
            .insert(self.hash.clone(), Arc::downgrade(&state));
        state
    }
}

fn encode(contract: &Contract) -> Result<String, CreateError> {
    let document = contract
        .encode()
        .map_err(|error| CreateError::ContractNotWritable {
            reason: error.to_string(),
        })?;
    if document.len() <= Contract::SIZE_MAX {
        Ok(document)
    } else {
        Err(CreateError::ContractNotWritable {
            reason: format!(
                "it has {} bytes of at most {}; shorten the names of the message types (#[type_name])",
                document.len(),
                Contract::SIZE_MAX
            ),
        })
    }
}
