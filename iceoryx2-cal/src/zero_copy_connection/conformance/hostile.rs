// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A peer that writes whatever it likes into its own memory: a typed error, and never anything worse.

use super::{
    LIMITS, OVERFLOWING,
    rig::{CHUNK_SIZE, CHUNKS, Kind, Rig, inline},
};
use crate::{
    Mechanisms,
    shared_memory::{OwnedMemory, PeerMemory},
    zero_copy_connection::{
        ChunkLayout, ConnectionError, Glance, INLINE_ALIGN, MessageShape, PeerPlace, Requester,
        Respond, Responder, Take,
        descriptor::{INLINE_WORDS, encode},
        layout::Run,
    },
};
use core::alloc::Layout;
use iceoryx2_bb_lock_free::ring::{Message, POSITION_MAX, Violation};

const COUNTER: ConnectionError = ConnectionError::Ring(Violation::Counter);
const SEQUENCE: ConnectionError = ConnectionError::Ring(Violation::Sequence);

const ABSURD: [u64; 7] = [
    u64::MAX,
    u64::MAX - 1,
    1 << 63,
    POSITION_MAX,
    POSITION_MAX + 1,
    u32::MAX as u64,
    1 << 32,
];

/// Publishes a message as the owner of the line would.
fn forge(line: &iceoryx2_bb_lock_free::word::Line, position: u64, message: &Message) {
    let [seq, words @ ..] = line.words();
    words
        .iter()
        .zip(message)
        .for_each(|(word, value)| word.set(*value));
    seq.publish(position + 1);
}

pub(in super::super) fn sizes_that_do_not_fit_are_refused<M: Mechanisms>() {
    let mut rig = Rig::<M>::unanswered(LIMITS);
    let honest = rig.server.place();
    let size = honest.memory.size();
    let chunks = honest.chunks;
    let halves = [
        1,
        63,
        65,
        size,
        size - 64,
        usize::MAX,
        usize::MAX - 63,
        0,
        64,
    ];
    let odd = |offset, stride, count| ChunkLayout {
        offset,
        stride,
        count,
    };
    let layouts = [
        odd(chunks.offset + 1, chunks.stride, 1),
        odd(chunks.offset, chunks.stride + 1, 1),
        odd(chunks.offset, chunks.stride, u32::MAX),
        odd(chunks.offset, size, 2),
        odd(size, chunks.stride, 1),
        odd(usize::MAX - 63, 64, 1),
        odd(64, usize::MAX - 63, 2),
        // Over the half, over the port page.
        odd(honest.half_offset, chunks.stride, 1),
        odd(0, chunks.stride, 1),
    ];
    let places = halves
        .map(|half_offset| PeerPlace {
            half_offset,
            ..honest.clone()
        })
        .into_iter()
        .chain(layouts.map(|chunks| PeerPlace {
            chunks,
            ..honest.clone()
        }));
    for place in places {
        let refused = rig.requester.admit(&rig.layout, &place);
        assert_eq!(refused, Err(ConnectionError::Size), "{place:?}");
        assert!(!rig.requester.is_admitted());
        let (server, half) = (&rig.server.memory, rig.server.half());
        let responder = Responder::<M>::new(&rig.layout, server, half, &place);
        assert_eq!(responder.err(), Some(ConnectionError::Size), "{place:?}");
    }
    let own = Requester::<M>::new(&rig.layout, &rig.client.memory, rig.client.memory.size());
    assert_eq!(own.err(), Some(ConnectionError::Size));
    rig.admit();
    rig.send(0, Kind::Inline, 1);
    rig.take();
}

/// Every way to bend one honest descriptor that no honest peer writes.
fn bent(honest: &Message, also: &[(usize, u64)]) -> Vec<Message> {
    let stride = CHUNK_SIZE as u64;
    let chunk = honest[3] & !u64::from(u32::MAX);
    let common = [
        (1, 1 << 32),
        (1, 2 << 32),
        (1, 3 << 32),
        (1, 33 << 40 | 1 << 32),
        (1, 31 << 40 | 1 << 32),
        (1, 1 << 49),
        (1, u64::MAX),
        (1, 6),
        (1, u64::from(u32::MAX)),
        (3, chunk | u64::from(CHUNKS)),
        (3, chunk | u64::from(u32::MAX)),
        (4, stride + 1),
        (4, u64::MAX),
    ];
    common
        .iter()
        .chain(also)
        .map(|(word, value)| {
            let mut message = *honest;
            message[*word] = *value;
            message
        })
        .collect()
}

