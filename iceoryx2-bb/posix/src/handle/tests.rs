// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::{ErrorKind, fork, process::in_forked_child, zoo};
use nix::{fcntl::FcntlArg, fcntl::FdFlag, fcntl::fcntl, sys::eventfd::EfdFlags};
use std::{fs, os::fd::AsRawFd};

fn descriptor() -> Handle {
    zoo::handle(zoo::event_counter(EfdFlags::EFD_CLOEXEC))
}

fn number(handle: &Handle) -> i32 {
    handle.descriptor().get("test").unwrap().as_raw_fd()
}

fn is_open(number: i32) -> bool {
    fs::symlink_metadata(format!("/proc/self/fd/{number}")).is_ok()
}

#[test]
fn a_forked_child_has_none_of_the_descriptors() {
    let handles: Vec<_> = (0..200).map(|_| descriptor()).collect();
    let numbers: Vec<_> = handles.iter().map(number).collect();
    let done = in_forked_child(|| !numbers.iter().copied().any(is_open));
    assert!(done.unwrap());
    assert!(numbers.iter().copied().all(is_open));
}

#[test]
fn a_forked_childs_drop_does_not_close_what_it_opened_itself() {
    let parents = descriptor();
    let reused = number(&parents);
    let done = in_forked_child(move || {
        let own: Vec<_> = (0..=reused).map(|_| descriptor()).collect();
        assert!(own.iter().any(|own| number(own) == reused));
        drop(parents);
        is_open(reused)
    });
    assert!(done.unwrap());
}

#[test]
fn a_forked_child_keeps_what_has_an_old_number_of_ours() {
    let done = in_forked_child(|| {
        let ours = descriptor();
        let reused = number(&ours);
        drop(ours);
        let files: Vec<_> = (0..=reused).map(|_| fs::File::open("/").unwrap()).collect();
        assert!(files.iter().any(|file| file.as_raw_fd() == reused));
        in_forked_child(|| is_open(reused)).unwrap()
    });
    assert!(done.unwrap());
}

#[test]
fn every_generation_has_its_own() {
    let before = fork::generation();
    let parents = descriptor();
    let done = in_forked_child(move || {
        let childs = descriptor();
        let kind = |handle: &Handle| handle.descriptor().get("test").map_err(|e| e.kind()).err();
        assert_eq!(fork::generation(), before + 1);
        assert_eq!(
            (kind(&parents), kind(&childs)),
            (Some(ErrorKind::UsedAfterFork), None)
        );
        in_forked_child(move || {
            fork::generation() == before + 2
                && kind(&parents) == Some(ErrorKind::UsedAfterFork)
                && kind(&childs) == Some(ErrorKind::UsedAfterFork)
        })
        .unwrap()
    });
    assert!(done.unwrap());
    assert_eq!(fork::generation(), before);
}

#[test]
fn forks_of_many_threads_find_the_list_whole() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    drop(descriptor());
                    assert!(in_forked_child(|| number(&descriptor()) >= 0).unwrap());
                }
            });
        }
    });
}

#[test]
fn nothing_survives_exec() {
    let bell = crate::Doorbell::create().unwrap();
    let memory = crate::AnonymousMemory::create("test", 1).unwrap();
    let poller = crate::Poller::create().unwrap();
    let (left, right) = crate::Connection::pair().unwrap();
    let sources = [
        bell.source(),
        poller.source(),
        left.source(),
        right.source(),
    ];
    let handle = memory.handle();
    for descriptor in sources
        .map(|source| source.descriptor())
        .iter()
        .chain([&handle.descriptor()])
    {
        let fd = descriptor.get("test").unwrap();
        let flags = FdFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFD).unwrap());
        assert!(flags.contains(FdFlag::FD_CLOEXEC));
    }
}
