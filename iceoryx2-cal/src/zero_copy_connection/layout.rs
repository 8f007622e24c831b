// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where everything lies in a port's memory. No behaviour, only sizes and offsets, computed alike on both sides.

use super::ConnectionError;
use iceoryx2_bb_lock_free::word::{LINE_SIZE, LINE_WORDS};

/// What both ends of a connection agree on. It is part of the service's contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests a client may have active, a server may have queued from it, and a server may have borrowed from it.
    pub active_requests: u32,
    /// Responses a stream holds.
    pub response_buffer: u32,
    /// Responses of one stream that may be borrowed at a time.
    pub borrowed_responses: u32,
    /// A full request queue replaces its oldest entry.
    pub request_overflow: bool,
    /// A full stream replaces its oldest entry.
    pub response_overflow: bool,
}

impl Limits {
    /// The highest value of each number, so that no slot or size computed from them overflows.
    pub const MAX: u32 = 1 << 16;

    /// Slots of a client: twice its active requests, so that a new request finds a slot whose old responses are not
    /// borrowed any more.
    #[must_use]
    pub const fn slots(&self) -> u32 {
        self.active_requests * 2
    }

    fn check(&self) -> Result<(), ConnectionError> {
        let within = |n: u32| (1..=Self::MAX).contains(&n);
        if within(self.active_requests)
            && within(self.response_buffer)
            && within(self.borrowed_responses)
        {
            Ok(())
        } else {
            Err(ConnectionError::Size)
        }
    }
}

/// A run of whole lines in a half, by the index of its first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub first: usize,
    pub lines: usize,
}

/// Hands out runs one after the other.
struct Rows(usize);

impl Rows {
    fn lines(&mut self, lines: usize) -> Result<Run, ConnectionError> {
        let first = self.0;
        self.0 = first.checked_add(lines).ok_or(ConnectionError::Size)?;
        Ok(Run { first, lines })
    }

    fn words(&mut self, words: usize) -> Result<Run, ConnectionError> {
        self.lines(words.div_ceil(LINE_WORDS))
    }

    /// An odd number of lines, so that the halves of many connections start in different sets of the cache.
    fn bytes(self) -> Result<usize, ConnectionError> {
        (self.0 | 1)
            .checked_mul(LINE_SIZE)
            .ok_or(ConnectionError::Size)
    }
}

/// The client's half of a connection. Written by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClientHalf {
    /// By slot: the next response position it will take, and by borrow the response position + 1 it takes or borrows.
    pub claims: Run,
    /// Words from one slot's claims to the next: no slot's claims straddle a line without need.
    pub claim_words: usize,
    /// By slot: the generation up to which nobody listens any more.
    pub cancelled: Run,
    /// By slot: the generation up to which the client wishes the stream to end.
    pub hinted: Run,
    /// One word: the request position below which everything is gone.
    pub evicted: Run,
    /// The request ring.
    pub requests: Run,
    /// Bytes of the half.
    pub size: usize,
}

/// The server's half of a connection. Written by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerHalf {
    /// The next request position it will take, and by borrow the request position + 1 it takes or borrows.
    pub claims: Run,
    /// By slot: the generation up to which the stream has ended.
    pub ended: Run,
    /// By slot: the response position below which everything is gone.
    pub evicted: Run,
    /// By slot: the response ring.
    pub responses: Run,
    /// Lines of one response ring.
    pub ring_lines: usize,
    /// Bytes of the half.
    pub size: usize,
}

/// Both halves of a connection with the given limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLayout {
    pub(super) limits: Limits,
    pub(super) client: ClientHalf,
    pub(super) server: ServerHalf,
}

impl ConnectionLayout {
    /// Lays out a connection.
    ///
    /// # Errors
    /// [`ConnectionError::Size`] if a limit is zero or above [`Limits::MAX`], or the sum overflows.
    pub fn new(limits: Limits) -> Result<Self, ConnectionError> {
        limits.check()?;
        let slots = limits.slots() as usize;
        let active = limits.active_requests as usize;
        let claim_words = (1 + limits.borrowed_responses as usize).next_power_of_two();
        let all_claims = slots
            .checked_mul(claim_words)
            .ok_or(ConnectionError::Size)?;
        let ring_lines = (limits.response_buffer as usize).next_power_of_two();
        let response_lines = slots.checked_mul(ring_lines).ok_or(ConnectionError::Size)?;

        let mut rows = Rows(0);
        let client = ClientHalf {
            claims: rows.words(all_claims)?,
            claim_words,
            cancelled: rows.words(slots)?,
            hinted: rows.words(slots)?,
            evicted: rows.words(1)?,
            requests: rows.lines(active.next_power_of_two())?,
            size: rows.bytes()?,
        };
        let mut rows = Rows(0);
        let server = ServerHalf {
            claims: rows.words(1 + active)?,
            ended: rows.words(slots)?,
            evicted: rows.words(slots)?,
            responses: rows.lines(response_lines)?,
            ring_lines,
            size: rows.bytes()?,
        };
        Ok(Self {
            limits,
            client,
            server,
        })
    }

