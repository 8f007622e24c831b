// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A file whose bytes can be locked. The locks belong to the open file: another open file conflicts, in this process as
//! in any other, and the system gives them back when the open file is gone, however its process ended.
//!
//! A byte is locked whether or not the file reaches that far. A query through a [`LockFile`] does not see that value's
//! own locks.
//!
//! ```text
//!            try_write_lock            downgrade
//!    Free ───────────────────▶ Writing ──────────▶ Reading ◀── try_read_lock
//!      ▲                          │                   │
//!      └────────── unlock, drop, or end of process ───┘
//! ```
//!
//! One open file may hold a byte for writing, or any number of them for reading.
//!
//! A forked child's copy holds and does nothing; but a child made without the usual handlers (by a bare system call)
//! holds duplicates, and keeps the locks of a parent that is killed until it ends itself.

use crate::{
    Error, ErrorKind,
    directory::{Access, Directory, if_there},
    handle::Descriptor,
    sys,
};
use core::ops::Range;
use iceoryx2_bb_elementary::SortedMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a byte is held by another open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// By nobody.
    Free,
    /// By open files that keep writers out.
    Reading,
    /// By one open file alone.
    Writing,
}

/// Bytes that are held alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBytes {
    /// Which.
    pub bytes: Range<u64>,
    /// How; never [`Held::Free`].
    pub held: Held,
}

/// What the system said of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspected {
    /// How far it reached, in bytes.
    pub size: u64,
    /// Whether anybody could still find it.
    pub has_name: bool,
    /// Whether it is open to write and belonged to this user.
    pub is_ours: bool,
}

/// An open file with byte locks. Two values never share locks.
#[derive(Debug)]
pub struct LockFile {
    descriptor: Descriptor,
    is_writable: bool,
    /// Who this process was when the file was opened.
    user: u32,
    /// INVARIANT: the first byte of all that is locked through `descriptor`, except while a call that locks or unlocks
    /// runs.
    locked: Mutex<SortedMap<u64, ()>>,
}

