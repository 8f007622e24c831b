// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::call::call;
use crate::Error;
use nix::{
    libc,
    sys::time::TimeSpec,
    time::{ClockId, ClockNanosleepFlags, clock_gettime, clock_nanosleep},
};

const NS_PER_SECOND: u64 = 1_000_000_000;

/// WHY: not counted as a system call, for the kernel answers it in user space, and it cannot fail.
#[inline]
pub(crate) fn now_ns() -> u64 {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |now| {
        let seconds = u64::try_from(now.tv_sec()).unwrap_or(0);
        let ns = u64::try_from(now.tv_nsec()).unwrap_or(0);
        seconds.saturating_mul(NS_PER_SECOND).saturating_add(ns)
    })
}

pub(crate) fn sleep_until_ns(deadline_ns: u64) -> Result<(), Error> {
    let seconds = libc::time_t::try_from(deadline_ns / NS_PER_SECOND).unwrap_or(libc::time_t::MAX);
    let ns = libc::c_long::try_from(deadline_ns % NS_PER_SECOND).unwrap_or(0);
    let deadline = TimeSpec::new(seconds, ns);
    call("clock_nanosleep", || {
        clock_nanosleep(
            ClockId::CLOCK_MONOTONIC,
            ClockNanosleepFlags::TIMER_ABSTIME,
            &deadline,
        )
        .map(drop)
    })
}
