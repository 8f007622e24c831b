// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a node takes its part in a service, under the service's lock.

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
    rendezvous::ChangeHint,
    static_storage::{StaticStorage, StorageError},
};
use std::sync::Arc;

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
        let storage = place.storage();
        let refused = |operation| move |error| JoinError::Storage { operation, error };
        let hint = ChangeHint::open(storage, place::HINT).map_err(refused("open the hint"))?;
        let membership = membership.map_err(refused("open the membership"))?;
        let slot = membership
            .claim(slots::of_nodes(&contract), node.record())
            .map_err(refused("take a node's byte"))?
            .ok_or(JoinError::Full)?;
        let node = Arc::clone(node);
        Ok(Arc::new(Self {
            contract,
            hint,
            membership,
            slot,
            storage: place.unlock(),
            node,
        }))
    }

    /// Makes a service in `place`, which is empty, and takes part in it. What was made goes again if that fails.
    pub(crate) fn create(
        node: &Arc<NodeInner<S>>,
        place: LockedPlace<S::Mechanisms>,
        contract: Contract,
        document: &str,
    ) -> Result<Arc<Self>, JoinError> {
        match Self::make(node, place.storage(), &contract, document) {
            Ok((membership, slot, hint)) => {
                let node = Arc::clone(node);
                let storage = place.unlock();
                Ok(Arc::new(Self {
                    contract,
                    hint,
                    membership,
                    slot,
                    storage,
                    node,
                }))
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

    /// Membership, own byte, hint, and the contract last.
    fn make(
        node: &NodeInner<S>,
        storage: &<S::Mechanisms as Mechanisms>::Storage,
        contract: &Contract,
        document: &str,
    ) -> Result<
        (
            <S::Mechanisms as Mechanisms>::Membership,
            u32,
            <S::Mechanisms as Mechanisms>::ChangeHint,
        ),
        JoinError,
    > {
        type Hint<S> = <<S as Service>::Mechanisms as Mechanisms>::ChangeHint;
        type Members<S> = <<S as Service>::Mechanisms as Mechanisms>::Membership;
        let refused = |operation| move |error| JoinError::Storage { operation, error };
        let membership = <Members<S> as Membership>::create(storage, place::MEMBERSHIP)
            .map_err(refused("make the membership"))?;
        let slot = membership
            .claim(slots::of_nodes(contract), node.record())
            .map_err(refused("take a node's byte"))?
            .ok_or(JoinError::Full)?;
        <Hint<S> as ChangeHint>::create(storage, place::HINT).map_err(refused("make the hint"))?;
        let hint = ChangeHint::open(storage, place::HINT).map_err(refused("open the hint"))?;
        storage
            .publish(place::CONTRACT, document.as_bytes())
            .map_err(refused("publish the contract"))?;
        Ok((membership, slot, hint))
    }
}
