// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The descriptor ring: a bounded queue from one producer to one consumer, each of which writes only its own memory.
//!
//! ```text
//!     written by the producer                        written by the consumer
//!
//!     evicted   positions below it are gone          taken     the next position it will take
//!     line 0    seq │ seven words                    hold 0    position + 1 of what it takes or borrows
//!     line 1    seq │ seven words                    hold 1    0 = nothing
//!     …                                              …
//! ```
//!
//! A *position* counts messages and never restarts; position `p` lies in line `p mod lines`, and the line holds it once
//! its `seq` is `p + 1`. The consumer polls the very line that will hold the message: nothing else travels.
//!
//! **Room.** The producer counts from its own tail. It looks at `taken` only when its view of the queue is full.
//!
//! **Who owns what a message names.** A position is the consumer's while it is in the queue or some hold word names
//! it. A position that is below `taken` or `evicted` and that no hold word names is the producer's again. So a hold
//! word is the release word: giving back is one store of zero, and a peer that lies in it can only keep its own.
//!
//! **Overflow** is settled like hazard pointers (Maged M. Michael, *Hazard Pointers*, 2004). The consumer publishes
//! what it is about to take, then looks whether it was evicted; the producer publishes what it evicts, then looks
//! whether it is held; each with a SeqCst fence in between. Not both can miss. If both see each other, the consumer
//! yields, and the producer gets the position back a little later, when the hold word is gone.
//!
//! **What the models cannot show.** loom orders all threads that pass SeqCst fences; the language does not. So nothing
//! here is ordered by having passed a fence: a producer that finds a hold word gone or moved on has read a Release store
//! that follows the borrow's last read; one that finds it not set yet has passed its fence first, so that the consumer's
//! look at `evicted` shows the eviction. And loom never lets a load return a later store: a line is written again only
//! after an observation of `taken` (the copy comes before its Release store), or with `evicted` stored and fenced, and
//! whoever copies a word written after that fence, and then passes its own, finds `evicted`.
//!
//! CRASH: a producer that dies before its `seq` store leaves nothing; after it, a whole message. One that dies between
//! `evicted` and the new message has evicted one message that nothing replaced. A consumer that dies leaves hold words:
//! on its death the producer takes everything home without looking at them.

use crate::{
    fetch,
    primitive::{Ordering, fence},
    word::{LINE_WORDS, Line, Word},
};
use core::ptr::NonNull;

/// Words of a message: a line without its sequence number.
pub const MESSAGE_WORDS: usize = LINE_WORDS - 1;

/// What a ring carries: seven words, copied out of the line before anybody looks at them.
pub type Message = [u64; MESSAGE_WORDS];

/// Words of a message's [`Head`].
const HEAD_WORDS: usize = if cfg!(loom) { 1 } else { 3 };

/// The first words of a message, which say what it is.
pub type Head = [u64; HEAD_WORDS];

/// The other words of a message.
pub type Rest = [u64; MESSAGE_WORDS - HEAD_WORDS];

/// Positions stay below this, so that no arithmetic on one can overflow. At one message a nanosecond a ring would come
/// there after 146 years; then it takes no more.
pub const POSITION_MAX: u64 = 1 << 62;

/// How often a take starts over because the producer evicted under it.
const TAKE_ATTEMPTS: u32 = 1_000;

/// The peer's words break the protocol: the connection to it cannot go on.
// WHY repr: a byte laid over the first byte of a message would make every copy of the message one of odd bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Violation {
    /// A counter ran backwards, or further than it can.
    Counter,
    /// A sequence number that no honest producer writes.
    Sequence,
}

impl core::fmt::Display for Violation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Counter => "a counter of the peer ran backwards or further than it can",
            Self::Sequence => "a sequence number of the peer is one that no honest peer writes",
        })
    }
}

impl core::error::Error for Violation {}

/// The producer's memory.
#[derive(Debug, Clone, Copy)]
pub struct Ring<'a> {
    // INVARIANT: `mask + 1` lines that live for 'a begin here.
    // WHY no slice: its length would have to be made a mask at each use.
    first: NonNull<Line>,
    mask: usize,
    evicted: &'a Word,
}

