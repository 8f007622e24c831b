// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What runs inside the signal: no lock, no allocation, no hook, and `errno` as it was.
//!
//! ```text
//!   arm ──▶ armed ──signal──▶ requested, bell rung if there is one ──▶ what was there before is called
//!             └── hang_up ──▶ bell ≥ 0, rung if there was a request already
//!   disarm: not armed, bell = -1, then wait for handlers that may have read it
//! ```
//!
//! What was there before is known only once our handler has taken its place. A signal that comes in between is put off:
//! who [settles](settle) what was there sends it again.

#![expect(
    clippy::disallowed_types,
    reason = "private to this process; loom has no signals"
)]

use crate::fork;
use core::{
    ffi::c_void,
    mem::{self, MaybeUninit},
    ptr,
    sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicUsize, Ordering},
};
use nix::{errno::Errno, libc};

/// Whether requests are remembered.
static ARMED: AtomicBool = AtomicBool::new(false);
/// The bell's descriptor number, or [`NO_BELL`].
static BELL: AtomicI32 = AtomicI32::new(NO_BELL);
/// In which generation of forks that is ours.
static ARMED_IN: AtomicU32 = AtomicU32::new(0);
/// Handlers between reading `ARMED` and having rung `BELL`.
static RINGING: AtomicU32 = AtomicU32::new(0);
static REQUESTED: AtomicBool = AtomicBool::new(false);
static INTERRUPT: Before = Before::new();
static TERMINATE: Before = Before::new();

const NO_BELL: i32 = -1;

/// The action while nobody knows yet what was there. No handler has that address.
const UNKNOWN: usize = libc::SIG_ERR;

/// What one signal did before.
struct Before {
    /// A function, `SIG_DFL`, `SIG_IGN` or [`UNKNOWN`].
    action: AtomicUsize,
    /// Whether the function takes three arguments.
    takes_info: AtomicBool,
    /// Whether the signal came since the handler was armed.
    seen: AtomicBool,
    /// Whether the signal came while the action was unknown, and has not been sent again.
    put_off: AtomicBool,
}

impl Before {
    const fn new() -> Self {
        Self {
            action: AtomicUsize::new(libc::SIG_DFL),
            takes_info: AtomicBool::new(false),
            seen: AtomicBool::new(false),
            put_off: AtomicBool::new(false),
        }
    }
}

fn before(signal: libc::c_int) -> &'static Before {
    if signal == libc::SIGINT {
        &INTERRUPT
    } else {
        &TERMINATE
    }
}

/// Begins without a request and without a bell.
pub(super) fn arm() {
    for before in [&INTERRUPT, &TERMINATE] {
        before.seen.store(false, Ordering::SeqCst);
    }
    REQUESTED.store(false, Ordering::SeqCst);
    // WHY: a forked child may be born with the count of handlers that only run in its parent.
    if ARMED_IN.swap(fork::generation(), Ordering::SeqCst) != fork::generation() {
        RINGING.store(0, Ordering::SeqCst);
    }
    BELL.store(NO_BELL, Ordering::SeqCst);
    ARMED.store(true, Ordering::SeqCst);
}

/// From here on requests ring `bell`, as does one that came before.
pub(super) fn hang_up(bell: i32) {
    // ORDERING(hang up): SeqCst; pairs with `note`. Either the handler sees the bell, or we see the request.
    BELL.store(bell, Ordering::SeqCst);
    if REQUESTED.load(Ordering::SeqCst) {
        ring(bell);
    }
}

/// Forgets the bell and any request. No handler touches the bell after this.
pub(super) fn disarm() {
    // ORDERING(bell): SeqCst; pairs with `note`. Either the handler sees no bell, or we see it ringing.
    ARMED.store(false, Ordering::SeqCst);
    BELL.store(NO_BELL, Ordering::SeqCst);
    while RINGING.load(Ordering::SeqCst) != 0 {
        std::thread::yield_now();
    }
    REQUESTED.store(false, Ordering::SeqCst);
}

#[inline]
pub(super) fn requested() -> bool {
    // ORDERING(request): pairs with `note`.
    REQUESTED.load(Ordering::Acquire)
}

/// What was there before is about to be replaced: from here on signals are put off. To be followed by [`settle`] or
/// [`settle_as_before`]. Returns what was stored.
pub(super) fn unsettle(signal: libc::c_int) -> usize {
    before(signal).action.swap(UNKNOWN, Ordering::SeqCst)
}

/// Stores what our handler has replaced.
pub(super) fn settle(signal: libc::c_int, there: &libc::sigaction) {
    before(signal)
        .takes_info
        .store(there.sa_flags & libc::SA_SIGINFO != 0, Ordering::SeqCst);
    settle_as_before(signal, there.sa_sigaction);
}

