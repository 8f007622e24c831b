// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One node's part in one service: what its factories, ports and messages share, and what ends when the last of them
//! goes.
//!
//! ```text
//! PortFactory ─┐
//! Client ──────┤                    ┌─ directory
//! Server ──────┼─ Arc ServiceState ─┼─ membership: this node's byte, and one byte per Claim; the hint
//! messages ────┘                    └─ Arc NodeState: identity, termination, configuration
//! ```

mod join;

pub(crate) use join::JoinError;

use super::{
    Service,
    place::{self, Lock},
    record::{ClientRecord, ServerRecord},
    slots,
    static_config::Contract,
};
use crate::{config::Config, identifiers::UniqueNodeId, node::NodeInner};
use core::ops::Range;
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::{
    Mechanisms,
    clock::{Clock, Moment},
    membership::{Membership, Record, Slot},
    static_storage::{StaticStorage, StorageError},
};
use std::sync::Arc;

/// One node's part in one service.
#[derive(Debug)]
pub(crate) struct ServiceState<S: Service> {
    contract: Contract,
    membership: <S::Mechanisms as Mechanisms>::Membership,
    /// The byte of our node.
    slot: u32,
    storage: <S::Mechanisms as Mechanisms>::Storage,
    node: Arc<NodeInner<S>>,
}

/// A port's byte in a service. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Claim<S: Service> {
    slot: u32,
    state: Arc<ServiceState<S>>,
}

impl<S: Service> ServiceState<S> {
    /// What all participants agree on.
    pub(crate) fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The service's directory, where sockets have their names.
    pub(crate) fn storage(&self) -> &<S::Mechanisms as Mechanisms>::Storage {
        &self.storage
    }

    /// Whether the service's path still leads to this service.
    pub(crate) fn is_current(&self) -> bool {
        // WHY: who joined opens the directory only when it is first needed, and another one may be in its place by then.
        let is_at = || self.membership.is_at(&self.storage, place::MEMBERSHIP);
        self.storage.is_current() && is_at() == Ok(true)
    }

    /// The words that say "look again".
    pub(crate) const fn hint(&self) -> &<S::Mechanisms as Mechanisms>::Membership {
        &self.membership
    }

    /// Which node we are.
    pub(crate) fn node_id(&self) -> UniqueNodeId {
        self.node.id()
    }

    /// The number of our process and its user, when our node was made.
    pub(crate) fn process(&self) -> (u32, u32) {
        self.node.process()
    }

    /// The user's wish to end, where our node handles it.
    pub(crate) fn termination(&self) -> Option<&<S::Mechanisms as Mechanisms>::Termination> {
        self.node.termination()
    }

    /// The configuration of our node.
    pub(crate) fn config(&self) -> &Config {
        self.node.config()
    }

    /// Until when something that begins now may wait for the service's lock.
    pub(crate) fn creation_deadline(&self) -> Moment {
        self.node.creation_deadline()
    }

    /// Takes a client's byte; `None` if there are as many clients as there may be.
    pub(crate) fn claim_client(
        self: &Arc<Self>,
        record: &ClientRecord,
    ) -> Result<Option<Claim<S>>, StorageError> {
        self.claim(slots::of_clients(&self.contract), &record.encode())
    }

    /// Takes a server's byte; `None` if there are as many servers as there may be.
    pub(crate) fn claim_server(
        self: &Arc<Self>,
        record: &ServerRecord,
    ) -> Result<Option<Claim<S>>, StorageError> {
        self.claim(slots::of_servers(&self.contract), &record.encode())
    }

    fn claim(
        self: &Arc<Self>,
        range: Range<u32>,
        record: &Record,
    ) -> Result<Option<Claim<S>>, StorageError> {
        let slot = self.membership.claim(range, record)?;
        Ok(slot.map(|slot| Claim {
            slot,
            state: Arc::clone(self),
        }))
    }

    /// The records of all living servers, our own included. Others come and go meanwhile.
    pub(crate) fn held_servers(&self) -> Result<Vec<ServerRecord>, StorageError> {
        self.held(slots::of_servers(&self.contract), ServerRecord::decode)
    }