pub(in super::super) fn a_request_descriptor_out_of_range_is_a_violation<M: Mechanisms>() {
    let honest = |rig: &mut Rig<M>| {
        let body = rig.client.body(Kind::Chunk, 0);
        encode(2, 0, 1, false, &body).0
    };
    let read_from = |position: u64| (2, position);
    let also = [
        (0, 0),
        (0, 1),
        read_from(2),
        read_from(1 << 31),
        read_from(0xffff_ffff),
        read_from(1 << 32 | 1),
        read_from(u64::MAX),
    ];
    let count = bent(&[0; 7], &also).len();
    for index in 0..=count {
        let mut rig = Rig::<M>::new(LIMITS);
        let generation = rig.send(0, Kind::Inline, 0);
        let request = rig.take();
        rig.respond(&request, Kind::Inline, 0);
        rig.read(0, generation);
        rig.responder.finish(&request);
        let honest = honest(&mut rig);
        let requests = rig.client.line(rig.layout.client.requests, 1);
        match bent(&honest, &also).get(index) {
            None => {
                forge(requests, 1, &honest);
                assert_eq!(rig.take().generation, 2);
            }
            Some(message) => {
                forge(requests, 1, message);
                let refused = rig.responder.take().err();
                assert_eq!(refused, Some(ConnectionError::Descriptor), "{message:x?}");
                assert_eq!(rig.responder.borrows(), 0);
            }
        }
        rig.client_dies();
    }
}

pub(in super::super) fn a_request_that_reads_from_nowhere_is_a_violation<M: Mechanisms>() {
    for (kind, from) in [
        (Kind::Inline, 0),
        (Kind::Inline, 2),
        (Kind::Inline, 1 << 32 | 1),
        (Kind::Inline, u64::MAX),
        (Kind::Chunk, 0),
        (Kind::Chunk, 2),
        (Kind::Chunk, 1 << 32 | 1),
        (Kind::Chunk, u64::MAX),
    ] {
        for at_once in [false, true] {
            let mut rig = Rig::<M>::new(LIMITS);
            let generation = rig.send(0, Kind::Inline, 0);
            let request = rig.take();
            rig.respond(&request, Kind::Inline, 0);
            rig.read(0, generation);
            let next = rig.send(0, Kind::Inline, 0);
            rig.take();
            let body = rig.client.body(kind, 0);
            let (message, _) = encode(next + 1, 0, from, false, &body);
            forge(rig.client.line(rig.layout.client.requests, 2), 2, &message);
            if at_once {
                let taken = rig.take_at_once();
                assert!(matches!(taken, Glance::Unclear), "{taken:?}");
            }
            let refused = rig.responder.take().err();
            assert_eq!(refused, Some(ConnectionError::Descriptor), "{from:x}");
            rig.client_dies();
        }
    }
}

pub(in super::super) fn a_response_descriptor_out_of_range_is_a_violation<M: Mechanisms>() {
    let also = [(0, 2), (0, u64::MAX), (1, 1)];
    let count = bent(&[0; 7], &also).len();
    for index in 0..=count {
        let mut rig = Rig::<M>::new(LIMITS);
        let generation = rig.send(0, Kind::Chunk, 0);
        let body = rig.server.body(Kind::Chunk, 0);
        let (honest, _) = encode(generation, 0, 0, false, &body);
        let responses = rig.server.line(rig.layout.server.responses, 0);
        match bent(&honest, &also).get(index) {
            None => {
                forge(responses, 0, &honest);
                assert_eq!(rig.read(0, generation), 0);
            }
            Some(message) => {
                forge(responses, 0, message);
                let refused = rig.requester.receive(0, generation).err();
                assert_eq!(refused, Some(ConnectionError::Descriptor), "{message:x?}");
                assert_eq!(rig.requester.borrows(), 0);
            }
        }
        rig.server_dies();
    }
}