// SAFETY: it is what a shared reference to lines and one to a word are, and both may be sent and shared.
unsafe impl Send for Ring<'_> {}
// SAFETY: as above.
unsafe impl Sync for Ring<'_> {}

impl<'a> Ring<'a> {
    /// A ring over zeroed or running memory; `None` unless the number of lines is a power of two.
    #[must_use]
    pub const fn new(lines: &'a [Line], evicted: &'a Word) -> Option<Self> {
        if !lines.len().is_power_of_two() {
            return None;
        }
        Some(Self {
            // SAFETY: a slice's address is not null.
            first: unsafe { NonNull::new_unchecked(lines.as_ptr().cast_mut()) },
            mask: lines.len() - 1,
            evicted,
        })
    }

    #[inline]
    fn line(&self, position: u64) -> &'a [Word; LINE_WORDS] {
        #[expect(clippy::cast_possible_truncation, reason = "only the low bits count")]
        let index = position as usize & self.mask;
        // SAFETY: no more than the mask, so that the line is one of the ring's (INVARIANT).
        let line = unsafe { self.first.add(index) };
        // SAFETY: it lives for 'a (INVARIANT), and is changed through atomics alone.
        unsafe { line.as_ref() }.words()
    }
}

#[cfg(not(loom))]
impl Ring<'static> {
    /// One that nothing ever comes through.
    #[must_use]
    pub fn blind() -> Self {
        static LINE: Line = Line::fixed::<0>();
        Self::over(&LINE)
    }

    /// One that every look finds [unclear](Sight::Unclear), for who has to look elsewhere.
    #[must_use]
    pub fn lost() -> Self {
        static LINE: Line = Line::fixed::<{ u64::MAX }>();
        Self::over(&LINE)
    }

    fn over(line: &'static Line) -> Self {
        Self {
            first: NonNull::from(line),
            mask: 0,
            evicted: Word::nothing(),
        }
    }
}

/// The consumer's memory.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'a> {
    taken: &'a Word,
    holds: &'a [Word],
}

impl<'a> Claims<'a> {
    /// Claims over zeroed or running memory. There is one hold word for each message that may be borrowed at a time.
    #[must_use]
    pub const fn new(taken: &'a Word, holds: &'a [Word]) -> Self {
        Self { taken, holds }
    }

    /// The claim under hold word `hold`; `None` if there is no such word.
    #[must_use]
    pub fn claim(self, hold: usize) -> Option<Claim<'a>> {
        let hold = self.holds.get(hold)?;
        Some(Claim::new(self.taken, hold))
    }

    /// One claim for each hold word.
    pub fn each(self) -> impl Iterator<Item = Claim<'a>> {
        let claim = move |hold| Claim::new(self.taken, hold);
        self.holds.iter().map(claim)
    }

    /// Whether the consumer takes or borrows `position`.
    ///
    /// To be asked about positions below `taken` (as [`Producer::refresh`] saw it) or already evicted; then `false`
    /// means that everything the consumer did with it has happened.
    #[must_use]
    pub fn holds(&self, position: u64) -> bool {
        // ORDERING(hold): pairs with the Release stores of the consumer's hold words.
        self.holds
            .iter()
            .any(|hold| hold.observe().checked_sub(1) == Some(position))
    }

    /// Whether the consumer takes and borrows nothing: [`holds`](Self::holds) would deny every position.
    #[must_use]
    pub fn are_idle(&self) -> bool {
        // ORDERING(hold): pairs with the Release stores of the consumer's hold words.
        self.holds.iter().all(|hold| hold.observe() == 0)
    }
}

/// What a consumer takes or borrows one message with.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    taken: &'a Word,
    hold: &'a Word,
}

impl<'a> Claim<'a> {
    /// A claim over zeroed or running memory.
    #[must_use]
    pub const fn new(taken: &'a Word, hold: &'a Word) -> Self {
        Self { taken, hold }
    }

