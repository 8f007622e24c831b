// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client's connections, each in its place.

use core::{iter, ops::Range};

/// Connections in their places. The first lies where the client lies: most have no other.
#[derive(Debug)]
pub(super) struct Servers<C> {
    first: Option<C>,
    // INVARIANT: it never becomes shorter, but in `clear`.
    others: Vec<Option<C>>,
}

impl<C> Servers<C> {
    pub(super) const fn new() -> Self {
        Self {
            first: None,
            others: Vec::new(),
        }
    }

    /// Whoever has the first place.
    #[inline(always)]
    pub(super) const fn first(&self) -> Option<&C> {
        self.first.as_ref()
    }

    /// Whoever is alone: there never was another place.
    #[inline(always)]
    pub(super) fn only_mut(&mut self) -> Option<&mut C> {
        if self.others.is_empty() {
            self.first.as_mut()
        } else {
            None
        }
    }

    /// All places, whoever has them.
    pub(super) fn places(&self) -> Range<usize> {
        0..1 + self.others.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&C> {
        match place.checked_sub(1) {
            None => self.first.as_ref(),
            Some(other) => self.others.get(other)?.as_ref(),
        }
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut C> {
        match place.checked_sub(1) {
            None => self.first.as_mut(),
            Some(other) => self.others.get_mut(other)?.as_mut(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &C> {
        iter::once(&self.first).chain(&self.others).flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut C> {
        self.all_mut().flatten()
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Option<C>> {
        iter::once(&mut self.first).chain(&mut self.others)
    }

    /// The place of the first of whom `found` says so.
    pub(super) fn find(&self, found: impl Fn(&C) -> bool) -> Option<usize> {
        let mut places = self.places();
        places.find(|place| self.get(*place).is_some_and(&found))
    }

    /// Gives somebody a place that nobody has.
    pub(super) fn enter(&mut self, connection: C) {
        if let Some(place) = self.all_mut().find(|place| place.is_none()) {
            *place = Some(connection);
            return;
        }
        self.others.push(Some(connection));
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
        self.first = None;
        self.others.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Servers;

    fn servers(count: usize) -> Servers<usize> {
        let mut servers = Servers::new();
        (0..count).for_each(|server| servers.enter(server));
        servers
    }

    // Fails if: `only_mut` asks for no others.
    #[test]
    fn who_is_not_alone_is_not_the_only_one() {
        for count in 0..4 {
            let mut servers = servers(count);
            let only = (count == 1).then_some(0);
            assert_eq!(servers.first().copied(), (count > 0).then_some(0));
            assert_eq!(servers.only_mut().copied(), only);
        }
    }

    #[test]
    fn everybody_has_a_place() {
        for count in 0..4 {
            let mut servers = servers(count);
            assert_eq!(servers.places().len(), count.max(1));
            assert!(servers.iter().copied().eq(0..count));
            assert!(servers.iter_mut().map(|server| *server).eq(0..count));
            for place in 0..5 {
                let server = (place < count).then_some(place);
                assert_eq!(servers.get(place).copied(), server);
                assert_eq!(servers.get_mut(place).copied(), server);
                assert_eq!(servers.find(|server| *server == place), server);
            }
            servers.clear();
            assert_eq!(servers.iter().count(), 0);
        }
    }

    // Fails if: `sweep` leaves the first, or `enter` does not fill what became free.
    #[test]
    fn who_leaves_makes_room_and_moves_nobody() {
        for gone in 0..3 {
            let mut servers = servers(3);
            servers.sweep(|server| *server == gone);
            assert_eq!(servers.get(gone), None);
            assert!(servers.only_mut().is_none());
            servers.enter(7);
            assert_eq!(servers.get(gone), Some(&7));
            assert_eq!(servers.places(), 0..3);
        }
    }
}
