// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A full set of mechanisms: what a service variant is made of.

use crate::{
    LocalHandle,
    clock::{Clock, Monotonic},
    event::{EventListener, EventNotifier, LocalDoorbell, LocalRinger},
    membership::{ByteLocks, MemberTable, Membership},
    rendezvous::{
        Link, Listener, LocalLink, LocalListener, PeerProcess, PlaceBell, PlaceWatch, ThisProcess,
        Watch,
    },
    shared_memory::{HeapMemory, HeapView, OwnedMemory, PeerMemory},
    static_storage::{Directory, MemoryPlace, StaticStorage},
    termination::{Signals, Termination},
    wait_set::WaitSet,
};
use core::fmt::Debug;
use iceoryx2_bb_posix as posix;

/// One mechanism for every concept. [`Ipc`] connects processes, [`Local`] the threads of one.
///
/// # Safety
/// Nothing of what it names leads back to a port: no method calls code that may have a handle of one. Ports use the
/// mechanisms while they take for granted that nobody else uses the port.
pub unsafe trait Mechanisms: Debug + Sized + 'static {
    /// What one peer gives another so that it can reach memory or an event: cheap to clone, meaningless by itself.
    type Handle: Debug + Clone + 'static;
    /// What a wait set can wait for.
    type Source<'a>;
    /// Memory this process writes.
    type Memory: OwnedMemory<Handle = Self::Handle>;
    /// Memory a peer writes.
    type PeerMemory: PeerMemory<Handle = Self::Handle>;
    /// The listening end of a doorbell.
    type EventListener: for<'a> EventListener<Handle = Self::Handle, Source<'a> = Self::Source<'a>>;
    /// The ringing end of a doorbell.
    type EventNotifier: EventNotifier<Handle = Self::Handle>;
    /// A place of small documents.
    type Storage: StaticStorage;
    /// Who takes part, and whether it is worth looking again.
    type Membership: Membership<Storage = Self::Storage>;
    /// Where peers come in.
    type Listener: for<'a> Listener<Storage = Self::Storage, Link = Self::Link, Source<'a> = Self::Source<'a>>;
    /// The way to one peer.
    type Link: for<'a> Link<
            Storage = Self::Storage,
            Handle = Self::Handle,
            PeerProcess = Self::PeerProcess,
            Source<'a> = Self::Source<'a>,
        >;
    /// The life of a peer's process.
    type PeerProcess: for<'a> PeerProcess<Source<'a> = Self::Source<'a>>;
    /// Wakes who waits for a place to change.
    type PlaceWatch: for<'a> PlaceWatch<Storage = Self::Storage, Source<'a> = Self::Source<'a>>;
    /// One wait for many sources.
    type WaitSet: for<'a> WaitSet<Source<'a> = Self::Source<'a>>;
    /// The user's wish to end.
    type Termination: for<'a> Termination<Source<'a> = Self::Source<'a>>;
    /// Time.
    type Clock: Clock;
}

/// The mechanisms between processes of one machine.
#[derive(Debug)]
pub struct Ipc;

// SAFETY: everything it names is this crate's, which knows of no ports.
unsafe impl Mechanisms for Ipc {
    type Handle = posix::Handle;
    type Source<'a> = posix::Source<'a>;
    type Memory = posix::AnonymousMemory;
    type PeerMemory = posix::PeerMemory;
    type EventListener = posix::Doorbell;
    type EventNotifier = posix::Ringer;
    type Storage = Directory;
    type Membership = ByteLocks;
    type Listener = posix::Listener;
    type Link = posix::Connection;
    type PeerProcess = posix::PeerProcess;
    type PlaceWatch = Watch;
    type WaitSet = posix::LazyPoller;
    type Termination = Signals;
    type Clock = Monotonic;
}

/// The mechanisms within one process, which no file is needed for. A forked child begins with none of its parent's.
#[derive(Debug)]
pub struct Local;

// SAFETY: as above.
unsafe impl Mechanisms for Local {
    type Handle = LocalHandle;
    type Source<'a> = posix::Source<'a>;
    type Memory = HeapMemory;
    type PeerMemory = HeapView;
    type EventListener = LocalDoorbell;
    type EventNotifier = LocalRinger;
    type Storage = MemoryPlace;
    type Membership = MemberTable;
    type Listener = LocalListener;
    type Link = LocalLink;
    type PeerProcess = ThisProcess;
    type PlaceWatch = PlaceBell;
    type WaitSet = posix::LazyPoller;
    type Termination = Signals;
    type Clock = Monotonic;
}
