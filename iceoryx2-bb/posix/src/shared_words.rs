// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A small file of words that several processes of one user count up, and that others read.
//!
//! ```text
//!   0          8          16
//!   │ word 0   │ word 1   │ …      native byte order, written in full before the file has its name
//! ```
//!
//! Its owner's processes map it and change it without a system call. Everybody else reads it with one, so that nobody
//! touches memory that another user could take away. Whatever a word says, somebody of the same user may have made it
//! say so: use it as a hint only. An owner that shortens the file under its own processes kills them.

use crate::{
    Error, ErrorKind,
    directory::{Access, Directory},
    handle::Descriptor,
    lock_file::{Inspected, LockFile},
    sys,
};
use core::{mem::size_of, ops::Range};
use std::sync::Arc;

/// An open file of words.
#[derive(Debug)]
pub struct SharedWords {
    count: usize,
    access: Words,
}

#[derive(Debug)]
enum Words {
    Mapped(Arc<sys::shared_words::Words>),
    Read(Descriptor),
}

/// A mapped word that was found once, to be looked at often. It keeps the mapping.
#[derive(Debug)]
pub struct FoundWord(sys::shared_words::Word);

impl FoundWord {
    /// What [`SharedWords::load`] says of it.
    ///
    /// # Errors
    /// `UsedAfterFork`.
    #[inline(always)]
    pub fn load(&self) -> Result<u64, Error> {
        self.0.load()
    }
}

impl SharedWords {
    /// Makes a file of `count` words that are 0, for its owner only, replacing what had the name.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn create(directory: &Directory, name: &str, count: usize) -> Result<(), Error> {
        let content = vec![0; size_in_bytes(count)?];
        directory.write_file_atomically(name, &content)
    }

    /// Opens an existing file of `count` words.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for what is no regular file or too short; and what the system refuses.
    pub fn open(directory: &Directory, name: &str, count: usize) -> Result<Self, Error> {
        let ((file, it), writable) = match directory.open_file(name, Access::ReadWrite) {
            Err(error) if is_not_ours_to_write(error.kind()) => {
                (directory.open_file(name, Access::Read)?, false)
            }
            opened => (opened?, true),
        };
        let size = size_in_bytes(count)?;
        if usize::try_from(it.size).is_ok_and(|there| there < size) {
            return Err(Error::invalid_input("mmap"));
        }
        let access = if writable && it.owner == directory.user() {
            Words::Mapped(Arc::new(sys::shared_words::map(&file, count)?))
        } else {
            Words::Read(file)
        };
        Ok(Self { count, access })
    }

    /// The whole words of a file that is open to lock, as far as it was seen to reach, mapped; `None` if it is not ours to
    /// write, or has no whole word.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn of(file: &LockFile, it: Inspected) -> Result<Option<Self>, Error> {
        let count = usize::try_from(it.size).unwrap_or(0) / size_of::<u64>();
        if !it.is_ours || count == 0 {
            return Ok(None);
        }
        let words = sys::shared_words::map(file.descriptor(), count)?;
        let access = Words::Mapped(Arc::new(words));
        Ok(Some(Self { count, access }))
    }

    /// How many words there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Copies whole words from a place, if these are all mapped, with Acquire. Another process may be writing them: what is
    /// copied may be of two contents.
    ///
    /// # Errors
    /// `UsedAfterFork`.
    pub fn copy_from(&self, offset: u64, buffer: &mut [u8]) -> Result<bool, Error> {
        match (&self.access, self.run(offset, buffer.len())) {
            (Words::Mapped(words), Some(run)) => words.copy_from(run, buffer).map(|()| true),
            _ => Ok(false),
        }
    }

    /// Copies whole words to a place, in order, if these are all mapped.
    ///
    /// # Errors
    /// `UsedAfterFork`.
    pub fn copy_to(&self, offset: u64, content: &[u8]) -> Result<bool, Error> {
        match (&self.access, self.run(offset, content.len())) {
            (Words::Mapped(words), Some(run)) => words.copy_to(run, content).map(|()| true),
            _ => Ok(false),
        }
    }

    /// Which words are `len` bytes at `offset`, if they are whole ones and there.
    fn run(&self, offset: u64, len: usize) -> Option<Range<usize>> {
        let offset = usize::try_from(offset).ok()?;
        let end = offset.checked_add(len)?;
        let is_whole = [offset, end].iter().all(|at| at % size_of::<u64>() == 0);
        let run = offset / size_of::<u64>()..end / size_of::<u64>();
        (is_whole && run.end <= self.count).then_some(run)
    }

    /// Whether this value may change the words.
    #[must_use]
    pub const fn is_writable(&self) -> bool {
        matches!(self.access, Words::Mapped(_))
    }

    /// The value of a word, with Acquire: what was done before the [`add`](Self::add) it shows is visible. Anybody of
    /// the file's user may change it at any time.
    ///
    /// # Errors
    /// `InvalidInput` if there is no such word; `UsedAfterFork`; and what the system refuses to read.
    #[inline]
    pub fn load(&self, index: usize) -> Result<u64, Error> {
        match &self.access {
            Words::Mapped(words) => words.load(index),
            Words::Read(file) => self.read(file, index),
        }
    }

    /// Finds a word, to be looked at often; `None` if it is not mapped.
    ///
    /// # Errors
    /// `InvalidInput` if there is no such word; `UsedAfterFork`.
    pub fn find(&self, index: usize) -> Result<Option<FoundWord>, Error> {
        match &self.access {
            Words::Mapped(words) => {
                let word = sys::shared_words::Word::find(words, index)?;
                Ok(Some(FoundWord(word)))
            }
            Words::Read(_) => Ok(None),
        }
    }

    /// Adds 1 to a word, with Release.
    ///
    /// # Errors
    /// `InvalidInput` if there is no such word or it is not ours to change; `UsedAfterFork`.
    pub fn add(&self, index: usize) -> Result<(), Error> {
        match &self.access {
            Words::Mapped(words) => words.add(index),
            Words::Read(_) => Err(Error::invalid_input("mmap")),
        }
    }

    #[cold]
    fn read(&self, file: &Descriptor, index: usize) -> Result<u64, Error> {
        if index >= self.count {
            return Err(Error::invalid_input("mmap"));
        }
        sys::shared_words::read(file, index)
    }
}

fn is_not_ours_to_write(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::PermissionDenied | ErrorKind::ReadOnly)
}

fn size_in_bytes(count: usize) -> Result<usize, Error> {
    match count.checked_mul(size_of::<u64>()) {
        Some(size) if size > 0 => Ok(size),
        _ => Err(Error::invalid_input("mmap")),
    }
}

#[cfg(test)]
mod tests;
