// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

pub mod clock;
pub mod directory;
pub mod doorbell;
pub mod error;
pub mod fork;
pub mod handle;
pub mod heavy_fence;
pub mod lock_file;
pub mod memory;
pub mod poll;
pub mod process;
pub mod random;
pub mod shared_words;
pub mod socket;
pub mod termination;
#[cfg(feature = "tools")]
pub mod trace;
pub mod user;
pub mod watch;

#[cfg(test)]
mod faults;
mod open_list;
mod sys;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod zoo;

#[doc(no_inline)]
pub use self::{
    doorbell::{Doorbell, Ringer},
    error::{Error, ErrorKind},
    handle::{Handle, VetError},
    memory::{AnonymousMemory, PeerMemory, VettedMemory},
    poll::{LazyPoller, Poller, Readiness, Source, Trigger},
    process::PeerProcess,
    socket::{Connection, Listener, PeerIdentity, Received},
};
