// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Messages longer than a base chunk: where they lie, how the peer learns of it, and when the memory goes again.

use super::{LIMITS, OVERFLOWING, rig::bytes_of_any_number};
use crate::{
    Mechanisms,
    clock::Moment,
    shared_memory::{OwnedMemory, PeerMemory},
    zero_copy_connection::{
        Announced, Announcement, Body, Chunk, ChunkError, ChunkId, ChunkLayout, ConnectionError,
        ConnectionLayout, Content, Growth, Half, Limits, PeerPlace, PortLayout, PortMemory,
        Receive, Requester, Respond, Responder, Sending, Take, TakenRequest,
        growth::{IDLE_OBJECTS_MAX, OBJECTS_MAX},
        pool::rotation,
    },
};
use core::time::Duration;
use iceoryx2_bb_lock_free::word::Word;
use std::sync::Arc;

const BASE_SIZE: usize = 64;
const CHUNKS: u32 = 64;
const PAGE: usize = 4096;
const MEBIBYTE: usize = 1 << 20;

/// A port whose memory grows, and what it has announced that its peer has not read.
#[derive(Debug)]
struct Side<M: Mechanisms> {
    memory: PortMemory<M>,
    half: Half,
    announced: Announced,
    outbox: Vec<(Announcement, M::Handle)>,
}

impl<M: Mechanisms> Side<M> {
    fn new(half_size: usize, growth: Growth, chunks: u32) -> Self {
        let layout = PortLayout::new(half_size, 1, chunks, BASE_SIZE, 8).unwrap();
        let mut memory =
            PortMemory::create("conformance", layout, half_size, false, growth).unwrap();
        Self {
            half: memory.take_half().unwrap().unwrap(),
            memory,
            announced: Announced::default(),
            outbox: Vec::new(),
        }
    }

    fn place(&self) -> PeerPlace<M> {
        PeerPlace {
            memory: Arc::new(M::PeerMemory::open(self.memory.memory().handle()).unwrap()),
            half_offset: self.half.offset,
            chunks: self.memory.layout().chunks(),
            shape: bytes_of_any_number(),
        }
    }

    /// Writes `value` at both ends of the chunk's `size` bytes, and announces its memory.
    fn write(&mut self, chunk: &Chunk, size: usize, value: u64) -> Body {
        for at in [0, size - 8] {
            // SAFETY: within the chunk.
            let place = unsafe { chunk.data.add(at) };
            // SAFETY: committed and ours alone.
            unsafe { place.cast::<u64>().write_unaligned(value) };
        }
        let segment = chunk.id.segment;
        if segment != ChunkId::BASE && !self.announced.knows(segment) {
            let announcement = self.memory.announcement(segment).unwrap();
            self.announced.note(segment);
            self.outbox.push(announcement);
        }
        Body::Chunk {
            chunk: chunk.id,
            elements: size as u64,
            next: chunk.next,
        }
    }
}

/// What the message carries, of which both ends are checked.
fn value(content: Content) -> u64 {
    let size = usize::try_from(content.elements).unwrap();
    let [first, last] = [0, size - 8].map(|at| {
        // SAFETY: within the chunk.
        let place = unsafe { content.data.add(at) };
        // SAFETY: mapped, and its writer holds still while we borrow.
        unsafe { place.cast::<u64>().read_unaligned() }
    });
    assert_eq!(first, last, "a torn message of {size} bytes");
    first
}

/// Both ends of a connection.
#[derive(Debug)]
struct Pair<M: Mechanisms> {
    client: Side<M>,
    server: Side<M>,
    requester: Requester<M>,
    responder: Responder<M>,
    generation: u64,
    now: Moment,
}

impl<M: Mechanisms> Pair<M> {
    fn new(limits: Limits, growth: Growth) -> Self {
        Self::with_chunks(limits, growth, CHUNKS)
    }

