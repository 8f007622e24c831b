// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Static storage: a place of small documents that appear whole or not at all.

#[cfg(test)]
pub(crate) mod conformance;
mod directory;
mod error;
mod memory_place;
mod patience;
#[cfg(test)]
pub(crate) mod test_place;

use crate::{SystemError, clock::Moment};
use core::fmt::Debug;
pub use iceoryx2_bb_posix::directory::{Directory, DirectoryLock};
pub(crate) use memory_place::Taken;
pub use memory_place::{MemoryPlace, MemoryPlaceLock};
use std::path::{Path, PathBuf};

/// A place: a directory, or its in-process counterpart. The value refers to the place itself, not to its path: who
/// removes the path and makes it again has made another place.
pub trait StaticStorage: Debug + Send + Sync + Sized + 'static {
    /// Holds the place's lock until dropped. The kernel gives it back if the process dies.
    type Lock: Debug;

    /// Opens an existing place, following no symbolic link in the last component.
    ///
    /// # Errors
    /// [`StorageError`].
    fn open(path: &Path) -> Result<Self, StorageError>;

    /// Opens the place, making it and what is missing above it (mode 0700). Refuses a place that belongs to another
    /// user (unless ours may do everything) or in which other users may rename and remove.
    ///
    /// # Errors
    /// [`StorageError`].
    fn open_or_create(path: &Path) -> Result<Self, StorageError>;

    /// The same for a caller who has just asked which user this is.
    ///
    /// # Errors
    /// As [`open_or_create`](Self::open_or_create).
    fn open_or_create_as(path: &Path, user: u32) -> Result<Self, StorageError> {
        let _ = user;
        Self::open_or_create(path)
    }

    /// The place `name` in this one, which was opened by [`open_or_create`](Self::open_or_create), if whatever is in here can
    /// be trusted as this one is. It may not exist; then nothing is found in it.
    fn below(&self, name: &str) -> Option<Self> {
        let _ = name;
        None
    }

    /// The path it was opened with.
    fn path(&self) -> &Path;

    /// Whether the path still leads to this place.
    fn is_current(&self) -> bool;

    /// Takes the place's lock: without blocking, retried every 50 µs to 1 ms until `deadline`.
    ///
    /// # Errors
    /// [`StorageError::Busy`] after the deadline.
    fn lock(&self, deadline: Moment) -> Result<Self::Lock, StorageError>;

    /// The same for a value that was just opened, as the first thing that is done with it. Never a second time.
    ///
    /// # Errors
    /// As [`lock`](Self::lock).
    fn first_lock(&mut self, deadline: Moment) -> Result<Self::Lock, StorageError> {
        self.lock(deadline)
    }

    /// Makes a document under a temporary name and renames it, replacing what had the name. Readable by its owner only.
    ///
    /// # Errors
    /// [`StorageError`].
    fn publish(&self, name: &str, content: &[u8]) -> Result<(), StorageError>;

    /// The content of a document of at most `size_max` bytes; `None` if there is no such name.
    ///
    /// # Errors
    /// [`StorageError`].
    fn read(&self, name: &str, size_max: usize) -> Result<Option<Vec<u8>>, StorageError>;

    /// Whether something has that name.
    ///
    /// # Errors
    /// [`StorageError`].
    fn contains(&self, name: &str) -> Result<bool, StorageError>;

    /// Removes a name, whatever it names short of a directory; a missing one is no error.
    ///
    /// # Errors
    /// [`StorageError`].
    fn remove(&self, name: &str) -> Result<(), StorageError>;

    /// All names in the place, in no order; places inside it included. Names that are not UTF-8 are nobody's who publishes
    /// here, and are left out.
    ///
    /// # Errors
    /// [`StorageError`].
    fn names(&self) -> Result<Vec<String>, StorageError>;

    /// Removes the empty place itself; one that is not empty stays, and that is no error.
    ///
    /// # Errors
    /// [`StorageError`].
    fn remove_if_empty(&self) -> Result<(), StorageError>;
}

/// What went wrong with a place, naming the path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageError {
    /// Somebody held the lock until the deadline; perhaps it is stopped.
    Busy {
        /// The place.
        path: PathBuf,
    },
    /// The place belongs to somebody else or is open to everyone.
    Untrusted {
        /// The place.
        path: PathBuf,
        /// What is wrong with it, to follow "because".
        reason: &'static str,
    },
    /// The system refused.
    System {
        /// The object.
        path: PathBuf,
        /// What the system said.
        error: SystemError,
    },
}