    /// Gives a borrow back.
    #[inline]
    pub fn release(self) {
        // ORDERING(hold): pairs with the observation in `Claims::holds`: reading the message has ended.
        self.hold.publish(0);
    }
}

#[cfg(not(loom))]
impl Claim<'static> {
    /// One that nobody looks at.
    #[must_use]
    pub fn nobodys() -> Self {
        static TAKEN: Word = Word::fixed(0);
        static HOLD: Word = Word::fixed(0);
        Self::new(&TAKEN, &HOLD)
    }
}

/// What became of the oldest message of a full queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evicted {
    /// Its position.
    pub position: u64,
    /// The consumer is taking it at this moment, or has it. It will yield or keep it: ask [`Claims::holds`] later.
    pub contested: bool,
}

/// The producer's private state.
#[derive(Debug)]
pub struct Producer {
    /// The next position to publish.
    // INVARIANT: tail <= POSITION_MAX.
    tail: u64,
    /// Positions below it were taken or evicted.
    // INVARIANT: oldest <= tail <= oldest + capacity.
    oldest: u64,
    /// The last `taken` the peer showed.
    taken_seen: u64,
    capacity: u64,
}

impl Producer {
    /// The producer of an empty ring that starts at position `first` (at most [`POSITION_MAX`]), and never has more
    /// than `capacity` messages in it (at most the number of lines).
    #[must_use]
    pub const fn new(first: u64, capacity: u64) -> Self {
        let first = bounded(first);
        Self {
            tail: first,
            oldest: first,
            taken_seen: first,
            capacity,
        }
    }

    /// The next position to be published.
    #[inline]
    #[must_use]
    pub const fn tail(&self) -> u64 {
        self.tail
    }

    /// Positions below it were taken or evicted, as far as the producer has looked.
    #[inline]
    #[must_use]
    pub const fn oldest(&self) -> u64 {
        self.oldest
    }

    /// Whether the queue is full, as far as the producer has looked.
    #[inline]
    #[must_use]
    pub const fn is_full(&self) -> bool {
        // INVARIANT: of the tail; the highest position is the only one with that bit.
        self.tail - self.oldest >= self.capacity || self.tail & POSITION_MAX != 0
    }

    /// Looks how far the consumer is.
    ///
    /// # Errors
    /// `taken` ran backwards or past the tail.
    #[inline]
    pub fn refresh(&mut self, claims: Claims<'_>) -> Result<(), Violation> {
        // ORDERING(taken): pairs with the Release store in `Consumer::take`: the line may be written again, and the
        // hold word of a position below it is visible.
        let taken = claims.taken.observe();
        if taken < self.taken_seen || taken > self.tail {
            return Err(Violation::Counter);
        }
        self.taken_seen = taken;
        self.note_taken(taken);
        Ok(())
    }

    /// Takes note of what the consumer showed otherwise: that it has taken everything below `taken`.
    #[inline]
    pub const fn note_taken(&mut self, taken: u64) {
        if taken <= self.tail {
            self.note_ours_taken(taken);
        }
    }

    /// The same of a position that is known to be at most the tail.
    #[inline(always)]
    pub const fn note_ours_taken(&mut self, taken: u64) {
        debug_assert!(taken <= self.tail, "what was not published was not taken");
        if taken > self.oldest {
            self.oldest = taken;
        }
    }

    /// Takes note that the consumer has taken everything.
    #[inline]
    pub const fn note_all_taken(&mut self) {
        self.oldest = self.tail;
    }

    /// How far the consumer was when the producer last looked.
    #[inline]
    #[must_use]
    pub const fn taken(&self) -> u64 {
        self.taken_seen
    }

    /// Publishes a message and returns its position; `None` if the queue is full. Words that are not given stay what they
    /// were: those of an earlier message.
    #[inline(always)]
    pub fn publish(&mut self, ring: Ring<'_>, message: &[u64]) -> Option<u64> {
        let line = self.next_line(ring)?;
        Some(self.publish_in(line, message))
    }