    fn with_chunks(limits: Limits, growth: Growth, chunks: u32) -> Self {
        let layout = ConnectionLayout::new(limits).unwrap();
        let client = Side::<M>::new(layout.client_half_size(), growth, chunks);
        let server = Side::<M>::new(layout.server_half_size(), growth, chunks);
        let mut requester =
            Requester::new(&layout, client.memory.memory(), client.half.offset).unwrap();
        let (memory, half) = (server.memory.memory(), server.half.offset);
        let responder = Responder::new(&layout, memory, half, &client.place()).unwrap();
        requester.admit(&layout, &server.place()).unwrap();
        Self {
            client,
            server,
            requester,
            responder,
            generation: 0,
            now: Moment::from_ns(1 << 40),
        }
    }

    fn reclaim(&mut self) {
        let (client, server) = (&mut self.client.memory, &mut self.server.memory);
        let mut give = |chunk| client.give_chunk(chunk);
        self.requester.reclaim(&mut give).unwrap();
        let mut give = |chunk| server.give_chunk(chunk);
        self.responder.reclaim(&mut give).unwrap();
    }

    fn loan_request(&mut self, size: usize) -> Chunk {
        self.client
            .memory
            .take_chunk(size, false)
            .unwrap_or_else(|error| {
                assert_eq!(error, ChunkError::ReclaimFirst);
                self.reclaim();
                self.client.memory.take_chunk(size, true).unwrap()
            })
    }

    fn loan_response(&mut self, size: usize) -> Chunk {
        self.server
            .memory
            .take_chunk(size, false)
            .unwrap_or_else(|error| {
                assert_eq!(error, ChunkError::ReclaimFirst);
                self.reclaim();
                self.server.memory.take_chunk(size, true).unwrap()
            })
    }

    /// Publishes a request in slot 0 or after it, and returns its generation.
    fn send(&mut self, slot: u32, size: usize, value: u64) -> u64 {
        let chunk = self.loan_request(size);
        let body = self.client.write(&chunk, size, value);
        self.generation += 1;
        let memory = &mut self.client.memory;
        let mut give = |chunk| memory.give_chunk(chunk);
        let sending = self
            .requester
            .send(slot, self.generation, &body, &mut give)
            .unwrap();
        assert!(matches!(sending, Sending::Sent { .. }));
        self.generation
    }

    fn respond(&mut self, to: &TakenRequest, size: usize, value: u64) -> ChunkId {
        let chunk = self.loan_response(size);
        let body = self.server.write(&chunk, size, value);
        let memory = &mut self.server.memory;
        let mut give = |chunk| memory.give_chunk(chunk);
        let responded = self
            .responder
            .respond(to.slot, to.generation, &body, &mut give)
            .unwrap();
        assert_eq!(responded, Respond::Sent);
        chunk.id
    }

    /// The server reads what the client has announced.
    fn hear_client(&mut self) {
        for (announcement, handle) in self.client.outbox.drain(..) {
            let memory = Arc::new(M::PeerMemory::open(handle).unwrap());
            self.responder.add_segment(&announcement, &memory).unwrap();
        }
    }

    fn hear_server(&mut self) {
        for (announcement, handle) in self.server.outbox.drain(..) {
            let memory = Arc::new(M::PeerMemory::open(handle).unwrap());
            self.requester.add_segment(&announcement, &memory).unwrap();
        }
    }

    /// The next request, whatever memory it is in.
    fn take(&mut self) -> TakenRequest {
        let mut taken = self.responder.take().unwrap();
        if matches!(taken, Take::UnknownMemory) {
            self.hear_client();
            taken = self.responder.resume().unwrap();
        }
        match taken {
            Take::Request(request) => request,
            other => panic!("no request but {other:?}"),
        }
    }

    /// The next response, whatever memory it is in.
    fn receive(&mut self, slot: u32, generation: u64) -> (u32, Content) {
        let mut received = self.requester.receive(slot, generation).unwrap();
        if matches!(received, Receive::UnknownMemory) {
            self.hear_server();
            received = self.requester.resume().unwrap();
        }
        match received {
            Receive::Response { hold, content } => (hold, content),
            other => panic!("no response but {other:?}"),
        }
    }

    /// Both ports look after their memory, again and again, for a while.
    fn wait(&mut self, time: Duration) {
        let until = self.now.checked_add(time).unwrap();
        while self.now < until {
            self.now = self.now.checked_add(Duration::from_millis(10)).unwrap();
            if self.client.memory.must_tidy(self.now) || self.server.memory.must_tidy(self.now) {
                self.reclaim();
                self.client.memory.tidy(self.now);
                self.server.memory.tidy(self.now);
            }
            self.requester.sweep_segments();
            self.responder.sweep_segments();
        }
    }

