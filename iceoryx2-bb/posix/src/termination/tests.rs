// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Signals concern a whole process, so each case is a process of its own, and in it a test of its own.

#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use super::*;
use crate::{
    poll::{Poller, Trigger},
    testing::{Child, argument_of_child, forked, tell_parent, wait_for_parent},
};
use core::{
    sync::atomic::{AtomicI32, AtomicU32, Ordering},
    time::Duration,
};
use iceoryx2_bb_elementary::hooks::{self, Observer};
use nix::{
    errno::Errno,
    libc,
    sys::{
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, raise, sigaction},
        wait::{WaitStatus, waitpid},
    },
    unistd::{ForkResult, fork, getpid},
};
use std::os::unix::process::ExitStatusExt;

const NOW: Option<Duration> = Some(Duration::ZERO);

fn run(name: &str) -> Child {
    Child::start(&format!("termination::tests::{name}"), "child")
}

/// Whether this is the child, which then starts with both signals as a process normally does.
// WHY: a shell that starts tests in the background makes them and their children ignore SIGINT.
fn in_child() -> bool {
    let is_child = argument_of_child().is_some();
    if is_child {
        for signal in [Signal::SIGTERM, Signal::SIGINT] {
            install(signal, SigHandler::SigDfl, SaFlags::empty());
        }
    }
    is_child
}

fn readable(termination: &Termination, timeout: Option<Duration>) -> bool {
    let poller = Poller::create().unwrap();
    let source = termination.source().unwrap();
    poller.add(source, 1, Trigger::Level).unwrap();
    poller.wait(timeout, &mut |_| ()).unwrap() > 0
}

static CALLS: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(_: libc::c_int) {
    CALLS.fetch_add(1, Ordering::SeqCst);
}

extern "C" fn count_with_info(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    _: *mut libc::c_void,
) {
    // SAFETY: the system gives a valid siginfo to a handler of three arguments.
    let said = unsafe { (*info).si_signo };
    CALLS.fetch_add(u32::from(said == signal) * 100, Ordering::SeqCst);
}

fn install(signal: Signal, handler: SigHandler, flags: SaFlags) {
    let action = SigAction::new(handler, flags, SigSet::empty());
    // SAFETY: the handlers of this file only count.
    unsafe { sigaction(signal, &action) }.unwrap();
}

// Fails if: `handle` does not `end_by` the second request.
#[test]
fn a_request_ends_a_wait_and_the_second_ends_the_process() {
    if in_child() {
        let termination = Termination::register().unwrap();
        assert!(!termination.requested() && !readable(&termination, NOW));
        tell_parent("waiting");
        assert!(readable(&termination, None) && termination.requested());
        tell_parent("woken");
        wait_for_parent();
        return;
    }
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut child = run("a_request_ends_a_wait_and_the_second_ends_the_process");
        assert_eq!(child.listen().as_deref(), Some("waiting"));
        child.signal(signal);
        assert_eq!(child.listen().as_deref(), Some("woken"));
        child.signal(signal);
        assert_eq!(child.listen(), None);
        assert_eq!(child.finish().signal(), Some(signal as i32));
    }
}

#[test]
fn requests_of_two_kinds_end_nothing() {
    if in_child() {
        let termination = Termination::register().unwrap();
        raise(Signal::SIGTERM).unwrap();
        raise(Signal::SIGINT).unwrap();
        assert!(termination.requested() && readable(&termination, NOW));
        return;
    }
    assert!(run("requests_of_two_kinds_end_nothing").finish().success());
}

// Fails if: `put_back_all` does nothing.
#[test]
fn the_last_registration_puts_the_default_back() {
    if in_child() {
        let (first, second) = (
            Termination::register().unwrap(),
            Termination::register().unwrap(),
        );
        drop(first);
        raise(Signal::SIGTERM).unwrap();
        assert!(second.requested());
        drop(second);
        tell_parent("still here");
        let fresh = Termination::register().unwrap();
        assert!(!fresh.requested() && !readable(&fresh, NOW));
        raise(Signal::SIGTERM).unwrap();
        assert!(fresh.requested());
        drop(fresh);
        tell_parent("still here");
        raise(Signal::SIGTERM).unwrap();
        tell_parent("survived");
        return;
    }
    let mut child = run("the_last_registration_puts_the_default_back");
    assert_eq!(child.listen().as_deref(), Some("still here"));
    assert_eq!(child.listen().as_deref(), Some("still here"));
    assert_eq!(child.listen(), None);
    assert_eq!(child.finish().signal(), Some(libc::SIGTERM));
}

