// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The client is gone: what it had asked can still be taken, and what it had borrowed comes home.

use super::{super::ChunkKey, Responder};
use crate::Mechanisms;
use iceoryx2_bb_lock_free::{
    ring::{Claim, Ring},
    word::Word,
};

impl<M: Mechanisms> Responder<M> {
    /// The client is gone, and what it had announced was taken in: copies out the requests it had published, gives all lent
    /// chunks home, and never touches the own half again. Doing it twice does nothing.
    pub fn detach(&mut self, give: &mut dyn FnMut(ChunkKey)) {
        if self.detached {
            return;
        }
        self.rescue();
        while self.refloat().is_some() {}
        self.detached = true;
        for borrowing in &mut self.borrowed {
            borrowing.claim = Claim::nobodys();
        }
        self.ring = Ring::blind();
        for slot in &mut self.slots {
            slot.latest = 0;
            slot.lent.settle_all(give);
        }
    }

    /// Forgets the requests of a client that is gone.
    pub fn discard_rescued(&mut self) {
        self.rescued.clear();
    }

    /// Takes what a dead client left, with claims of nobody's, since it will never look at ours again.
    pub(super) fn rescue(&mut self) {
        let (taken, hold) = (Word::new(0), Word::new(0));
        let claim = Claim::new(&taken, &hold);
        for _ in 0..self.limits.active_requests {
            let Ok(Some(message)) = self.requests.take(self.ring, claim) else {
                return;
            };
            let Ok(request) = self.accept(message) else {
                return;
            };
            if self.peer.chunks.vet(&request).is_err() {
                return;
            }
            self.rescued.push_back(request);
        }
    }
}
