// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every place watch must do, together with a wait set.

use super::PlaceWatch;
use crate::{
    static_storage::{StaticStorage, test_place::TestPlace},
    wait_set::{Trigger, WaitSet},
};
use core::time::Duration;

/// Instantiates a test per case for one watch and the wait set it works with.
macro_rules! tests {
    ($watch:ty, $wait_set:ty) => {
        crate::rendezvous::place_watch_conformance::tests! { @each $watch, $wait_set;
            what_was_there_wakes_nobody
            a_name_that_comes_wakes
            a_sleeper_is_woken
            the_same_name_coming_again_wakes_again
            more_names_than_anybody_counts_do_not_deafen
        }
    };
    (@each $watch:ty, $wait_set:ty; $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                crate::rendezvous::place_watch_conformance::$case::<$watch, $wait_set>();
            }
        )+
    };
}

pub(crate) use tests;

const LONG: Option<Duration> = Some(Duration::from_secs(60));
const NOW: Option<Duration> = Some(Duration::ZERO);

/// A watched place.
struct Watched<P: PlaceWatch, W> {
    place: TestPlace<P::Storage>,
    storage: P::Storage,
    watch: P,
    waits: W,
}

impl<P: PlaceWatch, W: for<'a> WaitSet<Source<'a> = P::Source<'a>>> Watched<P, W> {
    fn new() -> Self {
        let place = TestPlace::<P::Storage>::new();
        let storage = P::Storage::open(place.path()).unwrap();
        storage.publish("before", b"").unwrap();
        let (watch, waits) = (P::create(&storage).unwrap(), W::create().unwrap());
        waits.attach(watch.source(), 7, Trigger::Edge).unwrap();
        Self {
            place,
            storage,
            watch,
            waits,
        }
    }

    /// Waits, and drains as a port does.
    fn woken(&self, timeout: Option<Duration>) -> bool {
        let woken = self
            .waits
            .wait(timeout, |it| assert_eq!(it.token, 7))
            .unwrap()
            > 0;
        self.watch.drain();
        woken
    }
}

pub(crate) fn what_was_there_wakes_nobody<P, W>()
where
    P: PlaceWatch,
    W: for<'a> WaitSet<Source<'a> = P::Source<'a>>,
{
    let watched = Watched::<P, W>::new();
    assert!(!watched.woken(NOW));
    watched.storage.remove("before").unwrap();
    assert!(!watched.woken(NOW));
}

pub(crate) fn a_name_that_comes_wakes<P, W>()
where
    P: PlaceWatch,
    W: for<'a> WaitSet<Source<'a> = P::Source<'a>>,
{
    let watched = Watched::<P, W>::new();
    for name in ["one", "two", "three"] {
        watched.storage.publish(name, b"").unwrap();
        assert!(watched.woken(LONG));
        assert!(!watched.woken(NOW));
    }
    P::Storage::open_or_create(&watched.place.path().join("within")).unwrap();
    assert!(watched.woken(LONG));
}

pub(crate) fn a_sleeper_is_woken<P, W>()
where
    P: PlaceWatch,
    W: for<'a> WaitSet<Source<'a> = P::Source<'a>>,
{
    let watched = Watched::<P, W>::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let storage = P::Storage::open(watched.place.path()).unwrap();
            storage.publish("late", b"").unwrap();
        });
        assert!(watched.woken(LONG));
    });
}

pub(crate) fn the_same_name_coming_again_wakes_again<P, W>()
where
    P: PlaceWatch,
    W: for<'a> WaitSet<Source<'a> = P::Source<'a>>,
{
    let watched = Watched::<P, W>::new();
    let path = watched.place.path().join("again");
    for _ in 0..3 {
        let within = P::Storage::open_or_create(&path).unwrap();
        assert!(watched.woken(LONG));
        within.remove_if_empty().unwrap();
        assert!(!watched.woken(NOW));
    }
}

pub(crate) fn more_names_than_anybody_counts_do_not_deafen<P, W>()
where
    P: PlaceWatch,
    W: for<'a> WaitSet<Source<'a> = P::Source<'a>>,
{
    let watched = Watched::<P, W>::new();
    // WHY: the queue of a watch has 16,384 places by default, and each name takes two.
    for round in 0..20_000 {
        watched
            .storage
            .publish(["odd", "even"][round % 2], b"")
            .unwrap();
    }
    assert!(watched.woken(LONG));
    watched.storage.publish("last", b"").unwrap();
    assert!(watched.woken(LONG));
}
