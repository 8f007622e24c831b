// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A port's connections, each in its place, which it keeps as long as it is there.

use core::{ops::Range, slice};

/// Whoever is there, each in a place.
// WHY two: most ports have one peer. It lies where the port lies, and one comparison tells that it is there, and alone.
#[derive(Debug)]
pub(super) enum Places<C> {
    /// There never was a second place.
    One(Option<C>),
    // INVARIANT: it never becomes shorter, but in `clear`.
    Many(Vec<Option<C>>),
}

impl<C> Places<C> {
    pub(super) const fn new() -> Self {
        Self::One(None)
    }

    /// Whoever is alone.
    #[inline(always)]
    pub(super) const fn only(&self) -> Option<&C> {
        match self {
            Self::One(only) => only.as_ref(),
            Self::Many(_) => None,
        }
    }

    /// Whoever is alone.
    #[inline(always)]
    pub(super) const fn only_mut(&mut self) -> Option<&mut C> {
        match self {
            Self::One(only) => only.as_mut(),
            Self::Many(_) => None,
        }
    }

    /// Whoever is in a place that was given.
    #[inline(always)]
    pub(super) fn given_mut(&mut self, place: usize) -> Option<&mut C> {
        match self {
            // INVARIANT: no other place was ever given.
            Self::One(Some(only)) => Some(only),
            _ => self.get_mut(place),
        }
    }

    /// All places, whoever has them.
    pub(super) fn places(&self) -> Range<usize> {
        0..self.all().len()
    }

    fn all(&self) -> &[Option<C>] {
        match self {
            Self::One(only) => slice::from_ref(only),
            Self::Many(many) => many,
        }
    }

    fn all_mut(&mut self) -> &mut [Option<C>] {
        match self {
            Self::One(only) => slice::from_mut(only),
            Self::Many(many) => many,
        }
    }

    pub(super) fn get(&self, place: usize) -> Option<&C> {
        self.all().get(place)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut C> {
        self.all_mut().get_mut(place)?.as_mut()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &C> {
        self.all().iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut C> {
        self.all_mut().iter_mut().flatten()
    }

    /// The place of the first of whom `found` says so.
    pub(super) fn find(&self, found: impl Fn(&C) -> bool) -> Option<usize> {
        let mut places = self.all().iter();
        places.position(|place| place.as_ref().is_some_and(&found))
    }

    /// Gives somebody a place that nobody has, and says which.
    pub(super) fn enter(&mut self, connection: C) -> usize {
        let free = self.all().iter().position(Option::is_none);
        let place = free.unwrap_or(self.all().len());
        if free.is_none() {
            self.add_place();
        }
        if let Some(free) = self.all_mut().get_mut(place) {
            *free = Some(connection);
        }
        place
    }

    fn add_place(&mut self) {
        match self {
            Self::One(only) => *self = Self::Many(vec![only.take(), None]),
            Self::Many(many) => many.push(None),
        }
    }

    /// Takes the places of all those of whom `over` says so.
    pub(super) fn sweep(&mut self, over: impl Fn(&C) -> bool) {
        for place in self.all_mut() {
            if place.as_ref().is_some_and(&over) {
                *place = None;
            }
        }
    }

    /// Lets go of all.
    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    fn places(count: usize) -> Places<usize> {
        let mut places = Places::new();
        (0..count).for_each(|peer| assert_eq!(places.enter(peer), peer));
        places
    }

    // Fails if: `only_mut` asks for no others.
    #[test]
    fn who_is_not_alone_is_not_the_only_one() {
        for count in 0..4 {
            let mut places = places(count);
            let only = (count == 1).then_some(0);
            assert_eq!(places.only().copied(), only);
            assert_eq!(places.only_mut().copied(), only);
        }
    }

    #[test]
    fn everybody_has_a_place() {
        for count in 0..4 {
            let mut places = places(count);
            assert_eq!(places.places().len(), count.max(1));
            assert!(places.iter().copied().eq(0..count));
            assert!(places.iter_mut().map(|peer| *peer).eq(0..count));
            for place in 0..5 {
                let peer = (place < count).then_some(place);
                assert_eq!(places.get(place).copied(), peer);
                assert_eq!(places.get_mut(place).copied(), peer);
                assert_eq!(places.find(|peer| *peer == place), peer);
            }
            for place in 0..count {
                assert_eq!(places.given_mut(place).copied(), Some(place));
            }
            places.clear();
            assert_eq!((places.iter().count(), places.places()), (0, 0..1));
        }
    }

    // Fails if: `sweep` leaves the first, or `enter` does not fill what became free.
    #[test]
    fn who_leaves_makes_room_and_moves_nobody() {
        for gone in 0..3 {
            let mut places = places(3);
            places.sweep(|peer| *peer == gone);
            assert_eq!(places.get(gone), None);
            assert!(places.only_mut().is_none());
            assert_eq!(places.enter(7), gone);
            assert_eq!(places.get(gone), Some(&7));
            assert_eq!(places.places(), 0..3);
        }
    }

    // Fails if: the first place is not the one that becomes free.
    #[test]
    fn who_comes_after_the_only_one_has_left_is_alone() {
        let mut places = places(1);
        places.sweep(|_| true);
        assert_eq!(places.given_mut(0), None);
        assert_eq!((places.enter(7), places.only()), (0, Some(&7)));
    }
}