    /// What both ends agreed on.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Bytes of the client's half.
    #[must_use]
    pub const fn client_half_size(&self) -> usize {
        self.client.size
    }

    /// Bytes of the server's half.
    #[must_use]
    pub const fn server_half_size(&self) -> usize {
        self.server.size
    }
}

/// A port's memory: the port page, its half of each connection, its chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortLayout {
    half_size: usize,
    halves: u32,
    /// Bytes from the base to the place of the first half.
    first_half: usize,
    /// The half that lies there.
    // INVARIANT: below `halves`, or 0.
    turned: u32,
    chunks: ChunkLayout,
    chunk_align: usize,
    size: usize,
}

/// Where a port's chunks lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkLayout {
    /// Bytes from the base to the first chunk.
    pub offset: usize,
    /// Bytes from one chunk to the next, a multiple of the line size.
    pub stride: usize,
    /// How many there are.
    pub count: u32,
}

impl ChunkLayout {
    /// Bytes from the base to chunk `index`; `None` if there is no such chunk.
    #[inline]
    #[must_use]
    pub const fn offset_of(&self, index: u32) -> Option<usize> {
        // INVARIANT: offset + stride * count fits, by `end`, which every constructor path checks.
        if index < self.count {
            Some(self.offset + self.stride * index as usize)
        } else {
            None
        }
    }

    /// Bytes from the base to the end of the last chunk.
    ///
    /// # Errors
    /// [`ConnectionError::Size`] if that overflows.
    pub fn end(&self) -> Result<usize, ConnectionError> {
        self.stride
            .checked_mul(self.count as usize)
            .and_then(|bytes| bytes.checked_add(self.offset))
            .ok_or(ConnectionError::Size)
    }
}

/// Lines of the port page.
pub(super) const PORT_LINES: usize = 4;
/// The line of the port page that holds the sleep word.
pub(super) const PORT_SLEEP: usize = 1;
/// The line of the port page that says how far the port has closed.
pub(super) const PORT_CLOSING: usize = 2;

/// The strictest alignment of a chunk.
pub(super) const PAGE: usize = 4096;

impl PortLayout {
    /// Lays out a port with `halves` connections at most and `chunks` chunks of `chunk_size` bytes aligned to
    /// `chunk_align` (a power of two of at most a page).
    ///
    /// # Errors
    /// [`ConnectionError::Size`] if that overflows or the alignment is none.
    pub fn new(
        half_size: usize,
        halves: u32,
        chunks: u32,
        chunk_size: usize,
        chunk_align: usize,
    ) -> Result<Self, ConnectionError> {
        if !chunk_align.is_power_of_two() || chunk_align > PAGE {
            return Err(ConnectionError::Size);
        }
        let stride = chunk_size
            .max(1)
            .checked_next_multiple_of(chunk_align.max(LINE_SIZE))
            .ok_or(ConnectionError::Size)?;
        let offset = half_size
            .checked_mul(halves as usize)
            .and_then(|bytes| bytes.checked_add(PORT_LINES * LINE_SIZE))
            .and_then(|bytes| bytes.checked_next_multiple_of(PAGE))
            .ok_or(ConnectionError::Size)?;
        let chunks = ChunkLayout {
            offset,
            stride,
            count: chunks,
        };
        let size = chunks
            .end()?
            .checked_next_multiple_of(PAGE)
            .ok_or(ConnectionError::Size)?;
        Ok(Self {
            half_size,
            halves,
            first_half: PORT_LINES * LINE_SIZE,
            turned: 0,
            chunks,
            chunk_align,
            size,
        })
    }

