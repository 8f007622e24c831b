// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a node takes its part in a service.

use super::ServiceState;
use crate::{
    node::NodeInner,
    service::{
        Service,
        place::{self, Existing, LockedPlace},
        slots,
        static_config::Contract,
    },
};
use iceoryx2_cal::{
    Mechanisms,
    membership::Membership,
    static_storage::{StaticStorage, StorageError},
};
use std::sync::Arc;

type Storage<S> = <<S as Service>::Mechanisms as Mechanisms>::Storage;
type Members<S> = <<S as Service>::Mechanisms as Mechanisms>::Membership;

/// Why a node could not take its part.
#[derive(Debug)]
pub(crate) enum JoinError {
    /// All bytes of nodes are held.
    Full,
    /// The system refused.
    Storage {
        operation: &'static str,
        error: StorageError,
    },
}

impl<S: Service> ServiceState<S> {
    /// Takes part in the service that exists in `place`.
    pub(crate) fn join(
        node: &Arc<NodeInner<S>>,
        place: LockedPlace<S::Mechanisms>,
        existing: Existing<S::Mechanisms>,
    ) -> Result<Arc<Self>, JoinError> {
        let Existing {
            contract,
            membership,
        } = existing;
        let refused = |operation| move |error| JoinError::Storage { operation, error };
        let membership = membership.map_err(refused("open the membership"))?;
        let slot = membership
            .claim(slots::of_nodes(&contract), node.record())
            .map_err(refused("take a node's byte"))?
            .ok_or(JoinError::Full)?;
        let storage = place.unlock();
        Ok(Self::of(node, storage, contract, membership, slot))
    }

    fn of(
        node: &Arc<NodeInner<S>>,
        storage: Storage<S>,
        contract: Contract,
        membership: Members<S>,
        slot: u32,
    ) -> Arc<Self> {
        Arc::new(Self {
            contract,
            membership,
            slot,
            storage,
            node: Arc::clone(node),
        })
    }

    /// Takes part in the service of this contract and membership, which were opened in this order: the membership and the
    /// contract. `None` if that may have been in vain, and takes the service's lock to tell.
    pub(crate) fn join_at_once(
        node: &Arc<NodeInner<S>>,
        storage: Storage<S>,
        membership: Members<S>,
        contract: Contract,
    ) -> Result<Option<Arc<Self>>, StorageError> {
        let Some(slot) = membership.claim(slots::of_nodes(&contract), node.record())? else {
            return Ok(None);
        };
        // WHY: a membership that has its name still had it when the contract was read, so that is the contract of its members.
        if membership.current_slots()?.is_none() {
            return Ok(None);
        }
        Ok(Some(Self::of(node, storage, contract, membership, slot)))
    }

    /// Makes a service in `place`, which is empty, and takes part in it. What was made goes again if that fails.
    pub(crate) fn create(
        node: &Arc<NodeInner<S>>,
        place: LockedPlace<S::Mechanisms>,
        contract: Contract,
        document: &str,
    ) -> Result<Arc<Self>, JoinError> {
        match Self::make(node, place.storage(), &contract, document) {
            Ok((membership, slot)) => {
                Ok(Self::of(node, place.unlock(), contract, membership, slot))
            }
            Err(error) => {
                let storage = place.storage();
                let cleared = place::clear::<S::Mechanisms>(storage);
                if let Err(error) = cleared.and_then(|()| storage.remove_if_empty()) {
                    tracing::warn!(%error, "an unfinished service was left for the next participant");
                }
                Err(error)
            }
        }
    }

    /// Membership, own byte, and the contract last.
    fn make(
        node: &NodeInner<S>,
        storage: &Storage<S>,
        contract: &Contract,
        document: &str,
    ) -> Result<(Members<S>, u32), JoinError> {
        let refused = |operation| move |error| JoinError::Storage { operation, error };
        let slots = slots::of_clients(contract).end;
        let membership = <Members<S> as Membership>::create(storage, place::MEMBERSHIP, slots)
            .map_err(refused("make the membership"))?;
        let slot = membership
            .claim(slots::of_nodes(contract), node.record())
            .map_err(refused("take a node's byte"))?
            .ok_or(JoinError::Full)?;
        storage
            .publish(place::CONTRACT, document.as_bytes())
            .map_err(refused("publish the contract"))?;
        Ok((membership, slot))
    }
}
