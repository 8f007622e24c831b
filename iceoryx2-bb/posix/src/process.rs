// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The life of other processes; with feature `tools` also what tests and benchmarks need of processes and processors.

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

#[cfg(feature = "tools")]
mod tools;

#[cfg(feature = "tools")]
pub use tools::{ChildBirth, Signal, in_forked_child, pin_to_cpu, send_signal, sleeping_child};

#[cfg(test)]
mod tests;
