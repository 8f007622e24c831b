// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a message says of those before it brings their chunks home, without a look at the peer's memory.

use super::{
    super::{ChunkId, ChunkKey, Glance, TakenRequest},
    LIMITS,
    rig::{Kind, Rig, value},
};
use crate::Mechanisms;

// Fails if: `Requester::receive` does not note what is settled.
pub(in super::super) fn requests_come_home_with_the_next_response<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    for round in 0..20 {
        let generation = rig.send(0, Kind::Chunk, round);
        let request = rig.take();
        rig.respond(&request, Kind::Inline, 0);
        rig.read(0, generation);
        rig.settle_requests();
        assert_eq!(rig.client.pool.lent().len(), 1, "the one that is answered");
        rig.responder.finish(&request);
    }
    rig.all_home();
}

// Fails if: `Responder::respond` says `settled` whatever it borrows.
pub(in super::super) fn a_request_the_server_still_reads_does_not_come_home<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    rig.send(0, Kind::Chunk, 1);
    let kept = rig.take();
    for _ in 0..5 {
        let generation = rig.send(1, Kind::Chunk, 2);
        let request = rig.take();
        rig.respond(&request, Kind::Inline, 0);
        rig.read(1, generation);
        rig.settle_requests();
        assert_eq!(value(kept.content), 1);
        rig.responder.finish(&request);
        assert!(rig.client.pool.lent().len() > 1);
        rig.reclaim();
        assert_eq!(rig.client.pool.lent().len(), 1);
    }
    rig.responder.finish(&kept);
    rig.all_home();
}

// Fails if: `Responder::accept` does not note what is settled.
pub(in super::super) fn responses_come_home_with_the_next_request_in_their_slot<M: Mechanisms>() {
    responses_come_home_with::<M>(Rig::take);
}

// Fails if: `take_at_once` does not note what is settled, for requests in their descriptors or for those in chunks.
pub(in super::super) fn responses_come_home_with_a_request_taken_at_once<M: Mechanisms>() {
    responses_come_home_with::<M>(|rig| match rig.take_at_once() {
        Glance::Request(request) => request,
        glance => panic!("{glance:?}"),
    });
}

fn responses_come_home_with<M: Mechanisms>(take: impl Fn(&mut Rig<M>) -> TakenRequest) {
    let mut rig = Rig::<M>::new(LIMITS);
    let kinds = [Kind::Inline, Kind::Chunk].into_iter().cycle();
    for (round, kind) in (0..20).zip(kinds) {
        let generation = rig.send(0, kind, round);
        let request = take(&mut rig);
        rig.settle_responses();
        assert!(rig.server.pool.lent().is_empty());
        rig.respond(&request, Kind::Chunk, 1);
        rig.respond(&request, Kind::Chunk, 2);
        assert_eq!(rig.read(0, generation), 1);
        assert_eq!(rig.read(0, generation), 2);
        rig.responder.finish(&request);
    }
    rig.all_home();
}

// Fails if: `Requester::send` says `settled` whatever it borrows.
pub(in super::super) fn a_response_the_client_still_reads_does_not_come_home<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let generation = rig.send(0, Kind::Inline, 0);
    let request = rig.take();
    rig.respond(&request, Kind::Chunk, 1);
    let (hold, content) = rig.receive(0, generation);
    rig.responder.finish(&request);
    rig.requester.cancel(0, generation);
    rig.send(0, Kind::Inline, 0);
    let request = rig.take();
    rig.settle_responses();
    assert_eq!((rig.server.pool.lent().len(), value(content)), (1, 1));
    rig.responder.finish(&request);
    rig.requester.release(hold);
    rig.all_home();
}

// Fails if: `Lendings::settle_one` gives another than the latest that is home, one twice, or one that is still lent, or names
// another than the latest of all as the next; or if `settle_older` keeps one back.
pub(in super::super) fn one_that_is_home_can_be_had_and_the_older_are_free<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    for round in 0..20 {
        let generation = rig.send(0, Kind::Inline, round);
        let request = rig.take();
        let pool = &mut rig.server.pool;
        let home = rig
            .responder
            .settle_one(request.hold, |chunk| pool.give(chunk));
        assert_eq!(home.is_some(), round > 0);
        if let Some(home) = home {
            let came = (home.key, home.next);
            assert_eq!(came, (ChunkKey(1), ChunkId::base(1)));
            assert_eq!(pool.lent().iter().collect::<Vec<_>>(), [&1]);
            pool.give(home.key);
            for chunk in [pool.lend(), pool.lend()] {
                pool.give(ChunkKey(chunk.index));
            }
        }
        rig.respond(&request, Kind::Chunk, 1);
        rig.respond(&request, Kind::Chunk, 2);
        let lent = |_| panic!("it is lent");
        assert!(rig.responder.settle_one(request.hold, lent).is_none());
        assert_eq!(rig.read(0, generation), 1);
        assert_eq!(rig.read(0, generation), 2);
        rig.responder.finish(&request);
    }
    rig.all_home();
}
