// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading and writing regular files at given places.

use super::{call::call, errno};
use crate::{Error, ErrorKind, handle::Descriptor};
use nix::{
    errno::Errno,
    libc::off_t,
    sys::{
        resource::{Resource, getrlimit},
        stat::{self, Mode},
        uio,
    },
};

/// Gives its owner all rights and everybody else none, whatever the umask.
pub(crate) fn make_private(file: &Descriptor) -> Result<(), Error> {
    let file = file.get("fchmod")?;
    call("fchmod", || {
        stat::fchmod(file, Mode::S_IRUSR | Mode::S_IWUSR)
    })
}

/// Reads until `buffer` is full or the file ends. Returns how many bytes it read.
pub(crate) fn read_at(file: &Descriptor, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let place = place("pread", offset, done)?;
        let fd = file.get("pread")?;
        match call("pread", || uio::pread(fd, rest, place))? {
            0 => break,
            len => done += len,
        }
    }
    Ok(done)
}

/// Writes all of `content`.
pub(crate) fn write_at(file: &Descriptor, offset: u64, content: &[u8]) -> Result<(), Error> {
    refuse_beyond_limit(offset, content.len())?;
    let mut done = 0;
    while let Some(rest) = content.get(done..).filter(|rest| !rest.is_empty()) {
        let place = place("pwrite", offset, done)?;
        let fd = file.get("pwrite")?;
        match call("pwrite", || uio::pwrite(fd, rest, place))? {
            0 => return Err(Error::new("pwrite", Errno::EIO as i32)),
            len => done += len,
        }
    }
    Ok(())
}

/// Reads a file of at most `size_max` bytes. What cannot be read at a place is no regular file.
// WHY: to ask how long the file is would be a call more than to see that it ends before the room for it does.
pub(crate) fn read_whole(file: &Descriptor, size_max: usize) -> Result<Vec<u8>, Error> {
    const FIRST: usize = 4096;
    let too_big = Error::new("pread", Errno::EFBIG as i32);
    let room_max = size_max.checked_add(1).ok_or(too_big)?;
    let mut content = Vec::new();
    let mut len = 0;
    while len == content.len() {
        if len >= room_max {
            return Err(too_big);
        }
        let room = content
            .len()
            .saturating_mul(4)
            .clamp(FIRST.min(room_max), room_max);
        content
            .try_reserve_exact(room.saturating_sub(content.len()))
            .map_err(|_| errno::out_of_memory("malloc"))?;
        content.resize(room, 0);
        let read = read_once(file, len, content.get_mut(len..).unwrap_or_default())?;
        len = len.saturating_add(read);
    }
    content.truncate(len);
    if len > size_max {
        return Err(too_big);
    }
    Ok(content)
}

/// Reads from a place. Of a regular file that fills the buffer, or there is no more.
fn read_once(file: &Descriptor, done: usize, buffer: &mut [u8]) -> Result<usize, Error> {
    let place = place("pread", 0, done)?;
    let fd = file.get("pread")?;
    call("pread", || uio::pread(fd, buffer, place)).map_err(|error| match error.kind() {
        // WHY: pipes have no places, and directories nothing to read.
        _ if error.errno() == Errno::ESPIPE as i32 => Error::invalid_input("pread"),
        ErrorKind::IsADirectory => Error::invalid_input("pread"),
        _ => error,
    })
}

/// WHY: a write beyond the limit of file sizes would kill the process by a signal.
#[allow(
    clippy::useless_conversion,
    reason = "32-bit systems have narrower numbers"
)]
fn refuse_beyond_limit(offset: u64, len: usize) -> Result<(), Error> {
    let (limit, _) = call("getrlimit", || getrlimit(Resource::RLIMIT_FSIZE))?;
    match u64::try_from(len)
        .ok()
        .and_then(|len| offset.checked_add(len))
    {
        Some(end) if end <= u64::from(limit) => Ok(()),
        _ => Err(Error::new("pwrite", Errno::EFBIG as i32)),
    }
}

fn place(name: &'static str, offset: u64, done: usize) -> Result<off_t, Error> {
    u64::try_from(done)
        .ok()
        .and_then(|done| offset.checked_add(done))
        .and_then(|place| off_t::try_from(place).ok())
        .ok_or(Error::new(name, Errno::EOVERFLOW as i32))
}
