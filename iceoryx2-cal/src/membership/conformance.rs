// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every membership must do within one process.

use super::{Membership, RECORD_PAYLOAD, Record, Slot};
use crate::{
    rendezvous::{Hint, HintWord},
    static_storage::{StaticStorage, test_place::TestPlace},
};
use std::{sync::Barrier, thread};

/// Instantiates a test per case for one mechanism.
macro_rules! tests {
    ($mechanism:ty) => {
        crate::membership::conformance::tests! { @each $mechanism;
            there_is_none_before_it_is_created
            a_claim_takes_the_first_free_slot_of_its_range
            members_see_each_other
            others_are_those_that_others_hold
            an_orderly_leave_leaves_nothing
            dropping_the_value_gives_everything_back
            an_observer_sees_all_and_claims_nothing
            a_living_member_is_not_cleared
            counting_counts_the_range
            the_living_are_listed_in_order
            a_claim_after_a_look_finds_the_last_free_slot
            exactly_as_many_win_as_there_are_slots
            threads_of_one_participant_never_share_a_slot
            ranges_may_be_empty_or_without_end
            what_is_removed_has_no_members
            only_an_empty_membership_is_shut
            nobody_joins_what_is_removed
            a_bump_changes_one_word_for_everybody
            what_was_done_before_a_bump_is_visible
            words_and_records_do_not_disturb_each_other
        }
    };
    (@each $mechanism:ty; $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                crate::membership::conformance::$case::<$mechanism>();
            }
        )+
    };
}

pub(crate) use tests;

const NAME: &str = "members";

/// Fewer than some cases claim.
const SLOTS: u32 = 8;

pub(crate) fn record(content: u8) -> Record {
    [content; RECORD_PAYLOAD]
}

fn alive(content: u8) -> Slot {
    Slot::Alive(Box::new(record(content)))
}

fn storage<M: Membership>(place: &TestPlace<M::Storage>) -> M::Storage {
    M::Storage::open(place.path()).unwrap()
}

fn open<M: Membership>(place: &TestPlace<M::Storage>) -> M {
    M::open(&storage::<M>(place), NAME).unwrap().unwrap()
}

fn create<M: Membership>(place: &TestPlace<M::Storage>) -> M {
    M::create(&storage::<M>(place), NAME, SLOTS).unwrap()
}

pub(crate) fn there_is_none_before_it_is_created<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let storage = storage::<M>(&place);
    assert!(M::open(&storage, NAME).unwrap().is_none());
    assert!(M::observe(&storage, NAME).unwrap().is_none());
    let created = M::create(&storage, NAME, SLOTS).unwrap();
    assert_eq!(storage.names().unwrap(), [NAME]);
    assert_eq!(
        (created.slots().unwrap(), created.count(0..100).unwrap()),
        (0, 0)
    );
    assert_eq!(created.slot(0).unwrap(), Slot::Free);
}

pub(crate) fn a_claim_takes_the_first_free_slot_of_its_range<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    assert_eq!(one.claim(2..4, &record(1)).unwrap(), Some(2));
    assert_eq!(other.claim(2..4, &record(2)).unwrap(), Some(3));
    assert_eq!(one.claim(2..4, &record(3)).unwrap(), None);
    assert_eq!(other.claim(2..4, &record(3)).unwrap(), None);
    one.release(2);
    assert_eq!(other.claim(2..4, &record(3)).unwrap(), Some(2));
    assert_eq!(one.slots().unwrap(), 4);
}

pub(crate) fn members_see_each_other<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    one.claim(0..8, &record(1)).unwrap();
    other.claim(0..8, &record(2)).unwrap();
    for it in [&one, &other] {
        assert_eq!(it.slot(0).unwrap(), alive(1));
        assert_eq!(it.slot(1).unwrap(), alive(2));
        assert_eq!(it.slot(2).unwrap(), Slot::Free);
        assert_eq!(it.count(0..8).unwrap(), 2);
    }
}

