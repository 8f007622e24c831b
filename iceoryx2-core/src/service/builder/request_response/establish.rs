// SPDX-License-Identifier: Apache-2.0 OR MIT
//! create, open and open_or_create: what exists is joined at once, all else is done step by step under the service's lock.

use super::{
    RequestResponseCreateError as CreateError, RequestResponseOpenError as OpenError,
    RequestResponseOpenOrCreateError as OpenOrCreateError, demands::TypedDemands,
    refusals::Refusals,
};
use crate::{
    node::{NodeInner, OpenedService},
    service::{
        Service,
        messaging_pattern::MessagingPattern,
        place::{self, Existing, LockedPlace, PlaceError},
        service_hash::ServiceHash,
        service_name::ServiceName,
        service_state::ServiceState,
        slots,
        static_config::Contract,
    },
};
use iceoryx2_cal::{
    Mechanisms,
    membership::Membership,
    random,
    static_storage::{StaticStorage, StorageError},
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, MutexGuard, PoisonError, Weak},
};

type State<S> = Arc<ServiceState<S>>;
type Storage<S> = <<S as Service>::Mechanisms as Mechanisms>::Storage;

pub(super) fn create<S: Service>(
    node: &Arc<NodeInner<S>>,
    name: &ServiceName,
    demands: &TypedDemands,
) -> Result<State<S>, CreateError> {
    let wanted = Wanted::new(node, name);
    let mut service = wanted.turn();
    if service.opened_before().is_some() {
        return Err(wanted.refusals().already_exists());
    }
    let place = service.lock_or_create()?;
    match place.existing_or_clear() {
        Ok(Some(_)) => Err(wanted.refusals().already_exists()),
        Ok(None) => service.make(place, demands),
        Err(error) => Err(wanted.refusals().not_created(error)),
    }
}

pub(super) fn open<S: Service>(
    node: &Arc<NodeInner<S>>,
    name: &ServiceName,
    demands: &TypedDemands,
) -> Result<State<S>, OpenError> {
    let wanted = Wanted::new(node, name);
    let mut service = wanted.turn();
    if let Some(state) = service.opened_before() {
        demands.agree(state.contract(), wanted.refusals())?;
        return Ok(state);
    }
    if let Some(state) = service.join_at_once(<Storage<S> as StaticStorage>::open, demands)? {
        return Ok(state);
    }
    let refused = |error| wanted.refusals().not_understood(error);
    let Some(place) = service.lock_existing().map_err(refused)? else {
        return Err(wanted.does_not_exist());
    };
    match place.existing_or_clear().map_err(refused)? {
        Some(existing) => service.join(place, existing, demands),
        None => {
            let removed = place.storage().remove_if_empty();
            removed.map_err(|error| refused(storage_error("remove what was left", error)))?;
            drop(place);
            Err(wanted.does_not_exist())
        }
    }
}

pub(super) fn open_or_create<S: Service>(
    node: &Arc<NodeInner<S>>,
    name: &ServiceName,
    demands: &TypedDemands,
) -> Result<State<S>, OpenOrCreateError> {
    let wanted = Wanted::new(node, name);
    let mut service = wanted.turn();
    if let Some(state) = service.opened_before() {
        demands.agree(state.contract(), wanted.refusals())?;
        return Ok(state);
    }
    if let Some(state) =
        service.join_at_once(<Storage<S> as StaticStorage>::open_or_create, demands)?
    {
        return Ok(state);
    }
    let place = service.lock_or_create()?;
    match place.existing_or_clear() {
        Ok(Some(existing)) => Ok(service.join(place, existing, demands)?),
        Ok(None) => Ok(service.make(place, demands)?),
        Err(error) => Err(wanted.refusals().not_understood(error).into()),
    }
}

fn storage_error(operation: &'static str, error: StorageError) -> PlaceError {
    PlaceError::Storage { operation, error }
}

/// The service somebody wants.
struct Wanted<'a, S: Service> {
    node: &'a Arc<NodeInner<S>>,
    name: &'a ServiceName,
    directory: String,
    path: PathBuf,
    opened: Arc<OpenedService<S>>,
}

/// The right to open it. While it lives no other thread of the node opens the same service.
struct Turn<'a, S: Service> {
    wanted: &'a Wanted<'a, S>,
    opened: MutexGuard<'a, Weak<ServiceState<S>>>,
}

impl<'a, S: Service> Wanted<'a, S> {
    fn new(node: &'a Arc<NodeInner<S>>, name: &'a ServiceName) -> Self {
        let hash = ServiceHash::new(name, MessagingPattern::RequestResponse);
        let directory = hash.directory_name(name);
        let path = node.config().global.place().join(&directory);
        let opened = node.opened_service(hash);
        Self {
            node,
            name,
            directory,
            path,
            opened,
        }
    }

