// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{
    call::{call, call_once},
    errno,
    poll::look,
};
use crate::{
    Error,
    handle::Descriptor,
    process::{ChildBirth, Signal},
};
use core::{
    ffi::{CStr, c_char, c_int},
    ptr::NonNull,
};
use nix::{
    errno::Errno,
    fcntl::readlink,
    libc,
    poll::PollFlags,
    sys::{
        signal::{self, kill},
        wait::{WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, fork},
};
use std::{
    ffi::OsStr,
    os::{
        fd::{FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
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
pub(super) fn number(call: &'static str, pid: u32) -> Result<Pid, Error> {
    match i32::try_from(pid) {
        Ok(pid) if pid > 0 => Ok(Pid::from_raw(pid)),
        _ => Err(errno::invalid_input(call)),
    }
}

pub(crate) fn this_executable() -> Result<PathBuf, Error> {
    call("readlink", || readlink("/proc/self/exe")).map(PathBuf::from)
}

/// What was given to `exec`, which the kernel keeps with the process: no call is needed.
pub(crate) fn path_at_start() -> Option<PathBuf> {
    // SAFETY: takes a number, touches no memory of ours.
    let path = unsafe { libc::getauxval(libc::AT_EXECFN) };
    let path = NonNull::new(path as *mut c_char)?;
    // SAFETY: the kernel puts a terminated text there before the program begins, and nothing else ever uses the place.
    let path = unsafe { CStr::from_ptr(path.as_ptr()) };
    Some(PathBuf::from(OsStr::from_bytes(path.to_bytes())))
}

#[cfg(feature = "tools")]
pub(crate) fn pin_to_cpu(index: usize) -> Result<(), Error> {
    use nix::sched::{CpuSet, sched_setaffinity};
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

pub(crate) fn sleeping_child(birth: ChildBirth) -> Result<u32, Error> {
    let pid = match birth {
        ChildBirth::Fork => {
            // SAFETY: the child makes system calls only, and ends without returning.
            match call_once("fork", || unsafe { fork() })? {
                ForkResult::Child => 0,
                ForkResult::Parent { child } => child.as_raw(),
            }
        }
        ChildBirth::BareClone => call_once("clone", || {
            // SAFETY: as above; without a stack of its own the child goes on with a copy of ours.
            let pid = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
            c_int::try_from(Errno::result(pid)?).map_err(|_| Errno::EOVERFLOW)
        })?,
    };
    u32::try_from(pid)
        .ok()
        .filter(|pid| *pid > 0)
        .map_or_else(|| sleep_until_input_ends(), Ok)
}

fn sleep_until_input_ends() -> ! {
    // WHY: to wait for no event is to wait for the hang-up alone, and to read would take what is the parent's.
    let mut input = libc::pollfd {
        fd: libc::STDIN_FILENO,
        events: 0,
        revents: 0,
    };
    // SAFETY: `input` is the one entry there is.
    while unsafe { libc::poll(&raw mut input, 1, -1) } <= 0 {}
    // SAFETY: ends this process without running anything of the parent's.
    unsafe { libc::_exit(0) }
}
