// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::{ErrorKind, faults::failing, process::in_forked_child, testing::TestPlace, zoo};
use core::ptr;
use nix::{
    errno::Errno,
    fcntl::{FallocateFlags, FcntlArg, SealFlag, fallocate, fcntl},
    libc,
    sys::{
        eventfd::EfdFlags,
        memfd::MFdFlags,
        mman::{MapFlags, ProtFlags, mmap, mprotect},
        resource::{Resource, setrlimit},
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
        uio::pwrite,
    },
    unistd::ftruncate,
};
use std::{
    fs,
    num::NonZeroUsize,
    os::{fd::AsRawFd, unix::fs::MetadataExt},
};

const PAGES: usize = 16;

fn size() -> usize {
    PAGES * sys::memory::page_size()
}

fn memory() -> AnonymousMemory {
    AnonymousMemory::create("test", size()).unwrap()
}

#[test]
fn a_peer_can_neither_write_nor_resize_nor_punch() {
    let memory = memory();
    memory.commit(0..size()).unwrap();
    let handle = memory.handle();
    let fd = handle.descriptor().get("test").unwrap();
    let length = i64::try_from(size()).unwrap();
    let writable = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a new mapping; it is expected to fail.
    let mapped = unsafe {
        mmap(
            None,
            NonZeroUsize::new(size()).unwrap(),
            writable,
            MapFlags::MAP_SHARED,
            fd,
            0,
        )
    };
    assert_eq!(mapped, Err(Errno::EPERM));
    assert_eq!(ftruncate(fd, 0), Err(Errno::EPERM));
    assert_eq!(ftruncate(fd, length * 2), Err(Errno::EPERM));
    assert_eq!(pwrite(fd, &[1], 0), Err(Errno::EPERM));
    let punch = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
    assert_eq!(fallocate(fd, punch, 0, length), Err(Errno::EPERM));
    assert_eq!(
        fcntl(fd, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_WRITE)),
        Err(Errno::EPERM)
    );
}

#[test]
fn a_peers_mapping_cannot_be_made_writable() {
    let peer = PeerMemory::map(memory().handle()).unwrap();
    let writable = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a mapping of ours; it is expected to fail.
    let result = unsafe { mprotect(peer.base().cast(), peer.size(), writable) };
    assert_eq!(result, Err(Errno::EACCES));
}

#[test]
fn a_commit_of_one_byte_is_one_page() {
    let memory = memory();
    memory.commit(1..2).unwrap();
    assert_eq!(memory.committed().unwrap(), sys::memory::page_size());
    memory.commit(size() - 1..size()).unwrap();
    assert_eq!(memory.committed().unwrap(), 2 * sys::memory::page_size());
}

#[test]
fn what_is_committed_is_not_asked_for_again() {
    let memory = memory();
    let page = sys::memory::page_size();
    memory.commit(page..2 * page).unwrap();
    memory.commit(0..1).unwrap();
    memory.commit(1..page).unwrap();
    let more = failing("fallocate", Errno::ENOSPC as i32, || {
        memory.commit(0..page).unwrap();
        memory.commit(0..3 * page)
    });
    assert!(more.is_err());
    memory.commit(0..3 * page).unwrap();
    assert_eq!(memory.committed().unwrap(), 3 * page);
}

