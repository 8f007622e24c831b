// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Zero-copy connection: one client with one server, over memory that each of them writes alone.
//!
//! # The format
//!
//! Each port owns a memory object, its base. Its peers map it read-only. It begins with the port page, then comes the
//! port's half of each of its connections, then its chunks:
//!
//! ```text
//!     port page       line 1: sleep word       odd while the port sleeps; read by who publishes to it
//!                     line 2: closing          1: the port takes nothing more
//!     half 0          ┐ one for each connection, an odd number of cache lines, in places that differ from port to port
//!     half 1          ├ (`PortLayout::coloured`)
//!     …               ┘
//!     chunk 0         user header and payload, from a page boundary on, one stride after the other
//!     chunk 1
//!     …
//! ```
//!
//! The two halves of one connection, `n` slots, every word 64 bits and written by one side only:
//!
//! ```text
//!     client's half                               server's half
//!     taken, holds [borrow]  [slot]  response     taken, holds [borrow]    request
//!                                    claims                                claims
//!     cancelled [slot]                            ended     [slot]
//!     hinted    [slot]                            evicted   [slot]       ┐ response
//!     evicted                   ┐ request         responses [slot]       ┘ rings
//!     requests                  ┘ ring
//! ```
//!
//! Rings and claims are those of `iceoryx2_bb_lock_free::ring`; what a ring's seven words mean is drawn in
//! `descriptor.rs`, where everything lies in `layout.rs`.
//!
//! A request occupies a *slot* of its client under a *generation*, a number the client never uses twice. Everything
//! that concerns the request names both, and each word that is indexed by the slot holds a generation and only grows:
//!
//! ```text
//!     client's slot                                   server's slot
//!     free ── send(g) ──▶ armed(g)                    latest = g, once request g was taken
//!     armed(g) ── ended[slot] = g ──▶ over(g)         responses are published while latest = g
//!     armed(g), over(g) ── cancel ──▶ free            end: ended[slot] = g, if latest = g still
//! ```
//!
//! A slot's response ring belongs to its latest generation. Each request says from which position its client reads;
//! on taking it the server owns whatever older generations left at or beyond that position and discards it (`evicted`
//! moves to the tail), and a client that still finds such an entry skips it.
//!
//! # Growth
//!
//! A message longer than a chunk of the base lies in a *grown* object, which its port makes when it is asked for the loan:
//! base and size of an object never change. A descriptor names the object as place and generation, so that no name is
//! ever given twice, and neither side searches for one.
//!
//! ```text
//!     owner       made ──▶ chunks in use ◀──▶ idle ── a quarter of a second ──▶ retired = 1, unmapped; its place is free
//!                   │                                                                   │
//!                   │ announced over the link, before the first message in it           │
//!                   ▼                                                                   ▼
//!     peer        mapped ── borrowed ◀──▶ not borrowed ── sees retired at its next look ──▶ unmapped
//! ```
//!
//! The link is heard when a descriptor names an object nothing is known of, and at every look. The owner retires an object
//! only when all its chunks are home, so that no ring names it; whatever it does, what is borrowed stays mapped
//! (`segments.rs`). Which objects are made, used again and kept is told in `growth.rs` and `grown.rs`.
//!
//! # What a crash leaves
//!
//! | the writer dies | what the peer finds |
//! |---|---|
//! | before `seq` of a message | nothing; the chunk dies with its memory |
//! | after `seq`, before the wake-up | the message: hang-up wakes it, and it drains before it reports the death |
//! | after a hold word, before `taken` | a message not taken; on the death the sender takes everything home |
//! | between `evicted` and the new message | one message less, which nothing replaced |
//! | before `ended` | an unfinished stream: `ServerDied`, after the drain |
//! | asleep, its word odd | one ring in vain per waker |
//! | between an announcement and its message | memory nobody names, until the connection goes |
//! | before `retired` | the same |
//!
//! # After the peer's death
//!
//! [`Requester::detach`] and [`Responder::detach`] copy out what the peer had published and let go of the own half, so
//! that it can serve a newcomer while messages of the dead are still read.
//!
//! The connection is generic over the mechanisms that provide its memory; it is the same between processes and within
//! one, which is why it is not a trait.