    /// The same with its halves in other places, as `seed` says: so that whoever looks at many ports finds their lines in
    /// different sets of the cache. It takes no more room.
    // WHY: pages begin in the same set, and a cache has eight or twelve places for lines of one set.
    #[must_use]
    pub const fn coloured(self, seed: u64) -> Self {
        // INVARIANT: of `new`: the halves end at or before the chunks.
        let end = PORT_LINES * LINE_SIZE + self.half_size * self.halves as usize;
        let colours = (self.chunks.offset - end) / LINE_SIZE + 1;
        #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
        let (colour, turn) = (seed as usize % colours, (seed >> 32) as u32);
        Self {
            first_half: PORT_LINES * LINE_SIZE + colour * LINE_SIZE,
            turned: if self.halves == 0 {
                0
            } else {
                turn % self.halves
            },
            ..self
        }
    }

    /// Bytes of the whole.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// How many connections it has room for.
    #[must_use]
    pub const fn halves(&self) -> u32 {
        self.halves
    }

    /// The chunks.
    #[must_use]
    pub const fn chunks(&self) -> ChunkLayout {
        self.chunks
    }

    /// What every chunk is aligned to, wherever it lies.
    pub(super) const fn chunk_align(&self) -> usize {
        self.chunk_align
    }

    /// Bytes from the base to half `index`; `None` if there is no such half.
    #[must_use]
    pub const fn half_offset(&self, index: u32) -> Option<usize> {
        if index >= self.halves {
            return None;
        }
        let before = self.halves - self.turned;
        let place = if index < self.turned {
            before + index
        } else {
            index - self.turned
        };
        Some(self.first_half + self.half_size * place as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: Limits = Limits {
        active_requests: 4,
        response_buffer: 2,
        borrowed_responses: 2,
        request_overflow: true,
        response_overflow: true,
    };

    #[test]
    fn the_halves_of_a_default_connection_fit_a_page_each() {
        let layout = ConnectionLayout::new(DEFAULTS).unwrap();
        assert!(layout.client_half_size() <= 1024 && layout.server_half_size() <= 2048);
        assert_eq!(layout.client_half_size() / LINE_SIZE % 2, 1);
    }

    #[test]
    fn zero_and_absurd_limits_are_refused() {
        for bad in [0, Limits::MAX + 1, u32::MAX] {
            for set in [
                |l: &mut Limits, n| l.active_requests = n,
                |l: &mut Limits, n| l.response_buffer = n,
                |l: &mut Limits, n| l.borrowed_responses = n,
            ] {
                let mut limits = DEFAULTS;
                set(&mut limits, bad);
                assert_eq!(ConnectionLayout::new(limits), Err(ConnectionError::Size));
            }
        }
    }

    #[test]
    fn halves_of_any_colour_lie_apart_between_page_and_chunks() {
        let half_size = 11 * LINE_SIZE;
        for halves in [0, 1, 4, 5] {
            let plain = PortLayout::new(half_size, halves, 2, 100, 8).unwrap();
            let mut firsts = Vec::new();
            for seed in (0..200_u64).map(|seed| seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)) {
                let layout = plain.coloured(seed);
                let same = |l: &PortLayout| (l.size(), l.chunks(), l.halves());
                assert_eq!(same(&layout), same(&plain));
                let mut offsets: Vec<_> = (0..halves)
                    .map(|half| layout.half_offset(half).unwrap())
                    .collect();
                firsts.extend(offsets.first().copied());
                offsets.sort_unstable();
                assert!(offsets.iter().all(|offset| offset % LINE_SIZE == 0));
                assert!(offsets.windows(2).all(|two| two[0] + half_size <= two[1]));
                let (first, last) = (offsets.first(), offsets.last());
                assert!(first.is_none_or(|first| *first >= PORT_LINES * LINE_SIZE));
                assert!(last.is_none_or(|last| last + half_size <= layout.chunks().offset));
                assert_eq!(layout.half_offset(halves), None);
            }
            firsts.sort_unstable();
            firsts.dedup();
            assert!(halves == 0 || firsts.len() >= 20, "{} places", firsts.len());
        }
    }

    #[test]
    fn a_port_too_large_to_address_is_refused() {
        assert_eq!(
            PortLayout::new(640, 8, 2, usize::MAX / 2, 8),
            Err(ConnectionError::Size)
        );
        assert_eq!(
            PortLayout::new(usize::MAX, 8, 2, 8, 8),
            Err(ConnectionError::Size)
        );
        assert_eq!(PortLayout::new(640, 8, 2, 8, 3), Err(ConnectionError::Size));
    }
}
