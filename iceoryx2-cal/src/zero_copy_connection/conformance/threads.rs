// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Both ends at once, each in a thread of its own.

use super::{
    LIMITS, OVERFLOWING,
    rig::{Kind, Port, Rig, value},
};
use crate::{
    Mechanisms,
    zero_copy_connection::{
        Contest, Limits, Receive, Requester, Respond, Responder, Sending, Take, TakenRequest,
    },
};
use std::thread;

const REQUESTS: u64 = 10_000;
const ANSWERS: u64 = 2;

/// A request is answered by these.
fn answer(request: u64, index: u64) -> u64 {
    request * 10 + index
}

fn kind(value: u64) -> Kind {
    if value % 3 == 0 {
        Kind::Inline
    } else {
        Kind::Chunk
    }
}

struct Server<M: Mechanisms> {
    port: Port<M>,
    responder: Responder<M>,
}

impl<M: Mechanisms> Server<M> {
    /// Answers until nothing comes any more.
    fn serve(&mut self) {
        while !self.responder.peer_is_closing() || self.responder.has_request() {
            match self.responder.take().unwrap() {
                Take::Request(request) => self.answer(&request),
                _ => thread::yield_now(),
            }
        }
    }

    fn answer(&mut self, request: &TakenRequest) {
        let asked = value(request.content);
        let pool = &mut self.port.pool;
        self.responder.settle(&mut |chunk| pool.give(chunk));
        for index in 0..ANSWERS {
            while self.respond(request, answer(asked, index)) == Respond::Full {
                assert!(!self.responder.peer_is_closing(), "the client has failed");
                thread::yield_now();
            }
        }
        self.responder.finish(request);
    }

    fn respond(&mut self, request: &TakenRequest, value: u64) -> Respond {
        let pool = &mut self.port.pool;
        self.responder
            .reclaim(&mut |chunk| pool.give(chunk))
            .unwrap();
        let body = self.port.body(kind(value), value);
        let pool = &mut self.port.pool;
        let (slot, generation) = (request.slot, request.generation);
        let mut give = |chunk| pool.give(chunk);
        let outcome = self
            .responder
            .respond(slot, generation, &body, &mut give)
            .unwrap();
        if outcome == Respond::Full {
            self.port.take_back(body);
        }
        outcome
    }
}

/// What the client knows of a request under way.
#[derive(Debug, Clone, Copy)]
struct Pending {
    generation: u64,
    asked: u64,
    answers: u64,
    contested: bool,
}

struct Client<M: Mechanisms> {
    port: Port<M>,
    requester: Requester<M>,
    pending: Vec<Option<Pending>>,
    sent: u64,
    finished: u64,
    evicted: u64,
}

impl<M: Mechanisms> Client<M> {
    /// Asks until every request has its fate; `server_lives` says whether anybody is there to answer.
    fn run(&mut self, server_lives: &dyn Fn() -> bool) {
        while self.finished + self.evicted < REQUESTS {
            assert!(server_lives(), "the server has failed");
            let free = self.pending.iter().position(Option::is_none);
            match free {
                Some(slot) if self.sent < REQUESTS => self.send(slot),
                _ => thread::yield_now(),
            }
            (0..self.pending.len()).for_each(|slot| self.look(slot));
        }
    }

    fn send(&mut self, slot: usize) {
        let pool = &mut self.port.pool;
        self.requester
            .reclaim(&mut |chunk| pool.give(chunk))
            .unwrap();
        let (generation, asked) = (self.sent + 1, self.sent * 100);
        let body = self.port.body(kind(generation), asked);
        let pool = &mut self.port.pool;
        let number = u32::try_from(slot).unwrap();
        let mut give = |chunk| pool.give(chunk);
        match self
            .requester
            .send(number, generation, &body, &mut give)
            .unwrap()
        {
            Sending::Full => self.port.take_back(body),
            Sending::Sent { evicted } => {
                self.sent += 1;
                self.pending[slot] = Some(Pending {
                    generation,
                    asked,
                    answers: 0,
                    contested: false,
                });
                if let Some(evicted) = evicted {
                    let entry = &mut self.pending[evicted.slot as usize];
                    let pending = entry.as_mut().expect("a request nobody waits for");
                    assert_eq!(pending.generation, evicted.generation);
                    if evicted.contested {
                        pending.contested = true;
                    } else {
                        assert_eq!(pending.answers, 0);
                        self.forget(evicted.slot as usize);
                    }
                }
            }
        }
    }

    /// It was evicted: nobody may ever answer it.
    fn forget(&mut self, slot: usize) {
        let pending = self.pending[slot].take().expect("forgotten twice");
        let number = u32::try_from(slot).unwrap();
        assert!(!self.requester.has_ended(number, pending.generation));
        let received = self.requester.receive(number, pending.generation).unwrap();
        assert!(matches!(received, Receive::Nothing), "{received:?}");
        self.requester.cancel(number, pending.generation);
        self.evicted += 1;
    }

    fn look(&mut self, slot: usize) {
        let Some(mut pending) = self.pending[slot] else {
            return;
        };
        let number = u32::try_from(slot).unwrap();
        if pending.contested
            && self.requester.contest(number, pending.generation) == Contest::Evicted
        {
            self.forget(slot);
            return;
        }
        let ended = self.requester.has_ended(number, pending.generation);
        let received = self.requester.receive(number, pending.generation).unwrap();
        if let Receive::Response { hold, content } = received {
            let pool = &mut self.port.pool;
            self.requester.settle(&mut |chunk| pool.give(chunk));
            assert_eq!(value(content), answer(pending.asked, pending.answers));
            self.requester.release(hold);
            pending.answers += 1;
            self.pending[slot] = Some(pending);
        } else if ended {
            assert_eq!(pending.answers, ANSWERS, "{pending:?}");
            self.requester.cancel(number, pending.generation);
            self.pending[slot] = None;
            self.finished += 1;
        }
    }
}

/// However the client ends, the server hears of it.
impl<M: Mechanisms> Drop for Client<M> {
    fn drop(&mut self) {
        self.port.page.close();
    }
}

fn race<M: Mechanisms>(limits: Limits) -> u64 {
    let rig = Rig::<M>::new(limits);
    let client = Client {
        port: rig.client,
        requester: rig.requester,
        pending: vec![None; limits.slots() as usize],
        sent: 0,
        finished: 0,
        evicted: 0,
    };
    let mut server = Server {
        port: rig.server,
        responder: rig.responder,
    };
    let evicted = thread::scope(|scope| {
        // WHY: moved in here, so that it is dropped, and the server told, before a failure waits for the server.
        let mut client = client;
        let serving = scope.spawn(|| server.serve());
        client.run(&|| !serving.is_finished());
        let pool = &mut client.port.pool;
        client.port.page.close();
        serving.join().expect("the server has failed");
        let give = &mut |chunk| pool.give(chunk);
        client.requester.reclaim(give).unwrap();
        assert!(pool.lent().is_empty(), "{pool:?}");
        client.evicted
    });
    let pool = &mut server.port.pool;
    server
        .responder
        .reclaim(&mut |chunk| pool.give(chunk))
        .unwrap();
    assert!(pool.lent().is_empty(), "{pool:?}");
    evicted
}

pub(in super::super) fn nothing_is_lost_without_overflow<M: Mechanisms>() {
    assert_eq!(race::<M>(LIMITS), 0);
}

pub(in super::super) fn every_request_has_one_fate_with_overflow<M: Mechanisms>() {
    race::<M>(Limits {
        response_overflow: false,
        ..OVERFLOWING
    });
}
