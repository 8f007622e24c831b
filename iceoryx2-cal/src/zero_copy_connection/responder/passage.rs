// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The way of a response in a chunk, which is filled only once nothing stands in that way.

use super::{
    super::{
        ChunkKey,
        descriptor::{Body, encode},
        lending::Homecoming,
    },
    Responder, Slot,
};
use crate::Mechanisms;
use iceoryx2_bb_lock_free::ring::NextLine;

/// The way of a response in a chunk that nothing stands in.
#[derive(Debug)]
pub struct ResponsePassage<'a> {
    // INVARIANT: among what it has lent there is room for one more.
    entry: &'a mut Slot,
    line: NextLine<'static>,
    slot: u32,
    generation: u64,
    /// How many requests are borrowed, with the one it answers.
    borrows: &'a u32,
}

impl<M: Mechanisms> Responder<M> {
    /// The way of a response in a chunk that has no loan, if it might have one of `loans_max` and nothing stands in that way:
    /// it answers the slot's latest request, and there is room as far as is known.
    ///
    /// With it comes the latest chunk of those in which responses of the slot went and which the client has done with, as far
    /// as it has said so with a request; older ones are given home.
    #[inline(always)]
    pub fn passage(
        &mut self,
        hold: u32,
        loans_max: u32,
        give: impl FnMut(ChunkKey),
    ) -> Option<(ResponsePassage<'_>, Option<Homecoming>)> {
        let borrowing = self.borrowed.get(hold as usize)?;
        // INVARIANT: who has a hold has not given it back, so that it is in use.
        if borrowing.loans() >= loans_max {
            return None;
        }
        let (slot, generation) = (borrowing.slot, borrowing.generation);
        let entry = self.slots.get_mut(slot as usize)?;
        if entry.latest != generation {
            return None;
        }
        let line = entry.responses.next_line(entry.ring)?;
        let home = entry.lent.make_room(entry.told, give)?;
        let passage = ResponsePassage {
            entry,
            line,
            slot,
            generation,
            borrows: &self.borrows,
        };
        Some((passage, home))
    }
}

impl ResponsePassage<'_> {
    /// Publishes the response. Afterwards ask [`Responder::must_ring`].
    #[inline(always)]
    pub fn publish(self, body: &Body) {
        let settled = *self.borrows == 1;
        let (message, sent) = encode(self.generation, self.slot, 0, settled, body);
        let message = message.get(..sent).unwrap_or(&message);
        let position = self.entry.responses.publish_in(self.line, message);
        if let Body::Chunk { chunk, key, .. } = body {
            self.entry.lent.push(position, *key, *chunk);
        }
    }
}
