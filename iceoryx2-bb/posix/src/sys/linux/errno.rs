// SPDX-License-Identifier: Apache-2.0 OR MIT
use crate::{Error, ErrorKind};
use core::fmt;
use nix::errno::Errno;

pub(crate) fn kind(errno: i32) -> ErrorKind {
    match Errno::from_raw(errno) {
        Errno::ENOENT => ErrorKind::NotFound,
        Errno::EACCES | Errno::EPERM => ErrorKind::PermissionDenied,
        Errno::EEXIST | Errno::EADDRINUSE => ErrorKind::AlreadyExists,
        Errno::EAGAIN => ErrorKind::WouldBlock,
        Errno::EMFILE | Errno::ENFILE => ErrorKind::TooManyOpenFiles,
        Errno::ETOOMANYREFS => ErrorKind::TooManyHandlesInFlight,
        Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG => ErrorKind::NoSpace,
        Errno::ENOMEM | Errno::ENOBUFS => ErrorKind::OutOfMemory,
        Errno::ECONNREFUSED => ErrorKind::ConnectionRefused,
        Errno::ECONNRESET | Errno::EPIPE | Errno::ENOTCONN | Errno::ESRCH => {
            ErrorKind::Disconnected
        }
        Errno::ENOTDIR => ErrorKind::NotADirectory,
        Errno::EISDIR => ErrorKind::IsADirectory,
        Errno::ENOTEMPTY => ErrorKind::NotEmpty,
        Errno::EROFS => ErrorKind::ReadOnly,
        Errno::ENAMETOOLONG => ErrorKind::NameTooLong,
        Errno::ELOOP => ErrorKind::Loop,
        Errno::ENOSYS | Errno::EOPNOTSUPP => ErrorKind::Unsupported,
        Errno::EINVAL => ErrorKind::InvalidInput,
        _ => ErrorKind::Other,
    }
}

/// A number that [`kind`] turns into `kind` again.
pub(crate) const fn number(kind: ErrorKind) -> i32 {
    (match kind {
        ErrorKind::NotFound => Errno::ENOENT,
        ErrorKind::PermissionDenied => Errno::EACCES,
        ErrorKind::AlreadyExists => Errno::EEXIST,
        ErrorKind::WouldBlock => Errno::EAGAIN,
        ErrorKind::TooManyOpenFiles => Errno::EMFILE,
        ErrorKind::TooManyHandlesInFlight => Errno::ETOOMANYREFS,
        ErrorKind::NoSpace => Errno::ENOSPC,
        ErrorKind::OutOfMemory => Errno::ENOMEM,
        ErrorKind::ConnectionRefused => Errno::ECONNREFUSED,
        ErrorKind::Disconnected => Errno::ECONNRESET,
        ErrorKind::NotADirectory => Errno::ENOTDIR,
        ErrorKind::IsADirectory => Errno::EISDIR,
        ErrorKind::NotEmpty => Errno::ENOTEMPTY,
        ErrorKind::ReadOnly => Errno::EROFS,
        ErrorKind::NameTooLong => Errno::ENAMETOOLONG,
        ErrorKind::Loop => Errno::ELOOP,
        ErrorKind::Unsupported => Errno::EOPNOTSUPP,
        ErrorKind::InvalidInput => Errno::EINVAL,
        ErrorKind::UsedAfterFork | ErrorKind::Other => Errno::EIO,
    }) as i32
}

/// Writes the error as words and name: `too many open files (EMFILE)`.
pub(crate) fn describe(errno: i32, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let known = Errno::from_raw(errno);
    if known == Errno::UnknownErrno {
        return write!(out, "unknown error ({errno})");
    }
    let mut words = known.desc().chars();
    match words.next() {
        Some(first) => write!(
            out,
            "{}{} ({known:?})",
            first.to_ascii_lowercase(),
            words.as_str()
        ),
        None => write!(out, "{known:?}"),
    }
}

pub(crate) const fn out_of_memory(call: &'static str) -> Error {
    Error::new(call, Errno::ENOMEM as i32)
}

pub(crate) const fn invalid_input(call: &'static str) -> Error {
    Error::new(call, Errno::EINVAL as i32)
}
