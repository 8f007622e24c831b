// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What tests and benchmarks need of processes and processors.

use crate::{Error, sys};

/// What a process can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// To end at once.
    Kill,
    /// To end in order.
    Terminate,
    /// To end in order, as the keyboard does.
    Interrupt,
    /// To stand still.
    Stop,
    /// To go on.
    Continue,
}

/// Sends `signal` to the process `pid`.
///
/// # Errors
/// `Disconnected` if there is none, `PermissionDenied`.
pub fn send_signal(pid: u32, signal: Signal) -> Result<(), Error> {
    sys::process::tools::send_signal(pid, signal)
}

/// Binds the calling thread to the processor `index`.
///
/// # Errors
/// `InvalidInput` if there is none, or it is not for us.
pub fn pin_to_cpu(index: usize) -> Result<(), Error> {
    sys::process::tools::pin_to_cpu(index)
}

/// Runs `action` in a forked child, waits for it, and tells whether it returned true. For tests.
///
/// The child has only the calling thread: a lock another thread held at the fork stays locked in it. A panic counts as
/// false.
///
/// # Errors
/// `OutOfMemory`, `WouldBlock` where there are too many processes.
pub fn in_forked_child(action: impl FnOnce() -> bool) -> Result<bool, Error> {
    sys::process::tools::in_forked_child(action)
}

/// How a child is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChildBirth {
    /// By `fork`, whose handlers close what this crate has open.
    Fork,
    /// By a bare system call that runs no handlers: the child keeps a duplicate of every descriptor.
    BareClone,
}

/// Makes a child that sleeps until the other end of its standard input, a pipe it shares with this process, is closed.
/// Returns its number. For tests.
///
/// # Errors
/// `OutOfMemory`, `WouldBlock` where there are too many processes.
pub fn sleeping_child(birth: ChildBirth) -> Result<u32, Error> {
    sys::process::tools::sleeping_child(birth)
}
