// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the seven words of a ring's message mean here.
//!
//! ```text
//!     word 0   generation of the request
//!     word 1   slot (bits 0..32) │ kind (32..40): 0 near, 1 inline, 2 far │ inline length (40..48) │ settled (48) │ 0 (49..64)
//!     word 2   requests: the response position the client reads from
//!     word 3   chunk: its number (0..32) │ that of the sender's next chunk, a hint; all ones: none (32..64)
//!              inline: 32 bytes of user header and payload
//!     word 4   chunk: elements of the payload
//!     word 5   far: its segment, see `ChunkId`
//!     word 6   far: the next chunk's segment
//! ```
//!
//! A near chunk is one of the object the sender was made with, and so is its next; a far one lies in another.
//!
//! A message that is small enough lies in the descriptor itself, so that one cache line carries everything. Words that it does
//! not need stay what they were, and are not read.
//!
//! *Settled* saves the receiver a look at the sender's hold words. In a request it says that its client borrows no response
//! of the slot: all below the position it reads from are home. In a response it says that its server borrows no request but
//! the one it answers: all before that are home. Who lies in it has what it still reads overwritten.

use super::{ChunkId, ChunkKey, MessageShape};
use core::{mem::MaybeUninit, ptr::NonNull};
use iceoryx2_bb_lock_free::ring::{Head, MESSAGE_WORDS, Message, Rest, Seen};

/// The most bytes of user header and payload together that travel inside a descriptor.
pub const INLINE_SIZE: usize = INLINE_BYTES as usize;

/// The strictest alignment of what travels inside a descriptor.
pub const INLINE_ALIGN: usize = 16;

const INLINE_BYTES: u32 = 32;
pub(super) const INLINE_WORDS: usize = INLINE_SIZE / 8;
const HEADING_WORDS: usize = MESSAGE_WORDS - INLINE_WORDS;
/// What follows the heading of a message in a near chunk.
const NEAR_WORDS: usize = 2;

/// A small user header and payload, outside of shared memory.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(16))]
pub struct Inline {
    words: [u64; INLINE_WORDS],
}

impl Inline {
    /// All zero.
    #[must_use]
    pub const fn zeroed() -> Self {
        Self {
            words: [0; INLINE_WORDS],
        }
    }

    /// The first byte, to be written, aligned to [`INLINE_ALIGN`], with [`INLINE_SIZE`] bytes behind it.
    #[inline]
    #[must_use]
    pub fn first_mut(&mut self) -> NonNull<u8> {
        NonNull::from(&mut self.words).cast()
    }

    /// The first byte, to be read, aligned to [`INLINE_ALIGN`], with [`INLINE_SIZE`] bytes behind it.
    #[inline]
    #[must_use]
    pub fn first(&self) -> NonNull<u8> {
        NonNull::from(&self.words).cast()
    }

    #[inline(always)]
    fn load(&self) -> [u64; INLINE_WORDS] {
        // SAFETY: as many words, which need no value.
        let words = unsafe { &*(&raw const self.words).cast::<[MaybeUninit<u64>; INLINE_WORDS]>() };
        // WHY word by word: parts of a word that are stored apart and loaded together stall the load.
        let [a, b, c, d] = words;
        [frozen(*a), frozen(*b), frozen(*c), frozen(*d)]
    }
}

/// What a word is, with some value for bytes that have none: a value written through a pointer leaves its padding so.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
fn frozen(word: MaybeUninit<u64>) -> u64 {
    let value;
    // SAFETY: no instruction, which changes nothing. As the compiler cannot see that, the register has a value afterwards.
    unsafe {
        core::arch::asm!("/* {} */", inlateout(reg) word => value, options(pure, nomem, nostack, preserves_flags));
    }
    value
}

/// The same: the black box may have written the copy.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(always)]
fn frozen(word: MaybeUninit<u64>) -> u64 {
    let copy = core::hint::black_box(word);
    // SAFETY: as just said.
    unsafe { copy.assume_init() }
}

