// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A service's directory, and what may be done to it while its lock is held.
//!
//! ```text
//! <root-path>/<prefix>/
//!   nodes                              who is here (a membership)
//!   My_Funk_ServiceName-0f3c…/         a service, locked as a whole
//!     membership                       nodes, servers, clients: one byte each, held by the kernel; three words nobody trusts
//!     contract                         published last: with it the service is there
//!     6d1f…                            a server's socket, named by its id
//!     .tmp…                            what somebody is making, or died making
//! ```
//!
//! A service exists when its contract is there and some node's byte is held. Everything else is residue, and whoever
//! holds the lock removes it, with the membership shut, so that nobody joins what is being removed.
//!
//! Who joins a service that exists needs no lock: it opens the membership, reads the contract, sees that some node's byte is
//! held, takes one of its own, and then finds that the membership has its name still. Nobody removes that any more.

use super::{
    record::id_of,
    slots,
    static_config::{Contract, ContractError},
};
use core::fmt;
use iceoryx2_bb_elementary::SortedMap;
use iceoryx2_cal::{
    Mechanisms, SystemErrorKind,
    clock::{Clock, Moment},
    membership::Membership,
    static_storage::{StaticStorage, StorageError},
};
use std::path::Path;

pub(crate) const CONTRACT: &str = "contract";
pub(crate) const MEMBERSHIP: &str = "membership";

/// What every unfinished name begins with.
const TEMPORARY: &str = ".tmp";

/// Hexadecimal digits of a socket's name.
const SOCKET_NAME_LEN: usize = 32;

/// The lock of a place.
pub(crate) type Lock<M> = <<M as Mechanisms>::Storage as StaticStorage>::Lock;

/// A service's directory whose lock we hold, and which still is the one its path leads to.
#[derive(Debug)]
pub(crate) struct LockedPlace<M: Mechanisms> {
    storage: M::Storage,
    lock: Lock<M>,
}

/// A service that exists, and its membership, in which we hold nothing yet.
#[derive(Debug)]
pub(crate) struct Existing<M: Mechanisms> {
    pub(crate) contract: Contract,
    /// Or why this process may not take part in it.
    pub(crate) membership: Result<M::Membership, StorageError>,
}

/// Why it cannot be told whether a service exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlaceError {
    /// The system refused.
    Storage {
        operation: &'static str,
        error: StorageError,
    },
    /// Somebody uses the service, but we do not understand its contract.
    Contract(ContractError),
}

impl<M: Mechanisms> LockedPlace<M> {
    /// Locks the directory at `path`; `None` if there is none.
    pub(crate) fn lock(path: &Path, deadline: Moment) -> Result<Option<Self>, StorageError> {
        loop {
            let storage = match M::Storage::open(path) {
                Ok(storage) => storage,
                Err(error) if is_not_found(&error) => return Ok(None),
                Err(error) => return Err(error),
            };
            if let Some(locked) = Self::lock_opened(storage, path, deadline)? {
                return Ok(Some(locked));
            }
        }
    }

    /// Locks the directory at `path`, made where there is none.
    pub(crate) fn lock_or_create(path: &Path, deadline: Moment) -> Result<Self, StorageError> {
        loop {
            let storage = match M::Storage::open_or_create(path) {
                Ok(storage) => storage,
                // WHY: somebody may remove the directory between its creation and our opening it.
                Err(error) if is_not_found(&error) && M::Clock::now() < deadline => continue,
                Err(error) => return Err(error),
            };
            if let Some(locked) = Self::lock_opened(storage, path, deadline)? {
                return Ok(locked);
            }
        }
    }

    /// `None` if the path led to another place by the time we had the lock, so that the caller starts again.
    fn lock_opened(
        mut storage: M::Storage,
        path: &Path,
        deadline: Moment,
    ) -> Result<Option<Self>, StorageError> {
        let lock = storage.first_lock(deadline)?;
        if storage.is_current() {
            return Ok(Some(Self { storage, lock }));
        }
        if M::Clock::now() < deadline {
            Ok(None)
        } else {
            Err(StorageError::Busy {
                path: path.to_path_buf(),
            })
        }
    }

