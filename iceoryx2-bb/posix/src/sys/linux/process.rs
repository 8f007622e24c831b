// SPDX-License-Identifier: Apache-2.0 OR MIT
#[cfg(feature = "tools")]
pub(crate) mod tools;

use super::{call::call, errno, poll::look};
use crate::{Error, handle::Descriptor};
use core::{
    ffi::{CStr, c_char, c_int},
    ptr::NonNull,
};
use nix::{errno::Errno, fcntl::readlink, libc, poll::PollFlags};
use std::{
    ffi::OsStr,
    os::{
        fd::{FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::PathBuf,
};

/// To be called under the lock of the open list.
pub(crate) fn open(pid: u32) -> Result<OwnedFd, Error> {
    let pid = number("pidfd_open", pid)?;
    call("pidfd_open", || {
        // SAFETY: takes two numbers, touches no memory of ours; what it opens is closed on exec.
        let result = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        let fd = c_int::try_from(Errno::result(result)?).map_err(|_| Errno::EBADF)?;
        // SAFETY: just opened, and known to nobody else.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    })
}

pub(crate) fn is_dead(process: &Descriptor) -> Result<bool, Error> {
    let ended = PollFlags::POLLIN | PollFlags::POLLHUP;
    Ok(look(process, PollFlags::POLLIN)?.intersects(ended))
}

/// WHY: 0 and negative numbers mean whole groups of processes.
pub(super) fn number(call: &'static str, pid: u32) -> Result<libc::pid_t, Error> {
    match libc::pid_t::try_from(pid) {
        Ok(pid) if pid > 0 => Ok(pid),
        _ => Err(errno::invalid_input(call)),
    }
}

pub(crate) fn this_executable() -> Result<PathBuf, Error> {
    call("readlink", || readlink("/proc/self/exe")).map(PathBuf::from)
}

/// What was given to `exec`, which the kernel keeps with the process: no call is needed.
pub(crate) fn path_at_start() -> Option<PathBuf> {
    // SAFETY: takes a number, touches no memory of ours.
    let path = unsafe { libc::getauxval(libc::AT_EXECFN) };
    let path = NonNull::new(path as *mut c_char)?;
    // SAFETY: the kernel puts a terminated text there before the program begins, and nothing else ever uses the place.
    let path = unsafe { CStr::from_ptr(path.as_ptr()) };
    Some(PathBuf::from(OsStr::from_bytes(path.to_bytes())))
}
