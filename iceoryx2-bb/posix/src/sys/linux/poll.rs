// SPDX-License-Identifier: Apache-2.0 OR MIT
#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use super::{
    call::{call, call_once},
    clock::now_ns,
    errno,
};
use crate::{
    Error,
    ErrorKind::{PermissionDenied, Unsupported},
    handle::Descriptor,
    poll::{READINESS_MAX, Readiness, Trigger},
};
use core::{
    ffi::{c_int, c_long},
    mem::MaybeUninit,
    ptr,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use nix::{
    errno::Errno,
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::epoll::{Epoll, EpollCreateFlags},
};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

/// Whether the kernel was found to lack the wait with nanoseconds (before Linux 5.11).
static ONLY_MILLISECONDS: AtomicBool = AtomicBool::new(false);

const READABLE: u32 = libc::EPOLLIN as u32;
const PEER_WRITES_NO_MORE: u32 = libc::EPOLLRDHUP as u32;
const GONE: u32 = (libc::EPOLLHUP | libc::EPOLLERR) as u32 | PEER_WRITES_NO_MORE;
const EDGE: u32 = libc::EPOLLET as u32;

const ROOM: c_int = 32;
const _: () = assert!(READINESS_MAX == 32);

/// Room for what the kernel reports.
type Events = [MaybeUninit<libc::epoll_event>; READINESS_MAX];

const NOTHING: libc::epoll_event = libc::epoll_event { events: 0, u64: 0 };

pub(crate) fn open() -> Result<OwnedFd, Error> {
    call("epoll_create1", || {
        Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)
    })
    .map(|epoll| epoll.0)
}

pub(crate) fn add(
    poller: &Descriptor,
    source: &Descriptor,
    token: u64,
    trigger: Trigger,
) -> Result<(), Error> {
    let how = match trigger {
        Trigger::Level => 0,
        Trigger::Edge => EDGE,
    };
    let event = libc::epoll_event {
        events: READABLE | PEER_WRITES_NO_MORE | how,
        u64: token,
    };
    control(poller, libc::EPOLL_CTL_ADD, source, event)
}

pub(crate) fn remove(poller: &Descriptor, source: &Descriptor) -> Result<(), Error> {
    control(poller, libc::EPOLL_CTL_DEL, source, NOTHING)
}

fn control(
    poller: &Descriptor,
    operation: c_int,
    source: &Descriptor,
    event: libc::epoll_event,
) -> Result<(), Error> {
    let source = source.get("epoll_ctl")?.as_raw_fd();
    control_number(poller, operation, source, event)
}

fn control_number(
    poller: &Descriptor,
    operation: c_int,
    source: c_int,
    mut event: libc::epoll_event,
) -> Result<(), Error> {
    let poller = poller.get("epoll_ctl")?;
    call("epoll_ctl", || {
        // SAFETY: the poller is open while borrowed; a number that names nothing any more, or something that cannot be
        // waited for, is refused; the event lives over the call.
        let result =
            unsafe { libc::epoll_ctl(poller.as_raw_fd(), operation, source, &raw mut event) };
        Errno::result(result).map(drop)
    })
}

#[inline]
pub(crate) fn wait(
    poller: &Descriptor,
    timeout: Option<Duration>,
    report: impl FnMut(Readiness),
) -> Result<usize, Error> {
    match timeout {
        None => wait_for_ever(poller, report),
        Some(timeout) => wait_for_time(poller, timeout, deadline_of(timeout), report),
    }
}

/// `limit`: what the clock says, and when the wait ends.
///
/// WHY beside `wait`: the clock is a good part of what a short sleep takes, and this asks it only after interruptions.
#[inline]
pub(crate) fn wait_until(
    poller: &Descriptor,
    limit: Option<(u64, u64)>,
    report: impl FnMut(Readiness),
) -> Result<usize, Error> {
    let Some((now_ns, deadline_ns)) = limit else {
        return wait_for_ever(poller, report);
    };
    let timeout = Duration::from_nanos(deadline_ns.saturating_sub(now_ns));
    wait_for_time(poller, timeout, Some(deadline_ns), report)
}

/// WHY not with what a timeout needs: the fewer instructions lie between two processes that wake each other, the better.
#[inline]
pub(crate) fn wait_for_ever(
    poller: &Descriptor,
    report: impl FnMut(Readiness),
) -> Result<usize, Error> {
    let fd = poller.get("epoll_wait")?;
    let mut events = [MaybeUninit::uninit(); READINESS_MAX];
    let count = call("epoll_wait", || wait_milliseconds(fd, &mut events, -1))?;
    pass_on(&events, count, report);
    Ok(count)
}