    /// A request there and a response back.
    fn travel(&mut self, there: usize, back: usize, number: u64) {
        let generation = self.send(0, there, number);
        let request = self.take();
        assert_eq!(value(request.content), number);
        self.respond(&request, back, !number);
        self.responder.finish(&request);
        let (hold, content) = self.receive(0, generation);
        assert_eq!(value(content), !number);
        self.requester.release(0, hold);
    }
}

const LONG_ENOUGH: Duration = Duration::from_millis(400);

// Fails if: `Classes::fitting` takes chunks that are too small.
pub(in super::super) fn long_messages_travel_both_ways_in_memory_of_their_own<M: Mechanisms>() {
    for growth in [Growth::Exact, Growth::PowerOfTwo] {
        let mut pair = Pair::<M>::new(OVERFLOWING, growth);
        for (number, size) in (0..).zip([16, 65, 4_000, 4_097, 65_537, 3 * MEBIBYTE, 64, 100]) {
            pair.travel(size, size + 8, number);
        }
        let short = pair.loan_request(BASE_SIZE);
        assert_eq!(short.id.segment, ChunkId::BASE);
    }
}

// Fails if: `Announced::note` notes nothing.
pub(in super::super) fn unknown_memory_is_heard_of_once_and_the_message_goes_on<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let generation = pair.send(0, 1_000, 1);
    pair.send(1, 1_000, 2);
    assert_eq!(pair.client.outbox.len(), 1);
    assert!(matches!(pair.responder.take(), Ok(Take::UnknownMemory)));
    pair.hear_client();
    let Ok(Take::Request(first)) = pair.responder.resume() else {
        panic!("the request was lost");
    };
    let Ok(Take::Request(second)) = pair.responder.take() else {
        panic!("known memory was not known");
    };
    assert_eq!((value(first.content), value(second.content)), (1, 2));
    assert!(matches!(pair.responder.resume(), Ok(Take::Nothing)));

    pair.respond(&first, 2_000, 3);
    pair.respond(&first, 2_000, 4);
    let received = pair.requester.receive(0, generation);
    assert!(matches!(received, Ok(Receive::UnknownMemory)));
    pair.hear_server();
    let Ok(Receive::Response { content, .. }) = pair.requester.resume() else {
        panic!("the response was lost");
    };
    let Ok(Receive::Response { content: next, .. }) = pair.requester.receive(0, generation) else {
        panic!("known memory was not known");
    };
    assert_eq!((value(content), value(next)), (3, 4));
    assert!(matches!(pair.requester.resume(), Ok(Receive::Nothing)));
}

// Fails if: `Responder::resume` says once more that the memory is unknown.
pub(in super::super) fn memory_nobody_has_announced_is_a_violation<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let generation = pair.send(0, 40, 0);
    let request = pair.take();
    pair.send(1, 1_000, 1);
    assert!(matches!(pair.responder.take(), Ok(Take::UnknownMemory)));
    let refused = pair.responder.resume().err();
    assert_eq!(refused, Some(ConnectionError::Descriptor));
    assert_eq!(pair.responder.borrows(), 1);

    pair.respond(&request, 1_000, 1);
    let received = pair.requester.receive(0, generation);
    assert!(matches!(received, Ok(Receive::UnknownMemory)));
    let refused = pair.requester.resume().err();
    assert_eq!(refused, Some(ConnectionError::Descriptor));
    assert_eq!(pair.requester.borrows(), 0);
}

// Fails if: a new object in a place has the generation of the old.
pub(in super::super) fn memory_grows_a_thousand_times_under_borrows_on_both_sides<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Exact);
    let generation = pair.send(0, 70_000, 7);
    let held = pair.take();
    pair.respond(&held, 80_000, 8);
    let (_, answer) = pair.receive(0, generation);
    for number in 0..1_000 {
        let size = 66 + 64 * usize::try_from(number).unwrap();
        let generation = pair.send(1, size, number);
        let request = pair.take();
        pair.respond(&request, size + 64, number);
        let (hold, content) = pair.receive(1, generation);
        assert_eq!((value(request.content), value(content)), (number, number));
        pair.requester.release(1, hold);
        pair.responder.finish(&request);
        pair.wait(Duration::from_millis(100));
        assert_eq!((value(held.content), value(answer)), (7, 8));
    }
}

