// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A chunk is written again only when nobody reads it any more.
//!
//! All models here visit any number of preemptions. `taken` stored Relaxed goes unnoticed: what it orders, the hold word
//! and the copy, comes before the SeqCst fence of the take, and that is a release fence too. With both gone it is caught.

use crate::rig::{Preemptions, Receiver, Rig, Sender, check};
use loom::thread;

/// One chunk for everything, so that each send depends on the release before it.
///
/// caught: taken read Relaxed; taken before hold; hold zeroed Relaxed; hold read Relaxed; no hold at all.
#[test]
fn a_chunk_comes_home_by_its_release() {
    let legal = [
        (1, vec![], vec![1]),
        (1, vec![1], vec![]),
        (2, vec![1], vec![2]),
        (2, vec![1, 2], vec![]),
    ];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(2, 1, 1);
        let mut sender = Sender::new(&rig, 2);
        let mut receiver = Receiver::new(&rig);
        let sending =
            thread::spawn(move || (1..=2).filter(|value| sender.try_send(*value)).count());
        let early = receiver.receive_up_to(2);
        let sent = sending.join().unwrap();
        (sent, early, receiver.receive_up_to(2))
    });
}

/// Two chunks are borrowed at a time and given back in the other order.
///
/// caught: no hold at all; hold zeroed Relaxed; hold read Relaxed; only the first hold word looked at.
#[test]
fn two_holds_are_released_each_for_itself() {
    let legal = [2, 3, 4];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(4, 2, 2);
        let mut sender = Sender::new(&rig, 4);
        let mut receiver = Receiver::new(&rig);
        assert!(sender.try_send(1) && sender.try_send(2));
        let sending = thread::spawn(move || {
            2 + [3, 4]
                .into_iter()
                .filter(|value| sender.try_send(*value))
                .count()
        });
        let (first, second) = (receiver.borrow(0).unwrap(), receiver.borrow(1).unwrap());
        assert_eq!(rig.read(second.1), 2);
        receiver.release(1);
        assert_eq!(rig.read(first.1), 1);
        receiver.release(0);
        sending.join().unwrap()
    });
}

/// The hold word names the next message already when the sender asks about the one before.
///
/// caught: hold stored Relaxed, which breaks the release sequence of the zero before it; hold zeroed Relaxed.
#[test]
fn a_hold_word_that_went_on_still_tells_of_the_release() {
    let legal = [false, true];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(4, 1, 2);
        let mut sender = Sender::new(&rig, 4);
        let mut receiver = Receiver::new(&rig);
        assert!(sender.try_send(1) && sender.try_send(2));
        let sending = thread::spawn(move || sender.try_send(3));
        let received = receiver.receive_up_to(2);
        assert_eq!(received, [1, 2]);
        sending.join().unwrap()
    });
}
