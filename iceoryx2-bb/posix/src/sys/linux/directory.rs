// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::call::call;
use crate::{
    Error, ErrorKind,
    directory::{Access, Attributes},
    handle::Descriptor,
    open_list,
};
use nix::{
    NixPath,
    errno::Errno,
    fcntl::{self, AT_FDCWD, AtFlags, OFlag},
    libc,
    sys::stat::{self, FchmodatFlags, FileStat, Mode, SFlag},
    unistd::{self, UnlinkatFlags},
};
use std::{
    ffi::{OsStr, OsString},
    os::{
        fd::{AsFd, AsRawFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
};

/// WHY: `O_PATH` asks for no right but to look names up, so that directories others may only enter can be used, too.
const DIRECTORY: OFlag = OFlag::O_PATH
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_CLOEXEC);
const READABLE_DIRECTORY: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_CLOEXEC);
/// WHY: without `O_NONBLOCK` opening somebody's pipe would wait for its other end.
const FILE: OFlag = OFlag::O_NOFOLLOW
    .union(OFlag::O_NONBLOCK)
    .union(OFlag::O_NOCTTY)
    .union(OFlag::O_CLOEXEC);
const OWNER_ALL: Mode = Mode::S_IRWXU;
const OWNER_ONLY: Mode = Mode::S_IRUSR.union(Mode::S_IWUSR);

pub(crate) fn open(path: &Path) -> Result<Descriptor, Error> {
    open_itself(AT_FDCWD, path)
}

/// Readable, so that it can be locked, where that is allowed.
fn open_itself<P: ?Sized + NixPath>(at: impl AsFd + Copy, path: &P) -> Result<Descriptor, Error> {
    let open = |kind| open_at(at, path, kind | OFlag::O_NOFOLLOW, Mode::empty());
    match open(READABLE_DIRECTORY) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => open(DIRECTORY),
        opened => opened,
    }
}

pub(crate) fn open_below(above: &Descriptor, name: &str) -> Result<Descriptor, Error> {
    open_itself(above.get("openat")?, name)
}

pub(crate) fn open_following(path: &Path) -> Result<Descriptor, Error> {
    open_at(AT_FDCWD, path, DIRECTORY, Mode::empty())
}

/// An open file of its own on the same directory, for a lock or a listing.
pub(crate) fn reopen(directory: &Descriptor) -> Result<Descriptor, Error> {
    open_at(
        directory.get("openat")?,
        ".",
        READABLE_DIRECTORY,
        Mode::empty(),
    )
}

pub(crate) fn create_and_open(parent: &Descriptor, name: &OsStr) -> Result<Descriptor, Error> {
    let at = parent.get("mkdirat")?;
    match call("mkdirat", || stat::mkdirat(at, name, OWNER_ALL)) {
        Ok(()) => call("fchmodat", || {
            stat::fchmodat(at, name, OWNER_ALL, FchmodatFlags::NoFollowSymlink)
        })?,
        Err(error) if error.errno() == Errno::EEXIST as i32 => {}
        Err(error) => return Err(error),
    }
    open_itself(at, name)
}

pub(crate) fn create_file(directory: &Descriptor, name: &str) -> Result<Descriptor, Error> {
    let flags = FILE | OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL;
    open_at(directory.get("openat")?, name, flags, OWNER_ONLY)
}

pub(crate) fn open_file(
    directory: &Descriptor,
    name: &str,
    access: Access,
) -> Result<Descriptor, Error> {
    let access = match access {
        Access::Read => OFlag::O_RDONLY,
        Access::ReadWrite => OFlag::O_RDWR,
    };
    open_at(directory.get("openat")?, name, FILE | access, Mode::empty())
}

pub(crate) fn attributes(file: &Descriptor) -> Result<Attributes, Error> {
    let file = file.get("fstat")?;
    call("fstat", || stat::fstat(file)).map(|it| understand(&it))
}

pub(crate) fn attributes_of_name(directory: &Descriptor, name: &str) -> Result<Attributes, Error> {
    attributes_at(directory.get("fstatat")?, name)
}

pub(crate) fn attributes_of_path(path: &Path) -> Result<Attributes, Error> {
    attributes_at(AT_FDCWD, path)
}

pub(crate) fn rename(directory: &Descriptor, from: &str, to: &str) -> Result<(), Error> {
    let at = directory.get("renameat")?;
    call("renameat", || fcntl::renameat(at, from, at, to))
}

