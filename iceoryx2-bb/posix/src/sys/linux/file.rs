// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading and writing regular files at given places.

use super::{call::call, errno};
use crate::{Error, handle::Descriptor};
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

/// Reads a file of `size` bytes, and at most `size_max`.
pub(crate) fn read_whole(file: &Descriptor, size: u64, size_max: usize) -> Result<Vec<u8>, Error> {
    let too_big = Error::new("pread", Errno::EFBIG as i32);
    let size = usize::try_from(size).map_err(|_| too_big)?;
    if size > size_max {
        return Err(too_big);
    }
    let mut content = Vec::new();
    content
        .try_reserve_exact(size)
        .map_err(|_| errno::out_of_memory("malloc"))?;
    content.resize(size, 0);
    let len = read_at(file, 0, &mut content)?;
    content.truncate(len);
    Ok(content)
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
