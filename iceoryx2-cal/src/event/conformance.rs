// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every doorbell must do, together with a wait set.

use super::{EventListener, EventNotifier};
use crate::{
    Mechanisms,
    wait_set::{Readiness, Trigger, WaitSet},
};
use core::time::Duration;
use std::thread;

/// Instantiates a test per case for one set of mechanisms.
macro_rules! tests {
    ($mechanisms:ty) => {
        crate::event::conformance::tests! { @each $mechanisms;
            a_silent_bell_wakes_nobody
            each_ring_is_one_readiness
            rings_before_a_wait_are_one
            a_ring_wakes_a_sleeper
            a_notifier_outlives_its_listener
        }
    };
    (@each $mechanisms:ty; $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                crate::event::conformance::$case::<$mechanisms>();
            }
        )+
    };
}

pub(crate) use tests;

const LONG: Option<Duration> = Some(Duration::from_secs(60));
const NOW: Option<Duration> = Some(Duration::ZERO);

/// A doorbell in a wait set, as a port has it.
struct Port<M: Mechanisms> {
    listener: M::EventListener,
    waits: M::WaitSet,
}

impl<M: Mechanisms> Port<M> {
    fn new() -> Self {
        let (listener, waits) = (
            M::EventListener::create().unwrap(),
            M::WaitSet::create().unwrap(),
        );
        waits.attach(listener.source(), 7, Trigger::Edge).unwrap();
        Self { listener, waits }
    }

    fn wait(&self, timeout: Option<Duration>) -> usize {
        let mut expect = |readiness: Readiness| {
            assert_eq!(
                (readiness.token, readiness.readable, readiness.hung_up),
                (7, true, false)
            );
        };
        self.waits.wait(timeout, &mut expect).unwrap()
    }
}

pub(crate) fn a_silent_bell_wakes_nobody<M: Mechanisms>() {
    assert_eq!(Port::<M>::new().wait(NOW), 0);
}

pub(crate) fn each_ring_is_one_readiness<M: Mechanisms>() {
    let port = Port::<M>::new();
    let notifier = M::EventNotifier::open(port.listener.handle()).unwrap();
    for _ in 0..3 {
        notifier.notify().unwrap();
        assert_eq!(port.wait(LONG), 1);
        assert_eq!(port.wait(NOW), 0);
    }
}

pub(crate) fn rings_before_a_wait_are_one<M: Mechanisms>() {
    let port = Port::<M>::new();
    let notifier = M::EventNotifier::open(port.listener.handle()).unwrap();
    for _ in 0..1000 {
        notifier.notify().unwrap();
    }
    assert_eq!(port.wait(LONG), 1);
    assert_eq!(port.wait(NOW), 0);
}

pub(crate) fn a_ring_wakes_a_sleeper<M: Mechanisms>() {
    let port = Port::<M>::new();
    let notifier = M::EventNotifier::open(port.listener.handle()).unwrap();
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| port.wait(LONG));
        notifier.notify().unwrap();
        assert_eq!(sleeper.join().unwrap(), 1);
    });
}

pub(crate) fn a_notifier_outlives_its_listener<M: Mechanisms>() {
    let listener = M::EventListener::create().unwrap();
    let notifier = M::EventNotifier::open(listener.handle()).unwrap();
    drop(listener);
    notifier.notify().unwrap();
}
