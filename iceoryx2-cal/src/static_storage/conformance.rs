// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every static storage must do.

use super::{StaticStorage, StorageError, test_place::TestPlace};
use crate::{
    SystemErrorKind,
    clock::{Clock, Moment, Monotonic},
};
use core::time::Duration;

/// Instantiates a test per case for one mechanism.
macro_rules! tests {
    ($mechanism:ty) => {
        crate::static_storage::conformance::tests! { @each $mechanism;
            a_document_is_read_as_it_was_published
            a_document_replaces_its_predecessor
            a_document_beyond_the_limit_is_refused
            removing_what_is_not_there_is_no_error
            names_lists_every_name_once
            names_that_lead_elsewhere_are_refused
            the_longest_name_works_and_a_longer_one_does_not
            opening_makes_nothing
            creating_makes_what_is_missing_above
            one_holds_the_lock_at_a_time
            the_first_lock_is_one_like_any_other
            the_lock_is_waited_for
            a_place_made_again_is_another_place
            only_an_empty_place_is_removed
        }
    };
    (@each $mechanism:ty; $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                crate::static_storage::conformance::$case::<$mechanism>();
            }
        )+
    };
}

pub(crate) use tests;

const SIZE_MAX: usize = 1 << 20;

fn long_ago() -> Moment {
    Moment::from_ns(0)
}

pub(crate) fn a_document_is_read_as_it_was_published<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let (writer, reader) = (
        S::open(place.path()).unwrap(),
        S::open(place.path()).unwrap(),
    );
    let content: Vec<u8> = (0..100_000)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect();

    assert_eq!(reader.read("it", SIZE_MAX).unwrap(), None);
    assert!(!reader.contains("it").unwrap());
    writer.publish("it", &content).unwrap();
    assert_eq!(reader.read("it", SIZE_MAX).unwrap(), Some(content));
    assert!(reader.contains("it").unwrap());

    writer.publish("empty", &[]).unwrap();
    assert_eq!(reader.read("empty", 0).unwrap(), Some(Vec::new()));
}

pub(crate) fn a_document_replaces_its_predecessor<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let storage = S::open(place.path()).unwrap();
    storage
        .publish("it", b"the first, which is longer")
        .unwrap();
    storage.publish("it", b"the second").unwrap();
    assert_eq!(
        storage.read("it", SIZE_MAX).unwrap().unwrap(),
        b"the second"
    );
    assert_eq!(storage.names().unwrap(), ["it"]);
}

pub(crate) fn a_document_beyond_the_limit_is_refused<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let storage = S::open(place.path()).unwrap();
    storage.publish("it", &[1; 100]).unwrap();
    assert!(storage.read("it", 100).unwrap().is_some());
    assert!(storage.read("it", 99).is_err());
}

pub(crate) fn removing_what_is_not_there_is_no_error<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let storage = S::open(place.path()).unwrap();
    storage.publish("it", b"content").unwrap();
    storage.remove("it").unwrap();
    storage.remove("it").unwrap();
    assert_eq!(storage.read("it", SIZE_MAX).unwrap(), None);
}

pub(crate) fn names_lists_every_name_once<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let storage = S::open(place.path()).unwrap();
    let mut expected: Vec<String> = (0..500).map(|n| format!("document-{n:03}")).collect();
    for name in &expected {
        storage.publish(name, b"").unwrap();
    }
    S::open_or_create(&place.path().join("within"))
        .unwrap()
        .publish("x", b"")
        .unwrap();
    expected.push("within".to_owned());

    let mut names = storage.names().unwrap();
    names.sort();
    assert_eq!(names, expected);
}

pub(crate) fn names_that_lead_elsewhere_are_refused<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let storage = S::open(place.path()).unwrap();
    for name in ["", ".", "..", "/", "a/b", "../a", "a\0b"] {
        assert!(storage.publish(name, b"").is_err(), "{name:?}");
        assert!(storage.read(name, SIZE_MAX).is_err(), "{name:?}");
        assert!(storage.contains(name).is_err(), "{name:?}");
        assert!(storage.remove(name).is_err(), "{name:?}");
    }
    assert!(storage.names().unwrap().is_empty());
}