    /// The directory.
    pub(crate) fn storage(&self) -> &M::Storage {
        &self.storage
    }

    /// Removes the names of what somebody died making.
    pub(crate) fn remove_temporaries(&self) -> Result<(), StorageError> {
        for name in self.storage.names()? {
            if name.starts_with(TEMPORARY) {
                self.storage.remove(&name)?;
            }
        }
        Ok(())
    }

    /// The directory and its lock.
    pub(crate) fn into_parts(self) -> (M::Storage, Lock<M>) {
        (self.storage, self.lock)
    }

    /// Gives the lock back and keeps the directory.
    pub(crate) fn unlock(self) -> M::Storage {
        drop(self.lock);
        self.storage
    }

    /// The service if it exists. If not, everything that was left of one is gone afterwards.
    pub(crate) fn existing_or_clear(&self) -> Result<Option<Existing<M>>, PlaceError> {
        let refused = |operation| move |error| PlaceError::Storage { operation, error };
        loop {
            let contract = read_contract::<M>(&self.storage);
            let known = contract.as_ref().ok().and_then(Option::as_ref);
            let held = held_membership::<M>(&self.storage, known);
            let is_shut = match held.map_err(refused("read the membership"))? {
                Some(membership) => match contract? {
                    Some(contract) => {
                        return Ok(Some(Existing {
                            contract,
                            membership,
                        }));
                    }
                    // WHY: nobody joins without a contract.
                    None => None,
                },
                None => shut::<M>(&self.storage).map_err(refused("shut the membership"))?,
            };
            if let Some(Shut::SomebodyCame) = is_shut {
                continue;
            }
            clear::<M>(&self.storage).map_err(refused("remove what was left"))?;
            return Ok(None);
        }
    }

    /// Removes what a service that nobody holds has left, and what dead servers of a living one have left.
    pub(crate) fn sweep(&self) -> Result<(), PlaceError> {
        let storage = |error| PlaceError::Storage {
            operation: "sweep the service",
            error,
        };
        match self.existing_or_clear()? {
            Some(Existing {
                contract,
                membership,
            }) => match membership {
                Ok(membership) => remove_stale_names::<M>(&self.storage, &membership, &contract),
                Err(error) => Err(error),
            },
            None => self.storage.remove_if_empty(),
        }
        .map_err(storage)
    }
}

/// What the contract in a directory says; `None` if there is none.
pub(crate) fn read_contract<M: Mechanisms>(
    storage: &M::Storage,
) -> Result<Option<Contract>, PlaceError> {
    let document = storage
        .read(CONTRACT, Contract::SIZE_MAX)
        .map_err(|error| PlaceError::Storage {
            operation: "read the contract",
            error,
        })?;
    document
        .map(|bytes| Contract::decode(&bytes))
        .transpose()
        .map_err(PlaceError::Contract)
}

/// Whether some node has the service open. Without a contract that says which bytes are nodes', any byte counts.
pub(crate) fn is_held<M: Mechanisms>(
    storage: &M::Storage,
    contract: Option<&Contract>,
) -> Result<bool, StorageError> {
    match M::Membership::observe(storage, MEMBERSHIP)? {
        Some(membership) => has_members(&membership, contract),
        None => Ok(false),
    }
}

/// The membership, in which we hold nothing yet, if some node has the service open.
fn held_membership<M: Mechanisms>(
    storage: &M::Storage,
    contract: Option<&Contract>,
) -> Result<Option<Result<M::Membership, StorageError>>, StorageError> {
    match M::Membership::open(storage, MEMBERSHIP) {
        Ok(None) => Ok(None),
        Ok(Some(membership)) => {
            let is_held = has_members(&membership, contract)?;
            Ok(is_held.then_some(Ok(membership)))
        }
        Err(error) => Ok(is_held::<M>(storage, contract)?.then_some(Err(error))),
    }
}