// Fails if: `IDLE_PERIOD` is nothing.
pub(in super::super) fn memory_is_given_back_on_both_sides_when_nobody_uses_it<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    pair.travel(8, 8, 0);
    let at_first = |pair: &Pair<M>| {
        pair.client.memory.committed().unwrap() + pair.server.memory.committed().unwrap()
    };
    let before = at_first(&pair);
    pair.travel(5 * MEBIBYTE, 3 * MEBIBYTE, 1);
    assert!(at_first(&pair) >= before + 8 * MEBIBYTE);
    // A stream of eight long messages a second uses its memory again and again.
    for number in 0..20 {
        pair.wait(Duration::from_millis(120));
        assert!(pair.client.memory.has_grown() && pair.server.memory.has_grown());
        pair.travel(5 * MEBIBYTE, 3 * MEBIBYTE, number);
        assert!(pair.client.outbox.is_empty() && pair.server.outbox.is_empty());
    }
    pair.wait(LONG_ENOUGH);
    assert!(
        at_first(&pair) <= before,
        "{} bytes",
        at_first(&pair) - before
    );
    assert!(!pair.client.memory.has_grown() && !pair.server.memory.has_grown());
    assert_eq!(pair.requester.mapped_segments(), 0);
    assert_eq!(pair.responder.mapped_segments(), 0);
    pair.travel(5 * MEBIBYTE, 3 * MEBIBYTE, 2);
}

// Fails if: `largest_for` is sixteen times the size, or `retire_surplus` retires what is in use.
pub(in super::super) fn what_is_committed_follows_what_lives<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let base = pair.client.memory.committed().unwrap();
    let mut living = Vec::new();
    let mut seed = 3_u64;
    for _ in 0..60 {
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let size = 65 + usize::try_from(seed >> 44).unwrap() % MEBIBYTE;
            if seed >> 33 & 1 == 0 && living.len() < 40 {
                living.push((pair.loan_request(size).id, size));
            } else if let Some((chunk, _)) = living.pop() {
                pair.client.memory.give_chunk(chunk);
            }
        }
        pair.wait(LONG_ENOUGH);
        let bytes: usize = living.iter().map(|(_, size)| size).sum();
        let committed = pair.client.memory.committed().unwrap() - base;
        assert!(committed <= 2 * bytes + MEBIBYTE, "{committed} for {bytes}");
    }
    // Small messages right after large ones keep nothing large.
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let large = [(); 10].map(|()| pair.loan_request(MEBIBYTE).id);
    for chunk in large {
        pair.client.memory.give_chunk(chunk);
    }
    let small = [(); 10].map(|()| pair.loan_request(100_000).id);
    pair.wait(LONG_ENOUGH);
    let committed = pair.client.memory.committed().unwrap() - base;
    let bytes = small.len() * 100_000;
    assert!(committed <= 2 * bytes + MEBIBYTE, "{committed} for {bytes}");
}

// Fails if: `Mapped::is_over` does not ask for borrows.
pub(in super::super) fn borrowed_memory_stays_mapped_until_it_is_released<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Exact);
    let generation = pair.send(0, 10_000, 1);
    let request = pair.take();
    let answer = pair.respond(&request, 20_000, 2);
    let (hold, response) = pair.receive(0, generation);
    pair.wait(LONG_ENOUGH);
    // Both ports allege that nobody uses the memory any more.
    pair.client.memory.retire_all();
    pair.server.memory.retire_all();
    pair.wait(LONG_ENOUGH);
    assert_eq!((value(request.content), value(response)), (1, 2));
    assert_eq!(pair.requester.mapped_segments(), 1);
    assert_eq!(pair.responder.mapped_segments(), 1);
    assert!(pair.server.memory.announcement(answer.segment).is_none());
    pair.requester.release(0, hold);
    pair.responder.finish(&request);
    pair.requester.sweep_segments();
    pair.responder.sweep_segments();
    assert_eq!(pair.requester.mapped_segments(), 0);
    assert_eq!(pair.responder.mapped_segments(), 0);
}

