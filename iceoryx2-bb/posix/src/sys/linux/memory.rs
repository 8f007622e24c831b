// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{
    call::{announce, call, call_once},
    errno,
};
use crate::{
    Error, ErrorKind,
    handle::{Descriptor, VetError},
    memory::Access,
};
use core::{
    ops::Range,
    ptr::{self, NonNull},
};
use nix::{
    errno::Errno,
    fcntl::{FallocateFlags, FcntlArg, SealFlag, fallocate, fcntl},
    libc::{self, off_t},
    sys::{
        memfd::{MFdFlags, memfd_create},
        resource::{Resource, getrlimit, rlim_t},
        stat::{FileStat, fstat},
        statfs::{TMPFS_MAGIC, fstatfs},
    },
    unistd::{SysconfVar, ftruncate, sysconf},
};
use std::{
    os::fd::{AsRawFd, OwnedFd},
    sync::OnceLock,
};

/// `MFD_NOEXEC_SEAL` of Linux 6.3.
const NOEXEC_SEAL: MFdFlags = MFdFlags::from_bits_retain(0x8);

/// Pages that are made at a time.
///
/// WHY: a kernel may undo an unfinished call when a signal comes; under a storm of signals one call for everything would
/// then never finish.
pub(crate) const COMMIT_STEP: usize = 128 * 1024;

pub(crate) fn page_size() -> usize {
    static PAGE_SIZE: OnceLock<usize> = OnceLock::new();
    *PAGE_SIZE.get_or_init(|| {
        let asked = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
        asked
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(4096)
    })
}

/// Anonymous memory of `size` bytes without pages. To be called under the lock of the open list.
pub(crate) fn open(label: &str, size: usize) -> Result<OwnedFd, Error> {
    let length = off_t::try_from(size).map_err(|_| errno::out_of_memory("ftruncate"))?;
    let memory = create_sealable(label)?;
    refuse_above_file_size_limit(size)?;
    call("ftruncate", || ftruncate(&memory, length))?;
    Ok(memory)
}

/// The same with all its pages, in one call more than none. At most [`COMMIT_STEP`] bytes.
pub(crate) fn open_committed(label: &str, size: usize) -> Result<OwnedFd, Error> {
    let length = off_t::try_from(size).map_err(|_| errno::out_of_memory("fallocate"))?;
    let memory = create_sealable(label)?;
    refuse_above_file_size_limit(size)?;
    call("fallocate", || {
        fallocate(&memory, FallocateFlags::empty(), 0, length)
    })?;
    Ok(memory)
}

fn create_sealable(label: &str) -> Result<OwnedFd, Error> {
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    match create(label, flags | NOEXEC_SEAL) {
        Err(error) if error.kind() == ErrorKind::InvalidInput => create(label, flags),
        result => result,
    }
}

fn create(label: &str, flags: MFdFlags) -> Result<OwnedFd, Error> {
    call("memfd_create", || memfd_create(label, flags))
}

/// WHY: beyond the limit `ftruncate` does not only fail, it kills by SIGXFSZ first.
fn refuse_above_file_size_limit(size: usize) -> Result<(), Error> {
    let (limit, _) = call("getrlimit", || getrlimit(Resource::RLIMIT_FSIZE))?;
    match rlim_t::try_from(size) {
        Ok(size) if size <= limit => Ok(()),
        _ => Err(Error::new("ftruncate", Errno::EFBIG as i32)),
    }
}

/// After this only the mappings that exist can write; nobody can change the size; nobody can unseal.
pub(crate) fn seal(memory: &Descriptor) -> Result<(), Error> {
    let seals = SealFlag::F_SEAL_FUTURE_WRITE
        | SealFlag::F_SEAL_SHRINK
        | SealFlag::F_SEAL_GROW
        | SealFlag::F_SEAL_SEAL;
    let fd = memory.get("fcntl(F_ADD_SEALS)")?;
    call("fcntl(F_ADD_SEALS)", || {
        fcntl(fd, FcntlArg::F_ADD_SEALS(seals))
    })
    .map(drop)
}

