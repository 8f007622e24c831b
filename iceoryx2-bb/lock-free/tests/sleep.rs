// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The values of the sleep word, in one thread.
#![cfg(not(loom))]

use iceoryx2_bb_lock_free::{
    sleep::{Sleeper, Waker, is_asleep},
    word::Word,
};

#[test]
fn who_is_awake_is_not_rung() {
    let (word, mut sleeper, mut waker) = (Word::new(0), Sleeper::new(), Waker::new());
    assert!(!waker.must_ring(&word));
    sleeper.awake(&word);
    assert_eq!(word.peek(), 0, "waking up without a sleep stores nothing");
    sleeper.announce(&word);
    sleeper.awake(&word);
    assert!(!waker.must_ring(&word));
}

#[test]
fn each_sleep_is_rung_once_by_each_waker() {
    let (word, mut sleeper) = (Word::new(0), Sleeper::new());
    let mut wakers = [Waker::new(), Waker::new()];
    for _ in 0..3 {
        sleeper.announce(&word);
        for waker in &mut wakers {
            assert!(waker.must_ring(&word));
            assert!(!waker.must_ring(&word));
        }
        sleeper.awake(&word);
    }
}

#[test]
fn a_sleep_after_a_vain_wake_up_is_rung_again() {
    let (word, mut sleeper, mut waker) = (Word::new(0), Sleeper::new(), Waker::new());
    for announcement in 0..4 {
        sleeper.announce(&word);
        assert_eq!(word.peek(), 2 * announcement + 1);
        assert!(waker.must_ring(&word));
    }
}

#[test]
fn who_was_rung_still_sleeps_until_it_wakes() {
    let (word, mut sleeper, mut waker) = (Word::new(0), Sleeper::new(), Waker::new());
    assert!(!is_asleep(&word));
    for _ in 0..3 {
        sleeper.announce(&word);
        assert!(is_asleep(&word) && waker.must_ring(&word) && is_asleep(&word));
        sleeper.awake(&word);
        assert!(!is_asleep(&word));
    }
}
