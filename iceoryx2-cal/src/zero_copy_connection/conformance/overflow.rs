// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The oldest is replaced, and both sides agree which that was.

use super::{
    OVERFLOWING,
    rig::{Kind, Rig, value},
};
use crate::{
    Mechanisms,
    zero_copy_connection::{Contest, EvictedRequest, Sending},
};

fn evicted(sending: Sending) -> EvictedRequest {
    match sending {
        Sending::Sent {
            evicted: Some(evicted),
        } => evicted,
        other => panic!("nothing was evicted but {other:?}"),
    }
}

pub(in super::super) fn a_full_request_queue_replaces_its_oldest<M: Mechanisms>() {
    for kind in [Kind::Inline, Kind::Chunk] {
        let mut rig = Rig::<M>::new(OVERFLOWING);
        let sent = [0, 1, 2].map(|slot| rig.send(slot, kind, u64::from(slot) * 10));
        for slot in [3, 4] {
            let replaced = evicted(rig.try_send(slot, kind, u64::from(slot) * 10).0);
            let oldest = slot - 3;
            assert_eq!(
                replaced,
                EvictedRequest {
                    slot: oldest,
                    generation: sent[oldest as usize],
                    contested: false
                }
            );
        }
        for want in [20, 30, 40] {
            let request = rig.take();
            assert_eq!(value(request.content), want);
            rig.responder.finish(&request);
        }
        rig.nothing_for_server();
        rig.all_home();
    }
}

pub(in super::super) fn a_full_stream_replaces_its_oldest<M: Mechanisms>() {
    for kind in [Kind::Inline, Kind::Chunk] {
        let mut rig = Rig::<M>::new(OVERFLOWING);
        let generation = rig.send(0, kind, 0);
        let request = rig.take();
        (0..20).for_each(|value| rig.respond(&request, kind, value));
        let read = [(); 3].map(|()| rig.read(0, generation));
        assert_eq!(read, [17, 18, 19]);
        rig.nothing_for_client(0, generation);
        rig.responder.finish(&request);
        rig.all_home();
    }
}

pub(in super::super) fn a_request_evicted_before_the_answer_is_settled_by_it<M: Mechanisms>() {
    let mut rig = Rig::<M>::unanswered(OVERFLOWING);
    let first = rig.send(0, Kind::Chunk, 0);
    rig.send(1, Kind::Chunk, 10);
    rig.send(2, Kind::Chunk, 20);
    let replaced = evicted(rig.try_send(3, Kind::Chunk, 30).0);
    assert_eq!(
        replaced,
        EvictedRequest {
            slot: 0,
            generation: first,
            contested: true
        }
    );
    assert_eq!(rig.requester.contest(0, first), Contest::Open);
    rig.admit();
    assert_eq!(rig.requester.contest(0, first), Contest::Evicted);
    for want in [10, 20, 30] {
        let request = rig.take();
        assert_eq!(value(request.content), want);
        rig.responder.finish(&request);
    }
    rig.all_home();

    let mut rig = Rig::<M>::unanswered(OVERFLOWING);
    let first = rig.send(0, Kind::Chunk, 0);
    rig.send(1, Kind::Chunk, 10);
    rig.send(2, Kind::Chunk, 20);
    let request = rig.take();
    let replaced = evicted(rig.try_send(3, Kind::Chunk, 30).0);
    assert!(replaced.contested);
    rig.admit();
    assert_eq!(rig.requester.contest(0, first), Contest::Open);
    rig.respond(&request, Kind::Chunk, 1);
    assert_eq!(rig.read(0, first), 1);
    rig.responder.finish(&request);
    assert_eq!(rig.requester.contest(0, first), Contest::Taken);
}

pub(in super::super) fn chunks_evicted_before_the_answer_come_home<M: Mechanisms>() {
    let mut rig = Rig::<M>::unanswered(OVERFLOWING);
    for round in 0..100 {
        let slot = u32::try_from(round % 6).unwrap();
        rig.try_send(slot, Kind::Chunk, round);
        let pool = &mut rig.client.pool;
        rig.requester
            .reclaim_unanswered(&mut |chunk| pool.give(chunk));
        assert!(pool.lent().len() <= 3);
    }
    rig.admit();
    for want in 97..100 {
        let request = rig.take();
        assert_eq!(value(request.content), want);
        rig.responder.finish(&request);
    }
    rig.all_home();
}

pub(in super::super) fn no_chunk_is_forgotten_however_many_were_sent_before_the_answer<
    M: Mechanisms,
