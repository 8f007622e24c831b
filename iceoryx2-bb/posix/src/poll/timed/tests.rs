// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::{Doorbell, Ringer, faults::failing, process::in_forked_child};
use nix::errno::Errno;
use std::{sync::Arc, thread, time::Instant};

const FAR: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_millis(30);

fn rung() -> Doorbell {
    let bell = Doorbell::create().unwrap();
    Ringer::open(bell.handle()).unwrap().ring().unwrap();
    bell
}

fn until(set: &TimedPoller, timeout: Duration) -> usize {
    let now_ns = now_ns();
    let deadline_ns = now_ns + u64::try_from(timeout.as_nanos()).unwrap();
    set.wait_until(now_ns, deadline_ns, |_| ()).unwrap()
}

/// Waits as often as it takes for a timer, with something that is ready.
fn often(set: &TimedPoller, timeout: Duration) {
    let bell = rung();
    set.add(bell.source(), 7, Trigger::Level).unwrap();
    for _ in 0..WAITS {
        assert_eq!(until(set, timeout), 1);
    }
    set.remove(bell.source()).unwrap();
}

fn with_timer(timeout: Duration) -> TimedPoller {
    let set = TimedPoller::create().unwrap();
    often(&set, timeout);
    assert!(set_ns(&set).is_some());
    set
}

fn set_ns(set: &TimedPoller) -> Option<u64> {
    set.timer.lock().unwrap().set_ns
}

/// Waits in vain, and not too short.
fn in_vain(timeout: Duration, wait: impl FnOnce() -> usize) {
    let begin = Instant::now();
    assert_eq!(wait(), 0);
    let passed = begin.elapsed();
    assert!((timeout..FAR / 2).contains(&passed), "{passed:?}");
}

// Fails if: `covers` counts near deadlines, or makes a timer for the first wait.
#[test]
fn who_waits_seldom_or_not_for_long_gets_no_timer() {
    let set = TimedPoller::create().unwrap();
    often(&set, Duration::from_millis(9));
    let bell = rung();
    set.add(bell.source(), 7, Trigger::Level).unwrap();
    for _ in 1..WAITS {
        assert_eq!(until(&set, FAR), 1);
    }
    assert!(set.timer.lock().unwrap().descriptor.is_none());
}

// Fails if: a timer that is set to a later moment covers a deadline.
#[test]
fn an_earlier_deadline_is_kept() {
    let set = with_timer(FAR);
    in_vain(SOON, || until(&set, SOON));
    in_vain(SOON, || set.wait(Some(SOON), |_| ()).unwrap());
    in_vain(Duration::from_millis(5), || {
        until(&set, Duration::from_millis(5))
    });
}

// Fails if: a wait ends because the timer rings.
#[test]
fn a_later_deadline_is_kept_although_the_timer_rings_before() {
    let set = with_timer(SOON);
    in_vain(3 * SOON, || until(&set, 3 * SOON));
    let set = with_timer(SOON);
    in_vain(3 * SOON, || set.wait(Some(3 * SOON), |_| ()).unwrap());
}

// Fails if: deadlines that come and go set the timer each.
#[test]
fn the_timer_stays_set_while_deadlines_come_and_go() {
    let set = with_timer(FAR);
    let before = set_ns(&set);
    often(&set, 2 * FAR);
    assert_eq!(set_ns(&set), before);
}

// Fails if: a ring for nobody is reported, or is not silenced.
#[test]
fn a_ring_for_nobody_wakes_nobody() {
    let set = Arc::new(with_timer(SOON));
    thread::sleep(2 * SOON);
    let look = || set.wait(Some(Duration::ZERO), |_| panic!()).unwrap();
    assert_eq!((look(), look()), (0, 0));
    let bell = Doorbell::create().unwrap();
    set.add(bell.source(), 3, Trigger::Edge).unwrap();
    let sleeper = Arc::clone(&set);
    let sleeper = thread::spawn(move || {
        let mut tokens = Vec::new();
        let count = sleeper.wait(None, |ready| tokens.push(ready.token));
        (count.unwrap(), tokens)
    });
    thread::sleep(SOON);
    assert!(!sleeper.is_finished());
    assert_eq!(set_ns(&set), None, "it was silenced");
    Ringer::open(bell.handle()).unwrap().ring().unwrap();
    assert_eq!(sleeper.join().unwrap(), (1, vec![3]));
}

// Fails if: two threads use the timer at once.
#[test]
fn each_of_several_threads_keeps_its_own_deadline() {
    let set = with_timer(FAR);
    thread::scope(|scope| {
        for times in [1, 2, 4, 8] {
            let set = &set;
            scope.spawn(move || in_vain(times * SOON, || until(set, times * SOON)));
        }
    });
}

// Fails if: what the system refuses ends a wait, or keeps it for ever.
#[test]
fn without_a_timer_deadlines_are_kept_as_well() {
    for call in ["timerfd_create", "timerfd_settime", "epoll_ctl"] {
        let set = TimedPoller::create().unwrap();
        let bell = rung();
        set.add(bell.source(), 7, Trigger::Level).unwrap();
        failing(call, Errno::EMFILE as i32, || {
            for _ in 0..WAITS {
                assert_eq!(until(&set, SOON), 1);
            }
        });
        assert!(set.timer.lock().unwrap().descriptor.is_none(), "{call}");
        set.remove(bell.source()).unwrap();
        in_vain(SOON, || until(&set, SOON));
    }
    let set = with_timer(SOON);
    failing("timerfd_settime", Errno::EMFILE as i32, || {
        in_vain(2 * SOON, || until(&set, 2 * SOON));
    });
    assert!(set.timer.lock().unwrap().descriptor.is_none());
}

#[test]
fn the_timers_token_is_refused() {
    let (set, bell) = (TimedPoller::create().unwrap(), rung());
    let refused = set.add(bell.source(), TOKEN, Trigger::Level);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_forked_child_cannot_wait_with_a_timer_either() {
    let set = with_timer(FAR);
    let done = in_forked_child(|| {
        let waited = set.wait_until(now_ns(), u64::MAX, |_| ());
        waited.unwrap_err().kind() == ErrorKind::UsedAfterFork
    });
    assert!(done.unwrap());
}
