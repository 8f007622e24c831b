// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::call::{call, call_once};
use crate::{
    Error, ErrorKind,
    handle::{Descriptor, VetError},
};
use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl, readlink},
    sys::eventfd::{EfdFlags, EventFd},
    unistd::write,
};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

pub(crate) fn open() -> Result<OwnedFd, Error> {
    let flags = EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC;
    call("eventfd", || EventFd::from_flags(flags)).map(OwnedFd::from)
}

pub(crate) fn ring(bell: &Descriptor) -> Result<(), Error> {
    let fd = bell.get("write")?;
    match add(fd, 1) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        result => result,
    }
}

pub(crate) fn vet(bell: &Descriptor) -> Result<(), VetError> {
    let fd = bell.get("fcntl(F_GETFL)")?;
    let flags = call("fcntl(F_GETFL)", || fcntl(fd, FcntlArg::F_GETFL))?;
    if !OFlag::from_bits_retain(flags).contains(OFlag::O_NONBLOCK) {
        return Err(VetError::WrongKind);
    }
    match call("readlink", || {
        readlink(format!("/proc/self/fd/{}", fd.as_raw_fd()).as_str())
    }) {
        Ok(target) if target == "anon_inode:[eventfd]" => Ok(()),
        Ok(_) => Err(VetError::WrongKind),
        Err(_) => vet_by_behaviour(fd),
    }
}

/// WHY: without `/proc` nothing tells what a descriptor is, but only an event counter refuses an empty write and the
/// highest number, and takes a zero. Neither of the three changes it.
fn vet_by_behaviour(fd: BorrowedFd<'_>) -> Result<(), VetError> {
    let refused = |result: Result<(), Error>| match result {
        Err(error) => error.errno() == Errno::EINVAL as i32,
        Ok(()) => false,
    };
    let empty = call_once("write", || write(fd, &[])).map(drop);
    if refused(empty) && refused(add(fd, u64::MAX)) && add(fd, 0).is_ok() {
        Ok(())
    } else {
        Err(VetError::WrongKind)
    }
}

fn add(fd: BorrowedFd<'_>, value: u64) -> Result<(), Error> {
    call("write", || write(fd, &value.to_ne_bytes())).map(drop)
}
