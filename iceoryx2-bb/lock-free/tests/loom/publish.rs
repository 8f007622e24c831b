// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Passing messages, and writing a line again after it was taken. Any number of preemptions.

use crate::rig::{Preemptions, Receiver, Rig, Sender, check, message};
use iceoryx2_bb_lock_free::ring::Producer;
use loom::thread;

/// What was received beside the sender, and after it had ended.
type Received = (Vec<u64>, Vec<u64>);

fn pass(lines: usize, chunks: usize, sends: u64, receives: usize) -> Received {
    let rig = Rig::new(lines, 1, chunks);
    let mut sender = Sender::new(&rig, lines as u64);
    let mut receiver = Receiver::new(&rig);
    let sending = thread::spawn(move || {
        (1..=sends)
            .take_while(|value| sender.try_send(*value))
            .count()
    });
    let early = receiver.receive_up_to(receives);
    let sent = sending.join().unwrap();
    let late = receiver.receive_up_to(usize::MAX);
    assert_eq!(early.len() + late.len(), sent, "a message was lost");
    (early, late)
}

/// caught: seq stored Relaxed; seq read Relaxed; seq before the words.
#[test]
fn one_line_passes_messages_in_order_and_reuses_the_line() {
    let legal: [Received; 4] = [
        (vec![], vec![1]),
        (vec![1], vec![]),
        (vec![1], vec![2]),
        (vec![1, 2], vec![]),
    ];
    check(Preemptions::Any, &legal, || pass(1, 2, 2, 2));
}

/// caught: seq stored Relaxed; seq read Relaxed; seq before the words; a line written again before it was taken.
#[test]
fn two_lines_wrap() {
    let legal: [Received; 6] = [
        (vec![], vec![1, 2]),
        (vec![1], vec![2]),
        (vec![1], vec![2, 3]),
        (vec![1, 2], vec![]),
        (vec![1, 2], vec![3]),
        (vec![1, 2, 3], vec![]),
    ];
    check(Preemptions::Any, &legal, || pass(2, 3, 3, 3));
}

/// Messages that lie in the ring whole, copied without a claim.
///
/// caught: taken stored Relaxed after a copy.
#[test]
fn one_line_is_copied_and_written_again() {
    let legal: [Received; 4] = [
        (vec![], vec![1]),
        (vec![1], vec![]),
        (vec![1], vec![2]),
        (vec![1, 2], vec![]),
    ];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(1, 1, 0);
        let mut producer = Producer::new(0, 1);
        let mut receiver = Receiver::new(&rig);
        let shared = loom::sync::Arc::clone(&rig);
        let sending = thread::spawn(move || {
            let mut send = |value| {
                producer.refresh(shared.claims()).unwrap();
                let said = message(value, 0);
                producer.publish(shared.ring(), &said).is_some()
            };
            (1..=2).take_while(|value| send(*value)).count()
        });
        let early = receiver.copy_up_to(2);
        let sent = sending.join().unwrap();
        let late = receiver.copy_up_to(usize::MAX);
        assert_eq!(early.len() + late.len(), sent, "a message was lost");
        (early, late)
    });
}