/// What a message to be sent carries.
// WHY repr: a tag of a whole word keeps the compiler from packing fields into it, which it would copy byte by byte.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub enum Body {
    /// Everything, inside the descriptor.
    Inline {
        /// The message.
        inline: Inline,
        /// How many words it needs: no others are sent.
        words: usize,
    },
    /// A chunk of the sender's memory.
    Chunk {
        /// Which, to the receiver.
        chunk: ChunkId,
        /// Which, to the sender's memory.
        key: ChunkKey,
        /// Elements of the payload.
        elements: u64,
        /// The chunk the sender will most likely use next, or none: the receiver fetches its first line while it polls.
        next: ChunkId,
    },
}

impl Body {
    /// The chunk's memory object; [`ChunkId::BASE`] if there is no chunk.
    #[inline]
    #[must_use]
    pub const fn segment(&self) -> u64 {
        match self {
            Self::Inline { .. } => ChunkId::BASE,
            Self::Chunk { chunk, .. } => chunk.segment,
        }
    }

    /// The chunk's name in the sender's memory, if there is one.
    #[inline]
    #[must_use]
    pub const fn key(&self) -> Option<ChunkKey> {
        match self {
            Self::Inline { .. } => None,
            Self::Chunk { key, .. } => Some(*key),
        }
    }
}

const KIND_NEAR: u32 = 0;
const KIND_FAR: u32 = 2;
const KIND_INLINE: u32 = 1 | INLINE_BYTES << 8;
const SETTLED: u64 = 1 << 48;

/// What a message in its descriptor says of its kind, where messages of that shape fit one; else what none says.
pub(super) const fn inline_kind(shape: &MessageShape) -> u32 {
    if shape.fits_descriptor() {
        KIND_INLINE
    } else {
        u32::MAX
    }
}

/// Slot and kind, as a message says them.
#[inline(always)]
pub(super) const fn slot_and_kind(slot: u32, kind: u32) -> u64 {
    slot as u64 | (kind as u64) << 32
}

/// The words of a message, and how many of them are sent.
#[inline(always)]
pub(super) fn encode(
    generation: u64,
    slot: u32,
    read_from: u64,
    settled: bool,
    body: &Body,
) -> (Message, usize) {
    let settled = if settled { SETTLED } else { 0 };
    match body {
        Body::Inline { inline, words } => {
            let [a, b, c, d] = inline.load();
            let head = slot_and_kind(slot, KIND_INLINE) | settled;
            let message = [generation, head, read_from, a, b, c, d];
            (message, HEADING_WORDS + *words)
        }
        Body::Chunk {
            chunk,
            elements,
            next,
            ..
        } => {
            let is_near = chunk.segment == ChunkId::BASE;
            let (kind, sent) = if is_near {
                (KIND_NEAR, HEADING_WORDS + NEAR_WORDS)
            } else {
                (KIND_FAR, MESSAGE_WORDS)
            };
            // WHY: what is near names nothing far.
            let is_named = !is_near || next.segment == ChunkId::BASE;
            let next_index = if is_named {
                next.index
            } else {
                ChunkId::NONE.index
            };
            let message = [
                generation,
                slot_and_kind(slot, kind) | settled,
                read_from,
                u64::from(chunk.index) | u64::from(next_index) << 32,
                *elements,
                chunk.segment,
                next.segment,
            ];
            (message, sent)
        }
    }
}

/// Where a message lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In its descriptor.
    Inline,
    /// In a chunk of the sender's base.
    Near,
    /// In a chunk of another object.
    Far,
    /// No honest peer sends such a one.
    Unknown,
}

/// What a message begins with; its fields are what the peer alleges.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heading(pub(super) Head);

#[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
impl Heading {
    #[inline(always)]
    pub(super) const fn kind(&self) -> Kind {
        match self.kind_bits() {
            KIND_INLINE => Kind::Inline,
            KIND_NEAR => Kind::Near,
            KIND_FAR => Kind::Far,
            _ => Kind::Unknown,
        }
    }

    #[inline(always)]
    pub(super) const fn generation(&self) -> u64 {
        let [generation, ..] = self.0;
        generation
    }