pub(crate) fn others_are_those_that_others_hold<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    one.claim(0..8, &record(1)).unwrap();
    assert!(!one.has_others(0..u32::MAX).unwrap());
    assert!(other.has_others(0..u32::MAX).unwrap());
    assert!(!other.has_others(1..8).unwrap());
    assert!(!other.has_others(0..0).unwrap());
    other.claim(4..8, &record(2)).unwrap();
    assert!(one.has_others(0..8).unwrap());
    assert!(!one.has_others(0..4).unwrap());
}

pub(crate) fn an_orderly_leave_leaves_nothing<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    let slot = one.claim(0..8, &record(1)).unwrap().unwrap();
    other.release(slot);
    assert_eq!(one.slot(slot).unwrap(), alive(1));
    one.release(slot);
    one.release(slot);
    for it in [&one, &other] {
        assert_eq!(it.slot(slot).unwrap(), Slot::Free);
        assert_eq!(it.count(0..8).unwrap(), 0);
    }
}

pub(crate) fn dropping_the_value_gives_everything_back<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    for content in 0..5 {
        one.claim(0..8, &record(content)).unwrap();
    }
    drop(one);
    assert_eq!(other.count(0..8).unwrap(), 0);
    assert!((0..8).all(|slot| other.slot(slot).unwrap() == Slot::Free));
}

pub(crate) fn an_observer_sees_all_and_claims_nothing<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let member = create::<M>(&place);
    let observer = M::observe(&storage::<M>(&place), NAME).unwrap().unwrap();
    member.claim(0..8, &record(1)).unwrap();
    assert_eq!(observer.slot(0).unwrap(), alive(1));
    assert_eq!(observer.count(0..8).unwrap(), 1);
    assert!(observer.claim(0..8, &record(2)).is_err());
    observer.release(0);
    drop(observer);
    assert_eq!(open::<M>(&place).slot(0).unwrap(), alive(1));
}

pub(crate) fn a_living_member_is_not_cleared<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    one.claim(0..8, &record(1)).unwrap();
    one.clear_dead(0).unwrap();
    other.clear_dead(0).unwrap();
    other.clear_dead(5).unwrap();
    assert_eq!(other.slot(0).unwrap(), alive(1));
    assert_eq!(one.claim(0..1, &record(2)).unwrap(), None);
    assert_eq!(other.slots().unwrap(), 1);
}

pub(crate) fn the_living_are_listed_in_order<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    for slot in 0..80_u32 {
        let by = if slot % 3 == 0 { &one } else { &other };
        let content = u8::try_from(slot).unwrap();
        assert_eq!(
            by.claim(slot..slot + 1, &record(content)).unwrap(),
            Some(slot)
        );
    }
    for slot in (0..80).step_by(5) {
        one.release(slot);
        other.release(slot);
    }
    for range in [0..80, 0..1, 1..2, 30..34, 33..70, 79..200, 80..90, 9..9] {
        let expected: Vec<_> = (range.start..range.end.min(80))
            .filter(|slot| slot % 5 != 0)
            .map(|slot| Box::new(record(u8::try_from(slot).unwrap())))
            .collect();
        for member in [&one, &other] {
            assert_eq!(member.living(range.clone()).unwrap(), expected, "{range:?}");
            assert_eq!(member.dead(range.clone()).unwrap(), [0; 0]);
        }
    }
}

pub(crate) fn a_claim_after_a_look_finds_the_last_free_slot<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    for slot in 0..4 {
        assert_eq!(one.claim(0..4, &record(1)).unwrap(), Some(slot));
    }
    assert!(other.has_others(0..4).unwrap());
    one.release(1);
    assert_eq!(other.claim(0..4, &record(2)).unwrap(), Some(1));
    assert!(other.has_others(2..4).unwrap());
    assert_eq!(other.claim(0..4, &record(2)).unwrap(), None);
}

