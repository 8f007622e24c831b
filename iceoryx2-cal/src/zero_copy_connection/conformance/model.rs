// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Random operations against plain queues.
//!
//! Whatever happens, the connection and the model agree on every message, every refusal and every eviction, and after
//! each settling exactly the chunks of the model's messages are away.

use super::{
    LIMITS, OVERFLOWING,
    rig::{Kind, Rig, value},
};
use crate::{
    Mechanisms,
    zero_copy_connection::{Limits, Receive, Respond, Sending, Take, TakenRequest},
};
use std::collections::VecDeque;

const SEEDS: u64 = if cfg!(miri) { 2 } else { 60 };
const STEPS: usize = 400;

/// Marsaglia's xorshift: the same sequence for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn pick(&mut self, len: usize) -> usize {
        usize::try_from(self.roll(len as u64)).unwrap()
    }

    fn kind(&mut self) -> Kind {
        if self.roll(2) == 0 {
            Kind::Inline
        } else {
            Kind::Chunk
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Message {
    slot: u32,
    generation: u64,
    value: u64,
    kind: Kind,
}

/// What one slot of the client is doing.
#[derive(Debug, Default)]
struct Slot {
    /// The request somebody listens to.
    listening: Option<u64>,
    /// The server's latest.
    latest: u64,
    ended: u64,
    stream: VecDeque<Message>,
    borrowed: Vec<(u32, Message)>,
}

struct Model<M: Mechanisms> {
    limits: Limits,
    rig: Rig<M>,
    dice: Dice,
    queue: VecDeque<Message>,
    slots: Vec<Slot>,
    active: Vec<(TakenRequest, Message)>,
    next: u64,
}

pub(in super::super) fn random_operations_keep_order_and_bring_every_chunk_home<M: Mechanisms>() {
    let single = Limits {
        active_requests: 1,
        response_buffer: 1,
        borrowed_responses: 1,
        ..OVERFLOWING
    };
    let mixed = Limits {
        active_requests: 5,
        response_overflow: true,
        ..LIMITS
    };
    for limits in [LIMITS, OVERFLOWING, single, mixed] {
        for seed in 1..=SEEDS {
            let mut model = Model::<M>::new(limits, seed);
            for _ in 0..STEPS {
                model.step();
            }
            model.end();
        }
    }
}

impl<M: Mechanisms> Model<M> {
    fn new(limits: Limits, seed: u64) -> Self {
        Self {
            limits,
            rig: Rig::new(limits),
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            queue: VecDeque::new(),
            slots: (0..limits.slots()).map(|_| Slot::default()).collect(),
            active: Vec::new(),
            next: 0,
        }
    }

    fn step(&mut self) {
        match self.dice.roll(12) {
            0 | 1 => self.send(),
            2 | 3 => self.take(),
            4..=6 => self.respond(),
            7 | 8 => self.receive(),
            9 => self.release(),
            10 => self.finish_or_cancel(),
            _ => self.settle(),
        }
    }

    fn value(&mut self) -> u64 {
        self.next += 100;
        self.next
    }

    fn send(&mut self) {
        let free: Vec<_> = (0..)
            .zip(&self.slots)
            .filter(|(_, slot)| slot.listening.is_none())
            .map(|(index, _)| index)
            .collect();
        if free.is_empty() || !self.rig.client.pool.has_free() {
            return;
        }
        let slot = free[self.dice.pick(free.len())];
        let (kind, value) = (self.dice.kind(), self.value());
        let full = self.queue.len() == self.limits.active_requests as usize;
        let (sending, generation) = self.rig.try_send(slot, kind, value);
        if full && !self.limits.request_overflow {
            assert_eq!(sending, Sending::Full);
            return;
        }
        let replaced = if full { self.queue.pop_front() } else { None };
        self.queue.push_back(Message {
            slot,
            generation,
            value,
            kind,
        });
        let Sending::Sent { evicted } = sending else {
            panic!("full, the model is not");
        };
        let heard = replaced
            .filter(|m| self.slots[m.slot as usize].listening == Some(m.generation))
            .map(|m| (m.slot, m.generation, false));
        assert_eq!(evicted.map(|e| (e.slot, e.generation, e.contested)), heard);
        self.slots[slot as usize].listening = Some(generation);
    }

    fn take(&mut self) {
        let taken = self.rig.responder.take().unwrap();
        let Some(front) = self.queue.front().copied() else {
            assert!(matches!(taken, Take::Nothing), "{taken:?}");
            return;
        };
        if self.active.len() == self.limits.active_requests as usize {
            assert!(matches!(taken, Take::NoBorrowLeft), "{taken:?}");
            return;
        }
        let Take::Request(request) = taken else {
            panic!("{taken:?} instead of {front:?}");
        };
        self.queue.pop_front();
        assert_eq!(
            (request.slot, request.generation),
            (front.slot, front.generation)
        );
        assert_eq!(value(request.content), front.value);
        self.rig.settle_responses();
        self.active.push((request, front));
        let slot = &mut self.slots[front.slot as usize];
        slot.latest = front.generation;
        slot.stream.clear();
    }

    fn respond(&mut self) {
        if self.active.is_empty() || !self.rig.server.pool.has_free() {
            return;
        }
        let (request, _) = self.active[self.dice.pick(self.active.len())];
        let (kind, value) = (self.dice.kind(), self.value());
        let outcome = self.rig.try_respond(&request, kind, value);
        let slot = &mut self.slots[request.slot as usize];
        let full = slot.stream.len() == self.limits.response_buffer as usize;
        let listening = slot.listening == Some(request.generation);
        let expected = match (slot.latest == request.generation, full, listening) {
            (false, _, _) | (true, true, false) => Respond::NobodyListens,
            (true, true, true) if !self.limits.response_overflow => Respond::Full,
            _ => Respond::Sent,
        };
        assert_eq!(outcome, expected);
        if outcome == Respond::Sent {
            if full {
                slot.stream.pop_front();
            }
            let (slot_index, generation) = (request.slot, request.generation);
            slot.stream.push_back(Message {
                slot: slot_index,
                generation,
                value,
                kind,
            });
        }
    }

    fn receive(&mut self) {
        let index = self.dice.pick(self.slots.len());
        let slot = &mut self.slots[index];
        let Some(generation) = slot.listening else {
            return;
        };
        let number = u32::try_from(index).unwrap();
        let received = self.rig.requester.receive(number, generation).unwrap();
        let ended = self.rig.requester.has_ended(number, generation);
        assert_eq!(ended, slot.ended >= generation);
        if slot.borrowed.len() == self.limits.borrowed_responses as usize {
            let there = slot.stream.iter().any(|m| m.generation == generation);
            assert_eq!(matches!(received, Receive::NoBorrowLeft), there);
            assert_eq!(self.rig.requester.has_response(number), there);
            return;
        }
        while slot
            .stream
            .front()
            .is_some_and(|m| m.generation < generation)
        {
            slot.stream.pop_front();
        }
        match (received, slot.stream.pop_front()) {
            (Receive::Nothing, None) => {}
            (Receive::Response { hold, content }, Some(message)) => {
                assert_eq!(value(content), message.value);
                slot.borrowed.push((hold, message));
                self.rig.settle_requests();
            }
            (received, message) => panic!("{received:?} instead of {message:?}"),
        }
    }

    fn release(&mut self) {
        let index = self.dice.pick(self.slots.len());
        let slot = &mut self.slots[index];
        if !slot.borrowed.is_empty() {
            let (hold, _) = slot
                .borrowed
                .swap_remove(self.dice.pick(slot.borrowed.len()));
            self.rig.requester.release(hold);
        }
    }

    fn finish_or_cancel(&mut self) {
        if self.dice.roll(2) == 0 {
            if !self.active.is_empty() {
                let (request, _) = self.active.swap_remove(self.dice.pick(self.active.len()));
                self.rig.responder.finish(&request);
                let slot = &mut self.slots[request.slot as usize];
                if slot.latest == request.generation {
                    slot.ended = request.generation;
                }
            }
            return;
        }
        let index = self.dice.pick(self.slots.len());
        if let Some(generation) = self.slots[index].listening.take() {
            self.rig
                .requester
                .cancel(u32::try_from(index).unwrap(), generation);
        }
    }

    /// Exactly the chunks of the model's messages are away.
    fn settle(&mut self) {
        self.rig.reclaim();
        let chunks = |messages: &mut dyn Iterator<Item = &Message>| {
            messages
                .filter(|message| message.kind == Kind::Chunk)
                .count()
        };
        let requests = chunks(&mut self.queue.iter().chain(self.active.iter().map(|(_, m)| m)));
        let responses = chunks(&mut self.slots.iter().flat_map(|slot| {
            slot.stream
                .iter()
                .chain(slot.borrowed.iter().map(|(_, m)| m))
        }));
        assert_eq!(self.rig.client.pool.lent().len(), requests);
        assert_eq!(self.rig.server.pool.lent().len(), responses);
        let borrows: usize = self.slots.iter().map(|slot| slot.borrowed.len()).sum();
        assert_eq!(self.rig.requester.borrows() as usize, borrows);
        assert_eq!(self.rig.responder.borrows() as usize, self.active.len());
    }

    /// Either side dies, or both leave in order.
    fn end(mut self) {
        match self.dice.roll(3) {
            0 => self.server_dies(),
            1 => self.client_dies(),
            _ => self.everybody_leaves(),
        }
    }

    fn server_dies(&mut self) {
        self.rig.server_dies();
        for (index, slot) in (0..).zip(&mut self.slots) {
            for (hold, message) in slot.borrowed.drain(..) {
                let _ = message;
                self.rig.requester.release(hold);
            }
            let Some(generation) = slot.listening else {
                continue;
            };
            for message in slot.stream.drain(..).filter(|m| m.generation == generation) {
                assert_eq!(self.rig.read(index, generation), message.value);
            }
            self.rig.nothing_for_client(index, generation);
        }
        assert_eq!(self.rig.requester.borrows(), 0);
    }

    fn client_dies(&mut self) {
        self.rig.client_dies();
        for (request, message) in self.active.drain(..) {
            assert_eq!(value(request.content), message.value);
            self.rig.responder.finish(&request);
        }
        for message in self.queue.drain(..) {
            let request = self.rig.take();
            assert_eq!(value(request.content), message.value);
            self.rig.responder.finish(&request);
        }
        self.rig.nothing_for_server();
        assert_eq!(self.rig.responder.borrows(), 0);
    }

    fn everybody_leaves(&mut self) {
        for (index, slot) in (0..).zip(&mut self.slots) {
            if let Some(generation) = slot.listening.take() {
                self.rig.requester.cancel(index, generation);
            }
            for (hold, _) in slot.borrowed.drain(..) {
                self.rig.requester.release(hold);
            }
        }
        for (request, _) in self.active.drain(..) {
            self.rig.responder.finish(&request);
        }
        while !self.queue.is_empty() {
            self.take();
            for (request, _) in self.active.drain(..) {
                self.rig.responder.finish(&request);
            }
        }
        self.settle();
    }
}