    /// The line the next message comes in; `None` if the queue is full.
    #[inline(always)]
    #[must_use]
    pub fn next_line<'a>(&self, ring: Ring<'a>) -> Option<NextLine<'a>> {
        if self.is_full() {
            return None;
        }
        Some(NextLine {
            line: ring.line(self.tail),
            position: self.tail,
        })
    }

    /// Publishes a message in the line that was found for it, as long as no other was published.
    #[inline(always)]
    pub fn publish_in(&mut self, line: NextLine<'_>, message: &[u64]) -> u64 {
        let position = self.tail;
        debug_assert_eq!(line.position, position, "another message has that line");
        let [seq, words @ ..] = line.line;
        for (word, value) in words.iter().zip(message) {
            word.set(*value);
        }
        // ORDERING(seq): pairs with the observation in `Consumer::take`.
        seq.publish(position + 1);
        self.tail = position + 1;
        position
    }

    /// The next message will be published soon: its line is [fetched](fetch::to_write) to be written.
    // WHY not with the publish before: a receiver that polls would have fetched it back meanwhile.
    #[inline(always)]
    pub fn prepare(&self, ring: Ring<'_>) {
        fetch::to_write(NonNull::from(ring.line(self.tail)));
    }

    /// Removes the oldest message of the queue; `None` if it is empty. Without a view of the consumer's claims the
    /// message counts as contested. Whoever did not [`refresh`](Self::refresh) before may evict what was taken already.
    pub fn evict(&mut self, ring: Ring<'_>, claims: Option<Claims<'_>>) -> Option<Evicted> {
        if self.oldest == self.tail {
            return None;
        }
        let position = self.oldest;
        self.discard_below(ring, position + 1);
        let contested = claims.is_none_or(|claims| claims.holds(position));
        Some(Evicted {
            position,
            contested,
        })
    }

    /// Gives up every message below `position` (at most the tail) without asking the consumer, which must not be
    /// taking one of them: they belong to a generation whose receiver is gone.
    pub fn discard_below(&mut self, ring: Ring<'_>, position: u64) {
        let position = position.min(self.tail);
        if position <= self.oldest {
            return;
        }
        ring.evicted.set(position);
        // ORDERING(evict): pairs with the SeqCst fence in `Consumer::take`: the look at the hold words that follows
        // finds the consumer's, or the consumer's look at `evicted` finds ours. It also keeps the stores of the next
        // message behind the store of `evicted`: who copies one of its words finds `evicted` as well.
        fence(Ordering::SeqCst);
        self.oldest = position;
    }
}

/// Where a producer's next message comes, as long as it publishes no other.
#[derive(Debug)]
pub struct NextLine<'a> {
    line: &'a [Word; LINE_WORDS],
    position: u64,
}

impl NextLine<'_> {
    /// The message will be published soon: the line is [fetched](fetch::to_write) to be written.
    #[inline(always)]
    pub fn prepare(&self) {
        fetch::to_write(NonNull::from(self.line));
    }
}

/// Where a consumer's next message will come, as long as it takes nothing.
#[derive(Debug, Clone, Copy)]
pub struct Watch<'a> {
    seq: &'a Word,
    position: u64,
}

impl Watch<'_> {
    /// Whether the producer has published beyond the consumer's position: without that a take finds nothing. One load of
    /// the line the message will come in.
    #[inline(always)]
    #[must_use]
    pub fn sees_more(&self) -> bool {
        self.seq.peek() > self.position
    }
}

impl Watch<'static> {
    /// One that never sees anything.
    #[cfg(not(loom))]
    #[must_use]
    pub fn blind() -> Self {
        Self {
            seq: Word::nothing(),
            position: u64::MAX,
        }
    }
}

/// What lies at a consumer's position.
#[derive(Debug)]
pub enum Sight<'a> {
    /// Nothing yet.
    Nothing,
    /// A message.
    Message(Seen<'a>),
    /// Neither: [`Consumer::take`] finds out.
    Unclear,
}