pub(in super::super) fn what_fits_no_descriptor_is_a_violation_in_one<M: Mechanisms>() {
    let five_words = Layout::new::<[u64; INLINE_WORDS + 1]>();
    let strict = Layout::from_size_align(1, 2 * INLINE_ALIGN).unwrap();
    for element in [five_words, strict] {
        let shape = MessageShape::new(Layout::new::<()>(), element, true).unwrap();
        let with_shape = |place: PeerPlace<M>| PeerPlace { shape, ..place };
        let mut rig = Rig::<M>::unanswered(LIMITS);
        let (server, half) = (&rig.server.memory, rig.server.half());
        let client = with_shape(rig.client.place());
        rig.responder = Responder::new(&rig.layout, server, half, &client).unwrap();
        let server = with_shape(rig.server.place());
        rig.requester.admit(&rig.layout, &server).unwrap();

        let generation = rig.send(0, Kind::Inline, 0);
        let taken = rig.take_at_once();
        assert!(matches!(taken, Glance::Unclear), "{taken:?}");
        let taken = rig.responder.take();
        assert_eq!(taken.err(), Some(ConnectionError::Descriptor));
        assert_eq!(rig.responder.borrows(), 0);

        let (message, _) = encode(generation, 0, 0, false, &inline(0));
        forge(rig.server.line(rig.layout.server.responses, 0), 0, &message);
        let received = rig.requester.receive(0, generation);
        assert_eq!(received.err(), Some(ConnectionError::Descriptor));
        assert_eq!(rig.requester.borrows(), 0);
    }
}

pub(in super::super) fn a_counter_that_cannot_be_is_a_violation<M: Mechanisms>() {
    // Back, past the tail, and absurd.
    for taken in [0, 1, 6, 7].into_iter().chain(ABSURD) {
        let mut rig = Rig::<M>::new(LIMITS);
        (0..3).for_each(|slot| _ = rig.send(slot, Kind::Chunk, 0));
        rig.take();
        rig.take();
        rig.reclaim();
        rig.server.word(rig.layout.server.claims, 0).publish(taken);
        let pool = &mut rig.client.pool;
        let refused = rig.requester.reclaim(&mut |chunk| pool.give(chunk));
        assert_eq!(refused, Err(COUNTER), "{taken}");
        assert_eq!(rig.requester.is_taken(0), Err(COUNTER));
        // Only who finds the queue full looks.
        rig.send(3, Kind::Inline, 0);
        rig.send(4, Kind::Inline, 0);
        let refused = rig.requester.send(5, 99, &inline(0), &mut |_| ());
        assert_eq!(refused, Err(COUNTER));
        rig.server_dies();
    }
    for taken in [0, 1, 6, 7].into_iter().chain(ABSURD) {
        let mut rig = Rig::<M>::new(LIMITS);
        let generation = rig.send(0, Kind::Inline, 0);
        let request = rig.take();
        (0..3).for_each(|value| rig.respond(&request, Kind::Chunk, value));
        (0..2).for_each(|value| assert_eq!(rig.read(0, generation), value));
        rig.reclaim();
        rig.client.word(rig.layout.client.claims, 0).publish(taken);
        let pool = &mut rig.server.pool;
        let refused = rig.responder.reclaim(&mut |chunk| pool.give(chunk));
        assert_eq!(refused, Err(COUNTER), "{taken}");
        rig.respond(&request, Kind::Inline, 0);
        rig.respond(&request, Kind::Inline, 0);
        let refused = rig
            .responder
            .respond(0, generation, &inline(0), &mut |_| ());
        assert_eq!(refused, Err(COUNTER));
        rig.client_dies();
    }
}

pub(in super::super) fn a_sequence_that_cannot_be_is_a_violation<M: Mechanisms>() {
    for absurd in [2, 5, 6].into_iter().chain(ABSURD) {
        // A message ahead of its turn, although nothing was evicted.
        let mut rig = Rig::<M>::new(OVERFLOWING);
        let line = rig.client.line(rig.layout.client.requests, 0);
        line.words()[0].publish(absurd);
        assert_eq!(rig.responder.take().err(), Some(SEQUENCE), "{absurd}");
        rig.client_dies();
        rig.nothing_for_server();

        let mut rig = Rig::<M>::new(OVERFLOWING);
        let generation = rig.send(0, Kind::Inline, 0);
        let line = rig.server.line(rig.layout.server.responses, 0);
        line.words()[0].publish(absurd);
        let refused = rig.requester.receive(0, generation).err();
        assert_eq!(refused, Some(SEQUENCE), "{absurd}");
        rig.server_dies();
        rig.nothing_for_client(0, generation);
    }
}

