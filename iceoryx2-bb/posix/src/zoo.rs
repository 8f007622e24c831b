// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Handles of every kind that a peer might send by mistake or malice.

use crate::{Handle, open_list};
use nix::{
    fcntl::{FcntlArg, OFlag, SealFlag, fcntl},
    sys::{
        epoll::{Epoll, EpollCreateFlags},
        eventfd::EventFd,
        memfd::{MFdFlags, memfd_create},
        socket::{AddressFamily, SockFlag, SockType, socket},
        timerfd::{ClockId, TimerFd, TimerFlags},
    },
    unistd::{ftruncate, pipe},
};
use std::{
    fs::{File, OpenOptions},
    os::{fd::OwnedFd, unix::fs::OpenOptionsExt},
};

pub(crate) fn handle(fd: impl Into<OwnedFd>) -> Handle {
    Handle::new(open_list::create(|| Ok(fd.into())).unwrap())
}

/// Memory of `size` bytes with `seals`.
pub(crate) fn memory(size: i64, flags: MFdFlags, seals: SealFlag) -> OwnedFd {
    let memory = memfd_create(
        "zoo",
        flags | MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING,
    );
    let memory = memory.unwrap();
    ftruncate(&memory, size).unwrap();
    fcntl(&memory, FcntlArg::F_ADD_SEALS(seals)).unwrap();
    memory
}

pub(crate) fn event_counter(flags: nix::sys::eventfd::EfdFlags) -> OwnedFd {
    EventFd::from_flags(flags).unwrap().into()
}

/// What is neither memory nor a doorbell, with its name; all non-blocking where that means anything.
pub(crate) fn strangers() -> Vec<(&'static str, Handle)> {
    let (read, write) = pipe().unwrap();
    for end in [&read, &write] {
        fcntl(end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    }
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None).unwrap();
    let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK).unwrap();
    let name_only = OpenOptions::new()
        .read(true)
        .custom_flags(nix::libc::O_PATH)
        .open("/")
        .unwrap();
    let nonblocking = |write: bool, path: &str| {
        let flags = nix::libc::O_NONBLOCK;
        OpenOptions::new()
            .read(true)
            .write(write)
            .custom_flags(flags)
            .open(path)
            .unwrap()
    };
    vec![
        ("end of a pipe to read", handle(read)),
        ("end of a pipe to write", handle(write)),
        ("socket", handle(socket)),
        ("timer", handle(OwnedFd::from(timer))),
        (
            "poller",
            handle(Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).unwrap().0),
        ),
        ("directory", handle(File::open("/").unwrap())),
        ("name of a directory", handle(name_only)),
        ("/dev/null", handle(nonblocking(true, "/dev/null"))),
        ("/dev/zero", handle(nonblocking(true, "/dev/zero"))),
        ("program", handle(nonblocking(false, "/proc/self/exe"))),
        (
            "file of the system",
            handle(nonblocking(false, "/proc/self/stat")),
        ),
    ]
}