pub(crate) fn the_longest_name_works_and_a_longer_one_does_not<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let storage = S::open(place.path()).unwrap();
    storage.publish(&"n".repeat(255), b"content").unwrap();
    assert!(storage.contains(&"n".repeat(255)).unwrap());
    assert!(storage.publish(&"n".repeat(256), b"content").is_err());
    assert_eq!(storage.names().unwrap(), ["n".repeat(255)]);
}

pub(crate) fn opening_makes_nothing<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let missing = place.path().join("missing");
    let Err(StorageError::System { path, error }) = S::open(&missing) else {
        panic!("opened what is not there")
    };
    assert_eq!((path, error.kind()), (missing, SystemErrorKind::NotFound));
    assert!(S::open(place.path()).unwrap().names().unwrap().is_empty());
}

pub(crate) fn creating_makes_what_is_missing_above<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let path = place.path().join("a/b/c");
    S::open_or_create(&path)
        .unwrap()
        .publish("it", b"content")
        .unwrap();
    assert!(S::open_or_create(&path).unwrap().contains("it").unwrap());
    assert_eq!(S::open(&path).unwrap().path(), path);
}

pub(crate) fn one_holds_the_lock_at_a_time<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let (one, other) = (
        S::open(place.path()).unwrap(),
        S::open(place.path()).unwrap(),
    );
    let held = one.lock(long_ago()).unwrap();
    let busy = StorageError::Busy {
        path: place.path().to_path_buf(),
    };
    assert_eq!(one.lock(long_ago()).unwrap_err(), busy);

    let before = Monotonic::now();
    let deadline = before.checked_add(Duration::from_millis(5)).unwrap();
    assert_eq!(other.lock(deadline).unwrap_err(), busy);
    assert!(Monotonic::now() >= deadline);

    drop(held);
    drop(other.lock(long_ago()).unwrap());
    drop(one.lock(long_ago()).unwrap());
}

pub(crate) fn the_first_lock_is_one_like_any_other<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let open = || S::open(place.path()).unwrap();
    let (mut one, mut other) = (open(), open());
    let held = one.first_lock(long_ago()).unwrap();
    let busy = StorageError::Busy {
        path: place.path().to_path_buf(),
    };
    assert_eq!(other.first_lock(long_ago()).unwrap_err(), busy);
    assert_eq!(one.lock(long_ago()).unwrap_err(), busy);
    drop(held);
    drop(other.lock(long_ago()).unwrap());
    drop(one.lock(long_ago()).unwrap());
}

pub(crate) fn the_lock_is_waited_for<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let deadline = Monotonic::now()
        .checked_add(Duration::from_secs(60))
        .unwrap();
    // WHY: what the lock protects is the document, which is not counted up in one step.
    S::open(place.path())
        .unwrap()
        .publish("count", &[0])
        .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let storage = S::open(place.path()).unwrap();
                for _ in 0..10 {
                    let held = storage.lock(deadline).unwrap();
                    let count = storage.read("count", 1).unwrap().unwrap();
                    storage.publish("count", &[count[0] + 1]).unwrap();
                    drop(held);
                }
            });
        }
    });
    assert_eq!(
        S::open(place.path())
            .unwrap()
            .read("count", 1)
            .unwrap()
            .unwrap(),
        [80]
    );
}

pub(crate) fn a_place_made_again_is_another_place<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let path = place.path().join("again");
    let first = S::open_or_create(&path).unwrap();
    assert!(first.is_current());
    first.remove_if_empty().unwrap();
    assert!(!first.is_current());
    assert!(S::open(&path).is_err());

    let second = S::open_or_create(&path).unwrap();
    second.publish("it", b"content").unwrap();
    assert!(second.is_current() && !first.is_current());
    assert!(!first.contains("it").unwrap());
    assert!(first.publish("it", b"content").is_err());
    second.remove("it").unwrap();
    first.remove_if_empty().unwrap();
    assert!(second.is_current());
}

pub(crate) fn only_an_empty_place_is_removed<S: StaticStorage>() {
    let place = TestPlace::<S>::new();
    let storage = S::open_or_create(&place.path().join("full")).unwrap();
    storage.publish("it", b"content").unwrap();
    storage.remove_if_empty().unwrap();
    assert!(storage.is_current());
    storage.remove("it").unwrap();
    storage.remove_if_empty().unwrap();
    assert!(!storage.is_current());
    storage.remove_if_empty().unwrap();
}