    fn turn(&self) -> Turn<'_, S> {
        Turn {
            wanted: self,
            opened: self.opened.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn refusals(&self) -> Refusals<'_> {
        Refusals {
            name: self.name,
            path: &self.path,
        }
    }

    fn does_not_exist(&self) -> OpenError {
        self.refusals().does_not_exist::<S>(self.node.config())
    }
}

impl<S: Service> Turn<'_, S> {
    /// Our node's part in the service, if it has one and nobody replaced the directory.
    fn opened_before(&self) -> Option<State<S>> {
        let state = self.opened.upgrade()?;
        (state.is_current() && state.contract().name() == self.wanted.name).then_some(state)
    }

    fn lock_existing(&self) -> Result<Option<LockedPlace<S::Mechanisms>>, PlaceError> {
        LockedPlace::lock(&self.wanted.path, self.wanted.node.creation_deadline())
            .map_err(|error| storage_error("lock the service", error))
    }

    fn lock_or_create(&self) -> Result<LockedPlace<S::Mechanisms>, CreateError> {
        let deadline = self.wanted.node.creation_deadline();
        LockedPlace::lock_or_create(&self.wanted.path, deadline).map_err(|error| {
            let error = storage_error("make or lock the service's directory", error);
            self.wanted.refusals().not_created(error)
        })
    }

    /// Takes part in the service in a place, which may have to be opened first, without the place's lock. `None` if there is none for certain, or something
    /// is in the way: then the lock shows what.
    fn join_at_once(
        &mut self,
        open: fn(&Path) -> Result<Storage<S>, StorageError>,
        demands: &TypedDemands,
    ) -> Result<Option<State<S>>, OpenError> {
        type Members<S> = <<S as Service>::Mechanisms as Mechanisms>::Membership;
        let wanted = self.wanted;
        let below = wanted.node.root().below(&wanted.directory);
        let Some(storage) = below.or_else(|| open(&wanted.path).ok()) else {
            return Ok(None);
        };
        let membership = <Members<S> as Membership>::open(&storage, place::MEMBERSHIP);
        let contract = place::read_contract::<S::Mechanisms>(&storage);
        let (Ok(Some(membership)), Ok(Some(contract))) = (membership, contract) else {
            return Ok(None);
        };
        if membership.has_others(slots::of_nodes(&contract)) != Ok(true) {
            return Ok(None);
        }
        self.agree(&contract, demands)?;
        let node = self.wanted.node;
        let joined = ServiceState::join_at_once(node, storage, membership, contract);
        let joined = joined.ok().flatten();
        Ok(joined.map(|state| self.remember(state)))
    }

    fn agree(&self, contract: &Contract, demands: &TypedDemands) -> Result<(), OpenError> {
        let refusals = self.wanted.refusals();
        if contract.name() != self.wanted.name {
            return Err(refusals.place_taken_by(contract.name()));
        }
        demands.agree(contract, refusals)
    }

    fn join(
        &mut self,
        place: LockedPlace<S::Mechanisms>,
        existing: Existing<S::Mechanisms>,
        demands: &TypedDemands,
    ) -> Result<State<S>, OpenError> {
        let refusals = self.wanted.refusals();
        let contract = &existing.contract;
        self.agree(contract, demands)?;
        let nodes = contract.request_response().max_nodes();
        let state = ServiceState::join(self.wanted.node, place, existing)
            .map_err(|error| refusals.not_joined(error, nodes))?;
        Ok(self.remember(state))
    }

    fn make(
        &mut self,
        place: LockedPlace<S::Mechanisms>,
        demands: &TypedDemands,
    ) -> Result<State<S>, CreateError> {
        let node = self.wanted.node;
        let defaults = &node.config().defaults.request_response;
        let made = demands.fulfilled(defaults).and_then(|static_config| {
            let id = random::random_128().map_err(CreateError::NoServiceId)?;
            let attributes = demands.attributes().clone();
            let contract = Contract::new(self.wanted.name, id, attributes, static_config);
            let document = encode(&contract)?;
            Ok((contract, document))
        });
        match made {
            Ok((contract, document)) => {
                let state = ServiceState::create(node, place, contract, &document)
                    .map_err(|error| self.wanted.refusals().not_founded(error))?;
                Ok(self.remember(state))
            }
            Err(error) => {
                let _ = place.storage().remove_if_empty();
                Err(error)
            }
        }
    }

    fn remember(&mut self, state: State<S>) -> State<S> {
        *self.opened = Arc::downgrade(&state);
        state
    }
}

fn encode(contract: &Contract) -> Result<String, CreateError> {
    let document = contract.encode();
    if document.len() <= Contract::SIZE_MAX {
        Ok(document)
    } else {
        Err(CreateError::ContractNotWritable {
            reason: format!(
                "it has {} bytes of at most {}; shorten the names of the message types (#[type_name]), or give them \
                 fewer fields",
                document.len(),
                Contract::SIZE_MAX
            ),
        })
    }
}