mod announcement;
mod bell_offer;
mod chunk_id;
mod chunks;
mod copies;
mod descriptor;
mod grown;
mod growth;
mod halves;
mod handshake;
mod layout;
mod lending;
mod object;
mod place;
mod port_memory;
mod port_page;
mod prefetch;
mod region;
mod request_watch;
mod requester;
mod responder;
mod segments;
mod shape;
mod stock;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;

pub use announcement::{ANNOUNCEMENT_SIZE, Announced, Announcement};
pub use bell_offer::{BELL_OFFER_SIZE, BellOffer};
pub use chunk_id::{ChunkId, ChunkKey};
pub use chunks::PeerPlace;
pub use descriptor::{Body, INLINE_ALIGN, INLINE_SIZE, Inline};
pub use growth::Growth;
pub use handshake::{HandshakeError, INTRODUCTION_SIZE, Introduction, LAYOUT_VERSION};
pub use layout::{ChunkLayout, ConnectionLayout, Limits, PortLayout};
pub use lending::Homecoming;
pub use place::{Borrowed, Loaned, MessageLayout};
pub use port_memory::{Chunk, ChunkError, Half, PortMemory};
pub use port_page::{PORT_PAGE, PortPage};
pub use request_watch::RequestWatch;
pub use requester::{Contest, EvictedRequest, Look, Receive, RequestPassage, Requester, Sending};
pub use responder::{Ended, Glance, Respond, Responder, ResponsePassage, Take, TakenRequest};
pub use shape::MessageShape;

use core::{fmt, ptr::NonNull};
use iceoryx2_bb_lock_free::ring::Violation;

/// A message borrowed from the peer: its chunk, or a private copy of what lay in the descriptor. Either can be read until
/// the borrow is released or the end of the connection dropped.
// WHY no enum: copied from hand to hand, a message of 32 bytes would cost more than the way between the processes.
#[derive(Debug, Clone, Copy)]
pub struct Content {
    /// The first byte of user header and payload. A chunk is aligned to a line and has its whole stride behind it, a
    /// copy has [`INLINE_SIZE`] bytes, aligned to [`INLINE_ALIGN`].
    pub data: NonNull<u8>,
    /// Elements of the payload, as the peer says: they fit the chunk. 1 for a copy.
    pub elements: u64,
}

// SAFETY: a pointer into memory that every thread may read; who reads it owes the borrow's lifetime, not the thread.
unsafe impl Send for Content {}

/// Why a connection cannot be made or cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionError {
    /// Limits, sizes or offsets that overflow, are zero, or leave the memory.
    Size,
    /// The peer's ring words break the protocol.
    Ring(Violation),
    /// A descriptor that no honest peer writes: its kind, slot, chunk, length, generation or position.
    Descriptor,
    /// An announcement that no honest peer sends: of memory it has announced before, or still uses, or may not have.
    Announcement,
    /// The peer cannot be told of the memory that a message lies in.
    Unannounced,
}

impl From<Violation> for ConnectionError {
    fn from(violation: Violation) -> Self {
        Self::Ring(violation)
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size => f.write_str("the sizes of the connection's memory do not fit together"),
            Self::Ring(violation) => write!(f, "the peer broke the protocol: {violation}"),
            Self::Descriptor => {
                f.write_str("the peer broke the protocol: a descriptor is out of range")
            }
            Self::Announcement => {
                f.write_str("the peer broke the protocol: it announced memory that it may not have")
            }
            Self::Unannounced => {
                f.write_str("the system does not let this process hand its memory to the peer")
            }
        }
    }
}

impl core::error::Error for ConnectionError {}
