// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::call::call;
use crate::{Error, handle::Descriptor};
use core::ptr;
use nix::{
    errno::Errno,
    libc,
    sys::timerfd::{ClockId, TimerFd, TimerFlags},
};
use std::os::fd::{AsRawFd, OwnedFd};

const NS_PER_SECOND: u64 = 1_000_000_000;
const NEVER: libc::timespec = libc::timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

pub(crate) fn open() -> Result<OwnedFd, Error> {
    let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
    call("timerfd_create", || {
        TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)
    })
    .map(OwnedFd::from)
}

/// Lets it be readable from `deadline_ns` on, or never, and not before.
pub(crate) fn set(timer: &Descriptor, deadline_ns: Option<u64>) -> Result<(), Error> {
    let fd = timer.get("timerfd_settime")?;
    // WHY at least 1: nothing at all means never.
    let deadline = deadline_ns.map_or(NEVER, |ns| timespec(ns.max(1)));
    let setting = libc::itimerspec {
        it_interval: NEVER,
        it_value: deadline,
    };
    call("timerfd_settime", || {
        // SAFETY: the descriptor is open while borrowed; the setting lives over the call, and the old one is not asked for.
        let result = unsafe {
            libc::timerfd_settime(
                fd.as_raw_fd(),
                libc::TFD_TIMER_ABSTIME,
                &raw const setting,
                ptr::null_mut(),
            )
        };
        Errno::result(result).map(drop)
    })
}

fn timespec(ns: u64) -> libc::timespec {
    libc::timespec {
        tv_sec: libc::time_t::try_from(ns / NS_PER_SECOND).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::try_from(ns % NS_PER_SECOND).unwrap_or(0),
    }
}
