// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Looking again and again for a response that is not there yet, with a load and three comparisons.

use super::prefetch::Prefetch;
use crate::Mechanisms;
use iceoryx2_bb_lock_free::ring::Watch;
use std::sync::Arc;

/// Where the next response to one request will come. Made and moved on by [`Requester::watch`](super::Requester::watch).
#[derive(Debug)]
pub struct ResponseWatch<M: Mechanisms> {
    pub(super) generation: u64,
    // INVARIANT: lies in `memory`.
    pub(super) place: Watch<'static>,
    pub(super) prefetch: Prefetch,
    pub(super) memory: Arc<M::PeerMemory>,
}

impl<M: Mechanisms> ResponseWatch<M> {
    /// Whether no response to request `generation` is there for certain. If not, [`Requester`](super::Requester) knows.
    #[inline(always)]
    #[must_use]
    pub fn is_silent(&mut self, generation: u64) -> bool {
        if self.generation != generation || self.place.sees_more() {
            return false;
        }
        self.prefetch.failed(|_| None);
        true
    }
}
