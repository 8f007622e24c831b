// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One side is gone: what it had published is delivered, what it had is home.

use super::{
    LIMITS, OVERFLOWING,
    rig::{Kind, Rig, value},
};
use crate::{
    Mechanisms,
    zero_copy_connection::{Contest, Receive, Requester, Respond, Responder, Sending, Take},
};

pub(in super::super) fn the_client_reads_everything_a_dead_server_published<M: Mechanisms>() {
    for read_first in 0..=3 {
        for kind in [Kind::Inline, Kind::Chunk] {
            let mut rig = Rig::<M>::new(LIMITS);
            let (first, second) = (rig.send(0, kind, 0), rig.send(1, kind, 0));
            let third = rig.send(2, kind, 0);
            let (a, b) = (rig.take(), rig.take());
            for value in 1..=3 {
                rig.respond(&a, kind, value);
                rig.respond(&b, kind, value * 10);
            }
            (1..=read_first).for_each(|value| assert_eq!(rig.read(0, first), value));
            rig.responder.finish(&a);
            rig.server_dies();
            assert!(rig.requester.has_ended(0, first));
            assert!(!rig.requester.has_ended(1, second));
            assert!(rig.requester.is_taken(1).unwrap() && !rig.requester.is_taken(2).unwrap());
            assert!(rig.requester.has_response(1) && !rig.requester.has_response(2));
            (read_first + 1..=3).for_each(|value| assert_eq!(rig.read(0, first), value));
            rig.nothing_for_client(0, first);

            let (hold, content) = rig.receive(1, second);
            assert_eq!(value(content), 10);
            let (other, content) = rig.receive(1, second);
            assert_eq!(value(content), 20);
            let received = rig.requester.receive(1, second).unwrap();
            assert!(matches!(received, Receive::NoBorrowLeft));
            rig.requester.release(hold);
            assert_eq!(rig.read(1, second), 30);
            rig.requester.release(other);
            assert_eq!(rig.requester.borrows(), 0);
            rig.nothing_for_client(2, third);
            assert_eq!(rig.try_send(3, kind, 0).0, Sending::Full);
            assert!(!rig.requester.must_ring());
        }
    }
}

pub(in super::super) fn the_server_takes_everything_a_dead_client_published<M: Mechanisms>() {
    for take_first in 0..=3 {
        for kind in [Kind::Inline, Kind::Chunk] {
            let mut rig = Rig::<M>::new(LIMITS);
            (0..3).for_each(|slot| _ = rig.send(slot, kind, u64::from(slot) * 10));
            let mut requests: Vec<_> = (0..take_first).map(|_| rig.take()).collect();
            for request in &requests {
                rig.respond(request, Kind::Chunk, 1);
            }
            rig.client_dies();
            assert_eq!(rig.responder.has_request(), take_first < 3);
            (take_first..3).for_each(|_| requests.push(rig.take()));
            rig.nothing_for_server();
            for (request, want) in requests.iter().zip([0, 10, 20]) {
                assert_eq!(value(request.content), want);
                assert!(rig.responder.is_cancelled(request.slot, request.generation));
                let outcome = rig.try_respond(request, Kind::Chunk, 2);
                assert_eq!(outcome, Respond::NobodyListens);
                rig.responder.finish(request);
            }
            assert_eq!(rig.responder.borrows(), 0);
            assert!(!rig.responder.must_ring());
            assert!(rig.server.pool.lent().is_empty());
        }
    }
}

pub(in super::super) fn an_unfinished_stream_stays_unfinished<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(OVERFLOWING);
    let generation = rig.send(0, Kind::Inline, 0);
    let request = rig.take();
    (0..9).for_each(|value| rig.respond(&request, Kind::Chunk, value));
    // The server dies between `evicted` and the message that replaces.
    rig.server.word(rig.layout.server.evicted, 0).publish(7);
    rig.server_dies();
    assert_eq!((rig.read(0, generation), rig.read(0, generation)), (7, 8));
    rig.nothing_for_client(0, generation);
    assert!(!rig.requester.has_ended(0, generation));
}

pub(in super::super) fn contests_are_settled_by_death<M: Mechanisms>() {
    // The server had taken the request.
    let mut rig = Rig::<M>::new(OVERFLOWING);
    let generation = rig.send(0, Kind::Chunk, 0);
    rig.take();
    assert!(rig.requester.evict().unwrap().contested);
    rig.server_dies();
    assert_eq!(rig.requester.contest(0, generation), Contest::Taken);

    // The server died while it took it.
    let mut rig = Rig::<M>::new(OVERFLOWING);
    let generation = rig.send(0, Kind::Chunk, 0);
    rig.server.word(rig.layout.server.claims, 1).publish(1);
    assert!(rig.requester.evict().unwrap().contested);
    rig.server_dies();
    assert_eq!(rig.requester.contest(0, generation), Contest::Evicted);
}

pub(in super::super) fn a_half_serves_a_newcomer_while_messages_of_the_dead_are_read<
    M: Mechanisms,
>() {
    // The server's half: a client dies, and another comes.
    let mut rig = Rig::<M>::new(LIMITS);
    (0..3).for_each(|slot| _ = rig.send(slot, Kind::Chunk, u64::from(slot) * 10));
    let (borrowed, answered) = (rig.take(), rig.take());
    rig.respond(&answered, Kind::Chunk, 1);
    rig.client_dies();
    let mut other = Rig::<M>::new(LIMITS);
    let (server, half) = (&rig.server.memory, rig.server.half_again());
    let new = Responder::<M>::new(&rig.layout, server, half, &other.client.place()).unwrap();
    let mut old = core::mem::replace(&mut rig.responder, new);
    let (client, half) = (&other.client.memory, other.client.half_again());
    other.requester = Requester::new(&other.layout, client, half).unwrap();
    core::mem::swap(&mut rig.client, &mut other.client);
    core::mem::swap(&mut rig.requester, &mut other.requester);
    rig.admit();
    for round in 1..20 {
        let generation = rig.send(0, Kind::Chunk, round);
        let request = rig.take();
        assert_eq!(value(request.content), round);
        rig.respond(&request, Kind::Chunk, round);
        assert_eq!(rig.read(0, generation), round);
        assert_eq!((value(borrowed.content), value(answered.content)), (0, 10));
        rig.responder.finish(&request);
    }
    let Take::Request(rescued) = old.take().unwrap() else {
        panic!("a request of the dead client was lost");
    };
    assert_eq!(value(rescued.content), 20);
    for request in [borrowed, answered, rescued] {
        old.finish(&request);
    }
    rig.all_home();
}

pub(in super::super) fn twice_is_once<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let generation = rig.send(0, Kind::Chunk, 0);
    let request = rig.take();
    rig.respond(&request, Kind::Chunk, 1);
    rig.server_dies();
    rig.server_dies();
    rig.client_dies();
    rig.client_dies();
    assert_eq!(rig.read(0, generation), 1);
    rig.nothing_for_client(0, generation);
    rig.requester.cancel(0, generation);
    rig.requester.hint_disconnect(0, generation);
    rig.responder.finish(&request);
    assert!(!rig.responder.has_disconnect_hint(0, generation));
    rig.all_home();
}
