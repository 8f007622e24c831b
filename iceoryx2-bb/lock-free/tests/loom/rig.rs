// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the models are made of.

use iceoryx2_bb_lock_free::{
    ring::{Claim, Claims, Consumer, MESSAGE_WORDS, Message, Producer, Rest, Ring, Sight, join},
    word::{Line, Word},
};
use loom::{cell::UnsafeCell, sync::Arc};
use std::{collections::BTreeSet, fmt::Debug, sync::Mutex};

/// How many preemptions a model visits.
pub enum Preemptions {
    Any,
    AtMost(usize),
}

/// Runs `model` in every interleaving and compares what came out with what may and must come out.
pub fn check<O: Ord + Debug + Clone + Send + Sync + 'static>(
    preemptions: Preemptions,
    legal: &[O],
    model: impl Fn() -> O + Sync + Send + 'static,
) {
    let legal: BTreeSet<O> = legal.iter().cloned().collect();
    let seen = std::sync::Arc::new(Mutex::new((0_u64, BTreeSet::new())));
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 10_000;
    builder.preemption_bound = match preemptions {
        Preemptions::Any => None,
        Preemptions::AtMost(bound) => Some(bound),
    };
    let (allowed, sink) = (legal.clone(), std::sync::Arc::clone(&seen));
    builder.check(move || {
        let outcome = model();
        assert!(allowed.contains(&outcome), "illegal outcome {outcome:?}");
        let mut sink = sink.lock().unwrap();
        sink.0 += 1;
        sink.1.insert(outcome);
    });
    let seen = seen.lock().unwrap();
    println!("{} executions", seen.0);
    assert_eq!(seen.1, legal, "a legal outcome never came");
}

/// The shared memory of one ring and its two ports, and the chunks its messages name.
pub struct Rig {
    lines: Vec<Line>,
    evicted: Word,
    taken: Word,
    holds: Vec<Word>,
    chunks: Vec<UnsafeCell<u64>>,
    pub consumer_sleep: Word,
    pub producer_sleep: Word,
    pub ended: Word,
    pub cancelled: Word,
}

// SAFETY: the chunks are the only part that is not Sync, and loom fails the model at every unordered access to one.
unsafe impl Sync for Rig {}

// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for Rig {}

impl Rig {
    pub fn new(lines: usize, holds: usize, chunks: usize) -> Arc<Self> {
        let words = |count: usize| (0..count).map(|_| Word::new(0)).collect();
        Arc::new(Self {
            lines: (0..lines).map(|_| Line::new()).collect(),
            evicted: Word::new(0),
            taken: Word::new(0),
            holds: words(holds),
            chunks: (0..chunks).map(|_| UnsafeCell::new(0)).collect(),
            consumer_sleep: Word::new(0),
            producer_sleep: Word::new(0),
            ended: Word::new(0),
            cancelled: Word::new(0),
        })
    }

    pub fn ring(&self) -> Ring<'_> {
        Ring::new(&self.lines, &self.evicted).unwrap()
    }

    /// The claim under hold word `hold`.
    pub fn claim(&self, hold: usize) -> Claim<'_> {
        self.claims().claim(hold).unwrap()
    }

    pub fn claims(&self) -> Claims<'_> {
        Claims::new(&self.taken, &self.holds)
    }

    fn write(&self, chunk: usize, value: u64) {
        // SAFETY: loom has checked that nobody else can be at the chunk when it calls the closure.
        self.chunks[chunk].with_mut(|pointer| unsafe { *pointer = value });
    }

    pub fn read(&self, chunk: usize) -> u64 {
        // SAFETY: loom has checked that nobody can be writing the chunk when it calls the closure.
        self.chunks[chunk].with(|pointer| unsafe { *pointer })
    }
}

/// A message that says the same in every word, so that a torn copy shows.
pub const fn message(value: u64, chunk: usize) -> Message {
    [value << 8 | chunk as u64; MESSAGE_WORDS]
}

/// Value and chunk of a whole message.
pub fn parse(message: Message) -> (u64, usize) {
    let [first, ..] = message;
    assert_eq!(
        message, [first; MESSAGE_WORDS],
        "a torn message was handed out"
    );
    (first >> 8, (first & 0xff) as usize)
}

/// A producer with its private table of what is lent at which position.
pub struct Sender {
    pub producer: Producer,
    rig: Arc<Rig>,
    lent: Vec<(u64, usize)>,
    free: Vec<usize>,
}

impl Sender {
    pub fn new(rig: &Arc<Rig>, capacity: u64) -> Self {
        Self {
            producer: Producer::new(0, capacity),
            rig: Arc::clone(rig),
            lent: Vec::new(),
            free: (0..rig.chunks.len()).rev().collect(),
        }
    }

