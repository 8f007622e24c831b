// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which slots no pending response has.

/// A stack of free slots, some of which always stay in it: there are more slots than active requests.
#[derive(Debug)]
pub(super) struct FreeSlots {
    slots: Box<[u32]>,
    // INVARIANT: at most as many as there are slots; those are free, the next one last.
    count: usize,
    /// So many stay.
    spare: usize,
}

impl FreeSlots {
    /// All of `slots` slots, of which no more than `active` are ever taken.
    pub(super) fn new(slots: u32, active: u32) -> Self {
        Self {
            slots: (0..slots).rev().collect(),
            count: slots as usize,
            spare: slots.saturating_sub(active) as usize,
        }
    }

    /// The slot that is taken next; `None` if no more may be taken.
    #[inline(always)]
    pub(super) fn next(&self) -> Option<u32> {
        if self.count > self.spare {
            self.slots.get(self.count - 1).copied()
        } else {
            None
        }
    }

    /// Takes the next one, which must be there.
    #[inline(always)]
    pub(super) const fn take(&mut self) {
        self.count -= 1;
    }

    /// Gives one back that was taken.
    #[inline(always)]
    pub(super) fn give(&mut self, slot: u32) {
        if let Some(place) = self.slots.get_mut(self.count) {
            *place = slot;
            self.count += 1;
        }
    }

    /// Makes the last given of those that `suit` the next, if there is one.
    pub(super) fn prefer(&mut self, suit: impl FnMut(&u32) -> bool) {
        let free = self.slots.get_mut(..self.count).unwrap_or_default();
        if let (Some(index), Some(last)) = (free.iter().rposition(suit), free.len().checked_sub(1))
        {
            free.swap(index, last);
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
