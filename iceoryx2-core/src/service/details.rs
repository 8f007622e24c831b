// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Looking at services without taking part: no lock is taken, nothing is changed, what vanishes meanwhile is skipped.

use super::{
    Service,
    access::WithCure,
    messaging_pattern::MessagingPattern,
    place::{self, PlaceError},
    service_hash::ServiceHash,
    service_name::ServiceName,
    slots,
    static_config::Contract,
};
use crate::{callback_progression::CallbackProgression, config::Config, node::NodeState};
use core::fmt;
use iceoryx2_cal::{
    Mechanisms,
    membership::Membership,
    static_storage::{StaticStorage, StorageError},
};
use std::path::{Path, PathBuf};

/// What an observer sees of a service.
#[derive(Debug)]
pub struct ServiceDetails<S: Service> {
    /// What all participants agree on.
    pub static_details: Contract,
    /// Who took part at that moment; `None` where this user may not look.
    pub dynamic_details: Option<ServiceDynamicDetails<S>>,
}

/// Who takes part in a service.
#[derive(Debug)]
pub struct ServiceDynamicDetails<S: Service> {
    /// The nodes that had it open.
    pub nodes: Vec<NodeState<S>>,
}

/// Why services could not be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceListError {
    /// The root directory cannot be read.
    System(StorageError),
}

/// Why nothing could be found out about a service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceDetailsError {
    /// The service's directory cannot be read.
    System {
        /// What was to be done, to follow "could not".
        operation: &'static str,
        /// What the system said about which path.
        error: StorageError,
    },
    /// The service was made by a build that exchanges other things.
    VersionMismatch {
        /// The service's directory.
        path: PathBuf,
    },
    /// The service's contract makes no sense.
    ServiceInCorruptedState {
        /// The service's directory.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

pub(super) fn list<S: Service>(
    config: &Config,
    mut callback: impl FnMut(ServiceDetails<S>) -> CallbackProgression,
) -> Result<(), ServiceListError> {
    let root = config.global.place();
    let names = match <S::Mechanisms as Mechanisms>::Storage::open(&root)
        .and_then(|storage| storage.names())
    {
        Ok(names) => names,
        Err(error) if place::is_not_found(&error) => return Ok(()),
        Err(error) => return Err(ServiceListError::System(error)),
    };
    for name in names
        .iter()
        .filter(|name| ServiceHash::is_directory_name(name))
    {
        match look::<S>(&root.join(name), config) {
            Ok(Some(details)) => {
                if callback(details) == CallbackProgression::Stop {
                    break;
                }
            }
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, name, "a service was skipped"),
        }
    }
    Ok(())
}

pub(super) fn details<S: Service>(
    name: &ServiceName,
    config: &Config,
    pattern: MessagingPattern,
) -> Result<Option<ServiceDetails<S>>, ServiceDetailsError> {
    let path = config
        .global
        .place()
        .join(ServiceHash::new(name, pattern).directory_name(name));
    let found = look::<S>(&path, config).map_err(|error| located(error, &path))?;
    Ok(found.filter(|details| details.static_details.name() == name))
}

/// What there is at `path`; `None` if it is no service.
fn look<S: Service>(path: &Path, config: &Config) -> Result<Option<ServiceDetails<S>>, PlaceError> {
    type Storage<S> = <<S as Service>::Mechanisms as Mechanisms>::Storage;
    let storage = match <Storage<S> as StaticStorage>::open(path) {
        Ok(storage) => storage,
        Err(error) if place::is_not_found(&error) => return Ok(None),
        Err(error) => {
            return Err(PlaceError::Storage {
                operation: "open the service",
                error,
            });
        }
    };
    let Some(contract) = place::read_contract::<S::Mechanisms>(&storage)? else {
        return Ok(None);
    };
    let refused = |error| PlaceError::Storage {
        operation: "read the membership",
        error,
    };
    if !place::is_held::<S::Mechanisms>(&storage, Some(&contract)).map_err(refused)? {
        return Ok(None);
    }
    let dynamic_details = participants::<S>(&storage, &contract, config).map_err(refused)?;
    Ok(Some(ServiceDetails {
        static_details: contract,
        dynamic_details,
    }))
}

fn participants<S: Service>(
    storage: &<S::Mechanisms as Mechanisms>::Storage,
    contract: &Contract,
    config: &Config,
) -> Result<Option<ServiceDynamicDetails<S>>, StorageError> {
    type Members<S> = <<S as Service>::Mechanisms as Mechanisms>::Membership;
    let Some(membership) = <Members<S> as Membership>::observe(storage, place::MEMBERSHIP)? else {
        return Ok(None);
    };
    let mut nodes = Vec::new();
    for slot in slots::of_nodes_seen(&membership, contract)? {
        nodes.extend(NodeState::of_slot(&membership.slot(slot)?, config));
    }
    Ok(Some(ServiceDynamicDetails { nodes }))
}

fn located(error: PlaceError, path: &Path) -> ServiceDetailsError {
    use super::static_config::ContractError;
    let path = path.to_path_buf();
    match error {
        PlaceError::Storage { operation, error } => {
            ServiceDetailsError::System { operation, error }
        }
        PlaceError::Contract(ContractError::Version { .. }) => {
            ServiceDetailsError::VersionMismatch { path }
        }
        PlaceError::Contract(ContractError::Damaged { reason }) => {
            ServiceDetailsError::ServiceInCorruptedState { path, reason }
        }
    }
}

impl fmt::Display for ServiceListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::System(error) = self;
        write!(f, "could not list the services: {}", WithCure(error))
    }
}

impl std::error::Error for ServiceListError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let Self::System(error) = self;
        Some(error)
    }
}

impl fmt::Display for ServiceDetailsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { operation, error } => {
                write!(f, "could not {operation}: {}", WithCure(error))
            }
            Self::VersionMismatch { path } => write!(
                f,
                "the service in {} was made by another version; build all its participants alike",
                path.display()
            ),
            Self::ServiceInCorruptedState { path, reason } => write!(
                f,
                "the contract in {} is damaged ({reason}); end the service's participants and remove the directory",
                path.display()
            ),
        }
    }
}

impl std::error::Error for ServiceDetailsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System { error, .. } => Some(error),
            Self::VersionMismatch { .. } | Self::ServiceInCorruptedState { .. } => None,
        }
    }
}