    #[inline(always)]
    pub(super) const fn slot(&self) -> u32 {
        let [_, head, _] = self.0;
        head as u32
    }

    /// Its kind, to be compared with [`inline_kind`].
    #[inline(always)]
    pub(super) const fn kind_bits(&self) -> u32 {
        (self.slot_and_kind() >> 32) as u32
    }

    /// Its slot and kind, to be compared with [`slot_and_kind`].
    #[inline(always)]
    pub(super) const fn slot_and_kind(&self) -> u64 {
        let [_, head, _] = self.0;
        head & !SETTLED
    }

    /// Whether it lies in a near chunk, and is of that slot.
    #[inline(always)]
    pub(super) const fn is_near_of(&self, slot: u32) -> bool {
        self.slot_and_kind() == slot_and_kind(slot, KIND_NEAR)
    }

    /// Whether what was sent before is home.
    #[inline(always)]
    pub(super) const fn is_settled(&self) -> bool {
        let [_, head, _] = self.0;
        head & SETTLED != 0
    }

    /// The response position the client reads from, in requests.
    #[inline(always)]
    pub(super) const fn read_from(&self) -> u64 {
        let [.., read_from] = self.0;
        read_from
    }

    /// With the rest of the message, which is of a known kind.
    #[inline(always)]
    pub(super) const fn with(self, rest: Rest) -> Descriptor {
        Descriptor {
            heading: self,
            rest,
        }
    }
}

/// What a message in a near chunk says of it, which is what the peer alleges.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    place: u64,
    /// Elements of the payload.
    pub(super) elements: u64,
}

#[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
impl Near {
    /// What a message says that was seen. It must be of that kind.
    #[inline(always)]
    pub(super) fn of(seen: &Seen<'_>) -> Self {
        let mut words = [0; NEAR_WORDS];
        seen.copy_rest(&mut words);
        let [place, elements] = words;
        Self { place, elements }
    }

    /// The chunk's number.
    #[inline(always)]
    pub(super) const fn index(&self) -> u32 {
        self.place as u32
    }

    /// Where the sender's next message will most likely lie.
    #[inline(always)]
    pub(super) const fn next(&self) -> NextNear {
        NextNear(self.place)
    }
}

/// Where the next message will most likely lie, as one in a near chunk says it.
// WHY not yet in which chunk: most often nobody waits for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct NextNear(u64);

impl NextNear {
    pub(super) const fn chunk(self) -> ChunkId {
        ChunkId::base((self.0 >> 32) as u32)
    }
}

/// A whole message of a known kind; its fields are still what the peer alleges.
#[derive(Debug, Clone, Copy)]
pub(super) struct Descriptor {
    // INVARIANT: of a known kind.
    pub(super) heading: Heading,
    rest: Rest,
}

#[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
impl Descriptor {
    /// What a message says that was seen; `None`: it lies in no chunk.
    #[inline]
    pub(super) fn of_chunk(seen: &Seen<'_>) -> Option<Self> {
        let (heading, mut rest) = (Heading(seen.head), Rest::default());
        seen.copy_rest(&mut rest);
        let is_in_chunk = matches!(heading.kind(), Kind::Near | Kind::Far);
        is_in_chunk.then(|| heading.with(rest))
    }

    /// `None`: no honest peer writes that.
    #[inline]
    pub(super) const fn decode(message: Message) -> Option<Self> {
        let [generation, head, read_from, rest @ ..] = message;
        let heading = Heading([generation, head, read_from]);
        match heading.kind() {
            Kind::Inline | Kind::Near | Kind::Far => Some(heading.with(rest)),
            Kind::Unknown => None,
        }
    }

    /// Whether the message lies in the descriptor. Else it lies in a chunk, and only then the rest means something.
    #[inline]
    pub(super) const fn is_inline(&self) -> bool {
        matches!(self.heading.kind(), Kind::Inline)
    }

    /// What lies in the descriptor, if it [`is_inline`](Self::is_inline).
    #[inline]
    pub(super) const fn rest(&self) -> Rest {
        self.rest
    }