// Fails if: a new object in a place has the generation of the old.
pub(in super::super) fn a_place_is_used_again_under_a_new_name<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Exact);
    let mut names = Vec::new();
    for number in 1..20 {
        let chunk = pair.loan_request(5_000);
        names.push(chunk.id.segment);
        pair.client.memory.give_chunk(chunk.id);
        pair.travel(5_000, 8, number);
        // The client's memory goes; the server hears of the next before it notices.
        pair.client.memory.retire_all();
    }
    let places = names.iter().map(|name| name & u64::from(u32::MAX));
    assert!(places.clone().all(|place| place == 1), "{names:x?}");
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:x?}");
    assert_eq!(pair.responder.mapped_segments(), 1);
}

// Fails if: `retire_surplus` retires nothing while there are few bytes.
pub(in super::super) fn few_objects_are_kept_for_another_use<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Exact);
    for number in 0..100 {
        pair.travel(65_536 + 640 * number, 8, 0);
    }
    let places = 1..200_u64;
    let named = |place, generation: u64| pair.client.memory.announcement(generation << 32 | place);
    let in_use = |place: &u64| (1..200).any(|generation| named(*place, generation).is_some());
    let objects = places.filter(in_use).count();
    // As many again may be in the hands of the server, as far as the client has looked.
    assert!((1..=2 * IDLE_OBJECTS_MAX).contains(&objects), "{objects}");
}

// Fails if: `may_take` counts the base alone.
pub(in super::super) fn the_number_of_chunks_holds_for_all_objects_together<M: Mechanisms>() {
    let mut pair = Pair::<M>::with_chunks(LIMITS, Growth::PowerOfTwo, 6);
    let chunks = [8, 100, 5_000, 70_000, 8, 100].map(|size| pair.loan_request(size).id);
    let memory = &mut pair.client.memory;
    assert_eq!(memory.chunks_in_use(), 6);
    for size in [8, 100, 5_000, MEBIBYTE] {
        let refused = [false, true].map(|reclaimed| memory.take_chunk(size, reclaimed).err());
        let first = (Some(ChunkError::ReclaimFirst), Some(ChunkError::Exhausted));
        assert_eq!((refused[0], refused[1]), first, "{size}");
    }
    for chunk in chunks {
        memory.give_chunk(chunk);
        let another = memory.take_chunk(MEBIBYTE, true).unwrap();
        memory.give_chunk(another.id);
    }
    assert_eq!(memory.chunks_in_use(), 0);
}

// Fails if: `may_grow` says yes.
pub(in super::super) fn who_never_grows_refuses_what_is_longer<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Never);
    for size in [BASE_SIZE + 1, MEBIBYTE, usize::MAX] {
        let refused = pair.client.memory.take_chunk(size, true).err();
        assert_eq!(refused, Some(ChunkError::TooLarge));
    }
    for _ in 0..CHUNKS {
        pair.loan_request(8);
    }
    let refused = pair.client.memory.take_chunk(BASE_SIZE + 1, true).err();
    assert_eq!(refused, Some(ChunkError::TooLarge));
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let refused = pair.client.memory.take_chunk(usize::MAX, true).err();
    assert_eq!(refused, Some(ChunkError::TooLarge));
    let refused = pair
        .client
        .memory
        .take_chunk(isize::MAX.unsigned_abs() / 2, true);
    assert!(matches!(refused, Err(ChunkError::System(_))));
    assert!(!pair.client.memory.has_grown());
    pair.travel(100, 100, 1);
}