    /// Sends `value` in a chunk, if there is room and a chunk.
    pub fn try_send(&mut self, value: u64) -> bool {
        if self.producer.is_full() {
            self.producer.refresh(self.rig.claims()).unwrap();
        }
        !self.producer.is_full() && self.write_and_publish(value)
    }

    /// Sends `value` in a chunk, evicting the oldest message if there is no room; there is always a chunk.
    pub fn send(&mut self, value: u64) {
        if self.producer.is_full() {
            let evicted = self
                .producer
                .evict(self.rig.ring(), Some(self.rig.claims()))
                .unwrap();
            if !evicted.contested {
                self.take_home(evicted.position);
            }
        }
        assert!(
            self.write_and_publish(value),
            "more chunks are lent than can be"
        );
    }

    fn write_and_publish(&mut self, value: u64) -> bool {
        if self.free.is_empty() {
            self.reclaim();
        }
        let Some(chunk) = self.free.pop() else {
            return false;
        };
        self.rig.write(chunk, value);
        let position = self
            .producer
            .publish(self.rig.ring(), &message(value, chunk))
            .unwrap();
        self.lent.push((position, chunk));
        true
    }

    fn reclaim(&mut self) {
        self.producer.refresh(self.rig.claims()).unwrap();
        let oldest = self.producer.oldest();
        let mut home: Vec<u64> = self.lent.iter().map(|(position, _)| *position).collect();
        home.retain(|position| *position < oldest && !self.rig.claims().holds(*position));
        for position in home {
            self.take_home(position);
        }
    }

    /// The consumer is dead: nobody looks at its words any more.
    #[cfg(any(debug_assertions, iceoryx2_hooks))]
    pub fn bring_everything_home(&mut self) {
        self.free
            .extend(self.lent.drain(..).map(|(_, chunk)| chunk));
    }

    fn take_home(&mut self, position: u64) {
        let at = self
            .lent
            .iter()
            .position(|lent| lent.0 == position)
            .unwrap();
        self.free.push(self.lent.remove(at).1);
    }
}

/// A consumer that checks what it takes.
pub struct Receiver {
    pub consumer: Consumer,
    rig: Arc<Rig>,
}

impl Receiver {
    pub fn new(rig: &Arc<Rig>) -> Self {
        Self {
            consumer: Consumer::new(0),
            rig: Arc::clone(rig),
        }
    }

    /// Takes a message and keeps its chunk in hold word `hold`.
    pub fn borrow(&mut self, hold: usize) -> Option<(u64, usize)> {
        self.consumer
            .take(self.rig.ring(), self.rig.claim(hold))
            .unwrap()
            .map(parse)
    }

    /// Gives hold word `hold` back.
    pub fn release(&self, hold: usize) {
        self.rig.claim(hold).release();
    }

    /// Takes a message, reads its chunk and gives it back.
    pub fn receive(&mut self) -> Option<u64> {
        let (value, chunk) = self.borrow(0)?;
        assert_eq!(
            self.rig.read(chunk),
            value,
            "the chunk holds something else"
        );
        self.release(0);
        Some(value)
    }

    /// Takes messages that lie in the ring whole, until there is nothing, at most `count` times.
    pub fn copy_up_to(&mut self, count: usize) -> Vec<u64> {
        (0..count).map_while(|_| self.copy()).collect()
    }

    fn copy(&mut self) -> Option<u64> {
        let (ring, claim) = (self.rig.ring(), self.rig.claim(0));
        let mut rest = Rest::default();
        let message = match self.consumer.look(ring) {
            Sight::Message(seen) => {
                let head = seen.head;
                let copied = self.consumer.copy_seen(seen, claim, &mut rest);
                copied.then(|| join(head, rest))
            }
            _ => None,
        };
        let message = message.or_else(|| self.consumer.take(ring, claim).unwrap())?;
        claim.release();
        Some(parse(message).0)
    }

    /// Takes messages that were copied before, until there is nothing, at most `count` times.
    pub fn take_copies_up_to(&mut self, count: usize) -> Vec<u64> {
        (0..count).map_while(|_| self.take_copy()).collect()
    }

    fn take_copy(&mut self) -> Option<u64> {
        let (ring, claim) = (self.rig.ring(), self.rig.claim(0));
        let mut rest = Rest::default();
        let message = match self.consumer.look(ring) {
            Sight::Message(seen) => {
                let head = seen.head;
                seen.copy_rest(&mut rest);
                let taken = self.consumer.take_seen(seen, claim, &mut []);
                taken.then(|| join(head, rest))
            }
            _ => None,
        };
        let message = message.or_else(|| self.consumer.take(ring, claim).unwrap())?;
        claim.release();
        Some(parse(message).0)
    }

    /// Receives until there is nothing, at most `count` times.
    pub fn receive_up_to(&mut self, count: usize) -> Vec<u64> {
        (0..count).map_while(|_| self.receive()).collect()
    }
}