/// Waits for `timeout` and after an interruption until `deadline_ns`.
// WHY never inlined: it is not the way of those who hurry.
#[inline(never)]
fn wait_for_time(
    poller: &Descriptor,
    timeout: Duration,
    deadline_ns: Option<u64>,
    report: impl FnMut(Readiness),
) -> Result<usize, Error> {
    let fd = poller.get("epoll_wait")?;
    let mut events = [MaybeUninit::uninit(); READINESS_MAX];
    let count = uninterrupted(Some(timeout), deadline_ns, |left| {
        wait_once(fd, &mut events, left)
    })?;
    pass_on(&events, count, report);
    Ok(count)
}

#[inline]
fn pass_on(events: &Events, count: usize, mut report: impl FnMut(Readiness)) {
    for event in events.iter().take(count) {
        // SAFETY: the kernel has written as many as it has said.
        let event = unsafe { event.assume_init() };
        let flags = event.events;
        report(Readiness {
            token: event.u64,
            readable: flags & READABLE != 0,
            hung_up: flags & GONE != 0,
        });
    }
}

/// Waits for `timeout`, and after each interruption until `deadline_ns`.
fn uninterrupted(
    timeout: Option<Duration>,
    deadline_ns: Option<u64>,
    mut wait: impl FnMut(Option<Duration>) -> Result<usize, Error>,
) -> Result<usize, Error> {
    let mut left = timeout;
    loop {
        match wait(left) {
            Err(error) if error.errno() == Errno::EINTR as i32 => {}
            result => return result,
        }
        if let Some(deadline_ns) = deadline_ns {
            left = Some(Duration::from_nanos(deadline_ns.saturating_sub(now_ns())));
        }
    }
}

/// When a wait that begins now for `timeout` ends; `None` if that is at once or never.
fn deadline_of(timeout: Duration) -> Option<u64> {
    if timeout.is_zero() {
        return None;
    }
    now_ns().checked_add(u64::try_from(timeout.as_nanos()).ok()?)
}

fn wait_once(
    fd: BorrowedFd<'_>,
    events: &mut Events,
    timeout: Option<Duration>,
) -> Result<usize, Error> {
    if !ONLY_MILLISECONDS.load(Ordering::Relaxed) {
        match wait_nanoseconds(fd, events, timeout) {
            // WHY: filters of system calls refuse what they do not know as not permitted.
            Err(error) if [Unsupported, PermissionDenied].contains(&error.kind()) => {
                ONLY_MILLISECONDS.store(true, Ordering::Relaxed);
            }
            result => return result,
        }
    }
    let timeout = timeout.map_or(-1, milliseconds);
    call_once("epoll_wait", || wait_milliseconds(fd, events, timeout))
}

fn wait_nanoseconds(
    fd: BorrowedFd<'_>,
    events: &mut Events,
    timeout: Option<Duration>,
) -> Result<usize, Error> {
    let timeout = timeout.and_then(timespec);
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    call_once("epoll_pwait2", || {
        // SAFETY: the array has room for as many events as said; timeout and array live over the call; no mask is
        // given, so its size is not looked at.
        let result = unsafe {
            libc::syscall(
                libc::SYS_epoll_pwait2,
                c_long::from(fd.as_raw_fd()),
                events.as_mut_ptr(),
                c_long::from(ROOM),
                timeout,
                ptr::null::<libc::sigset_t>(),
                0_usize,
            )
        };
        count(result)
    })
}

/// A negative timeout: no limit.
#[inline]
fn wait_milliseconds(
    fd: BorrowedFd<'_>,
    events: &mut Events,
    timeout: c_int,
) -> nix::Result<usize> {
    let room = events.as_mut_ptr().cast();
    // SAFETY: the array has room for as many events as said and lives over the call.
    let result = unsafe { libc::epoll_wait(fd.as_raw_fd(), room, ROOM, timeout) };
    count(c_long::from(result))
}

#[inline]
fn count(result: c_long) -> nix::Result<usize> {
    Errno::result(result).map(|count| usize::try_from(count).unwrap_or(0).min(READINESS_MAX))
}

/// A descriptor that was given to be waited for, level-triggered, and its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waited {
    number: c_int,
    token: u64,
}

impl Waited {
    /// What is never ready.
    pub(crate) const NOTHING: Self = Self {
        number: -1,
        token: 0,
    };