pub(in super::super) fn an_eviction_that_cannot_be_is_a_violation<M: Mechanisms>() {
    for absurd in [POSITION_MAX + 1, 1 << 63, u64::MAX] {
        let mut rig = Rig::<M>::new(OVERFLOWING);
        let generation = rig.send(0, Kind::Inline, 0);
        rig.server
            .word(rig.layout.server.evicted, 0)
            .publish(absurd);
        let line = rig.server.line(rig.layout.server.responses, 0);
        line.words()[0].publish(1);
        let refused = rig.requester.receive(0, generation).err();
        assert_eq!(refused, Some(COUNTER), "{absurd}");
        assert!(!rig.requester.has_response(0));
        rig.server_dies();
    }
    let mut rig = Rig::<M>::new(OVERFLOWING);
    rig.client
        .word(rig.layout.client.evicted, 0)
        .publish(POSITION_MAX + 1);
    let first = rig.client.line(rig.layout.client.requests, 0);
    first.words()[0].publish(1);
    let second = rig.client.line(rig.layout.client.requests, 1);
    second.words()[0].publish(u64::MAX);
    assert_eq!(rig.responder.take().err(), Some(COUNTER));
    rig.client_dies();
}

pub(in super::super) fn a_response_nobody_asked_for_is_ignored<M: Mechanisms>() {
    let mut rig = Rig::<M>::new(LIMITS);
    let (message, _) = encode(1, 4, 0, false, &inline(0));
    let ring_lines = rig.layout.server.ring_lines;
    forge(
        rig.server.line(rig.layout.server.responses, 4 * ring_lines),
        0,
        &message,
    );
    rig.nothing_for_client(4, 1);
    rig.nothing_for_client(99, 1);
    assert!(!rig.requester.has_response(99));
    assert_eq!(rig.requester.borrows(), 0);
}

/// Every word of the peer's half holds the same nonsense.
fn fill(port: &super::rig::Port<impl Mechanisms>, bytes: usize, value: u64) {
    let lines = bytes / 64;
    let run = Run { first: 0, lines };
    (0..lines * 8).for_each(|index| port.word(run, index).publish(value));
}

pub(in super::super) fn nonsense_everywhere_is_survived<M: Mechanisms>() {
    for value in (0..70).chain(ABSURD) {
        for limits in [LIMITS, OVERFLOWING] {
            let mut rig = Rig::<M>::new(limits);
            let generation = rig.send(0, Kind::Chunk, 0);
            fill(&rig.server, rig.layout.server_half_size(), value);
            for _ in 0..9 {
                let _ = rig.requester.receive(0, generation);
                let _ = rig.requester.has_response(0);
                let _ = rig.requester.contest(0, generation);
                let _ = rig.requester.has_ended(0, generation);
                let _ = rig.requester.is_taken(0);
                let _ = rig.requester.send(1, 9, &inline(0), &mut |_| ());
            }
            rig.server_dies();
            let _ = rig.requester.receive(0, generation);
            let _ = rig.requester.contest(0, generation);

            let mut rig = Rig::<M>::new(limits);
            let generation = rig.send(0, Kind::Chunk, 0);
            let request = rig.take();
            fill(&rig.client, rig.layout.client_half_size(), value);
            for _ in 0..9 {
                let body = rig.server.body(Kind::Chunk, 0);
                let pool = &mut rig.server.pool;
                let mut give = |chunk| pool.give(chunk);
                let sent = rig.responder.respond(0, generation, &body, &mut give);
                if !matches!(sent, Ok(Respond::Sent | Respond::NobodyListens)) {
                    rig.server.take_back(body);
                }
                let _ = rig.responder.take();
                let _ = rig.responder.is_cancelled(0, generation);
                let _ = rig.responder.has_disconnect_hint(0, generation);
            }
            rig.responder.finish(&request);
            rig.client_dies();
            while let Ok(Take::Request(_)) = rig.responder.take() {}
        }
    }
}
