// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::{ErrorKind, Poller, Trigger, faults::failing, process::in_forked_child, zoo};
use core::time::Duration;
use nix::{errno::Errno, fcntl::OFlag, sys::eventfd::EfdFlags, unistd::pipe2};

fn is_rung(bell: &Doorbell) -> bool {
    let poller = Poller::create().unwrap();
    poller.add(bell.source(), 0, Trigger::Level).unwrap();
    poller.wait(Some(Duration::ZERO), &mut |_| ()).unwrap() == 1
}

#[test]
fn a_ring_arrives() {
    let bell = Doorbell::create().unwrap();
    let ringer = Ringer::open(bell.handle()).unwrap();
    assert!(!is_rung(&bell));
    ringer.ring().unwrap();
    assert!(is_rung(&bell));
}

#[test]
fn a_full_bell_is_rung_and_does_not_block() {
    let bell = Doorbell::create().unwrap();
    let ringer = Ringer::open(bell.handle()).unwrap();
    let full = (u64::MAX - 1).to_ne_bytes();
    nix::unistd::write(bell.handle().descriptor().get("test").unwrap(), &full).unwrap();
    ringer.ring().unwrap();
    assert!(is_rung(&bell));
}

#[test]
fn strangers_are_refused_and_left_alone() {
    let mut strangers = zoo::strangers();
    let memory = crate::AnonymousMemory::create("test", 1).unwrap();
    strangers.push(("memory", memory.handle()));
    for (name, handle) in strangers {
        assert_eq!(
            Ringer::open(handle).unwrap_err(),
            VetError::WrongKind,
            "{name}"
        );
    }
}

#[test]
fn a_bell_that_blocks_is_refused() {
    let handle = zoo::handle(zoo::event_counter(EfdFlags::EFD_CLOEXEC));
    assert_eq!(Ringer::open(handle).unwrap_err(), VetError::WrongKind);
}

#[test]
fn without_proc_the_behaviour_decides() {
    let open = |handle| failing("readlink", Errno::ENOENT as i32, || Ringer::open(handle));
    let bell = Doorbell::create().unwrap();
    open(bell.handle()).unwrap().ring().unwrap();
    assert!(is_rung(&bell));

    let silent = Doorbell::create().unwrap();
    open(silent.handle()).unwrap();
    assert!(!is_rung(&silent), "vetting must not ring");

    let memory = crate::AnonymousMemory::create("test", 1).unwrap();
    let no_flag = ["poller", "directory", "name of a directory"];
    let strangers = zoo::strangers()
        .into_iter()
        .filter(|(name, _)| !no_flag.contains(name));
    for (name, handle) in strangers {
        assert_eq!(open(handle).unwrap_err(), VetError::WrongKind, "{name}");
    }
    assert_eq!(
        Ringer::open(memory.handle()).unwrap_err(),
        VetError::WrongKind
    );
}

#[test]
fn without_proc_nothing_is_written_to_a_pipe() {
    let (read, write) = pipe2(OFlag::O_NONBLOCK | OFlag::O_CLOEXEC).unwrap();
    let write = zoo::handle(write);
    let result = failing("readlink", Errno::ENOENT as i32, || {
        Ringer::open(write.clone())
    });
    assert_eq!(result.unwrap_err(), VetError::WrongKind);
    assert_eq!(nix::unistd::read(&read, &mut [0; 8]), Err(Errno::EAGAIN));
}

#[test]
fn every_failing_call_is_an_error() {
    let errno = Errno::EMFILE as i32;
    let error = failing("eventfd", errno, Doorbell::create).unwrap_err();
    assert_eq!(error, Error::new("eventfd", errno));
    let bell = Doorbell::create().unwrap();
    let ringer = Ringer::open(bell.handle()).unwrap();
    let error = failing("write", Errno::EIO as i32, || ringer.ring()).unwrap_err();
    assert_eq!(error, Error::new("write", Errno::EIO as i32));
}

#[test]
fn a_forked_child_cannot_ring() {
    let bell = Doorbell::create().unwrap();
    let ringer = Ringer::open(bell.handle()).unwrap();
    let done = in_forked_child(|| ringer.ring().unwrap_err().kind() == ErrorKind::UsedAfterFork);
    assert!(done.unwrap());
    assert!(!is_rung(&bell));
}

#[test]
fn a_ringer_of_this_process_rings() {
    let bell = Doorbell::create().unwrap();
    let ringer = bell.ringer();
    assert!(!is_rung(&bell));
    ringer.ring().unwrap();
    assert!(is_rung(&bell));
}
