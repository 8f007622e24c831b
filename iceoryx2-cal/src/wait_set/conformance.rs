// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every wait set must do, with doorbells as sources.

use super::{Trigger, WaitSet};
use crate::{
    Mechanisms, SystemError,
    clock::Clock,
    event::{EventListener, EventNotifier},
};
use core::time::Duration;
use std::{collections::BTreeSet, time::Instant};

/// Instantiates a test per case for one set of mechanisms.
macro_rules! tests {
    ($mechanisms:ty) => {
        crate::wait_set::conformance::tests! { @each $mechanisms;
            an_empty_set_waits_its_time
            an_empty_set_waits_until_its_deadline
            a_level_is_reported_as_long_as_it_lasts
            an_edge_is_reported_once
            what_is_detached_is_silent
            every_source_of_many_is_reported
        }
    };
    (@each $mechanisms:ty; $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                use crate::wait_set::WaitSet;
                type Set = <$mechanisms as crate::Mechanisms>::WaitSet;
                for create in [Set::create, Set::create_for_one_thread] {
                    crate::wait_set::conformance::$case::<$mechanisms>(create);
                }
            }
        )+
    };
}

pub(crate) use tests;

type Create<M> = fn() -> Result<<M as Mechanisms>::WaitSet, SystemError>;

const LONG: Option<Duration> = Some(Duration::from_secs(60));
const NOW: Option<Duration> = Some(Duration::ZERO);

fn tokens<W: WaitSet>(waits: &W, timeout: Option<Duration>) -> Vec<u64> {
    let mut tokens = Vec::new();
    let count = waits
        .wait(timeout, |readiness| tokens.push(readiness.token))
        .unwrap();
    assert_eq!(count, tokens.len());
    tokens
}

fn rung<M: Mechanisms>() -> M::EventListener {
    let listener = M::EventListener::create().unwrap();
    M::EventNotifier::open(listener.handle())
        .unwrap()
        .notify()
        .unwrap();
    listener
}

pub(crate) fn an_empty_set_waits_its_time<M: Mechanisms>(create: Create<M>) {
    let waits = create().unwrap();
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert_eq!(tokens(&waits, Some(timeout)), []);
    assert!(start.elapsed() >= timeout);
    assert_eq!(tokens(&waits, NOW), []);
}

pub(crate) fn an_empty_set_waits_until_its_deadline<M: Mechanisms>(create: Create<M>) {
    let waits = create().unwrap();
    let now = M::Clock::now();
    let deadline = now.checked_add(Duration::from_millis(20)).unwrap();
    for deadline in [deadline, now] {
        let count = waits.wait_until(M::Clock::now(), deadline, |_| ());
        assert_eq!(count.unwrap(), 0);
        assert!(M::Clock::now() >= deadline);
    }
}

pub(crate) fn a_level_is_reported_as_long_as_it_lasts<M: Mechanisms>(create: Create<M>) {
    let (listener, waits) = (rung::<M>(), create().unwrap());
    waits
        .attach(listener.source(), u64::MAX, Trigger::Level)
        .unwrap();
    assert_eq!(tokens(&waits, LONG), [u64::MAX]);
    assert_eq!(tokens(&waits, NOW), [u64::MAX]);
}

pub(crate) fn an_edge_is_reported_once<M: Mechanisms>(create: Create<M>) {
    let (listener, waits) = (rung::<M>(), create().unwrap());
    waits.attach(listener.source(), 0, Trigger::Edge).unwrap();
    assert_eq!(tokens(&waits, LONG), [0]);
    assert_eq!(tokens(&waits, NOW), []);
}

pub(crate) fn what_is_detached_is_silent<M: Mechanisms>(create: Create<M>) {
    let (listener, waits) = (rung::<M>(), create().unwrap());
    waits.attach(listener.source(), 1, Trigger::Level).unwrap();
    waits.detach(listener.source()).unwrap();
    assert_eq!(tokens(&waits, NOW), []);
    assert!(waits.detach(listener.source()).is_err());
    waits.attach(listener.source(), 2, Trigger::Level).unwrap();
    assert_eq!(tokens(&waits, LONG), [2]);
}

pub(crate) fn every_source_of_many_is_reported<M: Mechanisms>(create: Create<M>) {
    let waits = create().unwrap();
    let listeners: Vec<_> = (0..100).map(|_| rung::<M>()).collect();
    for (token, listener) in (0..).zip(&listeners) {
        waits
            .attach(listener.source(), token, Trigger::Edge)
            .unwrap();
    }
    let mut found = BTreeSet::new();
    while found.len() < listeners.len() {
        let some = tokens(&waits, LONG);
        assert!(!some.is_empty());
        found.extend(some);
    }
    assert!(found.iter().copied().eq(0..100));
}
