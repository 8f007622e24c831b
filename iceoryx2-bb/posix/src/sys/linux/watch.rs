// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{
    call::{call, call_once},
    errno,
};
use crate::{Error, ErrorKind, directory::Directory, handle::Descriptor, open_list};
use nix::{errno::Errno, libc, unistd};
use std::{
    ffi::CString,
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

/// Names that come; `IN_ONLYDIR` because a watch on anything else is nobody's wish.
const COMING: u32 = libc::IN_CREATE | libc::IN_MOVED_TO | libc::IN_ONLYDIR;

/// More than a full queue of the default length takes.
const READS_MAX: usize = 2048;

pub(crate) fn create(directory: &Directory) -> Result<Descriptor, Error> {
    let watch = open_list::create(|| {
        call("inotify_init1", || {
            // SAFETY: takes a number, touches no memory of ours.
            let fd = unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) };
            // SAFETY: just opened, and known to nobody else.
            Errno::result(fd).map(|fd| unsafe { OwnedFd::from_raw_fd(fd) })
        })
    })?;
    let number = directory
        .descriptor()?
        .get("inotify_add_watch")?
        .as_raw_fd();
    match add(&watch, Path::new(&format!("/proc/self/fd/{number}"))) {
        // WHY: without /proc the path has to do, if it still leads there.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            add(&watch, directory.path())?;
            if directory.is_current() {
                Ok(watch)
            } else {
                Err(error)
            }
        }
        added => added.map(|()| watch),
    }
}

/// Empties the queue; gives up, with some of it left, if somebody fills it as fast.
pub(crate) fn drain(watch: &Descriptor) -> Result<(), Error> {
    let fd = watch.get("read")?;
    let mut events = [0; 4096];
    for _ in 0..READS_MAX {
        match call("read", || unistd::read(fd, &mut events)) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
            // WHY: there was room for many more events; there are none.
            Ok(len) if len < events.len() / 2 => return Ok(()),
            Ok(_) => {}
        }
    }
    Ok(())
}

fn add(watch: &Descriptor, path: &Path) -> Result<(), Error> {
    const CALL: &str = "inotify_add_watch";
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| errno::invalid_input(CALL))?;
    let fd = watch.get(CALL)?.as_raw_fd();
    call_once(CALL, || {
        // SAFETY: the path is a string that ends with 0 and lives until the call returns.
        Errno::result(unsafe { libc::inotify_add_watch(fd, path.as_ptr(), COMING) }).map(drop)
    })
}
