// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whose turn it is among a server's clients.
//!
//! ```text
//!     each call:  a few in turn ──▶ those served lately ──▶ more in turn ──▶ who was served last ─┬▶ nobody
//!                 └─ from where the last call                └───────────────◀────────────────────┘
//!                    has left off, whatever it found
//! ```
//!
//! Hundreds of idle clients cost who is served next to nothing: it is found after a few looks. And nobody starves, because
//! each call looks first at those whose turn it is, so that everybody's turn comes after one round of calls. As long as
//! there are few clients all are served strictly in turn. *Nobody* is said only after a look at everybody.
//!
//! What is looked at lies side by side, so that a look at an idle client costs the one cache line its request will come
//! in: 0.8 ns each with 256 of them (`benchmarks -- clients`), where a walk over the connections took 5.4.

use core::ops::Range;
use iceoryx2_cal::{Mechanisms, zero_copy_connection::RequestWatch};

/// How many are looked at in turn before those served lately are.
const FEW: usize = 4;
/// How many are looked at in turn before who was served last is looked at again.
const GROUP: usize = 16;
/// How many were served lately.
const RECENT: usize = 4;

/// Where something for somebody comes in.
pub(super) trait Watch {
    /// Whether it has.
    fn sees_more(&self) -> bool;
}

impl<M: Mechanisms> Watch for RequestWatch<M> {
    #[inline(always)]
    fn sees_more(&self) -> bool {
        self.sees_more()
    }
}

/// Clients in their places, and whose turn it is.
#[derive(Debug)]
pub(super) struct Rotation<C, W> {
    clients: Vec<Option<C>>,
    /// By place. `None`: nobody is there, or nothing comes any more.
    // INVARIANT: as many as clients.
    watches: Vec<Option<W>>,
    turn: usize,
    recent: [usize; RECENT],
    /// Where in `recent` the next look begins.
    recent_turn: usize,
    /// Who was served last.
    last: usize,
}

impl<C, W: Watch> Rotation<C, W> {
    pub(super) const fn new() -> Self {
        Self {
            clients: Vec::new(),
            watches: Vec::new(),
            turn: 0,
            recent: [0; RECENT],
            recent_turn: 0,
            last: 0,
        }
    }

