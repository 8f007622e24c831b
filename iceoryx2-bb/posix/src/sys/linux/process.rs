// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{
    call::{call, call_once},
    errno,
    poll::look,
};
use crate::{Error, handle::Descriptor, process::Signal};
use core::ffi::c_int;
use nix::{
    errno::Errno,
    fcntl::readlink,
    libc,
    poll::PollFlags,
    sched::{CpuSet, sched_setaffinity},
    sys::{
        signal::{self, kill},
        wait::{WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, fork},
};
use std::{
    os::fd::{FromRawFd, OwnedFd},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

/// To be called under the lock of the open list.
pub(crate) fn open(pid: u32) -> Result<OwnedFd, Error> {
    let pid = number("pidfd_open", pid)?;
    call("pidfd_open", || {
        // SAFETY: takes two numbers, touches no memory of ours; what it opens is closed on exec.
        let result = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) };
        let fd = c_int::try_from(Errno::result(result)?).map_err(|_| Errno::EBADF)?;
        // SAFETY: just opened, and known to nobody else.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    })
}

pub(crate) fn is_dead(process: &Descriptor) -> Result<bool, Error> {
    let ended = PollFlags::POLLIN | PollFlags::POLLHUP;
    Ok(look(process, PollFlags::POLLIN)?.intersects(ended))
}

pub(crate) fn send_signal(pid: u32, signal: Signal) -> Result<(), Error> {
    let pid = number("kill", pid)?;
    let signal = match signal {
        Signal::Kill => signal::Signal::SIGKILL,
        Signal::Terminate => signal::Signal::SIGTERM,
        Signal::Interrupt => signal::Signal::SIGINT,
        Signal::Stop => signal::Signal::SIGSTOP,
        Signal::Continue => signal::Signal::SIGCONT,
    };
    call("kill", || kill(pid, signal))
}

/// WHY: 0 and negative numbers mean whole groups of processes.
fn number(call: &'static str, pid: u32) -> Result<Pid, Error> {
    match i32::try_from(pid) {
        Ok(pid) if pid > 0 => Ok(Pid::from_raw(pid)),
        _ => Err(errno::invalid_input(call)),
    }
}

pub(crate) fn this_executable() -> Result<PathBuf, Error> {
    call("readlink", || readlink("/proc/self/exe")).map(PathBuf::from)
}

pub(crate) fn pin_to_cpu(index: usize) -> Result<(), Error> {
    call("sched_setaffinity", || {
        let mut cpus = CpuSet::new();
        cpus.set(index)?;
        sched_setaffinity(Pid::from_raw(0), &cpus)
    })
}

pub(crate) fn in_forked_child(action: impl FnOnce() -> bool) -> Result<bool, Error> {
    // SAFETY: the handlers of this crate make its objects safe to own in the child, and memory allocation works there;
    // the caller was told about locks. The child leaves by `_exit` and never returns into the parent's frames.
    let child = match call_once("fork", || unsafe { fork() })? {
        ForkResult::Child => {
            let done = catch_unwind(AssertUnwindSafe(action)).unwrap_or(false);
            // SAFETY: ends this process without running anything of the parent's.
            unsafe { libc::_exit(i32::from(!done)) }
        }
        ForkResult::Parent { child } => child,
    };
    let status = call("waitpid", || waitpid(child, None))?;
    Ok(matches!(status, WaitStatus::Exited(_, 0)))
}
