// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Directories, known by what they are and not by their path.
//!
//! A [`Directory`] is opened once; every name is then looked up in that very directory, whatever becomes of the path
//! meanwhile. No operation follows a symbolic link in the last component.
//!
//! ```text
//!   path ──open──▶ Directory ──┬─ names, contains, rename, remove_file
//!                      │       ├─ write_file_atomically:  .tmp-<random> ──rename──▶ name
//!                  is_current? ├─ read_file:              regular files up to a size
//!                      │       └─ try_lock:               one open file per lock
//!   path ──lookup──────┘
//! ```
//!
//! A file appears whole under its name or not at all. A process that is killed on the way leaves a name that begins
//! with [`TEMPORARY_PREFIX`]. Nothing is ever forced to the disk: what is kept here means nothing after a restart of
//! the machine.

use crate::{Error, ErrorKind, handle::Descriptor, random, sys, user};
use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// How every temporary name begins.
pub const TEMPORARY_PREFIX: &str = ".tmp-";

/// How often [`Directory::create_all`] starts again when somebody removes directories as fast as it makes them.
const CREATE_ATTEMPTS: usize = 100;

/// An open directory.
#[derive(Debug)]
pub struct Directory {
    /// INVARIANT: there, or else `above` is.
    descriptor: OnceLock<Arc<Descriptor>>,
    /// Where it is found when it is first needed.
    above: Option<Above>,
    path: PathBuf,
    identity: OnceLock<(u64, u64)>,
    user: OnceLock<u32>,
    /// Whether it was seen that nobody but this user can look into it.
    is_private: OnceLock<bool>,
}

/// The private directory that another one is in, and its name there.
#[derive(Debug)]
struct Above {
    descriptor: Arc<Descriptor>,
    name: String,
}

/// What the system knows of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes {
    /// Device and inode: the same for the same file only, as long as it is open.
    pub(crate) identity: (u64, u64),
    pub(crate) owner: u32,
    /// The permission bits, the sticky one included.
    pub(crate) mode: u32,
    pub(crate) is_regular: bool,
    pub(crate) size: u64,
    /// How many names it has.
    pub(crate) names: u64,
}

