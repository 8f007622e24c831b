// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which chunks of a port's further objects are free, by their size.

use super::{growth, pool::put_under};

/// A chunk by its object's row and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) row: u32,
    pub(super) index: u32,
}

/// The chunks of one size.
#[derive(Debug)]
struct Class {
    stride: usize,
    /// Those that were handed out before. The last is used next, and stays the last whatever comes back.
    free: Vec<Seat>,
    /// How many were ever handed out, of the objects there are. Never 0.
    handed_out: u32,
}

/// The chunks of all sizes.
#[derive(Debug, Default)]
pub(super) struct Classes {
    // INVARIANT: ascending by stride, each stride once.
    classes: Vec<Class>,
}

impl Classes {
    /// The smallest size of which a chunk is free that is large enough for `size` bytes and not much too large.
    #[inline]
    pub(super) fn fitting(&mut self, size: usize) -> Option<FreeOf<'_>> {
        let first = self.classes.partition_point(|class| class.stride < size);
        let limit = growth::largest_for(size);
        self.classes
            .get_mut(first..)?
            .iter_mut()
            .take_while(|class| class.stride <= limit)
            .find(|class| !class.free.is_empty())
            .map(|class| FreeOf(&mut class.free))
    }

    fn find(&self, stride: usize) -> Result<usize, usize> {
        self.classes
            .binary_search_by_key(&stride, |class| class.stride)
    }

    fn get_mut(&mut self, stride: usize) -> Option<&mut Class> {
        let index = self.find(stride).ok()?;
        self.classes.get_mut(index)
    }

    /// A chunk of the size was handed out for the first time.
    pub(super) fn hand_out_new(&mut self, stride: usize) {
        if let Err(index) = self.find(stride) {
            let class = Class {
                stride,
                free: Vec::new(),
                handed_out: 0,
            };
            self.classes.insert(index, class);
        }
        if let Some(class) = self.get_mut(stride) {
            class.handed_out += 1;
            // WHY: giving back must not allocate; a chunk that exists has its place in the free list reserved.
            class.free.reserve(class.handed_out as usize);
        }
    }

    /// A chunk of the size is free again.
    #[inline]
    pub(super) fn give(&mut self, stride: usize, seat: Seat) {
        if let Some(class) = self.get_mut(stride) {
            put_under(&mut class.free, seat);
        }
    }

    /// An object of the size goes, of which so many chunks were handed out. All of them are free.
    pub(super) fn remove(&mut self, stride: usize, row: u32, handed_out: u32) {
        let Ok(index) = self.find(stride) else {
            return;
        };
        if let Some(class) = self.classes.get_mut(index) {
            class.free.retain(|seat| seat.row != row);
            class.handed_out -= handed_out;
            if class.handed_out == 0 {
                self.classes.remove(index);
            }
        }
    }
}

/// The free chunks of one size, at least one.
#[derive(Debug)]
pub(super) struct FreeOf<'a>(&'a mut Vec<Seat>);

impl FreeOf<'_> {
    /// The one to be used first.
    #[inline]
    pub(super) fn first(&self) -> Option<Seat> {
        self.0.last().copied()
    }

    /// Takes the first. Returns the one that is first then, and whether there is hardly another.
    #[inline]
    pub(super) fn take_first(self) -> (Option<Seat>, bool) {
        self.0.pop();
        (self.0.last().copied(), self.0.len() < 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(row: u32, index: u32) -> Seat {
        Seat { row, index }
    }

    /// A free chunk of each size, in a row of its own.
    fn of_sizes(strides: &[usize]) -> Classes {
        let mut classes = Classes::default();
        for (row, stride) in (0..).zip(strides) {
            classes.hand_out_new(*stride);
            classes.give(*stride, seat(row, 0));
        }
        classes
    }

    fn fitting(classes: &mut Classes, size: usize) -> Option<u32> {
        Some(classes.fitting(size)?.first()?.row)
    }

    #[test]
    fn the_smallest_that_fits_is_used_and_none_that_is_twice_too_large() {
        let mut classes = of_sizes(&[1024, 64, 256]);
        let found =
            [64, 65, 128, 129, 256, 257, 512, 1024, 1025].map(|size| fitting(&mut classes, size));
        let (small, middle, large) = (Some(1), Some(2), Some(0));
        assert_eq!(
            found,
            [
                small, None, middle, middle, middle, None, large, large, None
            ]
        );
    }

    #[test]
    fn what_is_first_stays_first_whatever_comes_back_and_what_goes_away_is_not_found() {
        let mut classes = of_sizes(&[64, 64, 64]);
        assert_eq!(fitting(&mut classes, 64), Some(0));
        classes.remove(64, 0, 1);
        let free = classes.fitting(64).unwrap();
        assert_eq!(free.first(), Some(seat(2, 0)));
        assert_eq!(free.take_first(), (Some(seat(1, 0)), true));
        classes.give(64, seat(2, 0));
        assert_eq!(fitting(&mut classes, 64), Some(1));
        classes.remove(64, 1, 1);
        classes.remove(64, 2, 1);
        assert_eq!(fitting(&mut classes, 64), None);
        assert!(classes.classes.is_empty());
    }
}
