// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The one error of this crate: which call failed, and how.

use crate::sys;
use core::fmt;

/// A system call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    call: &'static str,
    errno: i32,
}

/// Stands in [`Error::errno`] for a use after fork, which no system reports. No system has an error 0.
const USED_AFTER_FORK: i32 = 0;

impl Error {
    /// The failure `errno` of `call`.
    #[must_use]
    pub const fn new(call: &'static str, errno: i32) -> Self {
        Self { call, errno }
    }

    /// `call` was not made, because what it was to act on belongs to a parent process.
    #[must_use]
    pub const fn used_after_fork(call: &'static str) -> Self {
        Self {
            call,
            errno: USED_AFTER_FORK,
        }
    }

    /// `call` was not made, because what it was to be given makes no sense.
    #[must_use]
    pub const fn invalid_input(call: &'static str) -> Self {
        sys::errno::invalid_input(call)
    }

    /// `call` was not made, because it is known without the system that it would fail like this: for what stands in for
    /// the system within one process.
    #[must_use]
    pub const fn of_kind(call: &'static str, kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::UsedAfterFork => Self::used_after_fork(call),
            kind => Self::new(call, sys::errno::number(kind)),
        }
    }

    /// The name of the call that failed.
    #[must_use]
    pub const fn call(&self) -> &'static str {
        self.call
    }

    /// The system's number of the error; 0 for [`ErrorKind::UsedAfterFork`].
    #[must_use]
    pub const fn errno(&self) -> i32 {
        self.errno
    }

    /// What a caller can branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self.errno {
            USED_AFTER_FORK => ErrorKind::UsedAfterFork,
            errno => sys::errno::kind(errno),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} failed: ", self.call)?;
        match self.errno {
            USED_AFTER_FORK => out.write_str("it belongs to the parent process of a fork")?,
            errno => sys::errno::describe(errno, out)?,
        }
        match self.kind().cure() {
            Some(cure) => write!(out, "; {cure}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Error {}

/// What went wrong, as far as a caller can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The name leads nowhere.
    NotFound,
    /// Rights are missing.
    PermissionDenied,
    /// The name is taken.
    AlreadyExists,
    /// It cannot be done without waiting.
    WouldBlock,
    /// This process, or the whole system, has no descriptor left.
    TooManyOpenFiles,
    /// This user has sent too many handles that nobody has received yet.
    TooManyHandlesInFlight,
    /// A disk, a quota or a file size limit is full.
    NoSpace,
    /// Memory or address space is used up.
    OutOfMemory,
    /// The name is there but nobody listens.
    ConnectionRefused,
    /// The other end is gone.
    Disconnected,
    /// A directory was asked for, and it is something else.
    NotADirectory,
    /// A directory was found where none may be.
    IsADirectory,
    /// A directory has entries.
    NotEmpty,
    /// The file system is read-only.
    ReadOnly,
    /// A name or a path is too long.
    NameTooLong,
    /// A symbolic link where none may be, or too many of them.
    Loop,
    /// This system cannot do it.
    Unsupported,
    /// An argument makes no sense for the object.
    InvalidInput,
    /// The object belongs to the parent process of a fork.
    UsedAfterFork,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// What helps, where something generally does.
    #[must_use]
    pub const fn cure(self) -> Option<&'static str> {
        match self {
            Self::TooManyOpenFiles => Some("raise the limit of open files (ulimit -n)"),
            Self::TooManyHandlesInFlight => {
                Some("let peers receive first, or raise the limit of open files (ulimit -n)")
            }
            Self::NoSpace => Some("free some space or raise the limit (ulimit -f, quota)"),
            Self::OutOfMemory => Some("use less memory or raise the limit (ulimit -v)"),
            Self::UsedAfterFork => Some("make a new one in the child"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_a_sentence() {
        let error = Error::new("memfd_create", 24);
        assert_eq!(error.kind(), ErrorKind::TooManyOpenFiles);
        assert_eq!(
            error.to_string(),
            "memfd_create failed: too many open files (EMFILE); \
             raise the limit of open files (ulimit -n)"
        );
    }

    #[test]
    fn an_unknown_number_is_shown() {
        let error = Error::new("close", 4095);
        assert_eq!(error.kind(), ErrorKind::Other);
        assert_eq!(error.to_string(), "close failed: unknown error (4095)");
    }

    #[test]
    fn an_error_of_a_kind_is_of_that_kind() {
        use ErrorKind as Kind;
        for kind in [
            Kind::NotFound,
            Kind::PermissionDenied,
            Kind::AlreadyExists,
            Kind::WouldBlock,
            Kind::TooManyOpenFiles,
            Kind::TooManyHandlesInFlight,
            Kind::NoSpace,
            Kind::OutOfMemory,
            Kind::ConnectionRefused,
            Kind::Disconnected,
            Kind::NotADirectory,
            Kind::IsADirectory,
            Kind::NotEmpty,
            Kind::ReadOnly,
            Kind::NameTooLong,
            Kind::Loop,
            Kind::Unsupported,
            Kind::InvalidInput,
            Kind::UsedAfterFork,
            Kind::Other,
        ] {
            assert_eq!(Error::of_kind("open", kind).kind(), kind);
        }
    }

    #[test]
    fn a_use_after_fork_is_no_error_of_the_system() {
        let error = Error::used_after_fork("sendmsg");
        assert_eq!((error.kind(), error.errno()), (ErrorKind::UsedAfterFork, 0));
        assert!(error.to_string().contains("parent process"));
    }
}