impl LockFile {
    /// Makes an empty file for its owner only, replacing what had the name.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn create(directory: &Directory, name: &str) -> Result<Self, Error> {
        Self::create_with(directory, name, &[])
    }

    /// The same with a content. A byte that was written once can be written again on a full machine.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn create_with(directory: &Directory, name: &str, content: &[u8]) -> Result<Self, Error> {
        let write = |file: &Descriptor| match content {
            [] => Ok(()),
            content => sys::file::write_at(file, 0, content),
        };
        let file = directory.build_file(name, write)?;
        Ok(Self::new(file, true, directory.user()))
    }

    /// Opens an existing file to lock and to write; `None` if there is no such name.
    ///
    /// # Errors
    /// `PermissionDenied`; `InvalidInput` for what is no regular file; `Loop` for a symbolic link.
    pub fn open(directory: &Directory, name: &str) -> Result<Option<Self>, Error> {
        Self::open_for(directory, name, Access::ReadWrite)
    }

    /// Opens an existing file to look only; `None` if there is no such name.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_read_only(directory: &Directory, name: &str) -> Result<Option<Self>, Error> {
        Self::open_for(directory, name, Access::Read)
    }

    fn open_for(directory: &Directory, name: &str, access: Access) -> Result<Option<Self>, Error> {
        let file = if_there(directory.open_file(name, access))?;
        let is_writable = access == Access::ReadWrite;
        Ok(file.map(|(descriptor, _)| Self::new(descriptor, is_writable, directory.user())))
    }

    /// Opens what has a name to lock and to write, and does not ask yet [what it is](Self::inspect); `None` if there is no
    /// such name.
    ///
    /// # Errors
    /// `PermissionDenied`; `Loop` for a symbolic link.
    pub fn open_unseen(directory: &Directory, name: &str) -> Result<Option<Self>, Error> {
        let file = if_there(directory.open_unseen(name, Access::ReadWrite))?;
        Ok(file.map(|descriptor| Self::new(descriptor, true, directory.user())))
    }

    const fn new(descriptor: Descriptor, is_writable: bool, user: u32) -> Self {
        Self {
            descriptor,
            is_writable,
            user,
            locked: Mutex::new(SortedMap::new()),
        }
    }

    /// What is locked; `None` in a forked child, where another thread may have held the set when the process was forked.
    fn locked(&self) -> Option<MutexGuard<'_, SortedMap<u64, ()>>> {
        (!self.is_foreign()).then(|| self.locked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Locks a byte so that nobody else can; `false` if another open file holds it. What this value holds already it
    /// gets again.
    ///
    /// # Errors
    /// What the system refuses: the file is open to look only, or there is no memory for another lock.
    pub fn try_write_lock(&self, byte: u64) -> Result<bool, Error> {
        match sys::lock_file::lock_for_writing(&self.descriptor, byte) {
            Ok(()) => {
                if let Some(mut locked) = self.locked() {
                    locked.insert(byte, ());
                }
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Keeps everybody else from locking these bytes for writing; `false` if another open file holds one so. A write lock of
    /// this value's own on one of them ends.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn try_read_lock(&self, bytes: Range<u64>) -> Result<bool, Error> {
        match sys::lock_file::lock_range_for_reading(&self.descriptor, &bytes) {
            Ok(()) => {
                if let Some(mut locked) = self.locked() {
                    locked.insert(bytes.start, ());
                }
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Turns this value's write lock on a byte into a read lock, without a moment in which the byte is free.
    ///
    /// # Errors
    /// What the system refuses; then the byte is locked as before.
    pub fn downgrade(&self, byte: u64) -> Result<(), Error> {
        sys::lock_file::lock_for_reading(&self.descriptor, byte)?;
        if let Some(mut locked) = self.locked() {
            locked.insert(byte, ());
        }
        Ok(())
    }

    /// Gives a byte back at once, whoever has a duplicate of the open file. One that is not held is no error.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn unlock(&self, byte: u64) -> Result<(), Error> {
        sys::lock_file::unlock(&self.descriptor, byte)?;
        if let Some(mut locked) = self.locked() {
            locked.remove(&byte);
        }
        Ok(())
    }

    /// How another open file holds a byte. It may have changed when this returns.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn holder(&self, byte: u64) -> Result<Held, Error> {
        let found = self.find_held(byte..byte.saturating_add(1))?;
        Ok(found.map_or(Held::Free, |found| found.held))
    }

    /// Some bytes of a range that another open file holds, not necessarily the first; `None` if all are free.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn find_held(&self, bytes: Range<u64>) -> Result<Option<HeldBytes>, Error> {
        self.find(bytes, Held::Writing)
    }

    /// The same of bytes that another open file holds for writing.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn find_written(&self, bytes: Range<u64>) -> Result<Option<HeldBytes>, Error> {
        self.find(bytes, Held::Reading)
    }

    /// Bytes that keep this value from holding `bytes` as `wanted`.
    fn find(&self, bytes: Range<u64>, wanted: Held) -> Result<Option<HeldBytes>, Error> {
        if bytes.is_empty() {
            return Ok(None);
        }
        Ok(sys::lock_file::find(&self.descriptor, &bytes, wanted)?
            .map(|found| HeldBytes {
                bytes: found.bytes.start.max(bytes.start)..found.bytes.end.min(bytes.end),
                held: found.held,
            })
            .filter(|found| !found.bytes.is_empty()))
    }

    /// Reads from a place until `buffer` is full or the file ends. Returns how many bytes it read. A writer may be at
    /// work meanwhile: what is read may be of two contents.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        sys::file::read_at(&self.descriptor, offset, buffer)
    }

    /// Writes all of `content` to a place.
    ///
    /// # Errors
    /// `NoSpace`, and what else the system refuses.
    pub fn write_at(&self, offset: u64, content: &[u8]) -> Result<(), Error> {
        sys::file::write_at(&self.descriptor, offset, content)
    }

    /// How far the file reaches, in bytes.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn size(&self) -> Result<u64, Error> {
        Ok(sys::directory::attributes(&self.descriptor)?.size)
    }

    /// What the system says of the file now.
    ///
    /// # Errors
    /// `InvalidInput` for what is no regular file; and what the system refuses.
    pub fn inspect(&self) -> Result<Inspected, Error> {
        let it = sys::directory::attributes(&self.descriptor)?;
        if !it.is_regular {
            return Err(Error::invalid_input("openat"));
        }
        Ok(Inspected {
            size: it.size,
            has_name: it.names > 0,
            is_ours: self.is_writable && it.owner == self.user,
        })
    }

    /// Whether this is the file that has a name in a directory.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn is_at(&self, directory: &Directory, name: &str) -> Result<bool, Error> {
        let here = sys::directory::attributes(&self.descriptor)?;
        let there = if_there(directory.attributes_of(name))?;
        Ok(there.is_some_and(|there| there.identity == here.identity))
    }

    /// Whether the file was opened to write.
    #[must_use]
    pub const fn is_writable(&self) -> bool {
        self.is_writable
    }

    pub(crate) fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Whether this is a copy in a forked child, which can do nothing.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.descriptor.is_foreign()
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let locked = self
            .locked
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if !locked.is_empty() {
            // WHY: closing is not enough; a child between fork and exec has a duplicate that would keep the locks.
            let _ = sys::lock_file::unlock_all(&self.descriptor);
        }
    }
}

#[cfg(test)]
mod tests;
