// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whose turn it is among a server's clients: they are served strictly in turn, from where the last served has its place.
//!
//! What is looked at lies side by side, so that a look at an idle client costs the one cache line its request will come
//! in, and a few are looked at before anything depends on what is seen: 0.6 ns each with 256 of them (`benchmarks --
//! clients`), where a walk over the connections took 5.4.

use crate::port::places::Places;
use core::ops::Range;
use iceoryx2_cal::{Mechanisms, zero_copy_connection::RequestWatch};

/// Where something for somebody comes in.
pub(super) trait Watch {
    /// Whether it has.
    fn sees_more(&self) -> bool;

    /// Where nothing comes.
    // WHY no Option: looks at many that have nothing shall need no decision each.
    fn blind() -> Self;
}

impl<M: Mechanisms> Watch for RequestWatch<M> {
    #[inline(always)]
    fn sees_more(&self) -> bool {
        self.sees_more()
    }

    fn blind() -> Self {
        Self::blind()
    }
}

/// Clients in their places, and whose turn it is.
#[derive(Debug)]
pub(super) struct Rotation<C, W> {
    clients: Places<C>,
    /// By place. Blind: nobody is there, or nothing comes any more.
    // INVARIANT: one for each place that was ever given.
    watches: Vec<W>,
    turn: usize,
    /// Who was served last.
    last: usize,
}

impl<C, W: Watch> Rotation<C, W> {
    pub(super) const fn new() -> Self {
        Self {
            clients: Places::new(),
            watches: Vec::new(),
            turn: 0,
            last: 0,
        }
    }

    /// Whoever is alone. No look is needed beside the one at what came, so that the watch lags behind until somebody else
    /// [enters](Self::enter): it sees more then, or nothing for ever.
    #[inline(always)]
    pub(super) const fn only_mut(&mut self) -> Option<&mut C> {
        self.clients.only_mut()
    }

    /// The first, in turn, for whom something has come.
    #[inline(never)]
    pub(super) fn next(&self) -> Option<usize> {
        let turn = self.turn.min(self.watches.len());
        let (before, from) = self.watches.split_at(turn);
        let next = first_that_sees(from).map(|place| turn + place);
        next.or_else(|| first_that_sees(before))
    }

    /// Whether something has come for whoever is in the place.
    #[inline(always)]
    pub(super) fn sees_more(&self, place: usize) -> bool {
        matches!(self.watches.get(place), Some(watch) if watch.sees_more())
    }

    /// Whose turn is next. A round of as many as there are places, beginning there, meets everybody.
    pub(super) fn round(&self) -> impl Iterator<Item = usize> + use<C, W> {
        let count = self.watches.len();
        let turn = self.turn.min(count);
        (turn..count).chain(0..turn)
    }

    /// Whoever is in the place was served.
    pub(super) const fn go_on_after(&mut self, place: usize) {
        self.turn = place + 1;
        self.last = place;
    }

    /// Who was served last.
    #[inline(always)]
    pub(super) fn last_mut(&mut self) -> Option<&mut C> {
        self.clients.get_mut(self.last)
    }

    /// Whoever is in the place, and where its next things come.
    #[inline(always)]
    pub(super) fn get_watched(&mut self, place: usize) -> Option<(&mut C, &mut W)> {
        let client = self.clients.get_mut(place)?;
        Some((client, self.watches.get_mut(place)?))
    }

    /// Whoever is in a place that was given.
    #[inline(always)]
    pub(super) fn given_mut(&mut self, place: usize) -> Option<&mut C> {
        self.clients.given_mut(place)
    }

