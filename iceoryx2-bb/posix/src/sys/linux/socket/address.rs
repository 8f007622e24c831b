// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Names of sockets. The system takes only whole paths of at most 107 bytes; one through `/proc/self/fd` is short and
//! leads into the open directory itself, whatever became of its path.

use crate::{
    Error, ErrorKind,
    directory::Directory,
    handle::Descriptor,
    sys::{call::call, errno},
};
use nix::{
    errno::Errno,
    sys::{
        socket::{self, UnixAddr},
        stat::{FchmodatFlags, Mode, fchmodat, stat},
    },
};
use std::{
    os::fd::{AsRawFd, RawFd},
    path::PathBuf,
};

pub(crate) fn bind(socket: &Descriptor, directory: &Directory, name: &str) -> Result<(), Error> {
    let address = address("bind", directory, name)?;
    let fd = socket.get("bind")?;
    call("bind", || socket::bind(fd.as_raw_fd(), &address))?;
    restrict_to_owner(directory, name)
}

pub(crate) fn connect(socket: &Descriptor, directory: &Directory, name: &str) -> Result<(), Error> {
    if let Some(result) = connect_from_above(socket, directory, name)? {
        return Ok(result);
    }
    let number = directory.descriptor()?.get("connect")?.as_raw_fd();
    let fd = socket.get("connect")?;
    let address = address_in("connect", through_proc(number), name)?;
    match call("connect", || socket::connect(fd.as_raw_fd(), &address)) {
        // WHY: the name is missing, or `/proc` is. That is asked only now, for mostly both are there.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let place = place("connect", directory)?;
            if place == through_proc(number) {
                return Err(error);
            }
            let address = address_in("connect", place, name)?;
            call("connect", || socket::connect(fd.as_raw_fd(), &address))
        }
        result => result,
    }
}

/// Connects through the directory above, while this one is not open; `None` where that is not so, or fails for want of a
/// name, or the way is too long.
fn connect_from_above(
    socket: &Descriptor,
    directory: &Directory,
    name: &str,
) -> Result<Option<()>, Error> {
    single_name("connect", name)?;
    let Some((above, way)) = directory.way_to(name) else {
        return Ok(None);
    };
    let place = through_proc(above.get("connect")?.as_raw_fd());
    let fd = socket.get("connect")?;
    let Ok(address) = UnixAddr::new(&place.join(way)) else {
        return Ok(None);
    };
    match call("connect", || socket::connect(fd.as_raw_fd(), &address)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

/// WHY: the umask decided so far, and it may even forbid the owner to connect.
fn restrict_to_owner(directory: &Directory, name: &str) -> Result<(), Error> {
    let place = directory.descriptor()?.get("fchmodat")?;
    let mode = Mode::S_IRUSR | Mode::S_IWUSR;
    call("fchmodat", || {
        fchmodat(place, name, mode, FchmodatFlags::FollowSymlink)
    })
}

fn address(call_name: &'static str, directory: &Directory, name: &str) -> Result<UnixAddr, Error> {
    address_in(call_name, place(call_name, directory)?, name)
}

fn address_in(call_name: &'static str, place: PathBuf, name: &str) -> Result<UnixAddr, Error> {
    single_name(call_name, name)?;
    UnixAddr::new(&place.join(name)).map_err(|_| Error::new(call_name, Errno::ENAMETOOLONG as i32))
}

fn single_name(call_name: &'static str, name: &str) -> Result<(), Error> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
        return Err(errno::invalid_input(call_name));
    }
    Ok(())
}

/// A path that leads to the open directory: without `/proc` its own path, if that still leads there.
fn place(call_name: &'static str, directory: &Directory) -> Result<PathBuf, Error> {
    let short = through_proc(directory.descriptor()?.get(call_name)?.as_raw_fd());
    if call("stat", || stat(&short)).is_ok() {
        Ok(short)
    } else if directory.is_current() {
        Ok(directory.path().to_owned())
    } else {
        Err(Error::new(call_name, Errno::ENOENT as i32))
    }
}

fn through_proc(number: RawFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{number}"))
}
