// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Capacities are what was agreed, not what a power of two makes of it.

use super::{
    LIMITS,
    rig::{Kind, Rig},
};
use crate::{
    Mechanisms,
    zero_copy_connection::{Limits, Receive, Respond, Sending, Take},
};

pub(in super::super) fn the_request_queue_is_exactly_as_long_as_agreed<M: Mechanisms>() {
    for active_requests in 1..=9 {
        let mut rig = Rig::<M>::new(Limits {
            active_requests,
            ..LIMITS
        });
        for slot in 0..active_requests {
            rig.send(slot, Kind::Chunk, 0);
        }
        for _ in 0..3 {
            assert_eq!(
                rig.try_send(active_requests, Kind::Chunk, 0).0,
                Sending::Full
            );
        }
        let request = rig.take();
        rig.responder.finish(&request);
        rig.send(active_requests, Kind::Chunk, 0);
        assert_eq!(rig.try_send(0, Kind::Inline, 0).0, Sending::Full);
    }
}

pub(in super::super) fn the_response_queue_is_exactly_as_long_as_agreed<M: Mechanisms>() {
    for response_buffer in 1..=9 {
        let mut rig = Rig::<M>::new(Limits {
            response_buffer,
            ..LIMITS
        });
        let generation = rig.send(0, Kind::Inline, 0);
        let request = rig.take();
        for value in 0..u64::from(response_buffer) {
            rig.respond(&request, Kind::Chunk, value);
        }
        assert_eq!(rig.try_respond(&request, Kind::Chunk, 0), Respond::Full);
        assert_eq!(rig.read(0, generation), 0);
        rig.respond(&request, Kind::Inline, 99);
        assert_eq!(rig.try_respond(&request, Kind::Inline, 0), Respond::Full);
    }
}

pub(in super::super) fn the_borrows_are_exactly_as_many_as_agreed<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let generation = rig.send(0, Kind::Inline, 0);
    let mut requests = vec![rig.take()];
    for slot in 1..4 {
        assert!(!matches!(rig.responder.take().unwrap(), Take::NoBorrowLeft));
        rig.send(slot, Kind::Inline, 0);
        if slot < 3 {
            requests.push(rig.take());
        }
    }
    assert!(matches!(rig.responder.take().unwrap(), Take::NoBorrowLeft));
    rig.responder.finish(&requests.pop().unwrap());
    assert_eq!(rig.take().slot, 3);

    let request = requests[0];
    (0..3).for_each(|value| rig.respond(&request, Kind::Inline, value));
    let (first, _) = rig.receive(0, generation);
    let (second, _) = rig.receive(0, generation);
    assert_ne!(first, second);
    let received = rig.requester.receive(0, generation).unwrap();
    assert!(matches!(received, Receive::NoBorrowLeft));
    rig.requester.release(first);
    assert_eq!(rig.read(0, generation), 2);
    rig.requester.release(second);
    rig.nothing_for_client(0, generation);
}

pub(in super::super) fn who_makes_room_rings_who_waits_for_it<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let generation = rig.send(0, Kind::Inline, 0);
    assert!(!rig.requester.must_ring());
    rig.server.page.announce_sleep();
    assert!(rig.requester.must_ring() && !rig.requester.must_ring());
    rig.server.page.awake();
    assert!(!rig.requester.must_ring());

    let request = rig.take();
    rig.respond(&request, Kind::Inline, 0);
    rig.client.page.announce_sleep();
    assert!(rig.responder.must_ring() && !rig.responder.must_ring());
    rig.client.page.announce_sleep();
    assert!(rig.responder.must_ring());
    rig.client.page.awake();

    rig.server.page.announce_sleep();
    assert_eq!(rig.read(0, generation), 0);
    assert!(rig.requester.must_ring());
}

// Fails if: `must_ring_at_end` rings whoever sleeps, or not who has given up an older request of the slot, or notes a ring
// where it gave none; or nobody is asleep.
pub(in super::super) fn who_has_given_up_is_not_rung_for_the_end<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let answered = rig.send(0, Kind::Inline, 0);
    let request = rig.take();
    rig.respond(&request, Kind::Inline, 0);
    assert_eq!(rig.read(0, answered), 0);
    assert!(rig.requester.cancel(0, answered));
    let listening = rig.send(0, Kind::Inline, 1);
    rig.client.page.announce_sleep();
    let ended = rig.responder.finish(&request).unwrap();
    assert!(rig.responder.is_client_asleep() && !rig.responder.must_ring_at_end(ended));

    let request = rig.take();
    let ended = rig.responder.finish(&request).unwrap();
    assert!(rig.responder.must_ring_at_end(ended) && !rig.responder.must_ring_at_end(ended));
    assert!(rig.requester.has_ended(0, listening));
}
