// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The life of other processes, and what tests and benchmarks need of processes and processors.

use crate::{Error, handle::Descriptor, open_list, poll::Source, sys};
use std::path::{Path, PathBuf};

/// The life of one process. Immune to the reuse of its number.
#[derive(Debug)]
pub struct PeerProcess {
    descriptor: Descriptor,
}

impl PeerProcess {
    pub(crate) fn new(descriptor: Descriptor) -> Self {
        Self { descriptor }
    }

    /// The process that has the number `pid` now.
    ///
    /// # Errors
    /// `Disconnected` if there is none.
    pub fn open(pid: u32) -> Result<Self, Error> {
        open_list::create(|| sys::process::open(pid)).map(Self::new)
    }

    /// Whether it has ended.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn is_dead(&self) -> Result<bool, Error> {
        sys::process::is_dead(&self.descriptor)
    }

    /// Readable once it has ended.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        Source::new(&self.descriptor)
    }
}

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
    sys::process::send_signal(pid, signal)
}

/// The file this process runs.
///
/// # Errors
/// What the system refuses.
pub fn this_executable() -> Result<PathBuf, Error> {
    sys::process::this_executable()
}

/// The path this process was started by, as far as it says where the file is; else the file it runs.
///
/// # Errors
/// What the system refuses.
pub fn this_program() -> Result<PathBuf, Error> {
    match sys::process::path_at_start().filter(|path| says_where(path)) {
        Some(path) => Ok(path),
        None => this_executable(),
    }
}

/// Whether a path means the same to everybody and for ever: those below these two name what a process has open.
fn says_where(path: &Path) -> bool {
    path.is_absolute() && !path.starts_with("/proc") && !path.starts_with("/dev")
}

/// How many processors this process may use.
#[must_use]
pub fn cpu_count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Binds the calling thread to the processor `index`. With feature `tools` only.
///
/// # Errors
/// `InvalidInput` if there is none, or it is not for us.
#[cfg(feature = "tools")]
pub fn pin_to_cpu(index: usize) -> Result<(), Error> {
    sys::process::pin_to_cpu(index)
}

/// Runs `action` in a forked child, waits for it, and tells whether it returned true. For tests.
///
/// The child has only the calling thread: a lock another thread held at the fork stays locked in it. A panic counts as
/// false.
///
/// # Errors
/// `OutOfMemory`, `WouldBlock` where there are too many processes.
pub fn in_forked_child(action: impl FnOnce() -> bool) -> Result<bool, Error> {
    sys::process::in_forked_child(action)
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
    sys::process::sleeping_child(birth)
}

#[cfg(test)]
mod tests;
