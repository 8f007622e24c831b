// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The way of a request in a chunk, which is filled only once nothing stands in that way.

use super::{
    super::{
        ChunkKey,
        descriptor::{Body, encode},
        lending::{Homecoming, Lendings},
    },
    Requester, Slot,
};
use crate::Mechanisms;
use iceoryx2_bb_lock_free::ring::{NextLine, Producer};

/// The way of a request in a chunk that nothing stands in.
#[derive(Debug)]
pub struct RequestPassage<'a> {
    requests: &'a mut Producer,
    line: NextLine<'static>,
    // INVARIANT: there is room for one more.
    lent: &'a mut Lendings,
    slot: u32,
    entry: &'a mut Slot,
}

impl<M: Mechanisms> Requester<M> {
    /// The way of a request in a chunk under a slot nobody listens on, if nothing stands in it: no response is borrowed, the
    /// server has answered, is not closing, and has room as far as is known.
    ///
    /// With it comes the latest chunk of those the server has done with, as far as it has said so with a response; older ones
    /// are given home.
    #[inline(always)]
    pub fn passage(
        &mut self,
        slot: u32,
        give: impl FnMut(ChunkKey),
    ) -> Option<(RequestPassage<'_>, Option<Homecoming>)> {
        if self.borrows > 0 || self.page.is_closing() {
            return None;
        }
        let entry = self.slots.get_mut(slot as usize)?;
        let line = self.requests.next_line(self.own.words.ring)?;
        line.prepare();
        let home = self.lent.make_room(self.told, give)?;
        let passage = RequestPassage {
            requests: &mut self.requests,
            line,
            lent: &mut self.lent,
            slot,
            entry,
        };
        Some((passage, home))
    }
}

impl RequestPassage<'_> {
    /// Publishes the request under a generation above all earlier ones. Afterwards ask [`Requester::must_ring`].
    #[inline(always)]
    pub fn publish(self, generation: u64, body: &Body) {
        let read_from = self.entry.responses.position();
        let (message, sent) = encode(generation, self.slot, read_from, true, body);
        let message = message.get(..sent).unwrap_or(&message);
        let position = self.requests.publish_in(self.line, message);
        self.entry.begin(generation, position);
        if let Body::Chunk { chunk, key, .. } = body {
            self.lent.push(position, *key, *chunk);
        }
    }
}