pub(crate) fn counting_counts_the_range<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    let observer = M::observe(&storage::<M>(&place), NAME).unwrap().unwrap();
    for slot in 0..20_u32 {
        let by = if slot % 3 == 0 { &one } else { &other };
        assert_eq!(by.claim(slot..slot + 1, &record(1)).unwrap(), Some(slot));
    }
    for slot in (0..20).step_by(5) {
        one.release(slot);
        other.release(slot);
    }
    let held = |range: core::ops::Range<u32>| range.filter(|slot| slot % 5 != 0).count();
    for start in 0..20 {
        for end in start..20 {
            let expected = u32::try_from(held(start..end)).unwrap();
            assert_eq!(one.count(start..end).unwrap(), expected, "{start}..{end}");
            assert_eq!(other.count(start..end).unwrap(), expected, "{start}..{end}");
            assert_eq!(
                observer.count(start..end).unwrap(),
                expected,
                "{start}..{end}"
            );
        }
    }
}

pub(crate) fn exactly_as_many_win_as_there_are_slots<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let observer = create::<M>(&place);
    for _ in 0..20 {
        let start = Barrier::new(16);
        let members: Vec<(M, Option<u32>)> = thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|content| {
                    let (start, place) = (&start, &place);
                    scope.spawn(move || {
                        let member = open::<M>(place);
                        start.wait();
                        let slot = member.claim(0..5, &record(content)).unwrap();
                        (member, slot)
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let mut won: Vec<u32> = members.iter().filter_map(|(_, slot)| *slot).collect();
        won.sort_unstable();
        assert_eq!(won, [0, 1, 2, 3, 4]);
        assert_eq!(observer.count(0..5).unwrap(), 5);
    }
}

pub(crate) fn threads_of_one_participant_never_share_a_slot<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (member, observer) = (create::<M>(&place), open::<M>(&place));
    thread::scope(|scope| {
        for content in 1..=4 {
            let (member, observer) = (&member, &observer);
            scope.spawn(move || {
                for _ in 0..100 {
                    let slot = member.claim(0..4, &record(content)).unwrap().unwrap();
                    member.clear_dead(slot).unwrap();
                    assert_eq!(observer.slot(slot).unwrap(), alive(content));
                    member.release(slot);
                }
            });
        }
    });
    assert_eq!(observer.count(0..4).unwrap(), 0);
}

pub(crate) fn ranges_may_be_empty_or_without_end<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let member = create::<M>(&place);
    assert_eq!(member.claim(3..3, &record(1)).unwrap(), None);
    assert_eq!(member.count(3..3).unwrap(), 0);
    assert_eq!(member.claim(0..u32::MAX, &record(1)).unwrap(), Some(0));
    assert_eq!(member.count(0..u32::MAX).unwrap(), 1);
    assert_eq!(member.slot(u32::MAX).unwrap(), Slot::Free);
    member.clear_dead(u32::MAX).unwrap();
    member.release(u32::MAX);
}

// Fails if: `current_slots` is never `None`.
pub(crate) fn what_is_removed_has_no_members<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let storage = storage::<M>(&place);
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    one.claim(0..8, &record(1)).unwrap();
    assert!(other.current_slots().unwrap().unwrap() >= 1);
    one.release(0);
    assert!(other.shut().unwrap());
    storage.remove(NAME).unwrap();
    drop(other);
    assert_eq!(one.current_slots().unwrap(), None);
    assert!(!one.is_at(&storage, NAME).unwrap());
    let anew = create::<M>(&place);
    assert!(anew.is_at(&storage, NAME).unwrap() && !one.is_at(&storage, NAME).unwrap());
    assert_eq!(anew.claim(0..8, &record(2)).unwrap(), Some(0));
    assert_eq!(one.current_slots().unwrap(), None);
    assert!(anew.current_slots().unwrap().is_some());
}

