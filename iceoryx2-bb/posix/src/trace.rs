// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a child of this process does, as the kernel tells its tracer: instruction by instruction, or system call by system
//! call. For tests and benchmarks.
//!
//! ```text
//!     tracer                            child
//!     follow ──attaches──▶              waits, say for its standard input
//!     see(Attached) lets it begin       ┆
//!     see(Mark)                    ◀──  mark()       ┐ a section: what is between
//!     see(Call), see(Instruction)  ◀──  …            │ two marks
//!     see(Mark)                    ◀──  mark()       ┘
//!     End::Exited(0)               ◀──  exit(0)
//! ```
//!
//! Where nobody follows a process, its marks do nothing. Each section also holds the end of one mark and the beginning of
//! the next, always the same; a section with nothing between its marks says how much that is.

use crate::{Error, ErrorKind, sys};

/// What a followed process has just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Nothing: it stands still, and is followed from now on.
    Attached,
    /// It has called [`mark`].
    Mark,
    /// It has become another program.
    Executed,
    /// One instruction. A repeated one counts as often as it is repeated, where the machine stops in between.
    Instruction {
        /// The next one is a system call. Known on x86-64 and aarch64, elsewhere never said.
        before_call: bool,
    },
    /// It has begun a system call.
    Call(Call),
}

/// A system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub(crate) number: u64,
    pub(crate) first_argument: u64,
}

impl Call {
    /// Whether it waits until something is on its way to the disk.
    #[must_use]
    pub fn flushes(&self) -> bool {
        sys::trace::flushes(self)
    }

    /// Whether it reads the standard input.
    #[must_use]
    pub fn reads_input(&self) -> bool {
        sys::trace::reads_input(self)
    }

    /// Whether it writes to the standard output.
    #[must_use]
    pub fn writes_output(&self) -> bool {
        sys::trace::writes_output(self)
    }
}

/// How far a followed process goes on. It stops in any case at a mark, and where it becomes another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// To the next mark.
    ToMark,
    /// To the next system call.
    ToCall,
    /// One instruction.
    ToInstruction,
    /// It is followed no longer.
    Free,
}

/// How the following ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// [`Go::Free`] was the answer.
    Freed,
    /// The process ended, with this code. It has been waited for.
    Exited(i32),
    /// A signal has ended the process. It has been waited for.
    Killed,
}

/// Shows the process that follows this one, if there is one, that it has come here.
///
/// # Errors
/// What the system refuses.
pub fn mark() -> Result<(), Error> {
    sys::trace::mark()
}

/// Follows `pid`, a child of this process with one thread. `see` hears what it does and says how far it goes on. If this
/// process ends first, so does the child.
///
/// # Errors
/// `PermissionDenied` where tracing is forbidden; `Disconnected` if there is no such process.
pub fn follow(pid: u32, mut see: impl FnMut(Seen) -> Go) -> Result<End, Error> {
    sys::trace::follow(pid, &mut see)
}

/// Counts the system calls of `pid`, a child of this process, from the moment `attached` is called until the child
/// writes to its standard output. Reading standard input does not count.
///
/// # Errors
/// As [`follow`]; `Disconnected` if the child ends first.
pub fn count_calls(pid: u32, attached: impl FnOnce()) -> Result<u64, Error> {
    let mut attached = Some(attached);
    let mut calls = 0;
    let end = follow(pid, |seen| {
        if let Seen::Call(call) = seen {
            if call.writes_output() {
                return Go::Free;
            }
            calls += u64::from(!call.reads_input());
        }
        if let (Seen::Attached, Some(attached)) = (seen, attached.take()) {
            attached();
        }
        Go::ToCall
    })?;
    match end {
        End::Freed => Ok(calls),
        End::Exited(_) | End::Killed => Err(Error::of_kind("waitpid", ErrorKind::Disconnected)),
    }
}

#[cfg(test)]
mod tests;
