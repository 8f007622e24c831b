// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The file `nodes`: who is here below one root path and prefix.
//!
//! Slots are without limit. A slot with the record of a dead node is not taken again before somebody has swept:
//! taking it would lose the only sign of that death.

use super::NodeCreationFailure;
use crate::{
    config::Config,
    service::{
        access::AccessDenied,
        place::{Lock, LockedPlace},
        service_state::deadline,
    },
};
use core::time::Duration;
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::{
    Mechanisms,
    clock::Moment,
    membership::{Membership, Record},
    static_storage::{StaticStorage, StorageError},
};
use std::path::Path;

pub(super) const NODES: &str = "nodes";

/// So many nodes at a time cost least.
const NODES_EXPECTED: u32 = 7;

/// A node's byte. Dropping it gives it back, and removes the file with the last one.
#[derive(Debug)]
pub(super) struct Registration<M: Mechanisms> {
    membership: M::Membership,
    slot: u32,
    storage: M::Storage,
    departure_timeout: Duration,
}

/// The root's membership.
struct Registry<M: Mechanisms> {
    storage: M::Storage,
    membership: M::Membership,
    /// While it is held nobody removes the membership.
    lock: Option<Lock<M>>,
}

impl<M: Mechanisms> Registry<M> {
    /// As it is found, if there is one.
    fn open(path: &Path, user: u32) -> Result<Option<Self>, StorageError> {
        let storage = M::Storage::open_or_create_as(path, user)?;
        let membership = M::Membership::open(&storage, NODES)?;
        Ok(membership.map(|membership| Self {
            storage,
            membership,
            lock: None,
        }))
    }

    /// With the root's lock, made where there is none.
    fn lock_or_create(path: &Path, deadline: Moment) -> Result<Self, StorageError> {
        let place = LockedPlace::<M>::lock_or_create(path, deadline)?;
        let membership = match M::Membership::open(place.storage(), NODES)? {
            Some(membership) => membership,
            None => {
                // WHY: nothing else is ever made here, so a temporary name is of who died making this very file.
                place.remove_temporaries()?;
                M::Membership::create(place.storage(), NODES, NODES_EXPECTED)?
            }
        };
        let (storage, lock) = place.into_parts();
        Ok(Self {
            storage,
            membership,
            lock: Some(lock),
        })
    }

    /// Takes a byte, and says whether there are dead nodes to sweep; `None` if the membership is being removed.
    fn register(
        self,
        record: &Record,
        config: &Config,
    ) -> Result<Option<Registered<M>>, StorageError> {
        let Self {
            storage,
            membership,
            lock,
        } = self;
        // WHY: who is here tells the claim where to begin, and need not be asked for among the dead.
        membership.has_others(0..u32::MAX)?;
        let Some(slot) = membership.claim_unused(0..u32::MAX, record)? else {
            return match lock {
                None => Ok(None),
                Some(_) => Err(StorageError::Untrusted {
                    path: storage.path().join(NODES),
                    reason: "it has no byte left; remove it",
                }),
            };
        };
        let Some(slots) = membership.current_slots()? else {
            return Ok(None);
        };
        let dead = membership.dead(0..slots)?;
        let registration = Registration {
            membership,
            slot,
            storage,
            departure_timeout: config.global.service.departure_timeout,
        };
        Ok(Some((registration, !dead.is_empty())))
    }
}

/// A node's byte, and whether there are dead nodes to sweep.
type Registered<M> = (Registration<M>, bool);

