// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every change hint must do.

use super::{ChangeHint, Hint};
use crate::static_storage::{StaticStorage, test_place::TestPlace};

/// Instantiates a test per case for one mechanism.
macro_rules! tests {
    ($mechanism:ty) => {
        crate::rendezvous::change_hint_conformance::tests! { @each $mechanism;
            a_bump_changes_one_word_for_everybody
            there_is_none_before_it_is_created
            what_was_done_before_a_bump_is_visible
        }
    };
    (@each $mechanism:ty; $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                crate::rendezvous::change_hint_conformance::$case::<$mechanism>();
            }
        )+
    };
}

pub(crate) use tests;

const NAME: &str = "hint";

fn storage<H: ChangeHint>(place: &TestPlace<H::Storage>) -> H::Storage {
    H::Storage::open(place.path()).unwrap()
}

fn open<H: ChangeHint>(place: &TestPlace<H::Storage>) -> H {
    H::open(&storage::<H>(place), NAME).unwrap()
}

pub(crate) fn a_bump_changes_one_word_for_everybody<H: ChangeHint>() {
    let place = TestPlace::<H::Storage>::new();
    H::create(&storage::<H>(&place), NAME).unwrap();
    let (one, other) = (open::<H>(&place), open::<H>(&place));
    let before = (other.load(Hint::Servers), other.load(Hint::Clients));
    one.bump(Hint::Servers);
    assert_ne!(other.load(Hint::Servers), before.0);
    assert_eq!(other.load(Hint::Clients), before.1);
    other.bump(Hint::Clients);
    assert_ne!(one.load(Hint::Clients), before.1);
    assert_eq!(one.load(Hint::Servers), other.load(Hint::Servers));
    assert_eq!(storage::<H>(&place).names().unwrap(), [NAME]);
}

pub(crate) fn there_is_none_before_it_is_created<H: ChangeHint>() {
    let place = TestPlace::<H::Storage>::new();
    assert!(H::open(&storage::<H>(&place), NAME).is_err());
}

pub(crate) fn what_was_done_before_a_bump_is_visible<H: ChangeHint>() {
    let place = TestPlace::<H::Storage>::new();
    H::create(&storage::<H>(&place), NAME).unwrap();
    let reader = open::<H>(&place);
    let before = reader.load(Hint::Servers);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            storage::<H>(&place).publish("server", b"").unwrap();
            open::<H>(&place).bump(Hint::Servers);
        });
        while reader.load(Hint::Servers) == before {
            std::thread::yield_now();
        }
        assert!(storage::<H>(&place).contains("server").unwrap());
    });
}
