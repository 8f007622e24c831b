// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which slots no pending response has.

/// The free slots, the last given first. Some always stay: there are more slots than active requests.
#[derive(Debug)]
pub(super) struct FreeSlots {
    /// The next one, if it is known.
    // WHY beside the others: mostly the slot that was given last is taken next.
    // INVARIANT: if it is known, another one may be taken.
    ready: Option<u32>,
    /// Those below `free` are the others, the next one last.
    // WHY no Vec: a way on which a stack might grow has to be ready for it. All slots have a place already.
    others: Box<[u32]>,
    free: usize,
    taken: u32,
    /// So many may be taken.
    active: u32,
}

impl FreeSlots {
    /// All of `slots` slots, of which no more than `active` are ever taken.
    pub(super) fn new(slots: u32, active: u32) -> Self {
        Self {
            ready: None,
            others: (0..slots).rev().collect(),
            free: slots as usize,
            taken: 0,
            active,
        }
    }

    /// The slot that is taken next; `None` if no more may be taken.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<u32> {
        if self.ready.is_none() {
            self.ready = self.pop();
        }
        self.ready
    }

    /// Whether more than one is taken.
    #[inline(always)]
    pub(super) const fn are_several_taken(&self) -> bool {
        self.taken > 1
    }

    /// Takes the [`next`](Self::next) one, which there was.
    #[inline(always)]
    pub(super) const fn take(&mut self) {
        self.ready = None;
        self.taken += 1;
    }

    /// Gives one back that was taken.
    #[inline(always)]
    pub(super) fn give(&mut self, slot: u32) {
        if let Some(before) = self.ready.replace(slot) {
            self.push(before);
        }
        self.taken -= 1;
    }

    #[inline]
    fn pop(&mut self) -> Option<u32> {
        if self.taken < self.active {
            self.free = self.free.checked_sub(1)?;
            self.others.get(self.free).copied()
        } else {
            None
        }
    }

    #[inline]
    fn push(&mut self, slot: u32) {
        if let Some(place) = self.others.get_mut(self.free) {
            *place = slot;
            self.free += 1;
        }
    }

    /// Makes the last given of those that `suit` the next, if there is one.
    pub(super) fn prefer(&mut self, suit: impl FnMut(&u32) -> bool) {
        if let Some(ready) = self.ready.take() {
            self.push(ready);
        }
        let free = self.others.get_mut(..self.free).unwrap_or_default();
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

    // Fails if: one that is given where another is known already gets lost, or either is handed out twice.
    #[test]
    fn what_was_given_comes_back_last_given_first() {
        let mut free = FreeSlots::new(8, 3);
        let take = |free: &mut FreeSlots| free.next().inspect(|_| free.take());
        let taken: Vec<_> = core::iter::from_fn(|| take(&mut free)).collect();
        assert_eq!(taken, [0, 1, 2]);
        for slot in [1, 0, 2] {
            free.give(slot);
        }
        let taken: Vec<_> = core::iter::from_fn(|| take(&mut free)).collect();
        assert_eq!(taken, [2, 0, 1]);
        free.give(0);
        assert_eq!(free.next(), Some(0));
        free.prefer(|slot| *slot == 5);
        assert_eq!(free.next(), Some(5));
        free.take();
        free.give(5);
        free.give(1);
        assert_eq!(free.next(), Some(1));
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
