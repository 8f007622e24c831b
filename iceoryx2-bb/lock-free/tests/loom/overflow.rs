// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Evicting the oldest message while it is being taken. Any number of preemptions, where nothing else is said.

use crate::rig::{Preemptions, Receiver, Rig, Sender, check, message};
use iceoryx2_bb_lock_free::ring::Producer;
use loom::thread;

fn evict(sends: u64, takes: usize) -> (Vec<u64>, Vec<u64>) {
    let rig = Rig::new(1, 1, 3);
    let mut sender = Sender::new(&rig, 1);
    let mut receiver = Receiver::new(&rig);
    let sending = thread::spawn(move || (1..=sends).for_each(|value| sender.send(value)));
    let early = receiver.receive_up_to(takes);
    sending.join().unwrap();
    (early, receiver.receive_up_to(usize::MAX))
}

/// caught: no fence at the producer; no fence at the consumer; half a fence at either; evicted not looked at; evicted
/// stored after the fence; hold published after the fence; no hold at all; contest ignored.
#[test]
fn one_line_evicts_or_hands_over_but_never_both() {
    let legal = [
        (vec![], vec![2]),
        (vec![1], vec![2]),
        (vec![2], vec![]),
        (vec![1, 2], vec![]),
    ];
    check(Preemptions::Any, &legal, || evict(2, 2));
}

/// At most six preemptions. Any number of them are 5,381,869 executions, in three minutes; they passed as well.
///
/// caught: as above, and hold zeroed Relaxed; hold read Relaxed.
#[test]
fn one_line_evicts_again_and_again() {
    let legal = [
        (vec![], vec![3]),
        (vec![1], vec![3]),
        (vec![2], vec![3]),
        (vec![1, 2], vec![3]),
        (vec![3], vec![]),
        (vec![1, 3], vec![]),
        (vec![2, 3], vec![]),
    ];
    check(Preemptions::AtMost(6), &legal, || evict(3, 2));
}

/// Messages that lie in the ring whole, copied without a claim.
///
/// caught: evicted not looked at after a copy; no fence after a copy.
#[test]
fn whole_messages_are_copied_or_evicted_but_never_torn() {
    let legal = [
        (vec![], vec![3]),
        (vec![1], vec![3]),
        (vec![2], vec![3]),
        (vec![1, 2], vec![3]),
        (vec![3], vec![]),
        (vec![1, 3], vec![]),
        (vec![2, 3], vec![]),
    ];
    check(Preemptions::AtMost(6), &legal, || {
        let rig = Rig::new(1, 1, 0);
        let mut producer = Producer::new(0, 1);
        let mut receiver = Receiver::new(&rig);
        let shared = loom::sync::Arc::clone(&rig);
        let sending = thread::spawn(move || {
            for value in 1..=3 {
                if producer.is_full() {
                    producer.evict(shared.ring(), None).unwrap();
                }
                let said = message(value, 0);
                producer.publish(shared.ring(), &said).unwrap();
            }
        });
        let early = receiver.copy_up_to(2);
        sending.join().unwrap();
        (early, receiver.copy_up_to(usize::MAX))
    });
}

/// Messages that are copied before they are taken. At most four preemptions; six passed as well, in four minutes.
///
/// caught: evicted not looked at; no fence at the consumer.
#[test]
fn what_was_copied_before_it_is_taken_is_whole() {
    let legal = [
        (vec![], vec![3]),
        (vec![1], vec![3]),
        (vec![2], vec![3]),
        (vec![1, 2], vec![3]),
        (vec![3], vec![]),
        (vec![1, 3], vec![]),
        (vec![2, 3], vec![]),
    ];
    check(Preemptions::AtMost(4), &legal, || {
        let rig = Rig::new(1, 1, 0);
        let mut producer = Producer::new(0, 1);
        let mut receiver = Receiver::new(&rig);
        let shared = loom::sync::Arc::clone(&rig);
        let sending = thread::spawn(move || {
            for value in 1..=3 {
                if producer.is_full() {
                    producer.evict(shared.ring(), None).unwrap();
                }
                let said = message(value, 0);
                producer.publish(shared.ring(), &said).unwrap();
            }
        });
        let early = receiver.take_copies_up_to(2);
        sending.join().unwrap();
        (early, receiver.take_copies_up_to(usize::MAX))
    });
}

/// A new generation's sender gives up what the old one left; its receiver skips what it still finds of it.
///
/// caught: no fence at the producer; no fence at the consumer; evicted not looked at; evicted stored after
/// the fence.
#[test]
fn a_discarded_generation_is_skipped_or_seen_whole() {
    const OLD: u64 = 1;
    const NEW: u64 = 2;
    let legal = [(0, 1), (1, 1), (2, 1)];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(2, 1, 0);
        let mut producer = Producer::new(0, 2);
        let mut receiver = Receiver::new(&rig);
        for chunk in 0..2 {
            producer.publish(rig.ring(), &message(OLD, chunk)).unwrap();
        }
        let shared = loom::sync::Arc::clone(&rig);
        let sending = thread::spawn(move || {
            producer.discard_below(shared.ring(), producer.tail());
            producer.publish(shared.ring(), &message(NEW, 7)).unwrap();
        });
        let (mut old, mut new) = (0, 0);
        let mut count = |receiver: &mut Receiver| {
            while let Some((value, chunk)) = receiver.borrow(0) {
                receiver.release(0);
                if value == OLD {
                    assert_eq!(chunk, old, "an old message came out of order");
                    old += 1;
                } else {
                    assert_eq!((value, chunk), (NEW, 7));
                    new += 1;
                }
            }
        };
        count(&mut receiver);
        sending.join().unwrap();
        count(&mut receiver);
        (old, new)
    });
}
