// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Words that only grow: the end of a stream, and its cancellation. Any number of preemptions.

use crate::rig::{Preemptions, Receiver, Rig, Sender, check};
use loom::{sync::Arc, thread};

const GENERATION: u64 = 5;

/// Who has seen the end reads the ring once more and then has everything.
///
/// caught: the end stored Relaxed; the end read Relaxed; the ring not read again.
#[test]
fn the_end_of_a_stream_comes_after_its_messages() {
    let legal = [(false, 0), (false, 1), (false, 2), (true, 2)];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(2, 1, 2);
        let mut sender = Sender::new(&rig, 2);
        let mut receiver = Receiver::new(&rig);
        let shared = Arc::clone(&rig);
        let sending = thread::spawn(move || {
            assert!(sender.try_send(1) && sender.try_send(2));
            shared.ended.publish(GENERATION);
        });
        let mut received = receiver.receive_up_to(1).len();
        let ended = rig.ended.observe() >= GENERATION;
        received += receiver.receive_up_to(2).len();
        sending.join().unwrap();
        (ended, received)
    });
}

/// caught: the word stored Relaxed; the word read Relaxed.
#[test]
fn what_happened_before_a_cancellation_is_seen_with_it() {
    let legal = [None, Some(1)];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(1, 1, 1);
        let mut sender = Sender::new(&rig, 1);
        let mut receiver = Receiver::new(&rig);
        assert!(sender.try_send(1));
        let shared = Arc::clone(&rig);
        let cancelling = thread::spawn(move || {
            assert_eq!(receiver.receive(), Some(1));
            shared.cancelled.publish(GENERATION);
        });
        let seen = (rig.cancelled.observe() == GENERATION).then(|| {
            sender.producer.refresh(rig.claims()).unwrap();
            assert!(
                !rig.claims().holds(0),
                "the borrow ended before the cancellation"
            );
            sender.producer.oldest()
        });
        cancelling.join().unwrap();
        seen
    });
}

/// A later generation's word also tells the earlier one's end, and no reader sees it run backwards.
///
/// caught: nothing weaker; one word is coherent by itself.
#[test]
fn a_word_that_grows_never_runs_backwards() {
    let legal = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(1, 1, 0);
        let shared = Arc::clone(&rig);
        let ending =
            thread::spawn(move || (1..=2).for_each(|generation| shared.ended.publish(generation)));
        let looks = (rig.ended.observe(), rig.ended.observe());
        ending.join().unwrap();
        looks
    });
}