// Fails if: `Object::share` counts nothing.
pub(in super::super) fn a_long_chunk_is_free_when_the_last_who_needs_it_is_done<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let chunk = pair.loan_request(9 * MEBIBYTE);
    let memory = &mut pair.client.memory;
    memory.share_chunk(chunk.id);
    memory.give_chunk(chunk.id);
    let others: Vec<_> =
        core::iter::from_fn(|| memory.take_chunk(9 * MEBIBYTE, false).ok()).collect();
    assert_eq!(others.len() + 1, rotation(9 * MEBIBYTE) as usize);
    let refused = memory.take_chunk(9 * MEBIBYTE, false).err();
    assert_eq!(refused, Some(ChunkError::ReclaimFirst));
    others.iter().for_each(|other| memory.give_chunk(other.id));
    memory.give_chunk(chunk.id);
    memory.give_chunk(ChunkId {
        segment: chunk.id.segment + (1 << 32),
        ..chunk.id
    });
    let again: Vec<_> =
        core::iter::from_fn(|| memory.take_chunk(9 * MEBIBYTE, false).ok()).collect();
    assert_eq!(again.len(), rotation(9 * MEBIBYTE) as usize);
    assert!(again.iter().any(|again| again.id == chunk.id));
}

// Fails if: `sweep_segments` sweeps what the dead left.
pub(in super::super) fn long_messages_of_the_dead_are_read<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let generation = pair.send(0, 1_000, 1);
    pair.send(1, 90_000, 2);
    let request = pair.take();
    pair.respond(&request, 5_000, 3);
    pair.respond(&request, 500_000, 4);
    pair.hear_client();
    pair.hear_server();
    let memory = &mut pair.server.memory;
    pair.responder.detach(&mut |chunk| memory.give_chunk(chunk));
    let memory = &mut pair.client.memory;
    pair.requester.detach(&mut |chunk| memory.give_chunk(chunk));
    assert_eq!(pair.client.memory.chunks_in_use(), 0);
    assert_eq!(pair.server.memory.chunks_in_use(), 0);
    // The dead cannot take back what they left.
    pair.client.memory.retire_all();
    pair.server.memory.retire_all();
    pair.wait(LONG_ENOUGH);
    assert_eq!(value(pair.take().content), 2);
    for want in [3, 4] {
        let (hold, content) = pair.receive(0, generation);
        assert_eq!(value(content), want);
        pair.requester.release(0, hold);
    }
    assert_eq!(value(request.content), 1);
}

/// Memory as a peer likes it.
struct Forged<M: Mechanisms>(M::Memory);

impl<M: Mechanisms> Forged<M> {
    fn new(size: usize) -> Self {
        let memory = M::Memory::create("conformance", size).unwrap();
        memory.commit(0..size).unwrap();
        Self(memory)
    }

    fn view(&self) -> Arc<M::PeerMemory> {
        Arc::new(M::PeerMemory::open(self.0.handle()).unwrap())
    }

    fn retire(&self) {
        // SAFETY: the memory begins with a word, which is committed, aligned, and only ever accessed as one.
        unsafe { self.0.base().cast::<Word>().as_ref() }.publish(1);
    }
}

/// One chunk in such memory.
fn announcement(place: u64, generation: u64) -> Announcement {
    Announcement {
        segment: generation << 32 | place,
        chunks: ChunkLayout {
            offset: PAGE,
            stride: 128,
            count: 1,
        },
    }
}

// Fails if: `Mapped::new` takes a stride of 0.
pub(in super::super) fn announced_sizes_that_do_not_fit_are_refused<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Never);
    let memory = Forged::<M>::new(2 * PAGE);
    let odd = |offset, stride, count| Announcement {
        chunks: ChunkLayout {
            offset,
            stride,
            count,
        },
        ..announcement(1, 1)
    };
    for bad in [
        odd(0, 64, 1),
        odd(64, 64, 1),
        odd(PAGE + 1, 64, 1),
        odd(PAGE + 64, 64, 1),
        odd(PAGE, 0, 1),
        odd(PAGE, 63, 1),
        odd(PAGE, 96, 1),
        odd(PAGE, 64, 0),
        odd(PAGE, 64, 65),
        odd(PAGE, PAGE + 64, 1),
        odd(2 * PAGE, 64, 1),
        odd(usize::MAX - PAGE + 1, 64, 1),
        odd(PAGE, usize::MAX - 63, 1),
        odd(PAGE, usize::MAX - 63, 2),
        odd(PAGE, 64, u32::MAX),
    ] {
        let refused = pair.responder.add_segment(&bad, &memory.view());
        assert_eq!(refused, Err(ConnectionError::Size), "{bad:?}");
        let refused = pair.requester.add_segment(&bad, &memory.view());
        assert_eq!(refused, Err(ConnectionError::Size), "{bad:?}");
    }
    assert_eq!(pair.responder.mapped_segments(), 0);
    let good = odd(PAGE, 64, 64);
    pair.responder.add_segment(&good, &memory.view()).unwrap();
    pair.requester.add_segment(&good, &memory.view()).unwrap();
}

