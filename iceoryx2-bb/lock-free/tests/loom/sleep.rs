// SPDX-License-Identifier: Apache-2.0 OR MIT
//! No wake-up is lost, and none is given twice. Any number of preemptions.

use crate::rig::{Preemptions, Receiver, Rig, Sender, check, message};
use iceoryx2_bb_lock_free::{
    ring::Producer,
    sleep::{Sleeper, Waker, is_asleep},
};
use loom::{
    sync::Arc,
    thread::{self, JoinHandle},
};

/// The sleeper would really sleep where its look found nothing; `Slept` without a ring would be for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Found,
    Slept,
}

fn announce_and_look(rig: &Rig, receiver: &Receiver, sleeper: &mut Sleeper) -> Look {
    sleeper.announce(&rig.consumer_sleep);
    if receiver.consumer.has_message(rig.ring()) {
        Look::Found
    } else {
        Look::Slept
    }
}

/// Sends two messages and counts how often it has to ring.
fn send_two(rig: &Arc<Rig>) -> JoinHandle<usize> {
    let rig = Arc::clone(rig);
    thread::spawn(move || {
        let (mut producer, mut waker) = (Producer::new(0, 2), Waker::new());
        let mut send = |value| {
            producer.publish(rig.ring(), &message(value, 0)).unwrap();
            waker.must_ring(&rig.consumer_sleep)
        };
        usize::from(send(1)) + usize::from(send(2))
    })
}

/// caught: no fence in `announce`; no fence in `must_ring`; only half a fence in either.
#[test]
fn a_sleeper_is_rung_or_has_seen_the_message() {
    let legal = [
        (Look::Found, false),
        (Look::Found, true),
        (Look::Slept, true),
    ];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(1, 1, 0);
        let receiver = Receiver::new(&rig);
        let shared = Arc::clone(&rig);
        let waking = thread::spawn(move || {
            Producer::new(0, 1)
                .publish(shared.ring(), &message(1, 0))
                .unwrap();
            Waker::new().must_ring(&shared.consumer_sleep)
        });
        let look = announce_and_look(&rig, &receiver, &mut Sleeper::new());
        (look, waking.join().unwrap())
    });
}

/// The same where the waker first asks whether anybody sleeps at all.
///
/// caught: no fence in `announce`; no fence in `is_asleep`.
#[test]
fn who_sleeps_is_rung_by_a_waker_that_asks_first() {
    let legal = [
        (Look::Found, false),
        (Look::Found, true),
        (Look::Slept, true),
    ];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(1, 1, 0);
        let receiver = Receiver::new(&rig);
        let shared = Arc::clone(&rig);
        let waking = thread::spawn(move || {
            Producer::new(0, 1)
                .publish(shared.ring(), &message(1, 0))
                .unwrap();
            let word = &shared.consumer_sleep;
            is_asleep(word) && Waker::new().must_ring(word)
        });
        let look = announce_and_look(&rig, &receiver, &mut Sleeper::new());
        (look, waking.join().unwrap())
    });
}

/// caught: each odd value rung every time; even values rung.
#[test]
fn two_messages_ring_one_sleep_once() {
    let legal = [(Look::Found, 0), (Look::Found, 1), (Look::Slept, 1)];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(2, 1, 0);
        let receiver = Receiver::new(&rig);
        let waking = send_two(&rig);
        let mut sleeper = Sleeper::new();
        let look = announce_and_look(&rig, &receiver, &mut sleeper);
        if look == Look::Found {
            sleeper.awake(&rig.consumer_sleep);
        }
        (look, waking.join().unwrap())
    });
}

/// Two messages, two sleeps: a look that misses one of them is followed by a ring.
///
/// caught: no fence in `announce`; no fence in `must_ring`; the second announcement with the first one's value.
#[test]
fn each_sleep_is_rung_once() {
    let legal = [
        (Look::Found, 0),
        (Look::Found, 1),
        (Look::Found, 2),
        (Look::Slept, 1),
        (Look::Slept, 2),
    ];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(2, 1, 0);
        let mut receiver = Receiver::new(&rig);
        let waking = send_two(&rig);
        let mut sleeper = Sleeper::new();
        let first = announce_and_look(&rig, &receiver, &mut sleeper);
        sleeper.awake(&rig.consumer_sleep);
        if first == Look::Found {
            assert!(receiver.borrow(0).is_some(), "what was seen can be taken");
            receiver.release(0);
        }
        let second = announce_and_look(&rig, &receiver, &mut sleeper);
        let rings = waking.join().unwrap();
        (second, rings)
    });
}

/// caught: no fence in `announce`; no fence in `must_ring`.
#[test]
fn two_wakers_ring_each_for_itself() {
    let legal = [(true, true)];
    check(Preemptions::Any, &legal, || {
        let rigs = [Rig::new(1, 1, 0), Rig::new(1, 1, 0)];
        let [first, second] = &rigs;
        let wake = |rig: &Arc<Rig>, sleeper_of: &Arc<Rig>| {
            let (rig, sleeper_of) = (Arc::clone(rig), Arc::clone(sleeper_of));
            thread::spawn(move || {
                Producer::new(0, 1)
                    .publish(rig.ring(), &message(1, 0))
                    .unwrap();
                Waker::new().must_ring(&sleeper_of.consumer_sleep)
            })
        };
        let waking = [wake(first, first), wake(second, first)];
        Sleeper::new().announce(&first.consumer_sleep);
        let seen = [first, second].map(|rig| Receiver::new(rig).consumer.has_message(rig.ring()));
        let rung = waking.map(|waking| waking.join().unwrap());
        (seen[0] || rung[0], seen[1] || rung[1])
    });
}

/// A sender that waits for room sleeps like any sleeper; who takes rings.
///
/// caught: no fence in `announce`; no fence in `must_ring`.
#[test]
fn a_sender_that_waits_for_room_is_rung() {
    let legal = [(false, true), (true, false), (true, true)];
    check(Preemptions::Any, &legal, || {
        let rig = Rig::new(1, 1, 2);
        let mut sender = Sender::new(&rig, 1);
        let mut receiver = Receiver::new(&rig);
        assert!(sender.try_send(1));
        let shared = Arc::clone(&rig);
        let sending = thread::spawn(move || {
            Sleeper::new().announce(&shared.producer_sleep);
            sender.try_send(2)
        });
        assert_eq!(receiver.receive(), Some(1));
        let rung = Waker::new().must_ring(&rig.producer_sleep);
        (sending.join().unwrap(), rung)
    });
}
