// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Both ends of one connection, each with its memory and the other's seen read-only.

use super::{
    super::{
        Body, ChunkId, ChunkKey, ConnectionError, ConnectionLayout, Content, Glance, INLINE_SIZE,
        Inline, Limits, MessageShape, PORT_PAGE, PeerPlace, PortLayout, PortPage, Receive,
        Requester, Respond, Responder, Sending, Take, TakenRequest, descriptor::INLINE_WORDS,
        layout::Run, region::Region,
    },
    pool::Pool,
};
use crate::{
    Mechanisms,
    shared_memory::{OwnedMemory, PeerMemory},
};
use core::alloc::Layout;
use iceoryx2_bb_lock_free::word::{LINE_SIZE, LINE_WORDS, Line, Word};
use std::sync::Arc;

pub(super) const CHUNKS: u32 = 64;
pub(super) const CHUNK_SIZE: usize = 64;

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Inline,
    Chunk,
}

/// A port with room for two connections.
#[derive(Debug)]
pub(super) struct Port<M: Mechanisms> {
    pub(super) memory: Arc<M::Memory>,
    pub(super) view: Arc<M::PeerMemory>,
    pub(super) layout: PortLayout,
    half_size: usize,
    pub(super) page: PortPage<M>,
    pub(super) pool: Pool,
}

impl<M: Mechanisms> Port<M> {
    pub(super) fn new(half_size: usize) -> Self {
        let layout = PortLayout::new(half_size, 2, CHUNKS, CHUNK_SIZE, 8).unwrap();
        let memory = M::Memory::create("conformance", layout.size()).unwrap();
        memory.commit(0..layout.size()).unwrap();
        let memory = Arc::new(memory);
        assert!(PORT_PAGE.end <= layout.half_offset(0).unwrap());
        Self {
            view: Arc::new(M::PeerMemory::open(memory.handle()).unwrap()),
            page: PortPage::new(&memory).unwrap(),
            pool: Pool::new(CHUNKS),
            layout,
            half_size,
            memory,
        }
    }

    pub(super) fn half(&self) -> usize {
        self.layout.half_offset(0).unwrap()
    }

    /// The half for another connection, as `PortMemory::take_half` gives it.
    pub(super) fn half_again(&self) -> usize {
        let half = Region::of_own(&self.memory, self.half(), self.half_size).unwrap();
        half.clear();
        self.half()
    }

    pub(super) fn place(&self) -> PeerPlace<M> {
        PeerPlace {
            memory: Arc::clone(&self.view),
            half_offset: self.half(),
            chunks: self.layout.chunks(),
            shape: bytes_of_any_number(),
        }
    }

    /// A word of the half, to be written in the port's name.
    pub(super) fn word(&self, run: Run, index: usize) -> &Word {
        assert!(index < run.lines * LINE_WORDS);
        let line = self.line(run, index / LINE_WORDS);
        &line.words()[index % LINE_WORDS]
    }

    /// A line of the half.
    pub(super) fn line(&self, run: Run, index: usize) -> &Line {
        assert!(index < run.lines);
        let offset = self.half() + (run.first + index) * LINE_SIZE;
        assert!(offset + LINE_SIZE <= self.memory.size());
        // SAFETY: within the memory, by the assertion.
        let line = unsafe { self.memory.base().add(offset) };
        // SAFETY: aligned to a line, mapped while `self` lives, and only ever accessed as words.
        unsafe { line.cast::<Line>().as_ref() }
    }

    /// A body that carries `value`.
    pub(super) fn body(&mut self, kind: Kind, value: u64) -> Body {
        match kind {
            Kind::Inline => inline(value),
            Kind::Chunk => self.chunk(value),
        }
    }

