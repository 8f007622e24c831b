// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{call::call, errno};
use crate::{
    Error,
    handle::Descriptor,
    lock_file::{Held, HeldBytes},
};
use core::ops::Range;
use nix::{
    fcntl::{FcntlArg, fcntl},
    libc,
};

pub(crate) fn lock_for_writing(file: &Descriptor, byte: u64) -> Result<(), Error> {
    set(file, libc::F_WRLCK, byte)
}

pub(crate) fn lock_for_reading(file: &Descriptor, byte: u64) -> Result<(), Error> {
    set(file, libc::F_RDLCK, byte)
}

pub(crate) fn lock_range_for_reading(file: &Descriptor, bytes: &Range<u64>) -> Result<(), Error> {
    if bytes.is_empty() {
        return Err(errno::invalid_input("fcntl"));
    }
    set_range(file, libc::F_RDLCK, bytes)
}

pub(crate) fn unlock(file: &Descriptor, byte: u64) -> Result<(), Error> {
    set(file, libc::F_UNLCK, byte)
}

pub(crate) fn unlock_all(file: &Descriptor) -> Result<(), Error> {
    // WHY: no bytes at all mean all of them to the system.
    set_range(file, libc::F_UNLCK, &(0..0))
}

/// Finds what keeps `file` from holding `bytes` as `wanted`: every other lock from writing, write locks from reading.
pub(crate) fn find(
    file: &Descriptor,
    bytes: &Range<u64>,
    wanted: Held,
) -> Result<Option<HeldBytes>, Error> {
    let fd = file.get("fcntl")?;
    let kind = match wanted {
        Held::Writing => libc::F_WRLCK,
        Held::Free | Held::Reading => libc::F_RDLCK,
    };
    let wanted = lock(kind, bytes).ok_or(errno::invalid_input("fcntl"))?;
    let found = call("fcntl", || {
        let mut found = wanted;
        fcntl(fd, FcntlArg::F_OFD_GETLK(&mut found)).map(|_| found)
    })?;
    Ok(understand(&found))
}

fn set(file: &Descriptor, kind: libc::c_int, byte: u64) -> Result<(), Error> {
    let end = byte.checked_add(1).ok_or(errno::invalid_input("fcntl"))?;
    set_range(file, kind, &(byte..end))
}

fn set_range(file: &Descriptor, kind: libc::c_int, bytes: &Range<u64>) -> Result<(), Error> {
    let fd = file.get("fcntl")?;
    let lock = lock(kind, bytes).ok_or(errno::invalid_input("fcntl"))?;
    call("fcntl", || {
        fcntl(fd, FcntlArg::F_OFD_SETLK(&lock)).map(drop)
    })
}

fn lock(kind: libc::c_int, bytes: &Range<u64>) -> Option<libc::flock> {
    Some(libc::flock {
        l_type: libc::c_short::try_from(kind).ok()?,
        l_whence: libc::c_short::try_from(libc::SEEK_SET).ok()?,
        l_start: libc::off_t::try_from(bytes.start).ok()?,
        l_len: libc::off_t::try_from(bytes.end.checked_sub(bytes.start)?).ok()?,
        // WHY: anything else is refused; such a lock belongs to no process.
        l_pid: 0,
    })
}

fn understand(found: &libc::flock) -> Option<HeldBytes> {
    let held = match libc::c_int::from(found.l_type) {
        libc::F_UNLCK => return None,
        libc::F_RDLCK => Held::Reading,
        _ => Held::Writing,
    };
    let start = u64::try_from(found.l_start).unwrap_or(0);
    let end = match u64::try_from(found.l_len) {
        // WHY: a length of 0 means up to the end of all files.
        Ok(0) | Err(_) => u64::MAX,
        Ok(len) => start.saturating_add(len),
    };
    Some(HeldBytes {
        bytes: start..end,
        held,
    })
}
