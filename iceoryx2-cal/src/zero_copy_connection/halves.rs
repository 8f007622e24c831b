// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The two halves of a connection as words, alike for who writes and for who reads them.

use super::{ConnectionError, layout::ConnectionLayout, region::Region};
use iceoryx2_bb_lock_free::{
    ring::{Claims, Ring},
    word::Word,
};

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

impl ClientWords {
    pub(super) fn of<K>(
        region: &Region<K>,
        layout: &ConnectionLayout,
    ) -> Result<Self, ConnectionError> {
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

impl ServerWords {
    pub(super) fn of<K>(
        region: &Region<K>,
        layout: &ConnectionLayout,
    ) -> Result<Self, ConnectionError> {
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
