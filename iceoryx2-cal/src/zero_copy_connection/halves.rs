// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The two halves of a connection as words, alike for who writes and for who reads them.

use super::{
    ConnectionError, PeerPlace, chunks::PeerChunks, layout::ConnectionLayout, port_page::PeerPage,
    region::Region,
};
use crate::Mechanisms;
use iceoryx2_bb_lock_free::{
    ring::{Claims, Ring},
    word::Word,
};
use std::sync::Arc;

/// One of the two halves, as words of a region.
pub(super) trait Half: Sized {
    /// Its bytes.
    fn size(layout: &ConnectionLayout) -> usize;

    /// The half that begins where `region` does.
    fn of<K>(region: &Region<K>, layout: &ConnectionLayout) -> Result<Self, ConnectionError>;
}

/// The half this port writes.
#[derive(Debug)]
pub(super) struct Own<H, M: Mechanisms> {
    pub(super) words: H,
    _region: Region<M::Memory>,
}

impl<H: Half, M: Mechanisms> Own<H, M> {
    /// The half at `offset` of `memory`, which is all zero.
    pub(super) fn new(
        layout: &ConnectionLayout,
        memory: &Arc<M::Memory>,
        offset: usize,
    ) -> Result<Self, ConnectionError> {
        let region = Region::of_own(memory, offset, H::size(layout))?;
        Ok(Self {
            words: H::of(&region, layout)?,
            _region: region,
        })
    }
}

/// The half the peer writes, and what else of its memory the connection reads.
#[derive(Debug)]
pub(super) struct Peer<H, M: Mechanisms> {
    pub(super) words: H,
    pub(super) page: PeerPage,
    pub(super) chunks: PeerChunks<M>,
    pub(super) memory: Arc<M::PeerMemory>,
    _region: Region<M::PeerMemory>,
}

impl<H: Half, M: Mechanisms> Peer<H, M> {
    /// The half where the peer's handshake said.
    pub(super) fn new(
        layout: &ConnectionLayout,
        place: &PeerPlace<M>,
    ) -> Result<Self, ConnectionError> {
        let size = H::size(layout);
        let region = Region::of_peer(&place.memory, place.half_offset, size)?;
        Ok(Self {
            words: H::of(&region, layout)?,
            page: PeerPage::new(&place.memory)?,
            chunks: PeerChunks::new(place, size)?,
            memory: Arc::clone(&place.memory),
            _region: region,
        })
    }
}

/// The client's half. INVARIANT for who holds one: it lies beside the region it was made of.
#[derive(Debug)]
pub(super) struct ClientWords {
    /// By slot: the claims on the responses.
    pub(super) claims: Box<[Claims<'static>]>,
    /// By slot: the generation up to which nobody listens any more.
    pub(super) cancelled: &'static [Word],
    /// By slot: the generation up to which the client wishes the stream to end.
    pub(super) hinted: &'static [Word],
    /// The requests.
    pub(super) ring: Ring<'static>,
}

impl Half for ClientWords {
    fn size(layout: &ConnectionLayout) -> usize {
        layout.client.size
    }

    fn of<K>(region: &Region<K>, layout: &ConnectionLayout) -> Result<Self, ConnectionError> {
        let half = &layout.client;
        let slots = layout.limits.slots() as usize;
        let borrows = layout.limits.borrowed_responses as usize;
        let words = region.words(half.claims, slots * half.claim_words)?;
        let claims = words
            .chunks_exact(half.claim_words)
            .map(|words| claims_of(words, borrows))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            claims,
            cancelled: region.words(half.cancelled, slots)?,
            hinted: region.words(half.hinted, slots)?,
            ring: Ring::new(region.lines(half.requests)?, region.word(half.evicted)?)
                .ok_or(ConnectionError::Size)?,
        })
    }
}

/// The server's half. INVARIANT for who holds one: it lies beside the region it was made of.
#[derive(Debug)]
pub(super) struct ServerWords {
    /// The claims on the requests.
    pub(super) claims: Claims<'static>,
    /// By slot: the generation up to which the stream has ended.
    pub(super) ended: &'static [Word],
    /// By slot: the responses.
    pub(super) rings: Box<[Ring<'static>]>,
}

impl Half for ServerWords {
    fn size(layout: &ConnectionLayout) -> usize {
        layout.server.size
    }

    fn of<K>(region: &Region<K>, layout: &ConnectionLayout) -> Result<Self, ConnectionError> {
        let half = &layout.server;
        let slots = layout.limits.slots() as usize;
        let borrows = layout.limits.active_requests as usize;
        let evicted = region.words(half.evicted, slots)?;
        let rings = region
            .lines(half.responses)?
            .chunks_exact(half.ring_lines)
            .zip(evicted)
            .map(|(lines, evicted)| Ring::new(lines, evicted).ok_or(ConnectionError::Size))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            claims: claims_of(region.words(half.claims, 1 + borrows)?, borrows)?,
            ended: region.words(half.ended, slots)?,
            rings,
        })
    }
}

/// A counter of what was taken, and behind it one hold word for each borrow.
fn claims_of(words: &'static [Word], borrows: usize) -> Result<Claims<'static>, ConnectionError> {
    let (taken, holds) = words.split_first().ok_or(ConnectionError::Size)?;
    let holds = holds.get(..borrows).ok_or(ConnectionError::Size)?;
    Ok(Claims::new(taken, holds))
}
