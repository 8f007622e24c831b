// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Looking for requests of many clients, most of which have none: two words each, apart from everything else a server
//! knows of them.

use crate::Mechanisms;
use iceoryx2_bb_lock_free::ring::Watch;
use std::sync::Arc;

/// Where a client's next request will come. Made by [`Responder::watch`](super::Responder::watch).
#[derive(Debug)]
pub struct RequestWatch<M: Mechanisms> {
    // INVARIANT: lies in `memory`, or is blind.
    pub(super) place: Watch<'static>,
    pub(super) memory: Option<Arc<M::PeerMemory>>,
}

impl<M: Mechanisms> RequestWatch<M> {
    /// One that never sees anything and keeps no memory: a look at it costs what one at an idle client does, and no
    /// decision.
    #[must_use]
    pub fn blind() -> Self {
        Self {
            place: Watch::blind(),
            memory: None,
        }
    }

    /// Whether there is something to take; without that a take finds nothing.
    #[inline(always)]
    #[must_use]
    pub fn sees_more(&self) -> bool {
        self.place.sees_more()
    }
}
