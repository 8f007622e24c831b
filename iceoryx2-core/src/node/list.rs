// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Looking at nodes.

use super::{NodeListFailure, NodeState, registry::NODES};
use crate::{
    callback_progression::CallbackProgression,
    config::Config,
    service::{Service, access::AccessDenied, place::is_not_found},
};
use iceoryx2_cal::{
    Mechanisms,
    membership::{Membership, Slot},
    static_storage::{StaticStorage, StorageError},
};

pub(super) fn list<S: Service>(
    config: &Config,
    callback: impl FnMut(NodeState<S>) -> CallbackProgression,
) -> Result<(), NodeListFailure> {
    type Storage<S> = <<S as Service>::Mechanisms as Mechanisms>::Storage;
    type Members<S> = <<S as Service>::Mechanisms as Mechanisms>::Membership;
    let storage = match <Storage<S> as StaticStorage>::open(&config.global.place()) {
        Ok(storage) => storage,
        Err(error) if is_not_found(&error) => return Ok(()),
        Err(error) => return Err(refused(error)),
    };
    let Some(membership) = <Members<S> as Membership>::observe(&storage, NODES).map_err(refused)?
    else {
        return Ok(());
    };
    let slots = (0..membership.slots().map_err(refused)?).map(|slot| membership.slot(slot));
    show(slots, config, callback)
}

/// Shows what there is in `slots` until the callback has enough.
pub(crate) fn show<S: Service>(
    slots: impl Iterator<Item = Result<Slot, StorageError>>,
    config: &Config,
    mut callback: impl FnMut(NodeState<S>) -> CallbackProgression,
) -> Result<(), NodeListFailure> {
    for slot in slots {
        let node = NodeState::of_slot(&slot.map_err(refused)?, config);
        if node.map(&mut callback) == Some(CallbackProgression::Stop) {
            break;
        }
    }
    Ok(())
}

fn refused(error: StorageError) -> NodeListFailure {
    match AccessDenied::of(error) {
        Ok(denied) => NodeListFailure::InsufficientPermissions(denied),
        Err(error) => NodeListFailure::System(error),
    }
}
