// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::{
    Connection, Doorbell, ErrorKind, Ringer, clock::now_ns as now, faults::failing,
    process::in_forked_child,
};
use nix::errno::Errno;
use std::time::Instant;

const LONG: Option<Duration> = Some(Duration::from_secs(60));
const NOW: Option<Duration> = Some(Duration::ZERO);

fn report(poller: &Poller, timeout: Option<Duration>) -> Vec<Readiness> {
    let mut found = Vec::new();
    assert_eq!(
        poller.wait(timeout, &mut |one| found.push(one)).unwrap(),
        found.len()
    );
    found
}

fn rung() -> Doorbell {
    let bell = Doorbell::create().unwrap();
    Ringer::open(bell.handle()).unwrap().ring().unwrap();
    bell
}

#[test]
fn a_hang_up_is_reported_after_data() {
    let (ours, theirs) = Connection::pair().unwrap();
    let poller = Poller::create().unwrap();
    poller.add(ours.source(), 1, Trigger::Level).unwrap();
    assert_eq!(report(&poller, NOW), []);
    theirs.send(b"x", &[]).unwrap();
    assert_eq!(
        report(&poller, LONG),
        [Readiness {
            token: 1,
            readable: true,
            hung_up: false
        }]
    );
    theirs.shutdown();
    assert_eq!(
        report(&poller, LONG),
        [Readiness {
            token: 1,
            readable: true,
            hung_up: true
        }]
    );
}

#[test]
fn pollers_nest() {
    let (inner, outer) = (Poller::create().unwrap(), Poller::create().unwrap());
    let bell = rung();
    outer.add(inner.source(), 5, Trigger::Level).unwrap();
    assert_eq!(report(&outer, NOW), []);
    inner.add(bell.source(), 6, Trigger::Edge).unwrap();
    assert_eq!(report(&outer, LONG).len(), 1);
    assert_eq!(report(&inner, LONG).len(), 1);
    assert_eq!(report(&outer, NOW), [], "emptying the inner one ends it");
}

#[test]
fn adding_twice_and_removing_twice_are_errors() {
    let (poller, bell) = (Poller::create().unwrap(), rung());
    poller.add(bell.source(), 0, Trigger::Level).unwrap();
    let error = poller.add(bell.source(), 0, Trigger::Level).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    poller.remove(bell.source()).unwrap();
    assert_eq!(
        poller.remove(bell.source()).unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn an_interruption_does_not_shorten_the_wait() {
    let poller = Poller::create().unwrap();
    let timeout = Duration::from_millis(30);
    let start = Instant::now();
    let count = failing("epoll_pwait2", Errno::EINTR as i32, || {
        poller.wait(Some(timeout), &mut |_| ()).unwrap()
    });
    assert_eq!(count, 0);
    assert!(start.elapsed() >= timeout);
}

// Fails if: `wait_for_ever` hands an interruption to its caller, or takes it for an event.
#[test]
fn an_interruption_does_not_end_a_wait_without_a_limit() {
    let (poller, bell) = (Poller::create().unwrap(), rung());
    poller.add(bell.source(), 7, Trigger::Edge).unwrap();
    let found = failing("epoll_wait", Errno::EINTR as i32, || report(&poller, None));
    assert_eq!(found.len(), 1);
}

#[test]
fn a_deadline_is_kept_whatever_interrupts() {
    let poller = Poller::create().unwrap();
    let wait = |now_ns, deadline_ns| {
        failing("epoll_pwait2", Errno::EINTR as i32, || {
            poller.wait_until(now_ns, deadline_ns, &mut |_| ()).unwrap()
        })
    };
    // An old idea of now must not make the wait longer once it was interrupted.
    for age_ns in [0, 60_000_000_000] {
        let now_ns = now();
        let deadline_ns = now_ns + 30_000_000;
        assert_eq!(wait(now_ns.saturating_sub(age_ns), deadline_ns), 0);
        let late_ns = now().checked_sub(deadline_ns).unwrap();
        assert!(late_ns < 30_000_000_000, "{late_ns} ns late");
    }
}

#[test]
fn a_deadline_that_has_passed_is_a_look() {
    let (poller, bell) = (Poller::create().unwrap(), rung());
    let look = || {
        let (mut count, now_ns) = (0, now());
        poller
            .wait_until(now_ns, now_ns - 1, &mut |_| count += 1)
            .unwrap();
        count
    };
    assert_eq!(look(), 0);
    poller.add(bell.source(), 0, Trigger::Edge).unwrap();
    assert_eq!(look(), 1);
}

#[test]
fn a_wait_of_nanoseconds_is_a_wait() {
    let poller = Poller::create().unwrap();
    let timeout = Duration::from_nanos(1_500_000);
    let start = Instant::now();
    assert_eq!(report(&poller, Some(timeout)), []);
    assert!(start.elapsed() >= timeout);
}

#[test]
fn times_beyond_the_systems_are_no_limit() {
    let (poller, bell) = (Poller::create().unwrap(), rung());
    poller.add(bell.source(), 3, Trigger::Level).unwrap();
    for timeout in [
        None,
        Some(Duration::MAX),
        Some(Duration::from_secs(u64::MAX / 2)),
    ] {
        assert_eq!(report(&poller, timeout).len(), 1);
    }
}

/// Alone in a process: an old kernel is remembered by all of it.
#[test]
fn an_older_kernel_waits_milliseconds() {
    let done = in_forked_child(|| {
        let (poller, timeout) = (Poller::create().unwrap(), Duration::from_micros(1500));
        let start = Instant::now();
        failing("epoll_pwait2", Errno::ENOSYS as i32, || {
            report(&poller, Some(timeout))
        });
        assert!(start.elapsed() >= timeout);
        let bell = rung();
        poller.add(bell.source(), 0, Trigger::Edge).unwrap();
        failing("epoll_wait", Errno::EINTR as i32, || {
            report(&poller, LONG).len()
        }) == 1
    });
    assert!(done.unwrap());
}

#[test]
fn a_forked_child_cannot_wait() {
    let poller = Poller::create().unwrap();
    let done = in_forked_child(|| {
        poller.wait(NOW, &mut |_| ()).unwrap_err().kind() == ErrorKind::UsedAfterFork
    });
    assert!(done.unwrap());
}