    /// Where the message lies.
    #[inline]
    pub(super) const fn chunk(&self) -> ChunkId {
        let [place, _, segment, _] = self.rest;
        self.named(segment, place as u32)
    }

    /// Elements of the payload.
    #[inline]
    pub(super) const fn elements(&self) -> u64 {
        let [_, elements, ..] = self.rest;
        elements
    }

    /// Where the sender's next message will most likely lie.
    #[inline]
    pub(super) const fn next(&self) -> ChunkId {
        let [place, _, _, segment] = self.rest;
        self.named(segment, (place >> 32) as u32)
    }

    /// What the message names: only if it is far it says in which object.
    #[inline]
    const fn named(&self, segment: u64, index: u32) -> ChunkId {
        match self.heading.kind() {
            Kind::Far => ChunkId { segment, index },
            _ => ChunkId::base(index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(body: &Body) -> Descriptor {
        let [got, settled] = [false, true].map(|settled| {
            let (message, _) = encode(1 << 60, 77, 9 << 32 | 7, settled, body);
            Descriptor::decode(message).unwrap()
        });
        let are_settled = [got, settled].map(|got| got.heading.is_settled());
        assert_eq!(are_settled, [false, true]);
        assert_eq!(got.is_inline(), settled.is_inline());
        let read_from = 9 << 32 | 7;
        for heading in [got.heading, settled.heading] {
            let names = (heading.generation(), heading.slot(), heading.read_from());
            assert_eq!(names, (1 << 60, 77, read_from));
        }
        got
    }

    #[test]
    fn a_message_inside_its_descriptor_comes_back_as_it_went() {
        let mut inline = Inline::zeroed();
        inline.words = [1, 2, 3, u64::MAX];
        let got = decoded(&Body::Inline { inline, words: 4 });
        assert_eq!((got.is_inline(), got.rest()), (true, inline.words));
    }

    // Fails if: what a message does not need is sent, or what it needs is not.
    #[test]
    fn no_more_words_are_sent_than_are_needed() {
        let inline = Inline::zeroed();
        for words in 0..=INLINE_WORDS {
            let (_, sent) = encode(1, 0, 0, false, &Body::Inline { inline, words });
            assert_eq!(sent, HEADING_WORDS + words);
        }
    }

    #[test]
    fn the_description_of_a_chunk_comes_back_as_it_went() {
        let far = ChunkId {
            segment: u64::MAX,
            index: u32::MAX,
        };
        for (chunk, elements, next) in [
            (far, u64::MAX, ChunkId { index: 7, ..far }),
            (far, 1, ChunkId::NONE),
            (ChunkId::base(u32::MAX), 0, ChunkId::NONE),
            (ChunkId::base(0), u64::MAX, ChunkId::base(7)),
        ] {
            let got = decoded(&Body::Chunk {
                chunk,
                key: ChunkKey(3),
                elements,
                next,
            });
            assert!(!got.is_inline());
            assert_eq!(
                (got.chunk(), got.elements(), got.next()),
                (chunk, elements, next)
            );
        }
    }

    // Fails if: `encode` names a far chunk as if it were near, or sends words of a near one that are not looked at.
    #[test]
    fn what_is_near_names_nothing_far_and_takes_no_words_for_it() {
        let far = ChunkId {
            segment: 1 << 32 | 1,
            index: 5,
        };
        for (chunk, next, named, words) in [
            (ChunkId::base(1), far, ChunkId::NONE, 5),
            (far, far, far, MESSAGE_WORDS),
        ] {
            let body = Body::Chunk {
                chunk,
                key: ChunkKey(3),
                elements: 1,
                next,
            };
            assert_eq!(decoded(&body).next(), named);
            assert_eq!(encode(1, 0, 0, false, &body).1, words);
        }
    }

    #[test]
    fn unknown_kinds_and_lengths_are_refused() {
        for head in [3 << 32, 1 << 32, 33 << 40 | 1 << 32, 1 << 49, u64::MAX] {
            assert!(
                Descriptor::decode([1, head, 0, 0, 0, 0, 0]).is_none(),
                "{head:x}"
            );
        }
    }
}
