// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Between processes: a listening socket in a directory.

use super::Listener;
use crate::{SystemError, static_storage::StorageError};
use iceoryx2_bb_posix::{Connection, Listener as Socket, Source, directory::Directory};

impl Listener for Socket {
    type Storage = Directory;
    type Link = Connection;
    type Source<'a> = Source<'a>;

    fn bind(storage: &Directory, temporary_name: &str) -> Result<Self, StorageError> {
        Self::bind(storage, temporary_name).map_err(|error| named(storage, temporary_name, error))
    }

    fn publish(
        &self,
        storage: &Directory,
        temporary_name: &str,
        name: &str,
    ) -> Result<(), StorageError> {
        storage
            .rename(temporary_name, name)
            .map_err(|error| named(storage, name, error))
    }

    fn accept(&self) -> Result<Option<Connection>, SystemError> {
        self.accept()
    }

    fn has_waiting(&self) -> bool {
        // What the system cannot say now it says with the next connection.
        self.has_waiting().unwrap_or(true)
    }

    fn shutdown(&self) {
        self.shutdown();
    }

    fn source(&self) -> Source<'_> {
        self.source()
    }
}

fn named(storage: &Directory, name: &str, error: SystemError) -> StorageError {
    StorageError::System {
        path: storage.path().join(name),
        error,
    }
}
