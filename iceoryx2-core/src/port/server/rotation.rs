// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whose turn it is among a server's clients.
//!
//! ```text
//!     each call:  ┌─▶ a few in turn ──▶ those served lately ──▶ more in turn ──▶ those served lately ──▶ … ─▶ nobody
//!                 └── the turn goes on where the last call left it, whatever that found
//! ```
//!
//! Hundreds of idle clients cost who is served next to nothing: it is found after a few looks. And nobody starves, because
//! each call looks first at those whose turn it is, so that everybody's turn comes after one round of calls. As long as
//! there are few clients all are served strictly in turn. *Nobody* is said only after a look at everybody.
//!
//! What is looked at lies side by side, so that a look at an idle client costs the one cache line its request will come
//! in.

/// How many are looked at in turn before those served lately are.
const FEW: usize = 4;
/// How many are looked at in turn before those served lately are looked at again.
const GROUP: usize = 16;
/// How many were served lately.
const RECENT: usize = 4;

/// Somebody who may have something.
pub(super) trait Watched {
    /// Whether it has.
    fn sees_more(&self) -> bool;
}

/// The places of those who are looked at, and whose turn it is.
#[derive(Debug)]
pub(super) struct Rotation<W> {
    places: Vec<Option<W>>,
    turn: usize,
    recent: [usize; RECENT],
    /// Where in `recent` the next look begins.
    recent_turn: usize,
}

impl<W: Watched> Rotation<W> {
    pub(super) const fn new() -> Self {
        Self {
            places: Vec::new(),
            turn: 0,
            recent: [0; RECENT],
            recent_turn: 0,
        }
    }

