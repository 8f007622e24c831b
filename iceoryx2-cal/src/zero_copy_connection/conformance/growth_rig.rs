// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Both ends of a connection whose ports' memory grows, and what they tell each other of it.

use super::rig::bytes_of_any_number;
use crate::{
    Mechanisms,
    clock::Moment,
    shared_memory::{OwnedMemory, PeerMemory},
    zero_copy_connection::{
        Announced, Announcement, Body, Chunk, ChunkError, ChunkId, ConnectionLayout, Content,
        Growth, Half, Limits, PeerPlace, PortLayout, PortMemory, Receive, Requester, Respond,
        Responder, Sending, Take, TakenRequest,
    },
};
use core::time::Duration;
use std::sync::Arc;

pub(super) const BASE_SIZE: usize = 64;
pub(super) const CHUNKS: u32 = 64;
pub(super) const PAGE: usize = 4096;
pub(super) const MEBIBYTE: usize = 1 << 20;

/// A port whose memory grows, and what it has announced that its peer has not read.
#[derive(Debug)]
pub(super) struct Side<M: Mechanisms> {
    pub(super) memory: PortMemory<M>,
    pub(super) half: Half,
    pub(super) announced: Announced,
    pub(super) outbox: Vec<(Announcement, M::Handle)>,
}

impl<M: Mechanisms> Side<M> {
    pub(super) fn new(half_size: usize, growth: Growth, chunks: u32) -> Self {
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

    pub(super) fn place(&self) -> PeerPlace<M> {
        PeerPlace {
            memory: Arc::new(M::PeerMemory::open(self.memory.memory().handle()).unwrap()),
            half_offset: self.half.offset,
            chunks: self.memory.layout().chunks(),
            shape: bytes_of_any_number(),
        }
    }

    /// Writes `value` at both ends of the chunk's `size` bytes, and announces its memory.
    pub(super) fn write(&mut self, chunk: &Chunk, size: usize, value: u64) -> Body {
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
            key: chunk.key,
            elements: size as u64,
            next: chunk.next,
        }
    }
}

/// What the message carries, of which both ends are checked.
pub(super) fn value(content: Content) -> u64 {
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
pub(super) struct Pair<M: Mechanisms> {
    pub(super) client: Side<M>,
    pub(super) server: Side<M>,
    pub(super) requester: Requester<M>,
    pub(super) responder: Responder<M>,
    pub(super) generation: u64,
    pub(super) now: Moment,
}

impl<M: Mechanisms> Pair<M> {
    pub(super) fn new(limits: Limits, growth: Growth) -> Self {
        Self::with_chunks(limits, growth, CHUNKS)
    }

    pub(super) fn with_chunks(limits: Limits, growth: Growth, chunks: u32) -> Self {
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

    pub(super) fn reclaim(&mut self) {
        let (client, server) = (&mut self.client.memory, &mut self.server.memory);
        let mut give = |chunk| client.give_chunk(chunk);
        self.requester.reclaim(&mut give).unwrap();
        let mut give = |chunk| server.give_chunk(chunk);
        self.responder.reclaim(&mut give).unwrap();
    }

    pub(super) fn loan_request(&mut self, size: usize) -> Chunk {
        self.client
            .memory
            .take_chunk(size, false)
            .unwrap_or_else(|error| {
                assert_eq!(error, ChunkError::ReclaimFirst);
                self.reclaim();
                self.client.memory.take_chunk(size, true).unwrap()
            })
    }

    pub(super) fn loan_response(&mut self, size: usize) -> Chunk {
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
    pub(super) fn send(&mut self, slot: u32, size: usize, value: u64) -> u64 {
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

    pub(super) fn respond(&mut self, to: &TakenRequest, size: usize, value: u64) -> ChunkId {
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
    pub(super) fn hear_client(&mut self) {
        for (announcement, handle) in self.client.outbox.drain(..) {
            let memory = Arc::new(M::PeerMemory::open(handle).unwrap());
            self.responder.add_segment(&announcement, &memory).unwrap();
        }
    }

    pub(super) fn hear_server(&mut self) {
        for (announcement, handle) in self.server.outbox.drain(..) {
            let memory = Arc::new(M::PeerMemory::open(handle).unwrap());
            self.requester.add_segment(&announcement, &memory).unwrap();
        }
    }

    /// The next request, whatever memory it is in.
    pub(super) fn take(&mut self) -> TakenRequest {
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
    pub(super) fn receive(&mut self, slot: u32, generation: u64) -> (u32, Content) {
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
    pub(super) fn wait(&mut self, time: Duration) {
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
    pub(super) fn travel(&mut self, there: usize, back: usize, number: u64) {
        let generation = self.send(0, there, number);
        let request = self.take();
        assert_eq!(value(request.content), number);
        self.respond(&request, back, !number);
        self.responder.finish(&request);
        let (hold, content) = self.receive(0, generation);
        assert_eq!(value(content), !number);
        self.requester.release(hold);
    }
}