>() {
    let mut rig = Rig::<M>::unanswered(OVERFLOWING);
    for round in 0..1_000 {
        let slot = u32::try_from(round % 6).unwrap();
        let (before, heard) = (
            rig.client.pool.lent().len(),
            rig.requester.must_be_heard_first(),
        );
        rig.try_send(slot, Kind::Chunk, round);
        let comes_home = rig.client.pool.lent().len() <= before;
        assert_eq!(
            comes_home, heard,
            "only who was heard has seen what was evicted"
        );
    }
    rig.admit();
    for want in 997..1_000 {
        let request = rig.take();
        assert_eq!(value(request.content), want);
        rig.responder.finish(&request);
    }
    rig.all_home();
}

pub(in super::super) fn a_request_the_server_holds_is_contested<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(OVERFLOWING);
    let first = rig.send(0, Kind::Chunk, 0);
    rig.send(1, Kind::Chunk, 10);
    rig.send(2, Kind::Chunk, 20);
    // The client last looks before this take, and evicts after it.
    let request = rig.take();
    let replaced = rig.requester.evict().unwrap();
    assert_eq!(
        replaced,
        EvictedRequest {
            slot: 0,
            generation: first,
            contested: true
        }
    );
    assert_eq!(rig.requester.contest(0, first), Contest::Open);
    rig.reclaim();
    assert_eq!(rig.client.pool.lent().len(), 3);
    rig.responder.finish(&request);
    assert_eq!(rig.requester.contest(0, first), Contest::Taken);
    rig.reclaim();
    assert_eq!(rig.client.pool.lent().len(), 2);
}

pub(in super::super) fn a_server_that_yields_leaves_the_request_evicted<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(OVERFLOWING);
    let first = rig.send(0, Kind::Chunk, 0);
    rig.send(1, Kind::Chunk, 10);
    rig.send(2, Kind::Chunk, 20);
    // The server stands between its hold word and its look at what was evicted.
    let hold = rig.server.word(rig.layout.server.claims, 1);
    hold.publish(1);
    let replaced = evicted(rig.try_send(3, Kind::Chunk, 30).0);
    assert!(replaced.contested);
    assert_eq!(rig.requester.contest(0, first), Contest::Open);
    rig.reclaim();
    assert_eq!(rig.client.pool.lent().len(), 4);
    rig.server.word(rig.layout.server.claims, 1).publish(0);
    assert_eq!(rig.requester.contest(0, first), Contest::Evicted);
    assert_eq!(value(rig.take().content), 10);
    rig.reclaim();
    assert_eq!(rig.client.pool.lent().len(), 3);
}

pub(in super::super) fn a_request_taken_and_ended_meanwhile_is_not_evicted<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(OVERFLOWING);
    let generation = rig.send(0, Kind::Chunk, 0);
    // The client last looks before this take, and evicts after its end.
    let request = rig.take();
    rig.respond(&request, Kind::Chunk, 1);
    rig.responder.finish(&request);
    assert_eq!(rig.requester.evict(), None);
    assert_eq!(rig.read(0, generation), 1);
    rig.all_home();
}

pub(in super::super) fn nobody_hears_of_a_cancelled_request_that_is_evicted<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(OVERFLOWING);
    let first = rig.send(0, Kind::Chunk, 0);
    rig.requester.cancel(0, first);
    rig.send(0, Kind::Chunk, 10);
    rig.send(1, Kind::Chunk, 20);
    rig.send(2, Kind::Chunk, 30);
    assert_eq!(value(rig.take().content), 10);
}

pub(in super::super) fn chunks_borrowed_at_their_eviction_come_home_after_their_release<
    M: Mechanisms,
>() {
    let mut rig = Rig::<M>::new(OVERFLOWING);
    let generation = rig.send(0, Kind::Inline, 0);
    let request = rig.take();
    rig.respond(&request, Kind::Chunk, 1);
    rig.respond(&request, Kind::Chunk, 2);
    let (first, one) = rig.receive(0, generation);
    let (second, two) = rig.receive(0, generation);
    for round in 0..50 {
        rig.respond(&request, Kind::Chunk, 100 + round);
        rig.reclaim();
        assert!(rig.server.pool.lent().len() <= 5);
        assert_eq!((value(one), value(two)), (1, 2));
    }
    rig.requester.release(first);
    rig.requester.release(second);
    assert_eq!(rig.read(0, generation), 147);
    rig.responder.finish(&request);
    rig.reclaim();
    assert_eq!(rig.server.pool.lent().len(), 2);
}
