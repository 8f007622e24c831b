// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which slots no pending response has.

/// A stack of free slots, some of which always stay in it: there are more slots than active requests.
#[derive(Debug)]
pub(super) struct FreeSlots {
    /// Those below `free` are free, the next one last.
    // WHY no Vec: a way on which a stack might grow has to be ready for it. All slots have a place already.
    slots: Box<[u32]>,
    free: usize,
    /// So many stay.
    spare: usize,
}

impl FreeSlots {
    /// All of `slots` slots, of which no more than `active` are ever taken.
    pub(super) fn new(slots: u32, active: u32) -> Self {
        Self {
            slots: (0..slots).rev().collect(),
            free: slots as usize,
            spare: slots.saturating_sub(active) as usize,
        }
    }

    /// The slot that is taken next; `None` if no more may be taken.
    #[inline(always)]
    pub(super) fn next(&self) -> Option<u32> {
        if self.free > self.spare {
            self.slots.get(self.free - 1).copied()
        } else {
            None
        }
    }

    /// Whether more than one is taken.
    #[inline(always)]
    pub(super) const fn are_several_taken(&self) -> bool {
        self.free + 1 < self.slots.len()
    }

    /// Takes the next one, which there must be.
    #[inline(always)]
    pub(super) const fn take(&mut self) {
        self.free -= 1;
    }

    /// Gives one back that was taken.
    #[inline(always)]
    pub(super) fn give(&mut self, slot: u32) {
        if let Some(place) = self.slots.get_mut(self.free) {
            *place = slot;
            self.free += 1;
        }
    }

    /// Makes the last given of those that `suit` the next, if there is one.
    pub(super) fn prefer(&mut self, suit: impl FnMut(&u32) -> bool) {
        let free = self.slots.get_mut(..self.free).unwrap_or_default();
        if let Some(index) = free.iter().rposition(suit) {
            free.swap(index, free.len() - 1);
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
        assert!(free.are_several_taken());
        free.give(0);
        assert_eq!(free.next(), Some(0));
        assert!(!free.are_several_taken());
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
