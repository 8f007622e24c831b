// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The bare connection of iceoryx2-cal, between the two processes' ports as it is, with every check in place.

use crate::{
    Result,
    ours::{Answering, AnsweringAsleep, Asking, AskingAsleep},
    peer::Line,
};
use core::alloc::Layout;
use iceoryx2_bb_posix::{Doorbell, Handle, PeerMemory, Poller, Ringer, Trigger};
use iceoryx2_cal::{
    Ipc,
    zero_copy_connection::{
        Body, Chunk, ChunkError, ConnectionLayout, Content, Growth, Half, INLINE_ALIGN,
        INLINE_SIZE, Inline, Introduction, Limits, MessageShape, PeerPlace, PortLayout, PortMemory,
        PortPage, Receive, Requester, Respond, Responder, Sending, Take, TakenRequest,
    },
};
use std::sync::Arc;

/// The defaults of a service.
const LIMITS: Limits = Limits {
    active_requests: 4,
    response_buffer: 2,
    borrowed_responses: 2,
    request_overflow: true,
    response_overflow: true,
};

const CHUNKS: u32 = 32;
const SLOT: u32 = 0;

/// What both sides have: memory, page and doorbell.
#[derive(Debug)]
struct Port {
    memory: PortMemory<Ipc>,
    half: Half,
    page: PortPage<Ipc>,
    bell: Doorbell,
    /// Where it sleeps: woken by its doorbell, or by the end of the other process.
    bed: Poller,
    payload_bytes: usize,
}

impl Port {
    fn new(line: &Line, payload_bytes: usize, half_size: usize) -> Result<Self> {
        let layout = PortLayout::new(half_size, 1, CHUNKS, payload_bytes, 64)?;
        let mut memory = PortMemory::create("benchmark", layout, half_size, true, Growth::Never)?;
        let half = memory.take_half()?.ok_or("a fresh port has no half")?;
        let (bell, bed) = (Doorbell::create()?, Poller::create()?);
        bed.add(bell.source(), 0, Trigger::Edge)?;
        bed.add(line.connection().source(), 1, Trigger::Level)?;
        Ok(Self {
            page: PortPage::new(memory.memory())?,
            half,
            memory,
            bell,
            bed,
            payload_bytes,
        })
    }

    fn sleep(&self) -> Result<()> {
        let mut gone = false;
        self.bed
            .wait(None, &mut |readiness| gone |= readiness.hung_up)?;
        if gone {
            Err("the other process has ended".into())
        } else {
            Ok(())
        }
    }

    fn introduce(&self, line: &Line) -> Result<()> {
        let introduction = Introduction {
            contract: 0,
            port: 0,
            node: 0,
            half_offset: self.half.offset,
            chunks: self.memory.layout().chunks(),
        };
        let memory = self.memory.memory().handle();
        line.say(&introduction.encode(), &[&memory, &self.bell.handle()])
    }

    /// A message that carries `number` in its first word; `reclaim` brings chunks home.
    #[inline]
    fn write(
        &mut self,
        number: u64,
        reclaim: impl FnOnce(&mut PortMemory<Ipc>) -> Result<()>,
    ) -> Result<Body> {
        let bytes = number.to_ne_bytes();
        if self.payload_bytes <= INLINE_SIZE {
            let mut inline = Inline::zeroed();
            // SAFETY: a word fits.
            unsafe {
                inline
                    .first_mut()
                    .as_ptr()
                    .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len())
            };
            return Ok(Body::Inline { inline, words: 1 });
        }
        let chunk = self.chunk(reclaim)?;
        let to = chunk.data.as_ptr();
        // SAFETY: a chunk has at least a line, is committed, and is lent to nobody.
        unsafe { to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(Body::Chunk {
            chunk: chunk.id,
            key: chunk.key,
            elements: 1,
            next: chunk.next,
        })
    }

    #[inline]
    fn chunk(&mut self, reclaim: impl FnOnce(&mut PortMemory<Ipc>) -> Result<()>) -> Result<Chunk> {
        match self.memory.take_chunk(self.payload_bytes, false) {
            Err(ChunkError::ReclaimFirst) => {
                reclaim(&mut self.memory)?;
                Ok(self.memory.take_chunk(self.payload_bytes, true)?)
            }
            chunk => Ok(chunk?),
        }
    }
}

/// Reads the number a message carries.
#[inline]
fn read(content: &Content) -> u64 {
    let from = content.data.as_ptr();
    let mut bytes = [0; 8];
    // SAFETY: a message has at least a word, and its sender holds still while it is borrowed.
    unsafe {
        bytes
            .as_mut_ptr()
            .copy_from_nonoverlapping(from, bytes.len())
    };
    u64::from_ne_bytes(bytes)
}

