// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{Directory, DirectoryLock, StaticStorage, StorageError, patience};
use crate::{SystemError, clock::Moment};
use std::path::Path;

impl StaticStorage for Directory {
    type Lock = DirectoryLock;

    fn open(path: &Path) -> Result<Self, StorageError> {
        Self::open(path).map_err(|error| at(path, error))
    }

    fn open_or_create(path: &Path) -> Result<Self, StorageError> {
        trusted(path, Self::create_all(path))
    }

    fn open_or_create_as(path: &Path, user: u32) -> Result<Self, StorageError> {
        trusted(path, Self::create_all_as(path, user))
    }

    fn below(&self, name: &str) -> Option<Self> {
        self.below(name)
    }

    fn path(&self) -> &Path {
        self.path()
    }

    fn is_current(&self) -> bool {
        self.is_current()
    }

    fn lock(&self, deadline: Moment) -> Result<DirectoryLock, StorageError> {
        patience::until(deadline, || self.try_lock())
            .map_err(|error| at(self.path(), error))?
            .ok_or_else(|| StorageError::Busy {
                path: self.path().to_path_buf(),
            })
    }

    fn first_lock(&mut self, deadline: Moment) -> Result<DirectoryLock, StorageError> {
        patience::until(deadline, || self.try_first_lock())
            .map_err(|error| at(self.path(), error))?
            .ok_or_else(|| StorageError::Busy {
                path: self.path().to_path_buf(),
            })
    }

    fn publish(&self, name: &str, content: &[u8]) -> Result<(), StorageError> {
        self.write_file_atomically(name, content)
            .map_err(StorageError::of(self, name))
    }

    fn read(&self, name: &str, size_max: usize) -> Result<Option<Vec<u8>>, StorageError> {
        self.read_file(name, size_max)
            .map_err(StorageError::of(self, name))
    }

    fn contains(&self, name: &str) -> Result<bool, StorageError> {
        self.contains(name).map_err(StorageError::of(self, name))
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        self.remove_file(name).map_err(StorageError::of(self, name))
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        let names = self.names().map_err(|error| at(self.path(), error))?;
        Ok(names
            .into_iter()
            .filter_map(|name| name.into_string().ok())
            .collect())
    }

    fn remove_if_empty(&self) -> Result<(), StorageError> {
        self.remove_self_if_empty()
            .map_err(|error| at(self.path(), error))
    }
}

fn trusted(path: &Path, opened: Result<Directory, SystemError>) -> Result<Directory, StorageError> {
    let place = opened.map_err(|error| at(path, error))?;
    match place.untrusted_because().map_err(|error| at(path, error))? {
        None => Ok(place),
        Some(reason) => Err(StorageError::Untrusted {
            path: path.to_path_buf(),
            reason,
        }),
    }
}

fn at(path: &Path, error: SystemError) -> StorageError {
    StorageError::System {
        path: path.to_path_buf(),
        error,
    }
}

#[cfg(test)]
mod tests {
    crate::static_storage::conformance::tests!(super::Directory);
}
