// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The plain life of messages.

use super::{
    LIMITS,
    rig::{Kind, Rig, value},
};
use crate::{
    Mechanisms,
    zero_copy_connection::{Content, RequestWatch},
};

pub(in super::super) fn messages_come_in_order_and_whole<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    for round in 0..100 {
        let kind = if round % 2 == 0 {
            Kind::Inline
        } else {
            Kind::Chunk
        };
        let first = rig.send(0, kind, round * 1000);
        let second = rig.send(1, kind, round * 1000 + 100);
        for (slot, generation) in [(0, first), (1, second)] {
            let request = rig.take();
            assert_eq!((request.slot, request.generation), (slot, generation));
            let asked = value(request.content);
            assert_eq!(asked, round * 1000 + u64::from(slot) * 100);
            for answer in 1..=3 {
                rig.respond(&request, kind, asked + answer);
            }
            rig.responder.finish(&request);
        }
        for (slot, generation) in [(1, second), (0, first)] {
            for answer in 1..=3 {
                let want = round * 1000 + u64::from(slot) * 100 + answer;
                assert_eq!(rig.read(slot, generation), want);
            }
            rig.nothing_for_client(slot, generation);
            rig.requester.cancel(slot, generation);
        }
        rig.nothing_for_server();
    }
    rig.all_home();
}

pub(in super::super) fn bodies_travel_inline_and_in_chunks<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    rig.send(0, Kind::Inline, 1);
    rig.send(1, Kind::Chunk, 2);
    let inline = rig.take().content;
    assert_eq!((value(inline), inline.elements), (1, 1));
    let Content { data, elements } = rig.take().content;
    let place = rig.client.place();
    let first = crate::shared_memory::PeerMemory::base(&*place.memory);
    let chunks = place.chunks;
    assert_eq!(data.addr().get(), first.addr().get() + chunks.offset);
    assert_eq!(elements, 64);
}

pub(in super::super) fn requests_sent_before_the_answer_arrive<M: Mechanisms>() {
    let mut rig = Rig::<M>::unanswered(LIMITS);
    assert!(!rig.requester.is_admitted());
    let sent = [0, 1, 2].map(|slot| rig.send(slot, Kind::Chunk, u64::from(slot) * 10));
    assert!(!rig.requester.must_ring() && !rig.requester.peer_is_closing());
    rig.nothing_for_client(0, sent[0]);
    for slot in [0, 1, 2] {
        let request = rig.take();
        assert_eq!(value(request.content), slot * 10);
        rig.respond(&request, Kind::Chunk, slot * 10 + 1);
        rig.responder.finish(&request);
    }
    rig.nothing_for_client(0, sent[0]);
    rig.admit();
    assert!(rig.requester.is_admitted());
    for (slot, generation) in [0, 1, 2].into_iter().zip(sent) {
        assert_eq!(rig.read(slot, generation), u64::from(slot) * 10 + 1);
        assert!(rig.requester.has_ended(slot, generation));
    }
    rig.all_home();
}

pub(in super::super) fn the_queries_say_what_is_there<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    assert!(!rig.responder.has_request() && !rig.requester.has_response(0));
    let generation = rig.send(0, Kind::Inline, 5);
    assert!(rig.responder.has_request());
    assert!(!rig.requester.is_taken(0).unwrap());
    let request = rig.take();
    assert!(rig.requester.is_taken(0).unwrap());
    assert_eq!(rig.responder.borrows(), 1);
    rig.respond(&request, Kind::Inline, 6);
    assert!(rig.requester.has_response(0) && !rig.requester.has_response(1));
    let (hold, _) = rig.receive(0, generation);
    assert!(!rig.requester.has_response(0));
    assert_eq!(rig.requester.borrows(), 1);
    rig.requester.release(hold);
    assert!(!rig.requester.has_ended(0, generation));
    rig.responder.finish(&request);
    assert!(rig.requester.has_ended(0, generation));
    assert_eq!((rig.requester.borrows(), rig.responder.borrows()), (0, 0));
    assert!(!rig.requester.peer_is_closing() && !rig.responder.peer_is_closing());
    rig.client.page.close();
    rig.server.page.close();
    assert!(rig.requester.peer_is_closing() && rig.responder.peer_is_closing());
}

// Fails if: `Responder::follow` leaves the watch where it was, or gives one that is blind something to see.
pub(in super::super) fn a_watch_sees_what_was_not_taken<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let mut watch = rig.responder.watch();
    assert!(!watch.sees_more());
    let generation = rig.send(0, Kind::Inline, 1);
    assert!(watch.sees_more());
    let request = rig.take();
    assert!(watch.sees_more(), "it was not told of the take");
    rig.responder.follow(&mut watch);
    assert!(!watch.sees_more());
    rig.respond(&request, Kind::Inline, 2);
    assert_eq!(rig.read(0, generation), 2);
    rig.responder.finish(&request);
    rig.send(1, Kind::Chunk, 3);
    assert!(watch.sees_more());
    let mut blind = RequestWatch::<M>::blind();
    rig.responder.follow(&mut blind);
    assert!(!blind.sees_more());
}
