// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A port dies after any of its stores, while its peer goes on; then the kernel says so, and the peer drains.
//! Any number of preemptions.
//!
//! The hook that sees every shared store ends the victim right after the chosen one. It needs `--cfg iceoryx2_hooks`.

use crate::rig::{Preemptions, Receiver, Rig, Sender, check};
use iceoryx2_bb_elementary::hooks::{self, Observer};
use loom::{
    sync::Arc,
    thread::{self, ThreadId},
};
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

struct Death;

std::thread_local! {
    /// The thread that is to die and how many stores it has left. All threads of a model share one system thread.
    static VICTIM: Cell<Option<(ThreadId, usize)>> = const { Cell::new(None) };
}

impl Observer for Death {
    fn after_store(&self) {
        let Some((victim, left)) = VICTIM.get() else {
            return;
        };
        if thread::current().id() != victim {
            return;
        }
        VICTIM.set(Some((victim, left - 1)));
        if left == 1 {
            VICTIM.set(None);
            resume_unwind(Box::new(Self));
        }
    }
}

/// Runs `action` until its store number `stores` has happened.
fn die_after(stores: usize, action: impl FnOnce()) {
    hooks::observe(&Death);
    VICTIM.set(Some((thread::current().id(), stores)));
    let end = catch_unwind(AssertUnwindSafe(action)).expect_err("there are fewer stores");
    VICTIM.set(None);
    if !end.is::<Death>() {
        resume_unwind(end);
    }
}

/// Stores of a `publish`: the words and the sequence number.
const PUBLISH: usize = iceoryx2_bb_lock_free::word::LINE_WORDS;

/// caught: seq before the words; seq stored Relaxed; seq read Relaxed.
#[test]
fn a_producer_leaves_a_whole_message_or_none() {
    for stores in 1..=PUBLISH {
        let legal = if stores == PUBLISH {
            vec![(vec![], vec![1]), (vec![1], vec![])]
        } else {
            vec![(vec![], vec![])]
        };
        check(Preemptions::Any, &legal, move || {
            let rig = Rig::new(1, 1, 1);
            let mut sender = Sender::new(&rig, 1);
            let mut receiver = Receiver::new(&rig);
            let dying = thread::spawn(move || die_after(stores, || assert!(sender.try_send(1))));
            let early = receiver.receive_up_to(1);
            dying.join().unwrap();
            (early, receiver.receive_up_to(2))
        });
    }
}

/// Between `evicted` and the new `seq` one message is gone that nothing replaced.
///
/// caught: no fence at the producer; no fence at the consumer; evicted not looked at.
#[test]
fn a_producer_that_dies_while_it_evicts_leaves_no_torn_message() {
    const EVICT: usize = 1;
    for stores in 1..=EVICT + PUBLISH {
        let legal = if stores == EVICT + PUBLISH {
            vec![vec![2], vec![1, 2]]
        } else {
            vec![vec![], vec![1]]
        };
        check(Preemptions::Any, &legal, move || {
            let rig = Rig::new(1, 1, 3);
            let mut sender = Sender::new(&rig, 1);
            let mut receiver = Receiver::new(&rig);
            sender.send(1);
            let dying = thread::spawn(move || die_after(stores, || sender.send(2)));
            let mut received = receiver.receive_up_to(2);
            dying.join().unwrap();
            received.extend(receiver.receive_up_to(2));
            received
        });
    }
}

/// Until its death is known, what a consumer had claimed stays lent; afterwards everything is the producer's.
///
/// caught: taken read Relaxed; no hold at all; taken before hold.
#[test]
fn what_a_dead_consumer_held_stays_lent_until_its_death_is_known() {
    const HOLD: usize = 1;
    const RELEASED: usize = 3;
    for stores in HOLD..=RELEASED {
        let legal = if stores == RELEASED {
            vec![false, true]
        } else {
            vec![false]
        };
        check(Preemptions::Any, &legal, move || {
            let rig = Rig::new(2, 1, 1);
            let mut sender = Sender::new(&rig, 2);
            let mut receiver = Receiver::new(&rig);
            assert!(sender.try_send(1));
            let shared = Arc::clone(&rig);
            let dying = thread::spawn(move || {
                let mut chunk = 0;
                die_after(stores, || {
                    chunk = receiver.borrow(0).unwrap().1;
                    assert_eq!(shared.read(chunk), 1);
                    receiver.release(0);
                });
                // WHY: a dying process still reads what it claimed, up to the very end.
                if stores != RELEASED {
                    assert_eq!(shared.read(chunk), 1);
                }
            });
            let reused = sender.try_send(2);
            dying.join().unwrap();
            sender.bring_everything_home();
            assert!(
                reused || sender.try_send(2),
                "a dead consumer keeps a chunk"
            );
            reused
        });
    }
}