/// The other side, as it has introduced itself.
fn meet(line: &Line, payload_bytes: usize) -> Result<(PeerPlace<Ipc>, Ringer)> {
    let (message, handles) = line.hear()?;
    let introduction = Introduction::decode(&message)?;
    let [memory, bell]: [Handle; 2] = handles
        .try_into()
        .map_err(|_| "the other process sent something else than a memory and a doorbell")?;
    let place = PeerPlace {
        memory: Arc::new(PeerMemory::map(memory)?),
        half_offset: introduction.half_offset,
        chunks: introduction.chunks,
        shape: MessageShape::new(
            Layout::new::<()>(),
            Layout::from_size_align(payload_bytes, INLINE_ALIGN)?,
            false,
        )?,
    };
    Ok((place, Ringer::open(bell)?))
}

/// The side that asks.
#[derive(Debug)]
pub struct Client {
    port: Port,
    requester: Requester<Ipc>,
    bell: Ringer,
    generation: u64,
}

impl Client {
    pub fn new(line: &Line, payload_bytes: usize) -> Result<Self> {
        let layout = ConnectionLayout::new(LIMITS)?;
        let port = Port::new(line, payload_bytes, layout.client_half_size())?;
        let mut requester = Requester::new(&layout, port.memory.memory(), port.half.offset)?;
        port.introduce(line)?;
        let (place, bell) = meet(line, payload_bytes)?;
        requester.admit(&layout, &place)?;
        Ok(Self {
            port,
            requester,
            bell,
            generation: 0,
        })
    }
}

impl Asking for Client {
    #[inline]
    fn send(&mut self, number: u64) -> Result<()> {
        let requester = &mut self.requester;
        let body = self.port.write(number, |memory| {
            Ok(requester.reclaim(&mut |chunk| memory.give_chunk(chunk))?)
        })?;
        self.generation += 1;
        let memory = &mut self.port.memory;
        let mut give = |chunk| memory.give_chunk(chunk);
        match self
            .requester
            .send(SLOT, self.generation, &body, &mut give)?
        {
            Sending::Sent { evicted: None } => {}
            other => return Err(format!("an empty queue said {other:?}").into()),
        }
        if self.requester.must_ring() {
            self.bell.ring()?;
        }
        Ok(())
    }

    #[inline]
    fn receive(&mut self) -> Result<Option<u64>> {
        let Receive::Response { hold, content } = self.requester.receive(SLOT, self.generation)?
        else {
            return Ok(None);
        };
        let number = read(&content);
        self.requester.release(hold);
        self.requester.cancel(SLOT, self.generation);
        Ok(Some(number))
    }
}

impl AskingAsleep for Client {
    fn await_answer(&mut self) -> Result<u64> {
        loop {
            self.port.page.announce_sleep();
            if let Some(number) = self.receive()? {
                self.port.page.awake();
                return Ok(number);
            }
            self.port.sleep()?;
            self.port.page.awake();
            if let Some(number) = self.receive()? {
                return Ok(number);
            }
        }
    }
}

/// The side that answers.
#[derive(Debug)]
pub struct Server {
    port: Port,
    responder: Responder<Ipc>,
    bell: Ringer,
}

impl Server {
    pub fn new(line: &Line, payload_bytes: usize) -> Result<Self> {
        let layout = ConnectionLayout::new(LIMITS)?;
        let (place, bell) = meet(line, payload_bytes)?;
        let port = Port::new(line, payload_bytes, layout.server_half_size())?;
        let memory = port.memory.memory();
        let responder = Responder::new(&layout, memory, port.half.offset, &place)?;
        port.introduce(line)?;
        Ok(Self {
            port,
            responder,
            bell,
        })
    }

    #[inline]
    fn respond(&mut self, request: &TakenRequest) -> Result<()> {
        let number = read(&request.content) + 1;
        let responder = &mut self.responder;
        let body = self.port.write(number, |memory| {
            Ok(responder.reclaim(&mut |chunk| memory.give_chunk(chunk))?)
        })?;
        let memory = &mut self.port.memory;
        let mut give = |chunk| memory.give_chunk(chunk);
        let (slot, generation) = (request.slot, request.generation);
        match self.responder.respond(slot, generation, &body, &mut give)? {
            Respond::Sent => {}
            other => return Err(format!("an empty stream said {other:?}").into()),
        }
        if self.responder.must_ring() {
            self.bell.ring()?;
        }
        Ok(())
    }
}

impl Answering for Server {
    #[inline]
    fn answer(&mut self) -> Result<Option<()>> {
        let Take::Request(request) = self.responder.take()? else {
            return Ok(None);
        };
        self.respond(&request)?;
        self.responder.finish(&request);
        if self.responder.must_ring() {
            self.bell.ring()?;
        }
        Ok(Some(()))
    }
}

impl AnsweringAsleep for Server {
    fn await_request(&mut self) -> Result<()> {
        loop {
            self.port.page.announce_sleep();
            if self.answer()?.is_some() {
                self.port.page.awake();
                return Ok(());
            }
            self.port.sleep()?;
            self.port.page.awake();
            if self.answer()?.is_some() {
                return Ok(());
            }
        }
    }
}
