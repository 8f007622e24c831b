// SPDX-License-Identifier: Apache-2.0 OR MIT
mod address;
mod message;

pub(crate) use address::{bind, connect};
pub(crate) use message::{receive, send};

use super::{
    call::{announce, call},
    poll::look,
};
use crate::{Error, ErrorKind, handle::Descriptor, socket::PeerIdentity};
use core::ffi::c_int;
use nix::{
    errno::Errno,
    libc,
    poll::PollFlags,
    sys::socket::{
        AddressFamily, Shutdown, SockFlag, SockType, accept4, getsockopt, socket, socketpair,
        sockopt::{PeerCredentials, PeerPidfd},
    },
};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const FLAGS: SockFlag = SockFlag::SOCK_CLOEXEC.union(SockFlag::SOCK_NONBLOCK);

pub(crate) fn open() -> Result<OwnedFd, Error> {
    call("socket", || {
        socket(AddressFamily::Unix, SockType::SeqPacket, FLAGS, None)
    })
}

/// To be called under the lock of the open list.
pub(crate) fn pair() -> Result<(OwnedFd, OwnedFd), Error> {
    call("socketpair", || {
        socketpair(AddressFamily::Unix, SockType::SeqPacket, None, FLAGS)
    })
}

pub(crate) fn listen(listener: &Descriptor, backlog: c_int) -> Result<(), Error> {
    let fd = listener.get("listen")?;
    call("listen", || {
        // SAFETY: takes two numbers, touches no memory of ours. (nix's wrapper refuses numbers above SOMAXCONN of old.)
        Errno::result(unsafe { libc::listen(fd.as_raw_fd(), backlog) }).map(drop)
    })
}

/// To be called under the lock of the open list.
pub(crate) fn accept(listener: &Descriptor) -> Result<Option<OwnedFd>, Error> {
    let fd = listener.get("accept4")?;
    match call("accept4", || accept4(fd.as_raw_fd(), FLAGS)) {
        // SAFETY: just opened, and known to nobody else.
        Ok(number) => Ok(Some(unsafe { OwnedFd::from_raw_fd(number) })),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// WHY not `accept`: it makes a socket before it finds out that there is nobody for it.
pub(crate) fn has_waiting(listener: &Descriptor) -> Result<bool, Error> {
    Ok(!look(listener, PollFlags::POLLIN)?.is_empty())
}

pub(crate) fn shutdown(socket: &Descriptor) {
    if let Ok(fd) = socket.get("shutdown") {
        announce("shutdown");
        // It fails only where there is nothing to shut down.
        let _ = nix::sys::socket::shutdown(fd.as_raw_fd(), Shutdown::Both);
    }
}

pub(crate) fn peer_identity(connection: &Descriptor) -> Result<PeerIdentity, Error> {
    let fd = connection.get("getsockopt(SO_PEERCRED)")?;
    let peer = call("getsockopt(SO_PEERCRED)", || {
        getsockopt(&fd, PeerCredentials)
    })?;
    let pid = u32::try_from(peer.pid()).unwrap_or(0);
    Ok(PeerIdentity {
        pid,
        uid: peer.uid(),
        gid: peer.gid(),
    })
}

/// To be called under the lock of the open list.
pub(crate) fn peer_process(connection: &Descriptor) -> Result<Option<OwnedFd>, Error> {
    let fd = connection.get("getsockopt(SO_PEERPIDFD)")?;
    match call("getsockopt(SO_PEERPIDFD)", || getsockopt(&fd, PeerPidfd)) {
        Ok(process) => Ok(Some(process)),
        Err(error) if error.errno() == libc::ENOPROTOOPT => Ok(None),
        // The kernel's ways to say that the process was reaped before we asked.
        Err(error) if [libc::ESRCH, libc::EINVAL, libc::ENODATA].contains(&error.errno()) => {
            Err(Error::new(error.call(), libc::ESRCH))
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn hung_up(connection: &Descriptor) -> Result<bool, Error> {
    let gone = PollFlags::POLLHUP | PollFlags::POLLERR;
    Ok(look(connection, PollFlags::empty())?.intersects(gone))
}