    pub(crate) fn new(source: &Descriptor, token: u64) -> Result<Self, Error> {
        let number = source.get("ppoll")?.as_raw_fd();
        Ok(Self { number, token })
    }

    /// Whether it is this descriptor.
    pub(crate) fn is(&self, source: &Descriptor) -> bool {
        source
            .get("ppoll")
            .is_ok_and(|source| source.as_raw_fd() == self.number)
    }

    /// Adds it to a poller.
    pub(crate) fn move_to(&self, poller: &Descriptor) -> Result<(), Error> {
        let event = libc::epoll_event {
            events: READABLE | PEER_WRITES_NO_MORE,
            u64: self.token,
        };
        control_number(poller, libc::EPOLL_CTL_ADD, self.number, event)
    }
}

/// Waits for descriptors that are given with the call, at most [`READINESS_MAX`] of them.
pub(crate) fn wait_for(
    waited: &[Waited],
    timeout: Option<Duration>,
    report: impl FnMut(Readiness),
) -> Result<usize, Error> {
    let deadline_ns = timeout.and_then(deadline_of);
    wait_for_uninterrupted(waited, timeout, deadline_ns, report)
}

/// The same for who knows the time.
pub(crate) fn wait_for_until(
    waited: &[Waited],
    now_ns: u64,
    deadline_ns: u64,
    report: impl FnMut(Readiness),
) -> Result<usize, Error> {
    let timeout = Duration::from_nanos(deadline_ns.saturating_sub(now_ns));
    wait_for_uninterrupted(waited, Some(timeout), Some(deadline_ns), report)
}

fn wait_for_uninterrupted(
    waited: &[Waited],
    timeout: Option<Duration>,
    deadline_ns: Option<u64>,
    mut report: impl FnMut(Readiness),
) -> Result<usize, Error> {
    let mut places = [libc::pollfd {
        fd: -1,
        events: 0,
        revents: 0,
    }; READINESS_MAX];
    let places = places
        .get_mut(..waited.len())
        .ok_or(errno::invalid_input("ppoll"))?;
    for (place, waited) in places.iter_mut().zip(waited) {
        place.fd = waited.number;
        place.events = libc::POLLIN | libc::POLLRDHUP;
    }
    let count = uninterrupted(timeout, deadline_ns, |left| poll_once(places, left))?;
    for (place, waited) in places.iter().zip(waited) {
        if place.revents != 0 {
            report(Readiness {
                token: waited.token,
                readable: place.revents & libc::POLLIN != 0,
                hung_up: place.revents & !libc::POLLIN != 0,
            });
        }
    }
    Ok(count)
}

fn poll_once(places: &mut [libc::pollfd], timeout: Option<Duration>) -> Result<usize, Error> {
    let timeout = timeout.and_then(|timeout| {
        Some(libc::timespec {
            tv_sec: libc::time_t::try_from(timeout.as_secs()).ok()?,
            tv_nsec: libc::c_long::from(timeout.subsec_nanos()),
        })
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    let len = places.len() as libc::nfds_t;
    call_once("ppoll", || {
        // SAFETY: `places` has `len` entries, which live over the call like the timeout; no mask is given.
        let result = unsafe { libc::ppoll(places.as_mut_ptr(), len, timeout, ptr::null()) };
        count(c_long::from(result))
    })
}

/// `None`, no limit, for times the system cannot express: they are longer than it will run.
fn timespec(timeout: Duration) -> Option<KernelTimespec> {
    Some(KernelTimespec {
        seconds: i64::try_from(timeout.as_secs()).ok()?,
        nanoseconds: i64::from(timeout.subsec_nanos()),
    })
}

/// What this call takes, on machines of 32 bits as well.
#[repr(C)]
struct KernelTimespec {
    seconds: i64,
    nanoseconds: i64,
}

/// Rounded up: waking early would be a busy loop.
fn milliseconds(timeout: Duration) -> c_int {
    let rounded = timeout.as_nanos().div_ceil(1_000_000);
    c_int::try_from(rounded).unwrap_or(c_int::MAX)
}

/// What `descriptor` is ready for now, of `wanted` and hang-ups.
pub(crate) fn look(descriptor: &Descriptor, wanted: PollFlags) -> Result<PollFlags, Error> {
    let fd = descriptor.get("poll")?;
    let mut fds = [PollFd::new(fd, wanted)];
    call("poll", || poll(&mut fds, PollTimeout::ZERO))?;
    Ok(fds
        .first()
        .and_then(PollFd::revents)
        .unwrap_or(PollFlags::empty()))
}