/// A message that was seen at a consumer's position, which has taken nothing since.
#[derive(Debug)]
pub struct Seen<'a> {
    /// What it begins with. Of a message that is evicted meanwhile it may be anything, so that nobody may believe it
    /// before the message was taken.
    pub head: Head,
    rest: &'a [Word],
    evicted: &'a Word,
    /// The position behind it.
    next: u64,
}

impl Seen<'_> {
    /// Copies as much as there is room for of what follows the head. As the head, nobody may believe it before the message was
    /// taken.
    #[inline(always)]
    pub fn copy_rest(&self, rest: &mut [u64]) {
        copy(self.rest, rest);
    }
}

/// The consumer's private state.
#[derive(Debug)]
pub struct Consumer {
    // INVARIANT: at most POSITION_MAX, and one more for each message taken since: there is no time for so many that it
    // comes near the end of a word.
    position: u64,
}

impl Consumer {
    /// A consumer whose next message has position `first` (at most [`POSITION_MAX`]).
    #[must_use]
    pub const fn new(first: u64) -> Self {
        Self {
            position: bounded(first),
        }
    }

    /// The next position it will take.
    #[inline]
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Whether there is something to take. It may be evicted before it is taken, so that the take finds a later one.
    #[inline]
    #[must_use]
    pub fn has_message(&self, ring: Ring<'_>) -> bool {
        let position = self.position.max(ring.evicted.peek());
        let [seq, ..] = ring.line(position);
        seq.peek() > position
    }

    /// Whether the producer has published beyond the consumer's position: without that a take finds nothing.
    #[inline]
    #[must_use]
    pub fn is_behind(&self, ring: Ring<'_>) -> bool {
        self.watch(ring).sees_more()
    }