impl Directory {
    /// Opens an existing directory. A symbolic link in its place is refused; those on the way to it are followed.
    ///
    /// # Errors
    /// `NotFound`; `NotADirectory` for anything else in its place; `PermissionDenied`.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let path = absolute(path)?;
        Ok(Self::of(sys::directory::open(&path)?, path))
    }

    fn of(descriptor: Descriptor, path: PathBuf) -> Self {
        Self {
            descriptor: OnceLock::from(Arc::new(descriptor)),
            above: None,
            path,
            identity: OnceLock::new(),
            user: OnceLock::new(),
            is_private: OnceLock::new(),
        }
    }

    /// The directory `name` in this one, which is opened, or missed, when it is first needed for more than to open a file or
    /// to connect to a socket in it. `None` unless this one was [trusted](Self::untrusted_because) and nobody but its user
    /// can look into it: only then whatever has the name was put there by this user.
    #[must_use]
    pub fn below(&self, name: &str) -> Option<Self> {
        single_component("openat", name).ok()?;
        let is_private = self.is_private.get().copied().unwrap_or(false);
        let above = is_private.then(|| self.descriptor().ok())??;
        Some(Self {
            descriptor: OnceLock::new(),
            above: Some(Above {
                descriptor: Arc::clone(above),
                name: name.to_owned(),
            }),
            path: self.path.join(name),
            identity: OnceLock::new(),
            user: self.user.clone(),
            is_private: OnceLock::new(),
        })
    }

    /// The same as [`create_all`](Self::create_all) for a caller who has just asked which user this is.
    ///
    /// # Errors
    /// As [`create_all`](Self::create_all).
    pub fn create_all_as(path: &Path, user: u32) -> Result<Self, Error> {
        Self::create_all(path).map(|it| Self {
            user: OnceLock::from(user),
            ..it
        })
    }

    /// Opens a directory; makes it and what is missing above it, for its owner only, whatever the umask.
    ///
    /// # Errors
    /// As [`open`](Self::open), and what the system refuses.
    pub fn create_all(path: &Path) -> Result<Self, Error> {
        let path = absolute(path)?;
        let mut attempt = 1;
        loop {
            match create_all_once(&path) {
                // WHY: a directory on the way was removed by somebody who found it empty.
                Err(error) if error.kind() == ErrorKind::NotFound && attempt < CREATE_ATTEMPTS => {
                    attempt += 1
                }
                Err(error) => return Err(error),
                Ok(descriptor) => return Ok(Self::of(descriptor, path)),
            }
        }
    }

    /// The absolute path it was opened with.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why nothing in this directory can be trusted, to follow *because*; `None` if it can.
    ///
    /// It must belong to this process's user (or this process may do everything anyway), and others must not be able to
    /// rename and remove in it.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn untrusted_because(&self) -> Result<Option<&'static str>, Error> {
        const STICKY: u32 = 0o1000;
        const WRITABLE_BY_OTHERS: u32 = 0o022;
        const OF_OTHERS: u32 = 0o077;
        let it = sys::directory::attributes(self.descriptor()?)?;
        let _ = self.identity.set(it.identity);
        let us = self.user();
        let _ = self
            .is_private
            .set(it.owner == us && it.mode & OF_OTHERS == 0);
        Ok(if us != 0 && it.owner != us {
            Some("it belongs to another user")
        } else if it.mode & WRITABLE_BY_OTHERS != 0 && it.mode & STICKY == 0 {
            Some("other users may write to it and it has no sticky bit")
        } else {
            None
        })
    }

    /// Whether the path leads to this directory still. Anything that prevents an answer means no.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let Ok(there) = sys::directory::attributes_of_path(&self.path) else {
            return false;
        };
        self.identity().is_ok_and(|here| here == there.identity)
    }

    /// The user this process was when that was first asked of this directory.
    pub(crate) fn user(&self) -> u32 {
        *self.user.get_or_init(user::effective_uid)
    }

    /// Which directory it is. That never changes while it is open, so it is asked once.
    fn identity(&self) -> Result<(u64, u64), Error> {
        let descriptor = self.descriptor()?;
        descriptor.get("fstat")?;
        if let Some(known) = self.identity.get() {
            return Ok(*known);
        }
        let identity = sys::directory::attributes(descriptor)?.identity;
        Ok(*self.identity.get_or_init(|| identity))
    }

    /// All names in it, in no order, without `.` and `..`.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn names(&self) -> Result<Vec<OsString>, Error> {
        sys::directory::names(self.descriptor()?)
    }

    /// Whether anything has that name.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn contains(&self, name: &str) -> Result<bool, Error> {
        Ok(if_there(self.attributes_of(name))?.is_some())
    }

    pub(crate) fn attributes_of(&self, name: &str) -> Result<Attributes, Error> {
        let name = single_component("fstatat", name)?;
        sys::directory::attributes_of_name(self.descriptor()?, name)
    }

    /// A name nobody else has or will have.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn temporary_name() -> Result<String, Error> {
        Ok(format!("{TEMPORARY_PREFIX}{:032x}", random::random_128()?))
    }

    /// Makes a file of that content, readable by its owner only, replacing what had the name.
    ///
    /// # Errors
    /// What the system refuses; then nothing has changed.
    pub fn write_file_atomically(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        self.build_file(name, |file| sys::file::write_at(file, 0, content))
            .map(drop)
    }

    /// The content of a regular file; `None` if there is no such name.
    ///
    /// # Errors
    /// `InvalidInput` for what is no regular file; `EFBIG` if it has more than `size_max` bytes; `Loop` for a symbolic
    /// link; and what the system refuses.
    pub fn read_file(&self, name: &str, size_max: usize) -> Result<Option<Vec<u8>>, Error> {
        match if_there(self.open_unseen(name, Access::Read))? {
            Some(file) => sys::file::read_whole(&file, size_max).map(Some),
            None => Ok(None),
        }
    }

    /// Removes a name, whatever it names short of a directory. A missing one is no error.
    ///
    /// # Errors
    /// `IsADirectory`, and what the system refuses.
    pub fn remove_file(&self, name: &str) -> Result<(), Error> {
        let name = single_component("unlinkat", name)?;
        accept(
            ErrorKind::NotFound,
            sys::directory::remove(self.descriptor()?, name),
        )
    }

    /// Gives what is called `from` the name `to`, replacing what had it.
    ///
    /// # Errors
    /// `NotFound`, and what the system refuses.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        let from = single_component("renameat", from)?;
        let to = single_component("renameat", to)?;
        sys::directory::rename(self.descriptor()?, from, to)
    }

    /// Removes this directory if it is empty. One that is not, or that is no longer where its path leads, stays, and
    /// that is no error.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn remove_self_if_empty(&self) -> Result<(), Error> {
        if !self.is_current() {
            return Ok(());
        }
        let removed = sys::directory::remove_directory(&self.path);
        accept(ErrorKind::NotFound, accept(ErrorKind::NotEmpty, removed))
    }

    /// Takes the directory's lock if nobody holds it. Whoever made it between the caller's opening and locking may have
    /// removed the directory: ask [`is_current`](Self::is_current) afterwards.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn try_lock(&self) -> Result<Option<DirectoryLock>, Error> {
        Self::try_lock_through(&Arc::new(sys::directory::reopen(self.descriptor()?)?))
    }

    /// The same through the directory's own open file, which saves another one. To be called once, right after the
    /// directory was opened: whoever duplicates a process, duplicates what it has had open for long.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn try_first_lock(&mut self) -> Result<Option<DirectoryLock>, Error> {
        match Self::try_lock_through(self.descriptor()?) {
            Err(error) if sys::directory::is_not_lockable(error) => self.try_lock(),
            locked => locked,
        }
    }

    fn try_lock_through(descriptor: &Arc<Descriptor>) -> Result<Option<DirectoryLock>, Error> {
        let descriptor = Arc::clone(descriptor);
        match sys::directory::lock(&descriptor) {
            Ok(()) => Ok(Some(DirectoryLock { descriptor })),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a file under a temporary name, lets `fill` write it, and renames it to `name`.
    pub(crate) fn build_file(
        &self,
        name: &str,
        fill: impl FnOnce(&Descriptor) -> Result<(), Error>,
    ) -> Result<Descriptor, Error> {
        let name = single_component("renameat", name)?;
        let temporary = Self::temporary_name()?;
        let here = self.descriptor()?;
        let file = sys::directory::create_file(here, &temporary)?;
        // CRASH: the temporary name stays until the next participant removes it.
        let built = sys::file::make_private(&file).and_then(|()| fill(&file));
        match built.and_then(|()| sys::directory::rename(here, &temporary, name)) {
            Ok(()) => Ok(file),
            Err(error) => {
                let _ = sys::directory::remove(here, &temporary);
                Err(error)
            }
        }
    }

    /// Opens an existing regular file, and says what it is.
    pub(crate) fn open_file(
        &self,
        name: &str,
        access: Access,
    ) -> Result<(Descriptor, Attributes), Error> {
        let file = self.open_unseen(name, access)?;
        let it = sys::directory::attributes(&file)?;
        if it.is_regular {
            Ok((file, it))
        } else {
            Err(Error::invalid_input("openat"))
        }
    }

    /// Opens an existing file, whatever it is.
    pub(crate) fn open_unseen(&self, name: &str, access: Access) -> Result<Descriptor, Error> {
        let name = single_component("openat", name)?;
        match self.way_to(name) {
            Some((above, way)) => sys::directory::open_file(above, &way, access),
            None => sys::directory::open_file(self.descriptor()?, name, access),
        }
    }

    /// The way to `name` from the directory above, while this one has not been opened.
    pub(crate) fn way_to(&self, name: &str) -> Option<(&Descriptor, String)> {
        let above = self.above.as_ref()?;
        let is_open = self.descriptor.get().is_some();
        (!is_open).then(|| (above.descriptor.as_ref(), format!("{}/{name}", above.name)))
    }

    pub(crate) fn descriptor(&self) -> Result<&Arc<Descriptor>, Error> {
        if let Some(opened) = self.descriptor.get() {
            return Ok(opened);
        }
        let above = self.above.as_ref().ok_or(Error::invalid_input("openat"))?;
        let opened = sys::directory::open_below(&above.descriptor, &above.name)?;
        Ok(self.descriptor.get_or_init(|| Arc::new(opened)))
    }
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    ReadWrite,
}

/// Holds a directory's lock until dropped, or until this process ends. A forked child's copy holds nothing.
#[derive(Debug)]
pub struct DirectoryLock {
    descriptor: Arc<Descriptor>,
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // WHY: closing is not enough; a child between fork and exec has a duplicate that would keep the lock.
        let _ = sys::directory::unlock(&self.descriptor);
    }
}