    fn chunk(&mut self, value: u64) -> Body {
        let chunk = self.pool.lend();
        let offset = self.layout.chunks().offset_of(chunk.index).unwrap();
        let bytes = words::<CHUNK_SIZE>(value);
        // SAFETY: the chunk lies in the memory.
        let to = unsafe { self.memory.base().add(offset) };
        // SAFETY: so many bytes of the chunk, which is committed and lent to us alone.
        unsafe {
            to.as_ptr()
                .copy_from_nonoverlapping(bytes.as_ptr(), CHUNK_SIZE)
        };
        Body::Chunk {
            chunk,
            key: ChunkKey(chunk.index),
            elements: CHUNK_SIZE as u64,
            next: ChunkId::NONE,
        }
    }

    /// What was not sent after all.
    pub(super) fn take_back(&mut self, body: Body) {
        if let Some(key) = body.key() {
            self.pool.give(key);
        }
    }
}

/// What the ports' chunks hold.
pub(super) fn bytes_of_any_number() -> MessageShape {
    MessageShape::new(Layout::new::<()>(), Layout::new::<u8>(), true).unwrap()
}

/// `value` and the numbers after it, as bytes.
fn words<const SIZE: usize>(value: u64) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    for (to, value) in bytes.chunks_exact_mut(8).zip(value..) {
        to.copy_from_slice(&value.to_ne_bytes());
    }
    bytes
}

pub(super) fn inline(value: u64) -> Body {
    let mut inline = Inline::zeroed();
    let bytes = words::<INLINE_SIZE>(value);
    let to = inline.first_mut();
    // SAFETY: all bytes of the one into all bytes of the other.
    unsafe {
        to.as_ptr()
            .copy_from_nonoverlapping(bytes.as_ptr(), INLINE_SIZE)
    };
    Body::Inline { inline, words: 4 }
}

/// The value a message carries; every one of its words must be right.
pub(super) fn value(content: Content) -> u64 {
    let mut bytes = [0; CHUNK_SIZE];
    let from = content.data.as_ptr();
    let size = match content.elements {
        1 => INLINE_SIZE,
        elements => usize::try_from(elements).unwrap(),
    };
    assert!([INLINE_SIZE, CHUNK_SIZE].contains(&size), "{size} bytes");
    // SAFETY: the inline bytes or the chunk, whose sender holds still while we borrow.
    unsafe { bytes.as_mut_ptr().copy_from_nonoverlapping(from, size) };
    let first = u64::from_ne_bytes(*bytes.first_chunk().expect("at least a word"));
    let want = words::<CHUNK_SIZE>(first);
    assert_eq!(bytes[..size], want[..size], "a torn message");
    first
}

/// Both ends.
#[derive(Debug)]
pub(super) struct Rig<M: Mechanisms> {
    pub(super) layout: ConnectionLayout,
    pub(super) client: Port<M>,
    pub(super) server: Port<M>,
    pub(super) requester: Requester<M>,
    pub(super) responder: Responder<M>,
    generation: u64,
}

impl<M: Mechanisms> Rig<M> {
    /// A connection both have agreed on.
    pub(super) fn new(limits: Limits) -> Self {
        let mut rig = Self::unanswered(limits);
        rig.admit();
        rig
    }

    /// A connection whose client has not read the server's answer.
    pub(super) fn unanswered(limits: Limits) -> Self {
        let layout = ConnectionLayout::new(limits).unwrap();
        let client = Port::new(layout.client_half_size());
        let server = Port::new(layout.server_half_size());
        let requester = Requester::new(&layout, &client.memory, client.half()).unwrap();
        let responder =
            Responder::new(&layout, &server.memory, server.half(), &client.place()).unwrap();
        Self {
            layout,
            client,
            server,
            requester,
            responder,
            generation: 0,
        }
    }

    pub(super) fn admit(&mut self) {
        self.requester
            .admit(&self.layout, &self.server.place())
            .unwrap();
    }

    /// Sends in `slot` and returns what became of it and the request's generation.
    pub(super) fn try_send(&mut self, slot: u32, kind: Kind, value: u64) -> (Sending, u64) {
        self.generation += 1;
        let body = self.client.body(kind, value);
        let pool = &mut self.client.pool;
        let sending = self
            .requester
            .send(slot, self.generation, &body, &mut |chunk| pool.give(chunk))
            .unwrap();
        if sending == Sending::Full {
            self.client.take_back(body);
        }
        (sending, self.generation)
    }

