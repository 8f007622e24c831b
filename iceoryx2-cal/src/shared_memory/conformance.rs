// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every shared memory must do.

use super::{OwnedMemory, PeerMemory};
use crate::{Mechanisms, SystemErrorKind};
use std::thread;

/// Instantiates a test per case for one set of mechanisms.
macro_rules! tests {
    ($mechanisms:ty) => {
        crate::shared_memory::conformance::tests! { @each $mechanisms;
            size_is_rounded_up
            no_bytes_is_an_error
            nothing_is_committed_at_first
            commit_rounds_to_pages_and_may_be_repeated
            commit_outside_is_an_error
            bytes_are_zero_until_written
            a_peer_sees_what_the_owner_writes
            memory_outlives_its_owner
            memory_moves_between_threads
        }
    };
    (@each $mechanisms:ty; $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                crate::shared_memory::conformance::$case::<$mechanisms>();
            }
        )+
    };
}

pub(crate) use tests;

const SIZE: usize = 100_000;

fn owned<M: Mechanisms>() -> M::Memory {
    let memory = M::Memory::create("conformance", SIZE).unwrap();
    memory.commit(0..memory.size()).unwrap();
    memory
}

fn write<O: OwnedMemory>(memory: &O, at: usize, value: u8) {
    assert!(at < memory.size());
    // SAFETY: within the memory.
    let place = unsafe { memory.base().add(at) };
    // SAFETY: committed by `owned`, and nobody else touches the byte now.
    unsafe { place.write_volatile(value) };
}

fn read<P: PeerMemory>(memory: &P, at: usize) -> u8 {
    assert!(at < memory.size());
    // SAFETY: within the memory.
    let place = unsafe { memory.base().add(at) };
    // SAFETY: mapped, and nobody writes the byte now.
    unsafe { place.read_volatile() }
}

pub(crate) fn size_is_rounded_up<M: Mechanisms>() {
    let memory = M::Memory::create("conformance", SIZE).unwrap();
    assert!(memory.size() >= SIZE);
    assert!(memory.size() < SIZE + (1 << 16));
    assert_eq!(memory.base().addr().get() % 4096, 0);
}

pub(crate) fn no_bytes_is_an_error<M: Mechanisms>() {
    let error = M::Memory::create("conformance", 0).unwrap_err();
    assert_eq!(error.kind(), SystemErrorKind::InvalidInput);
}

pub(crate) fn nothing_is_committed_at_first<M: Mechanisms>() {
    let memory = M::Memory::create("conformance", SIZE).unwrap();
    assert_eq!(memory.committed().unwrap(), 0);
}

pub(crate) fn commit_rounds_to_pages_and_may_be_repeated<M: Mechanisms>() {
    let memory = M::Memory::create("conformance", SIZE).unwrap();
    memory.commit(5000..5001).unwrap();
    let once = memory.committed().unwrap();
    assert!(once > 0 && once < memory.size(), "{once}");
    memory.commit(5000..5001).unwrap();
    memory.commit(0..0).unwrap();
    assert_eq!(memory.committed().unwrap(), once);
    memory.commit(0..memory.size()).unwrap();
    assert_eq!(memory.committed().unwrap(), memory.size());
}

pub(crate) fn commit_outside_is_an_error<M: Mechanisms>() {
    let memory = M::Memory::create("conformance", SIZE).unwrap();
    #[expect(clippy::reversed_empty_ranges, reason = "wrong on purpose")]
    for range in [0..memory.size() + 1, usize::MAX..usize::MAX, 2..1] {
        let error = memory.commit(range).unwrap_err();
        assert_eq!(error.kind(), SystemErrorKind::InvalidInput);
    }
}

pub(crate) fn bytes_are_zero_until_written<M: Mechanisms>() {
    let owner = owned::<M>();
    let peer = M::PeerMemory::open(owner.handle()).unwrap();
    assert!((0..peer.size()).step_by(997).all(|at| read(&peer, at) == 0));
}

pub(crate) fn a_peer_sees_what_the_owner_writes<M: Mechanisms>() {
    let owner = owned::<M>();
    let peer = M::PeerMemory::open(owner.handle()).unwrap();
    assert_eq!(peer.size(), owner.size());
    write(&owner, 0, 1);
    write(&owner, owner.size() - 1, 2);
    assert_eq!((read(&peer, 0), read(&peer, peer.size() - 1)), (1, 2));
}

pub(crate) fn memory_outlives_its_owner<M: Mechanisms>() {
    let owner = owned::<M>();
    write(&owner, 77, 7);
    let handle = owner.handle();
    let early = M::PeerMemory::open(owner.handle()).unwrap();
    drop(owner);
    let late = M::PeerMemory::open(handle).unwrap();
    assert_eq!((read(&early, 77), read(&late, 77)), (7, 7));
}

pub(crate) fn memory_moves_between_threads<M: Mechanisms>() {
    let owner = owned::<M>();
    write(&owner, 1, 9);
    let peer = M::PeerMemory::open(owner.handle()).unwrap();
    assert_eq!(thread::spawn(move || read(&peer, 1)).join().unwrap(), 9);
}