    /// The records of all living clients, our own included. Others come and go meanwhile.
    pub(crate) fn held_clients(&self) -> Result<Vec<ClientRecord>, StorageError> {
        self.held(slots::of_clients(&self.contract), ClientRecord::decode)
    }

    /// How many servers there are, with those that are still coming.
    pub(crate) fn number_of_servers(&self) -> Result<u32, StorageError> {
        self.membership.count(slots::of_servers(&self.contract))
    }

    /// How many clients there are, with those that are still coming.
    pub(crate) fn number_of_clients(&self) -> Result<u32, StorageError> {
        self.membership.count(slots::of_clients(&self.contract))
    }

    /// What there is in the slots of nodes.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = Result<Slot, StorageError>> {
        let (seen, refused) = match slots::of_nodes_seen(&self.membership, &self.contract) {
            Ok(seen) => (seen, None),
            Err(error) => (Vec::new(), Some(Err(error))),
        };
        let seen = seen.into_iter().map(|slot| self.membership.slot(slot));
        seen.chain(refused)
    }

    fn held<T>(
        &self,
        range: Range<u32>,
        decode: impl Fn(&Record) -> Option<T>,
    ) -> Result<Vec<T>, StorageError> {
        let mut held = Vec::new();
        for slots in slots::held_in(&self.membership, range)? {
            let living = self.membership.living(slots)?;
            held.extend(living.iter().filter_map(|record| decode(record)));
        }
        Ok(held)
    }

    /// Takes the service's lock.
    ///
    /// # Errors
    /// `Busy` after the creation timeout, or where the directory was removed from under the service.
    pub(crate) fn lock(&self) -> Result<Lock<S::Mechanisms>, StorageError> {
        let lock = match self.storage.lock(self.creation_deadline()) {
            Ok(lock) => Some(lock),
            Err(error) if place::is_not_found(&error) => None,
            Err(error) => return Err(error),
        };
        lock.filter(|_| self.is_current()).ok_or_else(|| {
            let path = self.storage.path().to_path_buf();
            let reason =
                "it was removed or replaced while the service is in use; end all its participants";
            StorageError::Untrusted { path, reason }
        })
    }

    /// Removes unfinished names and sockets of dead servers.
    pub(crate) fn remove_stale_sockets(
        &self,
        _held: &Lock<S::Mechanisms>,
    ) -> Result<(), StorageError> {
        place::remove_stale_names::<S::Mechanisms>(&self.storage, &self.membership, &self.contract)
    }

    /// Removes the service if nobody has it any more.
    fn leave(&self) -> Result<(), StorageError> {
        // WHY: each who goes has freed its byte before it looks, so one of two who go at once sees no other any more.
        if self
            .membership
            .has_others(slots::of_nodes(&self.contract))?
        {
            return Ok(());
        }
        let timeout = self.config().global.service.departure_timeout;
        let deadline = deadline::<S::Mechanisms>(timeout);
        let _lock = self.storage.lock(deadline)?;
        // WHY: since our byte was freed somebody may have found the service abandoned and made it anew in this very place;
        // our own membership would know nothing of that.
        if self.storage.is_current() {
            place::clear_if_abandoned::<S::Mechanisms>(&self.storage)?;
        }
        Ok(())
    }
}

/// The moment `timeout` from now.
pub(crate) fn deadline<M: Mechanisms>(timeout: core::time::Duration) -> Moment {
    M::Clock::now()
        .checked_add(timeout)
        .unwrap_or(Moment::from_ns(u64::MAX))
}

impl<S: Service> Drop for ServiceState<S> {
    fn drop(&mut self) {
        let _scope = hooks::enter(Operation::Close);
        self.membership.release(self.slot);
        if let Err(error) = self.leave() {
            tracing::debug!(%error, "the service was left for the next participant to remove");
        }
    }
}

impl<S: Service> Drop for Claim<S> {
    fn drop(&mut self) {
        self.state.membership.release(self.slot);
    }
}

#[cfg(test)]
mod tests;