/// Stores what [`unsettle`] returned, and sends a signal that was put off again.
pub(super) fn settle_as_before(signal: libc::c_int, action: usize) {
    let before = before(signal);
    // ORDERING(put off): SeqCst; pairs with `is_put_off`. Either the handler sees the action, or we see what it put off.
    before.action.store(action, Ordering::SeqCst);
    if before.put_off.swap(false, Ordering::SeqCst) {
        // SAFETY: takes no pointer.
        unsafe { libc::raise(signal) };
    }
}

/// The default, without flags, blocking nothing.
pub(super) fn default_action() -> libc::sigaction {
    let mut default = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: all zeros are an action: no function, no flags, no signals to block.
    let default = unsafe { default.assume_init_mut() };
    default.sa_sigaction = libc::SIG_DFL;
    *default
}

/// Our handler, interrupting the program's system calls as what is `there` does.
pub(super) fn action(there: &libc::sigaction) -> libc::sigaction {
    let mut ours = *there;
    let restarts = if there.sa_sigaction == libc::SIG_DFL {
        libc::SA_RESTART
    } else {
        there.sa_flags & (libc::SA_RESTART | libc::SA_NODEFER)
    };
    ours.sa_flags = restarts | libc::SA_SIGINFO | libc::SA_ONSTACK;
    ours.sa_sigaction = address();
    ours
}

pub(super) fn is_ours(there: &libc::sigaction) -> bool {
    there.sa_sigaction == address()
}

fn address() -> usize {
    let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut c_void) = handle;
    handler as usize
}

extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let errno = Errno::last_raw();
    let before = before(signal);
    if is_put_off(before) {
        return;
    }
    let ours = ARMED_IN.load(Ordering::SeqCst) == fork::generation();
    let first = ours && note(before);
    match before.action.load(Ordering::SeqCst) {
        libc::SIG_DFL if first || (ours && !ARMED.load(Ordering::SeqCst)) => {}
        libc::SIG_DFL => end_by(signal),
        libc::SIG_IGN => {}
        function => call(before, function, signal, info, context),
    }
    Errno::set_raw(errno);
}

/// Whether nobody knows yet what was there before. Then who settles that sends the signal again.
fn is_put_off(before: &Before) -> bool {
    if before.action.load(Ordering::SeqCst) != UNKNOWN {
        return false;
    }
    // ORDERING(put off): SeqCst; pairs with `settle_as_before`.
    before.put_off.store(true, Ordering::SeqCst);
    let settled = before.action.load(Ordering::SeqCst) != UNKNOWN;
    // WHY: where both have seen each other, one of them takes the signal.
    !(settled && before.put_off.swap(false, Ordering::SeqCst))
}

/// Remembers the request and rings. Returns whether it was the signal's first.
fn note(before: &Before) -> bool {
    // ORDERING(bell): SeqCst; pairs with `disarm`.
    RINGING.fetch_add(1, Ordering::SeqCst);
    let mut first = false;
    if ARMED.load(Ordering::SeqCst) {
        first = !before.seen.swap(true, Ordering::SeqCst);
        // ORDERING(request): pairs with `requested`. ORDERING(hang up): SeqCst; pairs with `hang_up`.
        REQUESTED.store(true, Ordering::SeqCst);
        let bell = BELL.load(Ordering::SeqCst);
        if bell != NO_BELL {
            ring(bell);
        }
    }
    RINGING.fetch_sub(1, Ordering::SeqCst);
    first
}

fn ring(bell: i32) {
    let one = 1_u64;
    // SAFETY: writes 8 bytes that live until the call returns to a descriptor that `disarm` keeps open meanwhile. It
    // never blocks, and a full bell is rung already.
    unsafe { libc::write(bell, ptr::from_ref(&one).cast(), mem::size_of::<u64>()) };
}

/// Ends the process as if we had never been there: the signal is blocked until the handler returns, and comes then.
fn end_by(signal: libc::c_int) {
    let default = default_action();
    // SAFETY: the action is valid and lives until the call returns.
    unsafe { libc::sigaction(signal, &raw const default, ptr::null_mut()) };
    // SAFETY: takes no pointer and may be called inside a signal.
    unsafe { libc::raise(signal) };
}

fn call(
    before: &Before,
    function: usize,
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    if before.takes_info.load(Ordering::SeqCst) {
        // SAFETY: the system had it installed as a handler of three arguments, so that is what it is.
        let function: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut c_void) =
            unsafe { mem::transmute(function) };
        function(signal, info, context);
    } else {
        // SAFETY: the system had it installed as a handler of one argument, so that is what it is.
        let function: extern "C" fn(libc::c_int) = unsafe { mem::transmute(function) };
        function(signal);
    }
}