    /// The place of somebody who has something; `None`: nobody has.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<usize> {
        let is_small = self.places.len() <= FEW;
        for _ in 0..self.places.len().min(FEW) {
            let place = self.step();
            if self.sees_more(place) {
                if !is_small {
                    self.remember(place);
                }
                return Some(place);
            }
        }
        if is_small { None } else { self.next_of_many() }
    }

    #[inline(never)]
    fn next_of_many(&mut self) -> Option<usize> {
        let mut left = self.places.len().saturating_sub(FEW);
        loop {
            if let Some(place) = self.next_of_recent() {
                return Some(place);
            }
            if left == 0 {
                return None;
            }
            let group = left.min(GROUP);
            left -= group;
            for _ in 0..group {
                let place = self.step();
                if self.sees_more(place) {
                    self.remember(place);
                    return Some(place);
                }
            }
        }
    }

    #[inline]
    fn next_of_recent(&mut self) -> Option<usize> {
        for _ in 0..RECENT {
            let place = self.recent.get(self.recent_turn).copied();
            self.recent_turn = (self.recent_turn + 1) % RECENT;
            let place = place.filter(|place| self.sees_more(*place));
            if place.is_some() {
                return place;
            }
        }
        None
    }

    /// Whose turn it is; then it is the next one's.
    #[inline(always)]
    fn step(&mut self) -> usize {
        let place = if self.turn < self.places.len() {
            self.turn
        } else {
            0
        };
        self.turn = place + 1;
        place
    }

    /// It was served just now, in the place of who was served longest ago.
    fn remember(&mut self, place: usize) {
        if !self.recent.contains(&place) {
            if let Some(oldest) = self.recent.get_mut(self.recent_turn) {
                *oldest = place;
            }
            self.recent_turn = (self.recent_turn + 1) % RECENT;
        }
    }

    /// Whether whoever is in the place has something.
    #[inline(always)]
    pub(super) fn sees_more(&self, place: usize) -> bool {
        matches!(self.places.get(place), Some(Some(watched)) if watched.sees_more())
    }

    /// Whose turn is next. A round of as many as there are places, beginning there, meets everybody.
    pub(super) fn round(&self) -> impl Iterator<Item = usize> + use<W> {
        let count = self.places.len();
        let turn = self.turn.min(count);
        (turn..count).chain(0..turn)
    }

    /// Somebody out of turn was served.
    pub(super) const fn go_on_after(&mut self, place: usize) {
        self.turn = place + 1;
    }

    #[inline(always)]
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut W> {
        self.places.get_mut(place)?.as_mut()
    }

    pub(super) fn get(&self, place: usize) -> Option<&W> {
        self.places.get(place)?.as_ref()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &W> {
        self.places.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut W> {
        self.places.iter_mut().flatten()
    }

    /// All places, whoever has them.
    pub(super) fn places(&self) -> core::ops::Range<usize> {
        0..self.places.len()
    }

    /// The place of the first of whom `found` says so.
    pub(super) fn find(&self, found: impl Fn(&W) -> bool) -> Option<usize> {
        self.places
            .iter()
            .position(|place| place.as_ref().is_some_and(&found))
    }

    /// Gives somebody a place that nobody has.
    pub(super) fn enter(&mut self, watched: W) -> usize {
        let free = self.places.iter().position(Option::is_none);
        let place = free.unwrap_or(self.places.len());
        match self.places.get_mut(place) {
            Some(free) => *free = Some(watched),
            None => self.places.push(Some(watched)),
        }
        place
    }

    /// Takes the places of all those of whom `over` says so.
    pub(super) fn sweep(&mut self, over: impl Fn(&W) -> bool) {
        for place in &mut self.places {
            if place.as_ref().is_some_and(&over) {
                *place = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, GROUP, RECENT, Rotation, Watched};
    use std::{cell::Cell, rc::Rc};

    /// Has something as long as its count is above zero.
    struct Queue(Rc<Cell<u32>>);

    impl Watched for Queue {
        fn sees_more(&self) -> bool {
            self.0.get() > 0
        }
    }

    fn rotation(count: usize) -> (Rotation<Queue>, Vec<Rc<Cell<u32>>>) {
        let mut rotation = Rotation::new();
        let queues: Vec<_> = (0..count).map(|_| Rc::new(Cell::new(0))).collect();
        for (place, queue) in queues.iter().enumerate() {
            assert_eq!(rotation.enter(Queue(Rc::clone(queue))), place);
        }
        (rotation, queues)
    }

    const COUNTS: [usize; 8] = [1, 2, FEW, FEW + 1, GROUP, FEW + GROUP, FEW + GROUP + 1, 256];

    #[test]
    fn nobody_is_said_only_after_a_look_at_everybody() {
        for count in COUNTS {
            let (mut rotation, queues) = rotation(count);
            for _ in 0..3 {
                assert_eq!(rotation.next(), None);
                for (place, queue) in queues.iter().enumerate() {
                    queue.set(1);
                    assert_eq!(rotation.next(), Some(place), "{count} places");
                    queue.set(0);
                    assert_eq!(rotation.next(), None);
                }
            }
        }
    }

    #[test]
    fn those_who_always_have_something_are_served_in_turn() {
        for count in COUNTS {
            let (mut rotation, queues) = rotation(count);
            queues.iter().for_each(|queue| queue.set(1));
            let served: Vec<_> = (0..2 * count).filter_map(|_| rotation.next()).collect();
            let want: Vec<_> = (0..count).chain(0..count).collect();
            assert_eq!(served, want);
        }
    }

    #[test]
    fn whoever_is_busy_starves_nobody() {
        for count in COUNTS.into_iter().filter(|count| *count > RECENT) {
            let (mut rotation, queues) = rotation(count);
            for busy in queues.iter().take(RECENT) {
                busy.set(1);
                rotation.next();
            }
            for (place, quiet) in queues.iter().enumerate().skip(RECENT) {
                quiet.set(1);
                let wait = (0..).take_while(|_| rotation.next() != Some(place)).count();
                assert!(
                    wait <= count.div_ceil(FEW) + RECENT,
                    "{wait} of {count} were served before"
                );
                quiet.set(0);
            }
        }
    }

    #[test]
    fn those_served_lately_share_alike() {
        let (mut rotation, queues) = rotation(256);
        let busy = [3, 77, 200];
        for place in busy {
            queues[place].set(1);
        }
        let mut served = [0; 256];
        for _ in 0..3_000 {
            served[rotation.next().unwrap()] += 1;
        }
        for place in busy {
            assert!((900..=1_100).contains(&served[place]), "{}", served[place]);
        }
    }

    #[test]
    fn who_has_left_is_not_served_and_leaves_room() {
        let (mut rotation, queues) = rotation(6);
        queues.iter().for_each(|queue| queue.set(1));
        queues[3].set(2);
        rotation.sweep(|queue| queue.0.get() == 2);
        let served: Vec<_> = (0..6).filter_map(|_| rotation.next()).collect();
        assert_eq!(served, [0, 1, 2, 4, 5, 0]);
        assert_eq!(rotation.enter(Queue(Rc::clone(&queues[3]))), 3);
    }

    #[test]
    fn a_round_meets_everybody_once_from_whoevers_turn_it_is() {
        let (mut rotation, _) = rotation(4);
        assert_eq!(rotation.round().collect::<Vec<_>>(), [0, 1, 2, 3]);
        rotation.go_on_after(2);
        assert_eq!(rotation.round().collect::<Vec<_>>(), [3, 0, 1, 2]);
        rotation.go_on_after(3);
        assert_eq!(rotation.round().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }
}
