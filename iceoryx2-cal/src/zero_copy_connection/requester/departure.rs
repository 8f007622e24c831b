// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The server is gone: what it had published stays readable, and what it had borrowed comes home.

use super::{
    super::{ChunkKey, chunks::PeerChunks, descriptor::Descriptor, port_page::PeerPage},
    Receive, Requester, Slot, Stranded, accept,
};
use crate::Mechanisms;
use iceoryx2_bb_lock_free::{
    ring::{Claim, Ring},
    word::Word,
};
use std::collections::VecDeque;

impl<M: Mechanisms> Requester<M> {
    /// Takes the next response that was copied out at the server's death; nothing if the server has not answered yet.
    #[cold]
    #[inline(never)]
    pub(super) fn receive_rescued(&mut self, slot: u32) -> Receive {
        let free = self.free_hold(slot);
        let Some(rescued) = self.rescued.get_mut(slot as usize) else {
            return Receive::Nothing;
        };
        if rescued.is_empty() {
            return Receive::Nothing;
        }
        let Some(hold) = free else {
            return Receive::NoBorrowLeft;
        };
        let Some(descriptor) = rescued.pop_front() else {
            return Receive::Nothing;
        };
        // WHY: what was rescued was vetted, and stays mapped.
        self.hand_over(Stranded {
            slot,
            hold,
            descriptor,
        })
        .unwrap_or(Receive::Nothing)
    }

    /// Nobody listens to request `generation` of a gone server any more. Returns whether somebody did.
    #[cold]
    #[inline(never)]
    pub(super) fn forget_rescued(&mut self, slot: u32, generation: u64) -> bool {
        let entry = self.slots.get_mut(slot as usize);
        let Some(entry) = entry.filter(|entry| entry.generation == generation) else {
            return false;
        };
        entry.generation = 0;
        if let Some(rescued) = self.rescued.get_mut(slot as usize) {
            rescued.clear();
        }
        true
    }

    /// The server is gone, and what it had announced was taken in: copies out what it had published for whoever still
    /// listens, gives all lent chunks home, and never touches the own half again. Doing it twice does nothing.
    pub fn detach(&mut self, give: &mut dyn FnMut(ChunkKey)) {
        if self.detached {
            return;
        }
        if let Some(peer) = &self.peer {
            let slots = (0..).zip(&mut self.slots);
            let rescue = slots
                .map(|(slot, entry)| entry.rescue(slot, &peer.chunks, self.limits.response_buffer));
            self.rescued = rescue.collect();
            // CRASH: a dead server's counter is as good as its last store; a nonsensical one counts as not taken.
            let _ = self.requests.refresh(peer.words.claims);
        }
        for slot in &mut self.slots {
            (slot.ring, slot.cancelled) = (Ring::lost(), None);
        }
        let firsts = self.slots.iter_mut().map(|slot| &mut slot.hold);
        for hold in firsts.chain(&mut self.holds) {
            hold.claim = Claim::nobodys();
        }
        self.page = PeerPage::nobodys();
        self.detached = true;
        self.lent.settle_all(give);
    }
}

impl Slot {
    /// Takes what a dead server left for whoever still listens, with claims of nobody's, since it will never look at ours
    /// again.
    pub(super) fn rescue<M: Mechanisms>(
        &mut self,
        slot: u32,
        chunks: &PeerChunks<M>,
        at_most: u32,
    ) -> VecDeque<Descriptor> {
        let mut rescued = VecDeque::new();
        if self.generation == 0 {
            return rescued;
        }
        let (taken, hold) = (Word::new(0), Word::new(0));
        let claim = Claim::new(&taken, &hold);
        for _ in 0..at_most.saturating_mul(2) {
            let Ok(Some(message)) = self.responses.take(self.ring, claim) else {
                break;
            };
            let Some(descriptor) = Descriptor::decode(message) else {
                break;
            };
            let response = descriptor.heading;
            if accept(response, slot, self.generation).is_err() {
                break;
            }
            if response.generation() == self.generation {
                if chunks.vet(&descriptor).is_err() {
                    break;
                }
                rescued.push_back(descriptor);
            }
        }
        rescued
    }
}