fn create_all_once(path: &Path) -> Result<Descriptor, Error> {
    let mut missing = Vec::new();
    let mut descriptor = match sys::directory::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => nearest(path, error, &mut missing)?,
        opened => return opened,
    };
    while let Some(name) = missing.pop() {
        descriptor = sys::directory::create_and_open(&descriptor, name)?;
    }
    Ok(descriptor)
}

/// Opens the nearest directory above `path` that exists, and says what is missing below it, innermost first.
fn nearest<'a>(
    path: &'a Path,
    not_found: Error,
    missing: &mut Vec<&'a OsStr>,
) -> Result<Descriptor, Error> {
    let mut rest = path;
    loop {
        let (Some(parent), Some(name)) = (rest.parent(), rest.file_name()) else {
            return Err(not_found);
        };
        missing.push(name);
        match sys::directory::open_following(parent) {
            Err(error) if error.kind() == ErrorKind::NotFound => rest = parent,
            opened => return opened,
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    if path.as_os_str().is_empty() {
        Err(Error::invalid_input("open"))
    } else if path.is_absolute() {
        Ok(path.to_path_buf())
    } else {
        Ok(sys::directory::working_directory()?.join(path))
    }
}

/// Refuses names that lead anywhere but to an entry of the directory itself.
fn single_component<'a>(call: &'static str, name: &'a str) -> Result<&'a str, Error> {
    if matches!(name, "" | "." | "..") || name.contains(['/', '\0']) {
        Err(Error::invalid_input(call))
    } else {
        Ok(name)
    }
}

/// Makes a missing name an answer instead of an error.
pub(crate) fn if_there<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

fn accept(kind: ErrorKind, result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(error) if error.kind() == kind => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests;