// Fails if: `Segments::add` takes a generation twice.
pub(in super::super) fn announced_names_that_cannot_be_are_refused<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Never);
    let memory = Forged::<M>::new(2 * PAGE);
    let mut add = |place, generation| {
        let announcement = announcement(place, generation);
        pair.responder.add_segment(&announcement, &memory.view())
    };
    let refused = Err(ConnectionError::Announcement);
    let honest_max = u64::from(OBJECTS_MAX);
    for place in [0, honest_max + 1, u64::from(u32::MAX)] {
        assert_eq!(add(place, 1), refused, "{place}");
    }
    assert_eq!(add(1, 0), refused);
    assert_eq!(add(1, 7), Ok(()));
    assert_eq!(add(honest_max, u64::from(u32::MAX)), Ok(()));
    // It is neither retired nor new.
    assert_eq!([add(1, 8), add(1, 7)], [refused, refused]);
    memory.retire();
    assert_eq!(
        [add(1, 7), add(1, 6), add(1, 0)],
        [refused, refused, refused]
    );
    assert_eq!(add(1, 8), Ok(()));
}

// Fails if: `Segments::add` replaces what is borrowed.
pub(in super::super) fn what_is_borrowed_is_not_replaced_whatever_is_announced<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Exact);
    pair.send(0, 3_000, 5);
    let request = pair.take();
    let name = pair.loan_request(3_000).id.segment;
    pair.client.memory.retire_all();
    let other = Forged::<M>::new(2 * PAGE);
    let (place, generation) = (name & u64::from(u32::MAX), name >> 32);
    let next = announcement(place, generation + 1);
    let refused = pair.responder.add_segment(&next, &other.view());
    assert_eq!(refused, Err(ConnectionError::Announcement));
    assert_eq!(value(request.content), 5);
    pair.responder.finish(&request);
    pair.responder.add_segment(&next, &other.view()).unwrap();
}

// Fails if: `Segments::find` trusts the length.
pub(in super::super) fn a_descriptor_beyond_announced_memory_is_a_violation<M: Mechanisms>() {
    let memory = Forged::<M>::new(2 * PAGE);
    for (index, elements) in [(1, 1), (u32::MAX, 1), (0, 129), (0, u64::MAX), (0, 1 << 32)] {
        let mut pair = Pair::<M>::new(LIMITS, Growth::Never);
        let announcement = announcement(1, 1);
        pair.responder
            .add_segment(&announcement, &memory.view())
            .unwrap();
        let body = |index, elements| Body::Chunk {
            chunk: ChunkId {
                segment: announcement.segment,
                index,
            },
            elements,
            next: ChunkId {
                segment: announcement.segment,
                index: u32::MAX - 1,
            },
        };
        let good = body(0, 128);
        pair.requester.send(0, 1, &good, &mut |_| ()).unwrap();
        let request = pair.take();
        assert_eq!(request.content.elements, 128);
        let bad = body(index, elements);
        pair.requester.send(1, 2, &bad, &mut |_| ()).unwrap();
        let refused = pair.responder.take().err();
        assert_eq!(refused, Some(ConnectionError::Descriptor));
        assert_eq!(pair.responder.borrows(), 1);
        pair.responder.detach(&mut |_| ());
        assert!(!pair.responder.has_request());
    }
}

// Fails if: `add_segment` takes anything from whom nothing is known.
pub(in super::super) fn an_announcement_before_the_answer_is_refused<M: Mechanisms>() {
    let layout = ConnectionLayout::new(LIMITS).unwrap();
    let client = Side::<M>::new(layout.client_half_size(), Growth::Never, CHUNKS);
    let mut requester =
        Requester::<M>::new(&layout, client.memory.memory(), client.half.offset).unwrap();
    let memory = Forged::<M>::new(2 * PAGE);
    let refused = requester.add_segment(&announcement(1, 1), &memory.view());
    assert_eq!(refused, Err(ConnectionError::Announcement));
}