    /// Where the next message will come.
    #[inline(always)]
    #[must_use]
    pub fn watch<'a>(&self, ring: Ring<'a>) -> Watch<'a> {
        let [seq, ..] = ring.line(self.position);
        Watch {
            seq,
            position: self.position,
        }
    }

    /// A copy of what would be taken now. It is not claimed: overflow may replace it at any time.
    #[must_use]
    pub fn peek(&self, ring: Ring<'_>) -> Option<Message> {
        self.peek_from(ring, 0).map(|(_, message)| message)
    }

    /// The same for the first message at or after position `from`, with its position.
    #[must_use]
    pub fn peek_from(&self, ring: Ring<'_>, from: u64) -> Option<(u64, Message)> {
        let from = from.max(self.position);
        for _ in 0..TAKE_ATTEMPTS {
            let position = from.max(ring.evicted.observe());
            let [seq, words @ ..] = ring.line(position);
            // ORDERING(seq): pairs with the Release store in `Producer::publish`.
            let seq = seq.observe();
            if seq <= position {
                return None;
            }
            let message = words.each_ref().map(Word::peek);
            // ORDERING(evict): pairs with the SeqCst fence in `Producer::discard_below`: a copy of a word that was
            // written after it finds `evicted`, too.
            fence(Ordering::Acquire);
            if seq == position + 1 && ring.evicted.peek() <= position {
                return Some((position, message));
            }
        }
        None
    }

    /// Looks at what lies at our position: one load of the line's sequence number, and what a message there begins with.
    #[inline(always)]
    #[must_use]
    pub fn look<'a>(&self, ring: Ring<'a>) -> Sight<'a> {
        let [seq, words @ ..] = ring.line(self.position);
        let next = self.position + 1;
        // ORDERING(seq): pairs with the Release store in `Producer::publish`.
        let published = seq.observe();
        if published == next {
            let (head, rest) = words.split_at(HEAD_WORDS);
            Sight::Message(Seen {
                head: copy_head(head),
                rest,
                evicted: ring.evicted,
                next,
            })
        } else if published < next {
            Sight::Nothing
        } else {
            Sight::Unclear
        }
    }

    /// Takes the message that was just seen, if it is not evicted at this moment, and borrows its position under a claim
    /// whose hold word must be free. As much as there is room for is copied of what follows its head. Returns whether it was
    /// taken; if not, [`take`](Self::take) finds out why, and the copy may be anything.
    #[inline(always)]
    #[must_use]
    pub fn take_seen(&mut self, seen: Seen<'_>, claim: Claim<'_>, rest: &mut [u64]) -> bool {
        let Claim { taken, hold } = claim;
        let next = seen.next;
        // ORDERING(hold): Release, because a Relaxed store would break the release sequence of the zero that
        // an earlier borrow stored here.
        hold.publish(next);
        copy(seen.rest, rest);
        // ORDERING(evict): pairs with the SeqCst fence in `Producer::discard_below`, for the hold word above
        // and for the copies of head and rest.
        fence(Ordering::SeqCst);
        if seen.evicted.peek() >= next {
            hold.publish(0);
            return false;
        }
        self.position = next;
        // ORDERING(taken): pairs with the observation in `Producer::refresh`.
        taken.publish(next);
        true
    }

    /// The same for a message that names nothing: who has copied all there is needs no hold word, and no fence that waits
    /// for the own stores.
    ///
    /// Only for a producer to whom it is all the same whether what it evicts was taken: its look at the hold words tells it
    /// nothing of such a take.
    #[inline(always)]
    #[must_use]
    pub fn copy_seen(&mut self, seen: Seen<'_>, claim: Claim<'_>, rest: &mut [u64]) -> bool {
        copy(seen.rest, rest);
        // ORDERING(evict): pairs with the SeqCst fence in `Producer::discard_below`: a copy of a word that was written
        // after it finds `evicted`, too.
        fence(Ordering::Acquire);
        if seen.evicted.peek() >= seen.next {
            return false;
        }
        self.position = seen.next;
        // ORDERING(taken): pairs with the observation in `Producer::refresh`: the copy comes before the line is written
        // again.
        claim.taken.publish(seen.next);
        true
    }

    /// Takes the oldest message, as [`take_seen`](Self::take_seen) does, wherever it is. `None`: there is none.
    ///
    /// # Errors
    /// The producer's words break the protocol. The hold word is free then.
    pub fn take(&mut self, ring: Ring<'_>, claim: Claim<'_>) -> Result<Option<Message>, Violation> {
        for _ in 0..TAKE_ATTEMPTS {
            let [seq, ..] = ring.line(self.position);
            let published = seq.observe();
            if published <= self.position {
                return Ok(None);
            }
            if published > POSITION_MAX {
                return Err(Violation::Sequence);
            }
            // ORDERING(seq): observing `seq` made visible the `evicted` that came before it.
            let evicted = ring.evicted.peek();
            if published != self.position + 1 || evicted > self.position {
                self.skip_to(evicted)?;
            }
            if self.position >= POSITION_MAX {
                return Ok(None);
            }
            if let Sight::Message(seen) = self.look(ring) {
                let (head, mut rest) = (seen.head, Rest::default());
                if self.take_seen(seen, claim, &mut rest) {
                    return Ok(Some(join(head, rest)));
                }
            }
        }
        Ok(None)
    }

    /// Goes on at `evicted`, which an honest producer has moved past our position before it wrote our line again.
    fn skip_to(&mut self, evicted: u64) -> Result<(), Violation> {
        if evicted <= self.position {
            return Err(Violation::Sequence);
        }
        if evicted > POSITION_MAX {
            return Err(Violation::Counter);
        }
        self.position = evicted;
        Ok(())
    }
}

#[inline(always)]
fn copy_head(words: &[Word]) -> Head {
    let mut head = Head::default();
    copy(words, &mut head);
    head
}

#[inline(always)]
fn copy(words: &[Word], to: &mut [u64]) {
    for (to, word) in to.iter_mut().zip(words) {
        *to = word.peek();
    }
}

/// A message of its two parts.
#[must_use]
pub fn join(head: Head, rest: Rest) -> Message {
    let mut message = [0; MESSAGE_WORDS];
    for (word, part) in message.iter_mut().zip(head.into_iter().chain(rest)) {
        *word = part;
    }
    message
}

const fn bounded(position: u64) -> u64 {
    if position < POSITION_MAX {
        position
    } else {
        POSITION_MAX
    }
}
