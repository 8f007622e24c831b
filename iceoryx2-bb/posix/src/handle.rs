// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Open descriptors: [`Handle`] is one that may travel to a peer.

use crate::{Error, fork::Birth, open_list};
use core::{fmt, mem::ManuallyDrop};
use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Arc,
};

/// An open object of the system that may be given to a peer: memory or a doorbell. Meaningless by itself until it is
/// vetted by what it is opened as. Clones name the same object; the last one closes it.
#[derive(Debug, Clone)]
pub struct Handle(Arc<Descriptor>);

impl Handle {
    pub(crate) fn new(descriptor: Descriptor) -> Self {
        Self(Arc::new(descriptor))
    }

    pub(crate) fn descriptor(&self) -> &Descriptor {
        &self.0
    }
}

/// Why a peer's handle was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VetError {
    /// It is not the kind of object it should be.
    WrongKind,
    /// It is memory that somebody could still shrink, or that we could write.
    NotSealed,
    /// It has no bytes, or more than this process can address.
    Size,
    /// The system refused.
    System(Error),
}

impl fmt::Display for VetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongKind => out.write_str("the peer's handle names another kind of object"),
            Self::NotSealed => out.write_str(
                "the peer's memory is not sealed: it must forbid shrinking and new writers",
            ),
            Self::Size => out.write_str("the peer's memory has an impossible size"),
            Self::System(error) => write!(out, "the peer's handle could not be opened: {error}"),
        }
    }
}

impl core::error::Error for VetError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::System(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for VetError {
    fn from(error: Error) -> Self {
        Self::System(error)
    }
}

/// A descriptor that is on the open list. In a forked child it answers every use with `UsedAfterFork`, and dropping
/// it does nothing: the child has closed it already.
#[derive(Debug)]
pub(crate) struct Descriptor {
    /// INVARIANT: open and on the open list while `birth` is not foreign.
    fd: ManuallyDrop<OwnedFd>,
    birth: Birth,
}

impl Descriptor {
    /// Made by [`OpenList::enter`](open_list::OpenList::enter) only.
    pub(crate) fn new(fd: OwnedFd, birth: Birth) -> Self {
        Self {
            fd: ManuallyDrop::new(fd),
            birth,
        }
    }

    /// The descriptor for the one call named `call`.
    ///
    /// # Errors
    /// `UsedAfterFork`.
    #[inline]
    pub(crate) fn get(&self, call: &'static str) -> Result<BorrowedFd<'_>, Error> {
        self.birth.check(call)?;
        Ok(self.fd.as_fd())
    }

    /// Whether this process is a forked child of the one that opened it.
    pub(crate) fn is_foreign(&self) -> bool {
        self.birth.is_foreign()
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        if !self.birth.is_foreign() {
            // SAFETY: `fd` is not touched again: this is the drop, and the only place that takes it.
            open_list::close(unsafe { ManuallyDrop::take(&mut self.fd) });
        }
    }
}

#[cfg(test)]
mod tests;
