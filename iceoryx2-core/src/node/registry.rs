// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The file `nodes`: who is here below one root path and prefix.
//!
//! Slots are without limit. A slot with the record of a dead node is not taken again before somebody has swept:
//! taking it would lose the only sign of that death.

use super::NodeCreationFailure;
use crate::{
    config::Config,
    service::{access::AccessDenied, place::LockedPlace, service_state::deadline},
};
use core::time::Duration;
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::{
    Mechanisms,
    membership::{Membership, Record},
    static_storage::{StaticStorage, StorageError},
};
use std::path::Path;

pub(super) const NODES: &str = "nodes";

/// The root's membership, with the root's lock held.
#[derive(Debug)]
pub(super) struct Registry<M: Mechanisms> {
    place: LockedPlace<M>,
    membership: M::Membership,
}

/// A node's byte. Dropping it gives it back, and removes the file with the last one.
#[derive(Debug)]
pub(super) struct Registration<M: Mechanisms> {
    membership: M::Membership,
    slot: u32,
    storage: M::Storage,
    departure_timeout: Duration,
}

impl<M: Mechanisms> Registry<M> {
    /// Locks the place, made where there is none.
    pub(super) fn open_or_create(
        path: &Path,
        timeout: Duration,
    ) -> Result<Self, NodeCreationFailure> {
        let place = LockedPlace::lock_or_create(path, deadline::<M>(timeout)).map_err(refused)?;
        let membership = match M::Membership::open(place.storage(), NODES).map_err(refused)? {
            Some(membership) => membership,
            None => {
                // WHY: nothing else is ever made here, so a temporary name is of who died making this very file.
                place.remove_temporaries().map_err(refused)?;
                M::Membership::create(place.storage(), NODES).map_err(refused)?
            }
        };
        Ok(Self { place, membership })
    }

    /// Takes a byte and says whether there are dead nodes to sweep.
    pub(super) fn register(
        self,
        record: &Record,
        config: &Config,
    ) -> Result<(Registration<M>, bool), NodeCreationFailure> {
        // WHY: the lock, under which the file was opened, keeps others from making it longer.
        let slots = self.membership.slots_when_opened();
        let dead = slots.and_then(|slots| self.membership.dead(0..slots));
        let dead = dead.map_err(refused)?;
        let slot = self.claim_beside(&dead, record).map_err(refused)?;
        let registration = Registration {
            membership: self.membership,
            slot,
            storage: self.place.unlock(),
            departure_timeout: config.global.service.departure_timeout,
        };
        Ok((registration, !dead.is_empty()))
    }

    /// Takes the first free byte that is none of `dead`, which are in order.
    fn claim_beside(&self, dead: &[u32], record: &Record) -> Result<u32, StorageError> {
        let mut begin = 0;
        for end in dead.iter().copied().chain([u32::MAX]) {
            if let Some(slot) = self.membership.claim(begin..end, record)? {
                return Ok(slot);
            }
            begin = end.saturating_add(1);
        }
        let path = self.place.storage().path().join(NODES);
        Err(StorageError::Untrusted {
            path,
            reason: "it has no byte left; remove it",
        })
    }
}

/// The slots with records of dead nodes, in order.
pub(super) fn dead_slots<Members: Membership>(
    membership: &Members,
) -> Result<Vec<u32>, StorageError> {
    membership.dead(0..membership.slots()?)
}

impl<M: Mechanisms> Registration<M> {
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
        let held = membership.count(0..membership.slots()?)?;
        if held == 0 && dead_slots(&membership)?.is_empty() {
            self.storage.remove(NODES)?;
        }
        Ok(())
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
        let registry = Registry::open_or_create(directory.path(), Duration::from_secs(60)).unwrap();
        let record = [1; RECORD_PAYLOAD];
        registry.register(&record, &Config::default()).unwrap().0
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