fn has_members<Members: Membership>(
    membership: &Members,
    contract: Option<&Contract>,
) -> Result<bool, StorageError> {
    membership.has_others(contract.map_or(0..u32::MAX, slots::of_nodes))
}

/// What became of shutting a membership.
enum Shut<Members> {
    /// It stays shut while this lives.
    Shut { _membership: Members },
    /// Somebody is in it.
    SomebodyCame,
}

/// Keeps everybody out of a service that nobody is in; `None` if there is no membership anybody could be in.
fn shut<M: Mechanisms>(storage: &M::Storage) -> Result<Option<Shut<M::Membership>>, StorageError> {
    let Some(membership) = M::Membership::observe(storage, MEMBERSHIP)? else {
        return Ok(None);
    };
    Ok(Some(match membership.shut()? {
        true => Shut::Shut {
            _membership: membership,
        },
        false => Shut::SomebodyCame,
    }))
}

/// Removes the service in a directory if nobody has it open. Only under the lock.
pub(crate) fn clear_if_abandoned<M: Mechanisms>(storage: &M::Storage) -> Result<(), StorageError> {
    let contract = read_contract::<M>(storage).ok().flatten();
    if is_held::<M>(storage, contract.as_ref())? {
        return Ok(());
    }
    if let Some(Shut::SomebodyCame) = shut::<M>(storage)?.as_ref() {
        return Ok(());
    }
    clear::<M>(storage)?;
    storage.remove_if_empty()
}

/// Removes everything in a service's directory. The contract goes first, so that nobody finds a service that is going.
// CRASH: what is left has no contract or no holder, so it is residue for the next.
pub(crate) fn clear<M: Mechanisms>(storage: &M::Storage) -> Result<(), StorageError> {
    storage.remove(CONTRACT)?;
    for name in storage.names()? {
        storage.remove(&name)?;
    }
    Ok(())
}

/// Removes unfinished names, and sockets whose id stands in no held record. Only under the lock.
pub(crate) fn remove_stale_names<M: Mechanisms>(
    storage: &M::Storage,
    membership: &M::Membership,
    contract: &Contract,
) -> Result<(), StorageError> {
    let mut living = SortedMap::new();
    for slots in slots::held_in(membership, slots::of_servers(contract))? {
        for record in membership.living(slots)? {
            if let Some(id) = id_of(&record) {
                living.insert(id, ());
            }
        }
    }
    for name in storage.names()? {
        let is_stale = name.starts_with(TEMPORARY)
            || socket_id(&name).is_some_and(|id| !living.contains_key(&id));
        if is_stale {
            storage.remove(&name)?;
        }
    }
    Ok(())
}

/// The id a name stands for if it is a socket's.
fn socket_id(name: &str) -> Option<u128> {
    (name.len() == SOCKET_NAME_LEN)
        .then(|| u128::from_str_radix(name, 16).ok())
        .flatten()
}

/// Whether there was no such place.
pub(crate) fn is_not_found(error: &StorageError) -> bool {
    kind_of(error) == Some(SystemErrorKind::NotFound)
}

/// Whether this user may not.
pub(crate) fn is_permission_denied(error: &StorageError) -> bool {
    kind_of(error) == Some(SystemErrorKind::PermissionDenied)
        || matches!(error, StorageError::Untrusted { .. })
}

fn kind_of(error: &StorageError) -> Option<SystemErrorKind> {
    match error {
        StorageError::System { error, .. } => Some(error.kind()),
        _ => None,
    }
}

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage { operation, error } => write!(f, "could not {operation}: {error}"),
            Self::Contract(error) => error.fmt(f),
        }
    }
}
