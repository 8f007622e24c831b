// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

pub mod clock;
pub mod event;
pub mod membership;
pub mod rendezvous;
pub mod shared_memory;
pub mod static_storage;
pub mod termination;
pub mod thread_cell;
pub mod wait_set;
pub mod zero_copy_connection;

mod local_handle;
mod mechanisms;

pub use iceoryx2_bb_posix::{
    Error as SystemError, ErrorKind as SystemErrorKind,
    fork::{Birth as ProcessBirth, Gate as ProcessGate},
    process::this_program,
    random, user,
};
pub use local_handle::LocalHandle;
pub use mechanisms::{Ipc, Local, Mechanisms};