/// Takes a byte in the root's membership, which is made where there is none.
pub(super) fn register<M: Mechanisms>(
    path: &Path,
    user: u32,
    record: &Record,
    config: &Config,
) -> Result<Registered<M>, NodeCreationFailure> {
    // WHY: what is in the way of the quick attempt shows again under the lock.
    if let Ok(Some(registry)) = Registry::<M>::open(path, user) {
        if let Some(registered) = registry.register(record, config).map_err(refused)? {
            return Ok(registered);
        }
    }
    let deadline = deadline::<M>(config.global.creation_timeout);
    let registry = Registry::<M>::lock_or_create(path, deadline).map_err(refused)?;
    let registered = registry.register(record, config).map_err(refused)?;
    registered.ok_or_else(|| {
        refused(StorageError::Untrusted {
            path: path.join(NODES),
            reason: "it was removed while its directory was locked",
        })
    })
}

/// Removes the root's membership if it says nothing any more. Only under the root's lock.
pub(super) fn remove_if_empty<M: StaticStorage, Members: Membership<Storage = M>>(
    storage: &M,
    membership: &Members,
) -> Result<(), StorageError> {
    // WHY: who comes while it is shut goes on once it is removed; who has died before left a record.
    if membership.shut()? && dead_slots(membership)?.is_empty() {
        storage.remove(NODES)?;
    }
    Ok(())
}

/// The slots with records of dead nodes, in order.
pub(super) fn dead_slots<Members: Membership>(
    membership: &Members,
) -> Result<Vec<u32>, StorageError> {
    membership.dead(0..membership.slots()?)
}

impl<M: Mechanisms> Registration<M> {
    /// The root.
    pub(super) fn storage(&self) -> &M::Storage {
        &self.storage
    }

    /// Removes the file if it says nothing any more.
    fn leave(&self) -> Result<(), StorageError> {
        // WHY: each who goes has freed its byte before it looks, so one of two who go at once sees no other any more.
        if self.membership.has_others(0..u32::MAX)? {
            return Ok(());
        }
        let _lock = self.storage.lock(deadline::<M>(self.departure_timeout))?;
        if !self.storage.is_current() {
            return Ok(());
        }
        // WHY: since our byte was freed the file may have been removed and made anew; our own would know nothing of that.
        let Some(membership) = M::Membership::observe(&self.storage, NODES)? else {
            return Ok(());
        };
        remove_if_empty(&self.storage, &membership)
    }
}

impl<M: Mechanisms> Drop for Registration<M> {
    fn drop(&mut self) {
        let _scope = hooks::enter(Operation::Close);
        self.membership.release(self.slot);
        if let Err(error) = self.leave() {
            tracing::debug!(%error, "the file of nodes was left for the next node to remove");
        }
    }
}

fn refused(error: StorageError) -> NodeCreationFailure {
    match AccessDenied::of(error) {
        Ok(denied) => NodeCreationFailure::InsufficientPermissions(denied),
        Err(error) => NodeCreationFailure::Storage(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Directory;
    use iceoryx2_cal::{Ipc, Local, membership::RECORD_PAYLOAD};

    fn registered<M: Mechanisms>(directory: &Directory) -> Registration<M> {
        let record = [1; RECORD_PAYLOAD];
        let user = iceoryx2_cal::user::effective_uid();
        register(directory.path(), user, &record, &Config::default())
            .unwrap()
            .0
    }

    fn count<M: Mechanisms>(directory: &Directory) -> u32 {
        let storage = M::Storage::open(directory.path()).unwrap();
        let membership = M::Membership::observe(&storage, NODES).unwrap();
        membership.map_or(0, |membership| membership.count(0..100).unwrap())
    }

    /// Fails if: `leave` asks the departing node's own membership whether anybody is left.
    #[test]
    fn who_leaves_late_does_not_remove_what_was_made_anew() {
        fn check<M: Mechanisms>() {
            let directory = Directory::new();
            let (late, other) = (registered::<M>(&directory), registered::<M>(&directory));
            late.membership.release(late.slot);
            drop(other);
            assert_eq!(count::<M>(&directory), 0);
            let anew = registered::<M>(&directory);
            drop(late);
            assert_eq!(count::<M>(&directory), 1);
            drop(anew);
        }
        check::<Ipc>();
        check::<Local>();
    }
}