// Fails if: `shut` succeeds whoever holds a slot.
pub(crate) fn only_an_empty_membership_is_shut<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    one.claim(5..8, &record(1)).unwrap();
    assert!(!one.shut().unwrap() && !other.shut().unwrap());
    assert_eq!(one.slot(5).unwrap(), alive(1));
    assert_eq!(other.claim(0..8, &record(2)).unwrap(), Some(0));
    one.release(5);
    other.release(0);
    assert!(other.shut().unwrap());
    assert_eq!(one.claim(0..8, &record(1)).unwrap(), None);
    assert_eq!(one.claim_unused(0..u32::MAX, &record(1)).unwrap(), None);
    assert_eq!(
        (one.count(0..8).unwrap(), one.slot(0).unwrap()),
        (0, Slot::Free)
    );
    assert!(!one.has_others(0..8).unwrap());
}

// Fails if: `shut` does nothing; or `current_slots` looks before the claim.
pub(crate) fn nobody_joins_what_is_removed<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    for _ in 0..200 {
        create::<M>(&place);
        let start = Barrier::new(3);
        thread::scope(|scope| {
            let joining = [1, 2].map(|content| {
                let (start, place) = (&start, &place);
                scope.spawn(move || {
                    let member = open::<M>(place);
                    start.wait();
                    let claimed = member.claim_unused(0..8, &record(content)).unwrap();
                    let stays = claimed.is_some() && member.current_slots().unwrap().is_some();
                    stays.then_some(member)
                })
            });
            let remover = open::<M>(&place);
            start.wait();
            let removed = remover.shut().unwrap();
            if removed {
                storage::<M>(&place).remove(NAME).unwrap();
            }
            drop(remover);
            let joined = joining.map(|thread| thread.join().unwrap());
            assert!(!removed || joined.iter().all(Option::is_none));
        });
    }
}

pub(crate) fn a_bump_changes_one_word_for_everybody<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    let before = (other.load(Hint::Servers), other.load(Hint::Clients));
    one.bump(Hint::Servers);
    assert_ne!(other.load(Hint::Servers), before.0);
    assert_eq!(other.load(Hint::Clients), before.1);
    other.bump(Hint::Clients);
    assert_ne!(one.load(Hint::Clients), before.1);
    assert_eq!(one.load(Hint::Servers), other.load(Hint::Servers));
    assert_eq!(other.load(Hint::Answers), 0);
    one.bump(Hint::Answers);
    assert_eq!((one.load(Hint::Answers), other.load(Hint::Answers)), (1, 1));
    assert_eq!((one.load(Hint::Servers), one.load(Hint::Clients)), (1, 1));
    let observer = M::observe(&storage::<M>(&place), NAME).unwrap().unwrap();
    assert_eq!(observer.load(Hint::Clients), one.load(Hint::Clients));
    for (bumps, hint) in (1..).zip([Hint::Servers, Hint::Clients, Hint::Answers]) {
        let found = other.find(hint);
        (0..bumps).for_each(|_| one.bump(hint));
        let said = found.map_or_else(|| other.load(hint), |word| word.load());
        assert_eq!((said, other.load(hint)), (1 + bumps, 1 + bumps));
    }
    assert_eq!(storage::<M>(&place).names().unwrap(), [NAME]);
}

pub(crate) fn what_was_done_before_a_bump_is_visible<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let reader = create::<M>(&place);
    let before = reader.load(Hint::Servers);
    thread::scope(|scope| {
        scope.spawn(|| {
            storage::<M>(&place).publish("server", b"").unwrap();
            open::<M>(&place).bump(Hint::Servers);
        });
        while reader.load(Hint::Servers) == before {
            thread::yield_now();
        }
        assert!(storage::<M>(&place).contains("server").unwrap());
    });
}

pub(crate) fn words_and_records_do_not_disturb_each_other<M: Membership>() {
    let place = TestPlace::<M::Storage>::new();
    let (one, other) = (create::<M>(&place), open::<M>(&place));
    for slot in 0..80 {
        one.bump(Hint::Clients);
        assert_eq!(
            one.claim(slot..slot + 1, &record(0xff)).unwrap(),
            Some(slot)
        );
    }
    assert_eq!(
        (other.load(Hint::Servers), other.load(Hint::Clients)),
        (0, 80)
    );
    assert!((0..80).all(|slot| other.slot(slot).unwrap() == alive(0xff)));
}
