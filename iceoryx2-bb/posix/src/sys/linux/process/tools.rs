// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{
    super::call::{call, call_once},
    number,
};
use crate::{
    Error,
    process::{ChildBirth, Signal},
};
use core::ffi::c_int;
use nix::{
    errno::Errno,
    libc,
    sched::{CpuSet, sched_setaffinity},
    sys::{
        signal::{self, kill},
        wait::{WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, fork},
};
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) fn send_signal(pid: u32, signal: Signal) -> Result<(), Error> {
    let pid = Pid::from_raw(number("kill", pid)?);
    let signal = match signal {
        Signal::Kill => signal::Signal::SIGKILL,
        Signal::Terminate => signal::Signal::SIGTERM,
        Signal::Interrupt => signal::Signal::SIGINT,
        Signal::Stop => signal::Signal::SIGSTOP,
        Signal::Continue => signal::Signal::SIGCONT,
    };
    call("kill", || kill(pid, signal))
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