    /// Sends in `slot` where there is room, and returns the generation.
    pub(super) fn send(&mut self, slot: u32, kind: Kind, value: u64) -> u64 {
        let (sending, generation) = self.try_send(slot, kind, value);
        assert_eq!(sending, Sending::Sent { evicted: None });
        generation
    }

    pub(super) fn try_respond(&mut self, to: &TakenRequest, kind: Kind, value: u64) -> Respond {
        let body = self.server.body(kind, value);
        let pool = &mut self.server.pool;
        let outcome = self
            .responder
            .respond(to.slot, to.generation, &body, &mut |chunk| pool.give(chunk))
            .unwrap();
        if outcome == Respond::Full {
            self.server.take_back(body);
        }
        outcome
    }

    pub(super) fn respond(&mut self, to: &TakenRequest, kind: Kind, value: u64) {
        assert_eq!(self.try_respond(to, kind, value), Respond::Sent);
    }

    /// The next request, which must be there.
    pub(super) fn take(&mut self) -> TakenRequest {
        match self.responder.take().unwrap() {
            Take::Request(request) => request,
            other => panic!("no request but {other:?}"),
        }
    }

    /// The next response, which must be there: its hold and its content.
    pub(super) fn receive(&mut self, slot: u32, generation: u64) -> (u32, Content) {
        match self.requester.receive(slot, generation).unwrap() {
            Receive::Response { hold, content } => (hold, content),
            other => panic!("no response but {other:?}"),
        }
    }

    /// The value of the next response, given back at once.
    pub(super) fn read(&mut self, slot: u32, generation: u64) -> u64 {
        let (hold, content) = self.receive(slot, generation);
        let value = value(content);
        self.requester.release(hold);
        value
    }

    /// The server takes the next request the short way.
    pub(super) fn take_at_once(&mut self) -> Glance {
        self.responder.take_at_once(INLINE_WORDS)
    }

    pub(super) fn nothing_for_client(&mut self, slot: u32, generation: u64) {
        let received = self.requester.receive(slot, generation).unwrap();
        assert!(matches!(received, Receive::Nothing), "{received:?}");
    }

    pub(super) fn nothing_for_server(&mut self) {
        let taken = self.responder.take().unwrap();
        assert!(matches!(taken, Take::Nothing), "{taken:?}");
    }

    /// The client takes home what the server has said it is done with.
    pub(super) fn settle_requests(&mut self) {
        let pool = &mut self.client.pool;
        self.requester.settle(&mut |chunk| pool.give(chunk));
    }

    /// The server takes home what the client has said it is done with.
    pub(super) fn settle_responses(&mut self) {
        let pool = &mut self.server.pool;
        self.responder.settle(&mut |chunk| pool.give(chunk));
    }

    /// Both sides take home what they can.
    pub(super) fn reclaim(&mut self) {
        self.try_reclaim().unwrap();
    }

    pub(super) fn try_reclaim(&mut self) -> Result<(), ConnectionError> {
        let (client, server) = (&mut self.client.pool, &mut self.server.pool);
        self.requester.reclaim(&mut |chunk| client.give(chunk))?;
        self.responder.reclaim(&mut |chunk| server.give(chunk))
    }

    pub(super) fn all_home(&mut self) {
        self.reclaim();
        self.nothing_lent();
    }

    pub(super) fn nothing_lent(&self) {
        assert!(self.client.pool.lent().is_empty(), "{:?}", self.client.pool);
        assert!(self.server.pool.lent().is_empty(), "{:?}", self.server.pool);
    }

    pub(super) fn server_dies(&mut self) {
        let pool = &mut self.client.pool;
        self.requester.detach(&mut |chunk| pool.give(chunk));
        assert!(pool.lent().is_empty(), "{pool:?}");
    }

    pub(super) fn client_dies(&mut self) {
        let pool = &mut self.server.pool;
        self.responder.detach(&mut |chunk| pool.give(chunk));
        assert!(pool.lent().is_empty(), "{pool:?}");
    }
}