    /// The place of somebody who has something; `None`: nobody has.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<usize> {
        let count = self.watches.len();
        let place = if self.turn < count { self.turn } else { 0 };
        if !self.sees_more(place) {
            return if count > 1 {
                self.next_after(place)
            } else {
                None
            };
        }
        self.turn = place + 1;
        if count > FEW {
            self.remember(place);
        }
        self.last = place;
        Some(place)
    }

    /// The same where whose turn it is has nothing.
    #[inline(never)]
    fn next_after(&mut self, place: usize) -> Option<usize> {
        self.turn = place + 1;
        let mut left = self.watches.len().saturating_sub(1);
        let mut found = self.next_of_turn(&mut left, FEW - 1);
        if found.is_none() && left > 0 {
            found = self.next_of_recent();
        }
        while found.is_none() && left > 0 {
            found = self.next_of_turn(&mut left, GROUP);
            if found.is_none() && self.sees_more(self.last) {
                found = Some(self.last);
            }
        }
        self.last = found.unwrap_or(self.last);
        found
    }

    /// Looks at `count` in turn, or at those `left` if they are fewer.
    #[inline]
    fn next_of_turn(&mut self, left: &mut usize, count: usize) -> Option<usize> {
        let mut count = count.min(*left);
        *left -= count;
        while count > 0 {
            if self.turn >= self.watches.len() {
                self.turn = 0;
            }
            let end = self.watches.len().min(self.turn + count);
            let mut group = self.watches.get(self.turn..end)?.iter();
            if let Some(found) = group.position(|watch| sees_more(watch.as_ref())) {
                let place = self.turn + found;
                self.turn = place + 1;
                self.remember(place);
                return Some(place);
            }
            count -= end - self.turn;
            self.turn = end;
        }
        None
    }

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

    /// It was served just now, in the place of who was served longest ago.
    fn remember(&mut self, place: usize) {
        if !self.recent.contains(&place) {
            if let Some(oldest) = self.recent.get_mut(self.recent_turn) {
                *oldest = place;
            }
            self.recent_turn = (self.recent_turn + 1) % RECENT;
        }
    }

    /// Whether something has come for whoever is in the place.
    #[inline(always)]
    pub(super) fn sees_more(&self, place: usize) -> bool {
        matches!(self.watches.get(place), Some(watch) if sees_more(watch.as_ref()))
    }

    /// Whose turn is next. A round of as many as there are places, beginning there, meets everybody.
    pub(super) fn round(&self) -> impl Iterator<Item = usize> + use<C, W> {
        let count = self.clients.len();
        let turn = self.turn.min(count);
        (turn..count).chain(0..turn)
    }

    /// Somebody out of turn was served.
    pub(super) const fn go_on_after(&mut self, place: usize) {
        self.turn = place + 1;
        self.last = place;
    }

    /// Who was served last.
    #[inline(always)]
    pub(super) fn last_mut(&mut self) -> Option<&mut C> {
        self.get_mut(self.last)
    }

    #[inline(always)]
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut C> {
        self.clients.get_mut(place)?.as_mut()
    }

    /// Whoever is in the place, and where its next things come, if any do.
    #[inline(always)]
    pub(super) fn get_watched(&mut self, place: usize) -> Option<(&mut C, Option<&mut W>)> {
        let client = self.clients.get_mut(place)?.as_mut()?;
        Some((client, self.watches.get_mut(place)?.as_mut()))
    }

    pub(super) fn get(&self, place: usize) -> Option<&C> {
        self.clients.get(place)?.as_ref()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &C> {
        self.clients.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut C> {
        self.clients.iter_mut().flatten()
    }

    /// All places, whoever has them.
    pub(super) fn places(&self) -> Range<usize> {
        0..self.clients.len()
    }

    /// The place of the first of whom `found` says so.
    pub(super) fn find(&self, found: impl Fn(&C) -> bool) -> Option<usize> {
        self.clients
            .iter()
            .position(|place| place.as_ref().is_some_and(&found))
    }

    /// Gives somebody a place that nobody has.
    pub(super) fn enter(&mut self, client: C, watch: W) -> usize {
        let free = self.clients.iter().position(Option::is_none);
        let place = free.unwrap_or(self.clients.len());
        if place == self.clients.len() {
            self.clients.push(None);
            self.watches.push(None);
        }
        if let (Some(free), Some(looks)) =
            (self.clients.get_mut(place), self.watches.get_mut(place))
        {
            *free = Some(client);
            *looks = Some(watch);
        }
        place
    }

    /// Nothing comes any more for whoever is in the place.
    pub(super) fn ignore(&mut self, place: usize) {
        if let Some(watch) = self.watches.get_mut(place) {
            *watch = None;
        }
    }

    /// Takes the places of all those of whom `over` says so.
    pub(super) fn sweep(&mut self, over: impl Fn(&C) -> bool) {
        for (client, watch) in self.clients.iter_mut().zip(&mut self.watches) {
            if client.as_ref().is_some_and(&over) {
                (*client, *watch) = (None, None);
            }
        }
    }
}

#[inline(always)]
fn sees_more<W: Watch>(watch: Option<&W>) -> bool {
    matches!(watch, Some(watch) if watch.sees_more())
}

#[cfg(test)]
mod tests {
    use super::{FEW, GROUP, RECENT, Rotation, Watch};
    use std::{cell::Cell, rc::Rc};

    /// Has something as long as its count is above zero.
    struct Queue(Rc<Cell<u32>>);

    impl Watch for Queue {
        fn sees_more(&self) -> bool {
            self.0.get() > 0
        }
    }

    fn rotation(count: usize) -> (Rotation<usize, Queue>, Vec<Rc<Cell<u32>>>) {
        let mut rotation = Rotation::new();
        let queues: Vec<_> = (0..count).map(|_| Rc::new(Cell::new(0))).collect();
        for (place, queue) in queues.iter().enumerate() {
            assert_eq!(rotation.enter(place, Queue(Rc::clone(queue))), place);
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
        rotation.sweep(|client| *client == 3);
        rotation.ignore(4);
        let served: Vec<_> = (0..5).filter_map(|_| rotation.next()).collect();
        assert_eq!(served, [0, 1, 2, 5, 0]);
        assert_eq!((rotation.get(3), rotation.get(4)), (None, Some(&4)));
        assert_eq!(rotation.enter(7, Queue(Rc::clone(&queues[3]))), 3);
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
