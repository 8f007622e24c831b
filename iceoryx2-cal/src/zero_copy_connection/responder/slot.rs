// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a server does to one slot, beside publishing.

use super::{
    super::{
        ChunkKey, ConnectionError,
        descriptor::{Heading, ReadFrom},
    },
    Respond, Slot,
};

impl Slot {
    /// A response will be sent soon.
    // WHY the first alone: whoever reads a stream polls for the next, and would fetch the line back.
    #[inline(always)]
    pub(super) fn prepare(&self) {
        if self.responses.tail() == self.read_from {
            self.responses.prepare(self.ring);
        }
    }

    /// A request says from where its client reads: everything before is taken, and whatever older generations left behind it
    /// is ours again.
    #[inline(always)]
    pub(super) fn read_from(&mut self, from: ReadFrom) -> Result<(), ConnectionError> {
        let tail = self.responses.tail();
        match from {
            ReadFrom::Position(position) if position == tail => {}
            ReadFrom::LowHalf(low) if low == low_half(tail) && self.is_within_a_turn() => {}
            ReadFrom::Position(position) => return self.read_from_before(Some(position)),
            ReadFrom::LowHalf(low) => return self.read_from_low_half(low),
        }
        self.read_to_end();
        Ok(())
    }

    /// Whether that is a new request of a client that has read every response, and says so.
    #[inline(always)]
    pub(super) const fn awaits(&self, request: &Heading, read_from: u64) -> bool {
        request.generation() > self.latest && read_from == self.responses.tail()
    }

    /// The client has read every response. The line of the next one is asked for.
    #[inline(always)]
    pub(super) fn read_to_end(&mut self) {
        self.read_from = self.responses.tail();
        self.responses.note_all_taken();
        self.responses.prepare(self.ring);
    }

    /// That request is the slot's latest from now on, and its client has said from where it reads.
    #[inline(always)]
    pub(super) const fn begin(&mut self, request: &Heading) {
        if request.is_settled() {
            self.told = self.read_from;
        }
        self.latest = request.generation();
    }

    /// Whether so few responses were sent since the client has said from where it reads that half a position is enough.
    #[inline(always)]
    const fn is_within_a_turn(&self) -> bool {
        self.responses.tail() - self.read_from <= u32::MAX as u64
    }

    /// The same where there may be several positions with that half.
    #[inline(never)]
    fn read_from_low_half(&mut self, low: u32) -> Result<(), ConnectionError> {
        let tail = self.responses.tail();
        let mut read_from = unfold(low, self.read_from, tail)?;
        if read_from.is_none() {
            self.responses.refresh(self.claims)?;
            read_from = unfold(low, self.responses.taken().max(self.read_from), tail)?;
        }
        self.read_from_before(read_from)
    }

    /// The same for a client that has left some responses. `None`: nobody can tell how many.
    #[inline(never)]
    fn read_from_before(&mut self, read_from: Option<u64>) -> Result<(), ConnectionError> {
        let tail = self.responses.tail();
        if let Some(read_from) = read_from {
            if read_from < self.read_from || read_from > tail {
                return Err(ConnectionError::Descriptor);
            }
            self.read_from = read_from;
            self.responses.note_taken(read_from);
        }
        self.responses.discard_below(self.ring, tail);
        Ok(())
    }

    /// Looks how far the client is, then evicts if overflow is on. `Sent`: there is room now.
    #[cold]
    pub(super) fn make_room(&mut self, overflow: bool) -> Result<Respond, ConnectionError> {
        self.responses.refresh(self.claims)?;
        if !self.responses.is_full() {
            return Ok(Respond::Sent);
        }
        if self.is_cancelled(self.latest) {
            return Ok(Respond::NobodyListens);
        }
        if !overflow {
            return Ok(Respond::Full);
        }
        // What is evicted stays among the lendings, and comes home with the next settling.
        self.responses.evict(self.ring, Some(self.claims));
        Ok(Respond::Sent)
    }

    /// Gives home the chunks the client has done with.
    #[cold]
    pub(super) fn settle(&mut self, give: &mut dyn FnMut(ChunkKey)) -> Result<(), ConnectionError> {
        self.responses.refresh(self.claims)?;
        self.lent.settle(&self.responses, self.claims, give);
        Ok(())
    }

    /// Whether the client has given up request `generation`.
    #[inline]
    pub(super) fn is_cancelled(&self, generation: u64) -> bool {
        // ORDERING(cancel): pairs with the Release store in `Requester::cancel`.
        self.cancelled.observe() >= generation
    }
}

/// The position between `from` and `tail` whose low half is `low`. `None`: they are too far apart to tell.
#[inline]
fn unfold(low: u32, from: u64, tail: u64) -> Result<Option<u64>, ConnectionError> {
    let distance = tail.saturating_sub(from);
    let unread = u64::from(low_half(tail).wrapping_sub(low));
    if distance > u64::from(u32::MAX) {
        Ok(None)
    } else if unread > distance {
        Err(ConnectionError::Descriptor)
    } else {
        Ok(Some(tail - unread))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "half of it is asked for")]
const fn low_half(position: u64) -> u32 {
    position as u32
}

#[cfg(test)]
mod tests {
    use super::{ConnectionError, unfold};

    const TURN: u64 = 1 << 32;

    #[test]
    fn a_low_half_names_one_position_within_a_turn() {
        for tail in [0, 1, 7, TURN - 1, TURN, TURN + 5, 9 * TURN + 1, 1 << 62] {
            for unread in [0, 1, 5, TURN - 1]
                .into_iter()
                .filter(|unread| *unread <= tail)
            {
                let position = tail - unread;
                let low = u32::try_from(position % TURN).unwrap();
                assert_eq!(unfold(low, position, tail), Ok(Some(position)));
                let lowest = tail.saturating_sub(TURN - 1);
                assert_eq!(unfold(low, lowest, tail), Ok(Some(position)));
            }
        }
    }

    #[test]
    fn a_low_half_outside_is_a_violation() {
        for (low, from, tail) in [(1, 0, 0), (4, 5, 9), (10, 5, 9), (u32::MAX, TURN, TURN + 3)] {
            assert_eq!(unfold(low, from, tail), Err(ConnectionError::Descriptor));
        }
    }

    #[test]
    fn nobody_guesses_over_a_whole_turn() {
        for low in [0, 5, u32::MAX] {
            assert_eq!(unfold(low, 5, 5 + TURN), Ok(None));
        }
    }
}