    pub(super) fn get(&self, place: usize) -> Option<&C> {
        self.clients.get(place)
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut C> {
        self.clients.get_mut(place)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &C> {
        self.clients.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut C> {
        self.clients.iter_mut()
    }

    /// All places, whoever has them.
    pub(super) fn places(&self) -> Range<usize> {
        self.clients.places()
    }

    /// The place of the first of whom `found` says so.
    pub(super) fn find(&self, found: impl Fn(&C) -> bool) -> Option<usize> {
        self.clients.find(found)
    }

    /// Gives somebody a place that nobody has. Whoever was alone `follow`s what comes from now on.
    pub(super) fn enter(&mut self, client: C, watch: W, follow: impl Fn(&C, &mut W)) -> usize {
        if let (Some(only), [watch]) = (self.clients.only(), self.watches.as_mut_slice()) {
            follow(only, watch);
        }
        let place = self.clients.enter(client);
        match self.watches.get_mut(place) {
            Some(looks) => *looks = watch,
            None => self.watches.push(watch),
        }
        place
    }

    /// Nothing comes any more for whoever is in the place.
    pub(super) fn ignore(&mut self, place: usize) {
        if let Some(watch) = self.watches.get_mut(place) {
            *watch = W::blind();
        }
    }

    /// Takes the places of all those of whom `over` says so.
    pub(super) fn sweep(&mut self, over: impl Fn(&C) -> bool) {
        self.clients.sweep(over);
        for (place, watch) in self.watches.iter_mut().enumerate() {
            if self.clients.get(place).is_none() {
                *watch = W::blind();
            }
        }
    }
}

/// So many are looked at between two decisions.
// WHY: lines of idle clients come from far away, but many at a time, as long as nothing depends on what they say.
const GROUP: usize = 8;

/// The first that sees something.
fn first_that_sees<W: Watch>(watches: &[W]) -> Option<usize> {
    let mut groups = watches.chunks_exact(GROUP);
    let mut place = 0;
    for group in groups.by_ref() {
        let looks = group.iter().map(Watch::sees_more);
        if looks.fold(false, |any, sees| any | sees) {
            return position(group).map(|index| place + index);
        }
        place += GROUP;
    }
    let mut rest = groups.remainder().iter();
    rest.position(Watch::sees_more).map(|index| place + index)
}

// WHY a call: what it needs would otherwise be kept ready by every look.
#[inline(never)]
fn position<W: Watch>(watches: &[W]) -> Option<usize> {
    watches.iter().position(Watch::sees_more)
}

#[cfg(test)]
mod tests {
    use super::{Rotation, Watch};

    struct Queue(bool);

    impl Watch for Queue {
        fn sees_more(&self) -> bool {
            self.0
        }

        fn blind() -> Self {
            Self(false)
        }
    }

    fn rotation(count: usize) -> Rotation<usize, Queue> {
        let mut rotation = Rotation::new();
        for place in 0..count {
            let watch = Queue(place % 2 == 0);
            assert_eq!(rotation.enter(place, watch, |_, _| ()), place);
        }
        rotation
    }

    fn enter(rotation: &mut Rotation<usize, Queue>, client: usize, watch: bool) -> usize {
        rotation.enter(client, Queue(watch), |_, watch| watch.0 = false)
    }

    // Fails if: `only_mut` takes the first of several, or `enter` lets nobody follow.
    #[test]
    fn who_is_alone_is_watched_from_when_another_enters() {
        let mut rotation = Rotation::new();
        assert!(rotation.only_mut().is_none());
        enter(&mut rotation, 7, true);
        assert_eq!(rotation.only_mut(), Some(&mut 7));
        assert_eq!(rotation.next(), Some(0));
        enter(&mut rotation, 8, true);
        assert!(rotation.only_mut().is_none());
        assert_eq!(rotation.next(), Some(1));
        enter(&mut rotation, 9, false);
        assert_eq!(rotation.next(), Some(1));
    }

    #[test]
    fn the_next_is_the_first_in_turn_for_whom_something_has_come() {
        for count in [0, 1, 2, 7, 8, 9, 16, 17, 31] {
            for turn in 0..=count {
                for (one, other) in (0..count).flat_map(|one| (0..=one).map(move |o| (one, o))) {
                    let mut rotation = Rotation::new();
                    for place in 0..count {
                        let watch = Queue(place == one || place == other);
                        rotation.enter(place, watch, |_, _| ());
                    }
                    rotation.turn = turn;
                    let expected = rotation.round().find(|place| [one, other].contains(place));
                    assert_eq!(rotation.next(), expected, "{count} {turn} {one} {other}");
                }
            }
        }
    }

    #[test]
    fn nobody_is_next_where_nothing_has_come() {
        for count in 0..40 {
            let mut rotation = rotation(count);
            (0..count).for_each(|place| rotation.ignore(place));
            rotation.turn = count / 2;
            assert_eq!(rotation.next(), None);
        }
    }

    #[test]
    fn a_round_meets_everybody_once_from_whoevers_turn_it_is() {
        let mut rotation = rotation(4);
        assert_eq!(rotation.round().collect::<Vec<_>>(), [0, 1, 2, 3]);
        rotation.go_on_after(2);
        assert_eq!(rotation.round().collect::<Vec<_>>(), [3, 0, 1, 2]);
        rotation.go_on_after(3);
        assert_eq!(rotation.round().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn who_has_left_has_nothing_and_leaves_room() {
        let mut rotation = rotation(3);
        rotation.ignore(0);
        rotation.sweep(|client| *client == 2);
        assert_eq!([0, 1, 2].map(|place| rotation.sees_more(place)), [false; 3]);
        assert_eq!(enter(&mut rotation, 7, true), 2);
        assert!(rotation.sees_more(2));
    }
}