// Fails if: `handle` does not `call` what was there before.
#[test]
fn earlier_handlers_are_called_and_put_back() {
    if in_child() {
        install(
            Signal::SIGTERM,
            SigHandler::Handler(count),
            SaFlags::empty(),
        );
        install(
            Signal::SIGINT,
            SigHandler::SigAction(count_with_info),
            SaFlags::SA_SIGINFO,
        );
        let termination = Termination::register().unwrap();
        for _ in 0..3 {
            raise(Signal::SIGTERM).unwrap();
            raise(Signal::SIGINT).unwrap();
        }
        assert!(termination.requested());
        assert_eq!(CALLS.load(Ordering::SeqCst), 303);
        drop(termination);
        raise(Signal::SIGTERM).unwrap();
        raise(Signal::SIGINT).unwrap();
        assert_eq!(CALLS.load(Ordering::SeqCst), 404);
        return;
    }
    assert!(
        run("earlier_handlers_are_called_and_put_back")
            .finish()
            .success()
    );
}

#[test]
fn what_was_ignored_stays_ignored() {
    if in_child() {
        install(Signal::SIGINT, SigHandler::SigIgn, SaFlags::empty());
        let termination = Termination::register().unwrap();
        raise(Signal::SIGINT).unwrap();
        raise(Signal::SIGINT).unwrap();
        assert!(!termination.requested() && !readable(&termination, NOW));
        drop(termination);
        raise(Signal::SIGINT).unwrap();
        return;
    }
    assert!(run("what_was_ignored_stays_ignored").finish().success());
}

#[test]
fn who_took_the_place_meanwhile_keeps_it() {
    if in_child() {
        let termination = Termination::register().unwrap();
        install(
            Signal::SIGTERM,
            SigHandler::Handler(count),
            SaFlags::empty(),
        );
        drop(termination);
        raise(Signal::SIGTERM).unwrap();
        assert_eq!(CALLS.load(Ordering::SeqCst), 1);
        return;
    }
    assert!(
        run("who_took_the_place_meanwhile_keeps_it")
            .finish()
            .success()
    );
}

#[test]
fn the_error_number_survives_a_request() {
    if in_child() {
        let termination = Termination::register().unwrap();
        // WHY: a bell that cannot be rung any more makes the handler's own call fail.
        let full = u64::MAX - 1;
        assert!(!readable(&termination, NOW));
        nix::unistd::write(
            termination
                .bell
                .get()
                .unwrap()
                .descriptor()
                .get("write")
                .unwrap(),
            &full.to_ne_bytes(),
        )
        .unwrap();
        Errno::set_raw(4321);
        raise(Signal::SIGTERM).unwrap();
        assert_eq!(Errno::last_raw(), 4321);
        assert!(termination.requested());
        return;
    }
    assert!(
        run("the_error_number_survives_a_request")
            .finish()
            .success()
    );
}

#[test]
fn a_forked_child_knows_nothing_of_requests_and_disturbs_nobody() {
    if in_child() {
        let mut termination = Some(Termination::register().unwrap());
        raise(Signal::SIGTERM).unwrap();
        let fine = forked(|| {
            let quiet = termination.as_ref().is_some_and(|it| !it.requested());
            drop(termination.take());
            quiet
        });
        assert!(fine);
        assert!(termination.unwrap().requested());
        return;
    }
    let name = "a_forked_child_knows_nothing_of_requests_and_disturbs_nobody";
    assert!(run(name).finish().success());
}

#[test]
fn a_forked_child_ends_at_the_first_request() {
    if in_child() {
        let termination = Termination::register().unwrap();
        // SAFETY: the child only raises a signal and ends.
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                let _ = raise(Signal::SIGTERM);
                // SAFETY: ends the child at once, and runs nothing of the parent's.
                unsafe { libc::_exit(0) };
            }
            ForkResult::Parent { child } => {
                let end = waitpid(child, None).unwrap();
                assert!(
                    matches!(end, WaitStatus::Signaled(_, Signal::SIGTERM, _)),
                    "{end:?}"
                );
            }
        }
        assert!(!termination.requested() && !readable(&termination, NOW));
        return;
    }
    assert!(
        run("a_forked_child_ends_at_the_first_request")
            .finish()
            .success()
    );
}

