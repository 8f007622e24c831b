// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the handles of one port have in common: a cell they all reach.

use core::{fmt::Debug, ops::DerefMut};
use iceoryx2_cal::thread_cell::ThreadCell;
use std::{cell::RefCell, rc::Rc};

/// A cell that its clones share. Which one a service variant takes decides whether its ports may change threads.
pub trait Shared<T>: Debug + Clone {
    /// Whether several threads may use the cell, one at a time.
    const CONCURRENT: bool;

    /// A cell with `value` in it.
    fn new(value: T) -> Self;

    /// Has the value until what this returns is dropped. Not to be nested: nobody may want the same cell meanwhile.
    // WHY beside `with`: what is done in a closure is not always compiled into its place.
    fn enter(&self) -> impl DerefMut<Target = T>;

    /// Lets `f` have the value. Not to be nested: `f` must not call `with` on a clone of the same cell.
    fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R;
}

/// A cell for one thread: neither `Send` nor `Sync`, and free of charge.
pub struct LocalShared<T>(Rc<RefCell<T>>);

impl<T> Shared<T> for LocalShared<T> {
    const CONCURRENT: bool = false;

    fn new(value: T) -> Self {
        Self(Rc::new(RefCell::new(value)))
    }

    #[inline(always)]
    fn enter(&self) -> impl DerefMut<Target = T> {
        self.0.borrow_mut()
    }

    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.0.borrow_mut())
    }
}

impl<T> Clone for LocalShared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Debug for LocalShared<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LocalShared").finish_non_exhaustive()
    }
}

/// A cell for many threads, one at a time: `Send` and `Sync`. As long as one thread uses it, it costs next to nothing:
/// see [`iceoryx2_cal::thread_cell`].
pub struct ThreadSafeShared<T>(ThreadCell<T>);

impl<T> Shared<T> for ThreadSafeShared<T> {
    const CONCURRENT: bool = true;

    fn new(value: T) -> Self {
        Self(ThreadCell::new(value))
    }

    #[inline(always)]
    fn enter(&self) -> impl DerefMut<Target = T> {
        self.0.enter()
    }

    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        self.0.with(f)
    }
}

impl<T> Clone for ThreadSafeShared<T> {
    #[inline]
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Debug for ThreadSafeShared<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ThreadSafeShared").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{LocalShared, Shared, ThreadSafeShared};

    fn clones_reach_the_same_value<C: Shared<i32>>() {
        let cell = C::new(1);
        cell.clone().with(|value| *value += 1);
        assert_eq!(cell.with(|value| *value), 2);
    }

    #[test]
    fn clones_reach_the_same_value_in_one_thread() {
        clones_reach_the_same_value::<LocalShared<i32>>();
    }

    #[test]
    fn clones_reach_the_same_value_in_many_threads() {
        clones_reach_the_same_value::<ThreadSafeShared<i32>>();
    }
}
