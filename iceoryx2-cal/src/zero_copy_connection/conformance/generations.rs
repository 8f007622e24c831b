// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A slot serves one request after the other; nothing of one is ever taken for another's.

use super::{
    LIMITS, OVERFLOWING,
    rig::{Kind, Rig, value},
};
use crate::{Mechanisms, zero_copy_connection::Respond};

pub(in super::super) fn an_ended_stream_is_drained_first<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let generation = rig.send(0, Kind::Inline, 0);
    let request = rig.take();
    rig.respond(&request, Kind::Chunk, 1);
    rig.respond(&request, Kind::Chunk, 2);
    rig.responder.finish(&request);
    assert!(rig.requester.has_ended(0, generation));
    assert!(!rig.requester.has_ended(0, generation + 1));
    assert!(!rig.requester.has_ended(1, generation));
    assert_eq!((rig.read(0, generation), rig.read(0, generation)), (1, 2));
    rig.nothing_for_client(0, generation);
    rig.all_home();
}

pub(in super::super) fn a_new_generation_skips_what_the_old_one_left<M: Mechanisms>() {
    for (limits, read_first) in [(LIMITS, 0), (LIMITS, 1), (OVERFLOWING, 0), (OVERFLOWING, 2)] {
        let mut rig = Rig::<M>::new(limits);
        let old = rig.send(0, Kind::Chunk, 0);
        let request = rig.take();
        (1..=3).for_each(|value| rig.respond(&request, Kind::Chunk, value));
        (1..=read_first).for_each(|value| assert_eq!(rig.read(0, old), value));
        rig.requester.cancel(0, old);
        let new = rig.send(0, Kind::Chunk, 100);
        // The server has not heard of the new one: what the old one left is not for it.
        rig.nothing_for_client(0, new);
        let next = rig.take();
        // All of the stream is the new request's.
        (101..=103).for_each(|value| rig.respond(&next, Kind::Chunk, value));
        (101..=103).for_each(|value| assert_eq!(rig.read(0, new), value));
        rig.responder.finish(&request);
        assert!(!rig.requester.has_ended(0, new));
        rig.responder.finish(&next);
        assert!(rig.requester.has_ended(0, new));
        rig.all_home();
    }
}

pub(in super::super) fn an_old_active_request_outlives_its_slot<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let old = rig.send(0, Kind::Chunk, 7);
    let first = rig.take();
    rig.requester.cancel(0, old);
    let new = rig.send(0, Kind::Chunk, 8);
    let second = rig.take();
    assert_eq!(
        rig.try_respond(&first, Kind::Chunk, 1),
        Respond::NobodyListens
    );
    assert_eq!(value(first.content), 7);
    rig.respond(&second, Kind::Chunk, 9);
    rig.responder.finish(&first);
    assert!(!rig.requester.has_ended(0, new));
    assert_eq!(rig.read(0, new), 9);
    rig.responder.finish(&second);
    rig.all_home();
}

pub(in super::super) fn a_borrow_outlives_its_generation<M: Mechanisms>() {
    for limits in [LIMITS, OVERFLOWING] {
        let mut rig = Rig::<M>::new(limits);
        let old = rig.send(0, Kind::Chunk, 0);
        let request = rig.take();
        rig.respond(&request, Kind::Chunk, 50);
        let (hold, borrowed) = rig.receive(0, old);
        rig.responder.finish(&request);
        rig.requester.cancel(0, old);
        for round in 1..20 {
            let new = rig.send(0, Kind::Chunk, 0);
            let request = rig.take();
            rig.respond(&request, Kind::Chunk, round * 100);
            assert_eq!(rig.read(0, new), round * 100);
            rig.responder.finish(&request);
            rig.requester.cancel(0, new);
            rig.reclaim();
            assert_eq!(value(borrowed), 50);
            assert_eq!(rig.server.pool.lent().len(), 1);
        }
        rig.requester.release(hold);
        rig.all_home();
    }
}

pub(in super::super) fn a_cancelled_request_is_seen_by_the_server<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let (first, second) = (rig.send(0, Kind::Inline, 0), rig.send(1, Kind::Inline, 0));
    let (a, b) = (rig.take(), rig.take());
    rig.requester.cancel(0, first);
    assert!(rig.responder.is_cancelled(a.slot, a.generation));
    assert!(!rig.responder.is_cancelled(b.slot, b.generation));
    let third = rig.send(0, Kind::Inline, 0);
    rig.requester.cancel(0, first);
    let c = rig.take();
    assert_eq!(c.generation, third);
    assert!(!rig.responder.is_cancelled(c.slot, c.generation));
    assert!(!rig.responder.is_cancelled(1, second));
    assert!(rig.responder.is_cancelled(u32::MAX, 1));
}

pub(in super::super) fn a_hint_reaches_the_server_alone<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let generation = rig.send(0, Kind::Inline, 0);
    let request = rig.take();
    assert!(!rig.responder.has_disconnect_hint(0, generation));
    rig.requester.hint_disconnect(0, generation);
    assert!(rig.responder.has_disconnect_hint(0, generation));
    assert!(!rig.responder.is_cancelled(0, generation));
    assert!(!rig.responder.has_disconnect_hint(0, generation + 1));
    assert!(!rig.responder.has_disconnect_hint(1, generation));
    rig.respond(&request, Kind::Inline, 4);
    assert_eq!(rig.read(0, generation), 4);
}

pub(in super::super) fn nobody_listens_to_a_full_cancelled_stream<M: Mechanisms>() {
    for limits in [LIMITS, OVERFLOWING] {
        let mut rig = Rig::<M>::new(limits);
        let generation = rig.send(0, Kind::Inline, 0);
        let request = rig.take();
        (0..3).for_each(|value| rig.respond(&request, Kind::Chunk, value));
        rig.requester.cancel(0, generation);
        let outcome = rig.try_respond(&request, Kind::Chunk, 3);
        assert_eq!(outcome, Respond::NobodyListens);
        assert_eq!(rig.server.pool.lent().len(), 3);
    }
}
