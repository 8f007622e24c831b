// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{call::call, process::number};
use crate::{
    Error,
    trace::{Call, End, Go, Seen},
};
use nix::{
    libc,
    sys::{
        ptrace::{self, Options},
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

/// WHY: one that nobody sends and that by default does nothing. A tracer is told of it all the same.
const MARK: Signal = Signal::SIGURG;

pub(crate) fn mark() -> Result<(), Error> {
    call("kill", || kill(Pid::this(), MARK))
}

pub(crate) fn follow(pid: u32, see: &mut dyn FnMut(Seen) -> Go) -> Result<End, Error> {
    let pid = Pid::from_raw(number("ptrace", pid)?);
    let options =
        Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_EXITKILL | Options::PTRACE_O_TRACEEXEC;
    call("ptrace", || ptrace::seize(pid, options))?;
    call("ptrace", || ptrace::interrupt(pid))?;
    let mut attached = false;
    let mut go = Go::ToMark;
    loop {
        let mut signal = None;
        let mut seen = match call("waitpid", || waitpid(pid, Some(WaitPidFlag::__WALL)))? {
            WaitStatus::Exited(_, code) => return Ok(End::Exited(code)),
            WaitStatus::Signaled(..) => return Ok(End::Killed),
            WaitStatus::PtraceSyscall(_) => call("ptrace", || begun(pid))?.map(Seen::Call),
            WaitStatus::PtraceEvent(_, _, libc::PTRACE_EVENT_EXEC) => Some(Seen::Executed),
            WaitStatus::Stopped(_, MARK) => Some(Seen::Mark),
            WaitStatus::Stopped(_, Signal::SIGTRAP) if go == Go::ToInstruction => {
                let before_call = call("ptrace", || is_before_call(pid))?;
                Some(Seen::Instruction { before_call })
            }
            WaitStatus::Stopped(_, other) => {
                signal = Some(other);
                None
            }
            _ => None,
        };
        if !attached {
            // WHY: whatever makes it stand still first takes the place of the interruption. It may be the end of the very
            // call that has made it the program it is.
            attached = true;
            seen = Some(Seen::Attached);
        }
        if let Some(seen) = seen {
            go = see(seen);
        }
        call("ptrace", || match go {
            Go::ToMark => ptrace::cont(pid, signal),
            Go::ToCall => ptrace::syscall(pid, signal),
            Go::ToInstruction => ptrace::step(pid, signal),
            Go::Free => ptrace::detach(pid, signal),
        })?;
        if go == Go::Free {
            return Ok(End::Freed);
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn is_before_call(pid: Pid) -> nix::Result<bool> {
    const SYSCALL: [u8; 2] = [0x0f, 0x05];
    let at = ptrace::getregs(pid)?.rip;
    let text = ptrace::read(pid, at as ptrace::AddressType)?;
    Ok(text.to_le_bytes().starts_with(&SYSCALL))
}

#[cfg(target_arch = "aarch64")]
fn is_before_call(pid: Pid) -> nix::Result<bool> {
    /// `svc #0`
    const CALL: [u8; 4] = 0xd400_0001_u32.to_le_bytes();
    let at = ptrace::getregs(pid)?.pc;
    let text = ptrace::read(pid, at as ptrace::AddressType)?;
    Ok(text.to_le_bytes().starts_with(&CALL))
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn is_before_call(_: Pid) -> nix::Result<bool> {
    Ok(false)
}

/// The call that the process has begun; `None` if it ends one.
fn begun(pid: Pid) -> nix::Result<Option<Call>> {
    let info = ptrace::syscall_info(pid)?;
    if info.op != libc::PTRACE_SYSCALL_INFO_ENTRY {
        return Ok(None);
    }
    // SAFETY: the kernel says that it wrote this variant.
    let entry = unsafe { info.u.entry };
    Ok(Some(Call {
        number: entry.nr,
        first_argument: entry.args[0],
    }))
}

pub(crate) fn flushes(call: &Call) -> bool {
    let flushing = [
        libc::SYS_fsync,
        libc::SYS_fdatasync,
        libc::SYS_msync,
        libc::SYS_sync,
        libc::SYS_syncfs,
        libc::SYS_sync_file_range,
    ];
    flushing.iter().any(|number| is(call, *number))
}

pub(crate) fn reads_input(call: &Call) -> bool {
    is(call, libc::SYS_read) && is_on(call, libc::STDIN_FILENO)
}

pub(crate) fn writes_output(call: &Call) -> bool {
    is(call, libc::SYS_write) && is_on(call, libc::STDOUT_FILENO)
}

fn is(call: &Call, number: libc::c_long) -> bool {
    i64::try_from(call.number) == Ok(number)
}

fn is_on(call: &Call, descriptor: i32) -> bool {
    i32::try_from(call.first_argument) == Ok(descriptor)
}