#[test]
fn a_label_the_system_cannot_take_is_an_error() {
    for label in ["a\0b", "x".repeat(300).as_str()] {
        let error = AnonymousMemory::create(label, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn sizes_that_cannot_be_are_errors() {
    assert_eq!(
        AnonymousMemory::create("test", 0).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    for size in [usize::MAX, usize::MAX - 5000, isize::MAX as usize] {
        let error = AnonymousMemory::create("test", size).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfMemory, "{size}: {error}");
    }
}

#[test]
fn the_limit_of_file_sizes_is_an_error_and_no_death() {
    let done = in_forked_child(|| {
        let early = memory();
        setrlimit(Resource::RLIMIT_FSIZE, 0, 0).unwrap();
        early.commit(0..size()).unwrap();
        let created = [
            AnonymousMemory::create("test", 1),
            AnonymousMemory::create_committed("test", 1),
        ];
        created
            .into_iter()
            .all(|created| created.unwrap_err().kind() == ErrorKind::NoSpace)
    });
    assert!(done.unwrap());
}

#[test]
fn the_limit_of_open_files_is_an_error() {
    let done = in_forked_child(|| {
        setrlimit(Resource::RLIMIT_NOFILE, 0, 0).unwrap();
        AnonymousMemory::create("test", 1).unwrap_err().kind() == ErrorKind::TooManyOpenFiles
    });
    assert!(done.unwrap());
}

#[test]
fn the_limit_of_address_space_is_an_error() {
    let done = in_forked_child(|| {
        setrlimit(Resource::RLIMIT_AS, 1, 1).unwrap();
        AnonymousMemory::create("test", 1).unwrap_err().kind() == ErrorKind::OutOfMemory
    });
    assert!(done.unwrap());
}

#[test]
fn strangers_are_refused() {
    for (name, handle) in zoo::strangers() {
        assert_eq!(
            PeerMemory::map(handle).unwrap_err(),
            VetError::WrongKind,
            "{name}"
        );
    }
    let bell = zoo::handle(zoo::event_counter(EfdFlags::EFD_NONBLOCK));
    assert_eq!(PeerMemory::map(bell).unwrap_err(), VetError::WrongKind);
}

#[test]
fn files_are_refused() {
    let place = TestPlace::new();
    fs::write(place.path().join("file"), [0; 5000]).unwrap();
    let file = fs::File::open(place.path().join("file")).unwrap();
    // Files of a memory file system have seals, and cannot have ours.
    let error = PeerMemory::map(zoo::handle(file)).unwrap_err();
    assert!(
        [VetError::WrongKind, VetError::NotSealed].contains(&error),
        "{error}"
    );
}

#[test]
fn memory_with_other_seals_is_refused() {
    let map = |seals| PeerMemory::map(zoo::handle(zoo::memory(5000, MFdFlags::empty(), seals)));
    let (shrink, grow) = (SealFlag::F_SEAL_SHRINK, SealFlag::F_SEAL_GROW);
    let (write, future) = (SealFlag::F_SEAL_WRITE, SealFlag::F_SEAL_FUTURE_WRITE);
    for seals in [
        SealFlag::empty(),
        shrink,
        future,
        write,
        grow,
        shrink | grow,
        future | grow,
    ] {
        assert_eq!(map(seals).unwrap_err(), VetError::NotSealed, "{seals:?}");
    }
    for seals in [shrink | future, shrink | write] {
        assert_eq!(map(seals).unwrap().size(), 5000);
    }
}

#[test]
fn memory_of_no_or_too_many_bytes_is_refused() {
    let seals = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_FUTURE_WRITE;
    let map = |size| PeerMemory::map(zoo::handle(zoo::memory(size, MFdFlags::empty(), seals)));
    assert_eq!(map(0).unwrap_err(), VetError::Size);
    let VetError::System(error) = map(i64::MAX).unwrap_err() else {
        panic!("memory larger than the address space must be refused by the system")
    };
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
}

#[test]
fn huge_pages_are_refused() {
    use nix::sys::memfd::memfd_create;
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING | MFdFlags::MFD_HUGETLB;
    // Where the machine knows no huge pages there is nothing to refuse.
    if let Ok(memory) = memfd_create("zoo", flags) {
        let seals = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_FUTURE_WRITE;
        fcntl(&memory, FcntlArg::F_ADD_SEALS(seals)).unwrap();
        assert_eq!(
            PeerMemory::map(zoo::handle(memory)).unwrap_err(),
            VetError::WrongKind
        );
    }
}

#[test]
fn every_failing_call_is_an_error_and_leaks_nothing() {
    for call in [
        "memfd_create",
        "getrlimit",
        "ftruncate",
        "mmap",
        "fcntl(F_ADD_SEALS)",
    ] {
        let error = failing(call, Errno::ENOMEM as i32, || {
            AnonymousMemory::create("test", 1)
        });
        assert_eq!(error.unwrap_err(), Error::new(call, Errno::ENOMEM as i32));
    }
    for call in [
        "memfd_create",
        "getrlimit",
        "fallocate",
        "mmap",
        "fcntl(F_ADD_SEALS)",
    ] {
        let error = failing(call, Errno::ENOMEM as i32, || {
            AnonymousMemory::create_committed("test", 1)
        });
        assert_eq!(error.unwrap_err(), Error::new(call, Errno::ENOMEM as i32));
    }
    for call in ["fcntl(F_GET_SEALS)", "fstat", "mmap"] {
        let handle = memory().handle();
        let error = failing(call, Errno::EPERM as i32, || PeerMemory::map(handle));
        assert_eq!(
            error.unwrap_err(),
            VetError::System(Error::new(call, Errno::EPERM as i32))
        );
    }
    let memory = memory();
    let error = failing("fallocate", Errno::ENOSPC as i32, || memory.commit(0..1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSpace);
    memory.commit(0..1).unwrap();
}

// Fails if: `open_committed` does not set the size; or `complete` forgets what is committed.
#[test]
fn memory_with_all_pages_is_as_if_they_were_committed() {
    for size in [
        1,
        size(),
        sys::memory::COMMIT_STEP,
        sys::memory::COMMIT_STEP + 1,
    ] {
        let memory = AnonymousMemory::create_committed("test", size).unwrap();
        assert!(memory.size() >= size);
        assert_eq!(memory.committed().unwrap(), memory.size());
        memory.commit(0..memory.size()).unwrap();
        let peer = PeerMemory::map(memory.handle()).unwrap();
        assert_eq!(peer.size(), memory.size());
    }
    for size in [0, usize::MAX, isize::MAX as usize] {
        assert!(AnonymousMemory::create_committed("test", size).is_err());
    }
}

#[test]
fn interruptions_are_not_noticed() {
    failing("memfd_create", Errno::EINTR as i32, memory);
    let memory = memory();
    failing("fallocate", Errno::EINTR as i32, || {
        memory.commit(0..size())
    })
    .unwrap();
    assert_eq!(memory.committed().unwrap(), size());
}

#[test]
fn a_storm_of_signals_does_not_stop_a_commit() {
    extern "C" fn ignore(_: i32) {}
    let done = in_forked_child(|| {
        let action = SigAction::new(
            SigHandler::Handler(ignore),
            SaFlags::empty(),
            SigSet::empty(),
        );
        // SAFETY: the handler does nothing.
        unsafe { sigaction(Signal::SIGALRM, &action) }.unwrap();
        let period = libc::timeval {
            tv_sec: 0,
            tv_usec: 100,
        };
        let timer = libc::itimerval {
            it_interval: period,
            it_value: period,
        };
        // SAFETY: reads one timer, writes none.
        unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, ptr::null_mut()) };
        let size = 32 << 20;
        let memory = AnonymousMemory::create("test", size).unwrap();
        memory.commit(0..size).unwrap();
        memory.committed().unwrap() == size
    });
    assert!(done.unwrap());
}

#[test]
fn an_older_kernel_has_no_seal_against_execution() {
    let memory = failing("memfd_create", Errno::EINVAL as i32, memory);
    PeerMemory::map(memory.handle()).unwrap();
}

#[test]
fn a_forked_child_has_neither_memory_nor_handle() {
    let memory = memory();
    memory.commit(0..1).unwrap();
    let peer = PeerMemory::map(memory.handle()).unwrap();
    let handle = memory.handle();
    let done = in_forked_child(move || {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        assert!(!maps.contains("/memfd:test"));
        assert_eq!(
            memory.commit(0..1).unwrap_err().kind(),
            ErrorKind::UsedAfterFork
        );
        assert_eq!(
            memory.committed().unwrap_err().kind(),
            ErrorKind::UsedAfterFork
        );
        let VetError::System(error) = PeerMemory::map(handle).unwrap_err() else {
            return false;
        };
        drop((memory, peer));
        error.kind() == ErrorKind::UsedAfterFork
    });
    assert!(done.unwrap());
}

#[test]
fn a_child_cannot_unmap_what_it_mapped_at_the_same_place() {
    let parents = PeerMemory::map(memory().handle()).unwrap();
    let done = in_forked_child(move || {
        let place = NonZeroUsize::new(parents.base().addr().get()).unwrap();
        let length = NonZeroUsize::new(parents.size()).unwrap();
        let flags = MapFlags::MAP_PRIVATE | MapFlags::MAP_FIXED_NOREPLACE;
        // SAFETY: a new mapping that replaces nothing.
        let ours = unsafe {
            nix::sys::mman::mmap_anonymous(Some(place), length, ProtFlags::PROT_READ, flags)
        };
        let first = ours.unwrap().cast::<u8>();
        drop(parents);
        // SAFETY: mapped above, and still there if the drop did nothing.
        (unsafe { first.read_volatile() }) == 0
    });
    assert!(done.unwrap());
}

#[test]
fn the_handle_of_a_mapped_memory_is_closed() {
    let handle = memory().handle();
    let link = {
        let fd = handle.descriptor().get("test").unwrap();
        format!("/proc/self/fd/{}", fd.as_raw_fd())
    };
    let identity = |file: fs::Metadata| (file.dev(), file.ino());
    let before = identity(fs::metadata(&link).unwrap());
    let peer = PeerMemory::map(handle).unwrap();
    // Another test may have the number by now, but not this very memory.
    assert!(!fs::metadata(&link).is_ok_and(|now| identity(now) == before));
    drop(peer);
}