pub(crate) fn map(memory: &Descriptor, size: usize, access: Access) -> Result<NonNull<u8>, Error> {
    let fd = memory.get("mmap")?;
    let rights = match access {
        Access::Read => libc::PROT_READ,
        Access::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
    };
    call("mmap", || {
        let (anywhere, number) = (ptr::null_mut(), fd.as_raw_fd());
        // SAFETY: a new mapping where the system likes it; it replaces nothing.
        let base = unsafe { libc::mmap(anywhere, size, rights, libc::MAP_SHARED, number, 0) };
        if base == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        NonNull::new(base.cast()).ok_or(Errno::ENOMEM)
    })
}

/// # Safety
/// The range is one mapping, and nobody uses it any more.
pub(crate) unsafe fn unmap(base: NonNull<u8>, size: usize) {
    announce("munmap");
    // SAFETY: the caller's promise. It cannot fail for a whole mapping.
    let _ = unsafe { libc::munmap(base.as_ptr().cast(), size) };
}

/// Ends a mapping of the parent's that a forked child has inherited.
pub(crate) fn unmap_inherited(address: usize, size: usize) {
    // SAFETY: the list names whole mappings of the parent's, which lie at the same place in its child. Nobody uses them
    // there: every value that could was born in the parent, and refuses.
    unsafe { libc::munmap(core::ptr::with_exposed_provenance_mut(address), size) };
}

/// Gives the pages of `range`, whole pages within the size.
pub(crate) fn commit(memory: &Descriptor, range: Range<usize>) -> Result<(), Error> {
    let fd = memory.get("fallocate")?;
    for start in range.clone().step_by(COMMIT_STEP) {
        let length = COMMIT_STEP.min(range.end.saturating_sub(start));
        let (start, length) = (offset(start)?, offset(length)?);
        call("fallocate", || {
            fallocate(fd, FallocateFlags::FALLOC_FL_KEEP_SIZE, start, length)
        })?;
    }
    Ok(())
}

fn offset(bytes: usize) -> Result<off_t, Error> {
    off_t::try_from(bytes).map_err(|_| errno::invalid_input("fallocate"))
}

pub(crate) fn committed(memory: &Descriptor) -> Result<usize, Error> {
    let fd = memory.get("fstat")?;
    let status = call("fstat", || fstat(fd))?;
    // The unit of `st_blocks` is always 512 bytes.
    let blocks = usize::try_from(status.st_blocks).unwrap_or(0);
    Ok(blocks.saturating_mul(512))
}

/// The size of what a peer sent, if it is memory as `seal` leaves it.
pub(crate) fn vet(memory: &Descriptor) -> Result<usize, VetError> {
    let seals = seals(memory)?;
    let fd = memory.get("fstat")?;
    let status = call("fstat", || fstat(fd))?;
    if !is_ordinary_memory(memory, &status)? {
        return Err(VetError::WrongKind);
    }
    let unwritable = SealFlag::F_SEAL_FUTURE_WRITE | SealFlag::F_SEAL_WRITE;
    if !seals.contains(SealFlag::F_SEAL_SHRINK) || !seals.intersects(unwritable) {
        return Err(VetError::NotSealed);
    }
    match usize::try_from(status.st_size) {
        Ok(size) if size > 0 && isize::try_from(size).is_ok() => Ok(size),
        _ => Err(VetError::Size),
    }
}

fn seals(memory: &Descriptor) -> Result<SealFlag, VetError> {
    let fd = memory.get("fcntl(F_GET_SEALS)")?;
    match call_once("fcntl(F_GET_SEALS)", || fcntl(fd, FcntlArg::F_GET_SEALS)) {
        Ok(bits) => Ok(SealFlag::from_bits_retain(bits)),
        // EBADF: a descriptor that only names a file.
        Err(error) if [libc::EINVAL, libc::EBADF].contains(&error.errno()) => {
            Err(VetError::WrongKind)
        }
        Err(error) => Err(error.into()),
    }
}

/// WHY: huge pages have seals, too, but their pages cannot be had one by one, and touching them may kill.
fn is_ordinary_memory(memory: &Descriptor, status: &FileStat) -> Result<bool, Error> {
    // WHY: what has seals is one of the two, and files of huge pages say how large those are. Ordinary memory may say so, too,
    // where the system prefers huge pages for it; then that has to be asked.
    if usize::try_from(status.st_blksize).is_ok_and(|size| size == page_size()) {
        return Ok(true);
    }
    let fd = memory.get("fstatfs")?;
    Ok(call("fstatfs", || fstatfs(fd))?.filesystem_type() == TMPFS_MAGIC)
}
