// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Within one process: a queue of links, kept under the listener's name.
//!
//! ```text
//!   LocalListener ──── Arc<Door> ◀── name in the place ◀── connect
//!      accept ◀── │ link │ link │ … ◀────────────────────── one end of a new pair; the other is the client's
//! ```
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

use super::{ConnectError, Listener, LocalLink};
use crate::{
    ProcessBirth, SystemError,
    event::DrainBell,
    static_storage::{MemoryPlace, StorageError, Taken},
};
use iceoryx2_bb_posix::Source;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many peers wait for [`LocalListener::accept`] before the next one is told that we are busy.
const WAITING_MAX: usize = 4096;

/// Where peers of this process come in.
#[derive(Debug)]
pub struct LocalListener {
    door: Arc<Door>,
    bell: Arc<DrainBell>,
    birth: ProcessBirth,
}

/// What a listener's name leads to.
#[derive(Debug)]
pub(super) struct Door(Mutex<Option<Open>>);

/// A door somebody listens at.
#[derive(Debug)]
struct Open {
    waiting: VecDeque<LocalLink>,
    /// INVARIANT: rung as long as somebody waits, and by each who comes.
    bell: Arc<DrainBell>,
}

impl Door {
    /// Lets a client in, and gives it its end of the link. The caller's birth was checked.
    #[inline]
    pub(super) fn enter(&self) -> Result<LocalLink, ConnectError> {
        let mut door = self.lock();
        let open = door.as_mut().ok_or(ConnectError::Refused)?;
        if open.waiting.len() >= WAITING_MAX {
            return Err(ConnectError::Busy);
        }
        let (client, server) = LocalLink::pair().map_err(ConnectError::System)?;
        open.waiting.push_back(server);
        open.bell.ring();
        Ok(client)
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for LocalListener {
    type Storage = MemoryPlace;
    type Link = LocalLink;
    type Source<'a> = Source<'a>;

    #[inline]
    fn bind(storage: &MemoryPlace, temporary_name: &str) -> Result<Self, StorageError> {
        let failed = |error| storage.failed_at(temporary_name, error);
        let birth = ProcessBirth::here().map_err(failed)?;
        let bell = Arc::new(DrainBell::create().map_err(failed)?);
        let door = Arc::new(Door(Mutex::new(Some(Open {
            waiting: VecDeque::new(),
            bell: Arc::clone(&bell),
        }))));
        storage.put(temporary_name, Arc::<Door>::clone(&door), Taken::Refuse)?;
        Ok(Self { door, bell, birth })
    }

    #[inline]
    fn publish(
        &self,
        storage: &MemoryPlace,
        temporary_name: &str,
        name: &str,
    ) -> Result<(), StorageError> {
        storage.rename(temporary_name, name)
    }

    #[inline]
    fn accept(&self) -> Result<Option<LocalLink>, SystemError> {
        self.birth.check("accept")?;
        let mut door = self.door.lock();
        let Some(open) = door.as_mut() else {
            return Ok(None);
        };
        let link = open.waiting.pop_front();
        if open.waiting.is_empty() {
            open.bell.drain();
        }
        Ok(link)
    }

    #[inline]
    fn has_waiting(&self) -> bool {
        let waiting = |open: &Open| !open.waiting.is_empty();
        !self.birth.is_foreign() && self.door.lock().as_ref().is_some_and(waiting)
    }

    #[inline]
    fn shutdown(&self) {
        if self.birth.is_foreign() {
            return;
        }
        let closed = self.door.lock().take();
        // WHY: the links that waited hang up here, with the door's lock free again.
        drop(closed);
    }

    #[inline]
    fn source(&self) -> Source<'_> {
        self.bell.source()
    }
}

impl Drop for LocalListener {
    #[inline]
    fn drop(&mut self) {
        self.shutdown();
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Link, Listener},
        *,
    };
    use crate::static_storage::{StaticStorage, test_place::TestPlace};

    #[test]
    fn a_listener_that_goes_hangs_up_on_who_waited() {
        let place = TestPlace::<MemoryPlace>::new();
        let storage = MemoryPlace::open(place.path()).unwrap();
        let listener = LocalListener::bind(&storage, "name").unwrap();
        let client = LocalLink::connect(&storage, "name").unwrap();
        assert!(!client.hung_up());
        drop(listener);
        assert!(client.hung_up());
        let refused = LocalLink::connect(&storage, "name").unwrap_err();
        assert_eq!(refused, ConnectError::Refused);
    }
}