#[test]
fn a_forked_child_may_register_for_itself() {
    if in_child() {
        let termination = Termination::register().unwrap();
        let fine = forked(|| {
            let Ok(own) = Termination::register() else {
                return false;
            };
            let quiet = !own.requested();
            let _ = raise(Signal::SIGTERM);
            quiet && own.requested() && !termination.requested()
        });
        assert!(fine);
        assert!(!termination.requested() && !readable(&termination, NOW));
        return;
    }
    assert!(
        run("a_forked_child_may_register_for_itself")
            .finish()
            .success()
    );
}

/// Raises a signal before every change of what signals do.
#[derive(Debug)]
struct RaiseBeforeChanges(AtomicI32);

static RAISES: RaiseBeforeChanges = RaiseBeforeChanges(AtomicI32::new(0));
static RAISED: AtomicU32 = AtomicU32::new(0);

impl Observer for RaiseBeforeChanges {
    fn before_call(&self, name: &'static str) -> Option<i32> {
        let signal = Signal::try_from(self.0.load(Ordering::SeqCst));
        if let (Ok(signal), "sigaction") = (signal, name) {
            RAISED.fetch_add(1, Ordering::SeqCst);
            raise(signal).unwrap();
        }
        None
    }
}

// Fails if: `settle_as_before` does not raise what was put off; or `is_put_off` is always false.
#[test]
fn a_signal_that_comes_while_our_handler_does_counts_once() {
    if !hooks::PRESENT {
        return;
    }
    if in_child() {
        hooks::observe(&RAISES);
        install(Signal::SIGTERM, SigHandler::SigIgn, SaFlags::empty());
        install(Signal::SIGINT, SigHandler::Handler(count), SaFlags::empty());
        RAISES.0.store(libc::SIGTERM, Ordering::SeqCst);
        let termination = Termination::register().unwrap();
        assert!(!termination.requested() && !readable(&termination, NOW));
        drop(termination);
        RAISES.0.store(libc::SIGINT, Ordering::SeqCst);
        RAISED.store(0, Ordering::SeqCst);
        let termination = Termination::register().unwrap();
        assert!(termination.requested() && readable(&termination, NOW));
        drop(termination);
        assert!(RAISED.load(Ordering::SeqCst) > 4);
        assert_eq!(CALLS.load(Ordering::SeqCst), RAISED.load(Ordering::SeqCst));
        return;
    }
    let name = "a_signal_that_comes_while_our_handler_does_counts_once";
    assert!(run(name).finish().success());
}

// Fails if: `catch` takes what it finds for the default.
#[test]
fn nothing_is_lost_where_one_thread_registers_and_another_sends() {
    if in_child() {
        install(Signal::SIGTERM, SigHandler::SigIgn, SaFlags::empty());
        install(Signal::SIGINT, SigHandler::Handler(count), SaFlags::empty());
        for sent in 1..2000 {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    kill(getpid(), Signal::SIGTERM).unwrap();
                    raise(Signal::SIGINT).unwrap();
                });
                drop(Termination::register().unwrap());
            });
            assert_eq!(CALLS.load(Ordering::SeqCst), sent);
        }
        return;
    }
    let name = "nothing_is_lost_where_one_thread_registers_and_another_sends";
    assert!(run(name).finish().success());
}

// Fails if: `hang_up` does not look at whether there was a request; or `disarm` leaves the bell.
#[test]
fn a_bell_that_is_hung_up_late_rings_for_what_came_before() {
    if in_child() {
        let (first, second) = (
            Termination::register().unwrap(),
            Termination::register().unwrap(),
        );
        raise(Signal::SIGTERM).unwrap();
        assert!(first.requested() && second.requested());
        assert!(readable(&first, NOW) && readable(&second, NOW));
        drop((first, second));
        let fresh = Termination::register().unwrap();
        assert!(!readable(&fresh, NOW));
        raise(Signal::SIGTERM).unwrap();
        assert!(readable(&fresh, NOW));
        return;
    }
    let name = "a_bell_that_is_hung_up_late_rings_for_what_came_before";
    assert!(run(name).finish().success());
}