pub(crate) fn remove(directory: &Descriptor, name: &str) -> Result<(), Error> {
    let at = directory.get("unlinkat")?;
    call("unlinkat", || {
        unistd::unlinkat(at, name, UnlinkatFlags::NoRemoveDir)
    })
}

pub(crate) fn remove_directory(path: &Path) -> Result<(), Error> {
    call("rmdir", || {
        match unistd::unlinkat(AT_FDCWD, path, UnlinkatFlags::RemoveDir) {
            // WHY: POSIX lets a system say of a directory with entries that it exists.
            Err(Errno::EEXIST) => Err(Errno::ENOTEMPTY),
            result => result,
        }
    })
}

pub(crate) fn working_directory() -> Result<PathBuf, Error> {
    call("getcwd", unistd::getcwd)
}

pub(crate) fn lock(directory: &Descriptor) -> Result<(), Error> {
    flock(directory, libc::LOCK_EX | libc::LOCK_NB)
}

/// Whether a lock failed because the directory was opened without the right to read it.
pub(crate) fn is_not_lockable(error: Error) -> bool {
    error.errno() == Errno::EBADF as i32
}

pub(crate) fn unlock(directory: &Descriptor) -> Result<(), Error> {
    flock(directory, libc::LOCK_UN)
}

pub(crate) fn names(directory: &Descriptor) -> Result<Vec<OsString>, Error> {
    let listing = reopen(directory)?;
    let mut names = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let len = read_entries(&listing, &mut buffer)?;
        let mut rest = buffer.get(..len).unwrap_or_default();
        if rest.is_empty() {
            return Ok(names);
        }
        while let Some((name, after)) = first_entry(rest) {
            if !matches!(name, b"." | b"..") {
                names.push(OsStr::from_bytes(name).to_os_string());
            }
            rest = after;
        }
    }
}

fn open_at<P: ?Sized + NixPath>(
    at: impl AsFd + Copy,
    path: &P,
    flags: OFlag,
    mode: Mode,
) -> Result<Descriptor, Error> {
    open_list::create(|| call("openat", || fcntl::openat(at, path, flags, mode)))
}

fn attributes_at<P: ?Sized + NixPath>(at: impl AsFd + Copy, path: &P) -> Result<Attributes, Error> {
    call("fstatat", || {
        stat::fstatat(at, path, AtFlags::AT_SYMLINK_NOFOLLOW)
    })
    .map(|it| understand(&it))
}

#[allow(
    clippy::useless_conversion,
    reason = "32-bit systems have narrower numbers"
)]
fn understand(it: &FileStat) -> Attributes {
    Attributes {
        identity: (u64::from(it.st_dev), u64::from(it.st_ino)),
        owner: it.st_uid,
        mode: it.st_mode & 0o7777,
        is_regular: it.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFREG.bits(),
        size: u64::try_from(it.st_size).unwrap_or(0),
        names: u64::from(it.st_nlink),
    }
}

fn flock(directory: &Descriptor, operation: i32) -> Result<(), Error> {
    let file = directory.get("flock")?.as_raw_fd();
    call("flock", || {
        // SAFETY: takes no pointer, and the descriptor is open while it is borrowed.
        Errno::result(unsafe { libc::flock(file, operation) }).map(drop)
    })
}

/// Reads as many entries as fit, whole ones; 0 at the end.
fn read_entries(listing: &Descriptor, buffer: &mut [u8]) -> Result<usize, Error> {
    let file = listing.get("getdents64")?.as_raw_fd();
    call("getdents64", || {
        // SAFETY: the kernel writes at most `len` bytes to a buffer that is exclusively ours and that long.
        let len = unsafe {
            libc::syscall(
                libc::SYS_getdents64,
                file,
                buffer.as_mut_ptr(),
                buffer.len(),
            )
        };
        Errno::result(len).map(|len| usize::try_from(len).unwrap_or(0))
    })
}

/// The name of the first entry, and the entries after it. An entry as the kernel writes it:
///
/// ```text
///   0        8        16         18       19
///   │ inode  │ offset │ its size │ kind   │ name, 0, padding │
/// ```
fn first_entry(entries: &[u8]) -> Option<(&[u8], &[u8])> {
    let size = u16::from_ne_bytes([*entries.get(16)?, *entries.get(17)?]);
    let (entry, after) = entries.split_at_checked(usize::from(size))?;
    let name = entry.get(19..)?.split(|byte| *byte == 0).next()?;
    Some((name, after))
}
