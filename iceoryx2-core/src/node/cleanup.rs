// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Sweeping after dead nodes.
//!
//! Each service below the root is swept under its own lock. The dead nodes' records are cleared last, and only if every
//! service could be swept: until then the next node finds them and sweeps again. Sweeping twice does no harm.

use super::registry::{NODES, dead_slots, remove_if_empty};
use crate::{
    config::Config,
    service::{
        Service,
        place::{LockedPlace, PlaceError},
        service_hash::ServiceHash,
        service_state::deadline,
    },
};
use iceoryx2_cal::{
    Mechanisms,
    membership::{Membership, Record, Slot},
    static_storage::{StaticStorage, StorageError},
};
use std::path::Path;

/// What there was to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CleanupState {
    /// Dead nodes of which nothing is left now.
    pub cleanups: usize,
    /// Dead nodes of which something is left, for the next to remove.
    pub failed_cleanups: usize,
}

/// Sweeps after all dead nodes.
pub(super) fn cleanup<S: Service>(config: &Config) -> CleanupState {
    match dead_nodes::<S::Mechanisms>(config) {
        Ok(dead) => cleanup_after::<S::Mechanisms>(config, &dead),
        Err(error) => {
            tracing::debug!(%error, "dead nodes were left for the next node to sweep");
            CleanupState::default()
        }
    }
}

/// Sweeps after the node that `record` is of; `false` if nothing of it was left.
pub(super) fn cleanup_one<S: Service>(config: &Config, id: u128) -> Result<bool, StorageError> {
    use crate::service::record::id_of;
    let mut dead = dead_nodes::<S::Mechanisms>(config)?;
    dead.retain(|(_, record)| id_of(record) == Some(id));
    if dead.is_empty() {
        return Ok(false);
    }
    sweep_and_clear::<S::Mechanisms>(config, &dead).map(|()| true)
}

fn cleanup_after<M: Mechanisms>(config: &Config, dead: &[(u32, Box<Record>)]) -> CleanupState {
    if dead.is_empty() {
        return CleanupState::default();
    }
    match sweep_and_clear::<M>(config, dead) {
        Ok(()) => CleanupState {
            cleanups: dead.len(),
            failed_cleanups: 0,
        },
        Err(error) => {
            tracing::debug!(%error, "dead nodes were left for the next node to sweep");
            CleanupState {
                cleanups: 0,
                failed_cleanups: dead.len(),
            }
        }
    }
}

fn dead_nodes<M: Mechanisms>(config: &Config) -> Result<Vec<(u32, Box<Record>)>, StorageError> {
    let storage = M::Storage::open(&config.global.place())?;
    let Some(membership) = M::Membership::observe(&storage, NODES)? else {
        return Ok(Vec::new());
    };
    let mut dead = Vec::new();
    for slot in dead_slots(&membership)? {
        if let Slot::Dead(record) = membership.slot(slot)? {
            dead.push((slot, record));
        }
    }
    Ok(dead)
}

fn sweep_and_clear<M: Mechanisms>(
    config: &Config,
    dead: &[(u32, Box<Record>)],
) -> Result<(), StorageError> {
    let root = config.global.place();
    sweep_services::<M>(&root, config)?;
    clear_records::<M>(&root, config, dead)
}

/// Sweeps every service. One that is locked for longer than a departure may take stops the sweep.
fn sweep_services<M: Mechanisms>(root: &Path, config: &Config) -> Result<(), StorageError> {
    for name in M::Storage::open(root)?.names()? {
        if !ServiceHash::is_directory_name(&name) {
            continue;
        }
        let deadline = deadline::<M>(config.global.service.departure_timeout);
        let Some(place) = LockedPlace::<M>::lock(&root.join(&name), deadline)? else {
            continue;
        };
        match place.sweep() {
            Ok(()) => {}
            Err(PlaceError::Storage { error, .. }) => return Err(error),
            Err(PlaceError::Contract(error)) => {
                tracing::debug!(
                    ?error,
                    name,
                    "a service in use has a contract we do not understand"
                );
            }
        }
    }
    Ok(())
}

/// Clears the records that are still the ones we swept for. The root's lock keeps others from clearing them, and new nodes
/// take no slot with a record.
fn clear_records<M: Mechanisms>(
    root: &Path,
    config: &Config,
    dead: &[(u32, Box<Record>)],
) -> Result<(), StorageError> {
    let deadline = deadline::<M>(config.global.creation_timeout);
    let Some(place) = LockedPlace::<M>::lock(root, deadline)? else {
        return Ok(());
    };
    let Some(membership) = M::Membership::open(place.storage(), NODES)? else {
        return Ok(());
    };
    for (slot, record) in dead {
        if membership.slot(*slot)? == Slot::Dead(record.clone()) {
            membership.clear_dead(*slot)?;
        }
    }
    remove_if_empty(place.storage(), &membership)
}
