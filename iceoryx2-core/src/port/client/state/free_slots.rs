// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which slots no pending response has.

/// A stack of free slots, some of which always stay in it: there are more slots than active requests.
#[derive(Debug)]
pub(super) struct FreeSlots {
    /// The next one last.
    slots: Vec<u32>,
    /// So many stay.
    spare: usize,
}

impl FreeSlots {
    /// All of `slots` slots, of which no more than `active` are ever taken.
    pub(super) fn new(slots: u32, active: u32) -> Self {
        Self {
            slots: (0..slots).rev().collect(),
            spare: slots.saturating_sub(active) as usize,
        }
    }

    /// The slot that is taken next; `None` if no more may be taken.
    #[inline(always)]
    pub(super) fn next(&self) -> Option<u32> {
        if self.slots.len() > self.spare {
            self.slots.last().copied()
        } else {
            None
        }
    }

    /// Takes the next one.
    #[inline(always)]
    pub(super) fn take(&mut self) {
        self.slots.pop();
    }

    /// Gives one back that was taken.
    #[inline(always)]
    pub(super) fn give(&mut self, slot: u32) {
        // WHY the question: a way on which the stack might grow has to be ready for it. All slots have a place already.
        if self.slots.len() < self.slots.capacity() {
            self.slots.push(slot);
        }
    }

    /// Makes the last given of those that `suit` the next, if there is one.
    pub(super) fn prefer(&mut self, suit: impl FnMut(&u32) -> bool) {
        if let Some(index) = self.slots.iter().rposition(suit) {
            let last = self.slots.len() - 1;
            self.slots.swap(index, last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FreeSlots;

    #[test]
    fn no_more_are_taken_than_may_be_active() {
        let mut free = FreeSlots::new(4, 2);
        let mut taken = Vec::new();
        while let Some(slot) = free.next() {
            free.take();
            taken.push(slot);
        }
        assert_eq!(taken, [0, 1]);
        free.give(0);
        assert_eq!(free.next(), Some(0));
    }

    #[test]
    fn the_last_given_that_suits_is_the_next() {
        let mut free = FreeSlots::new(4, 4);
        free.prefer(|slot| *slot >= 2);
        assert_eq!(free.next(), Some(2));
        free.prefer(|_| false);
        assert_eq!(free.next(), Some(2));
    }
}
