// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the handles of one port have in common: a cell they all reach.

use core::fmt::Debug;
use std::{cell::RefCell, rc::Rc};

/// A cell that its clones share. Which one a service variant takes decides whether its ports may change threads.
pub trait Shared<T>: Debug + Clone {
    /// A cell with `value` in it.
    fn new(value: T) -> Self;

    /// Lets `f` have the value. Not to be nested: `f` must not call `with` on a clone of the same cell.
    fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R;
}

/// A cell for one thread: neither `Send` nor `Sync`, and free of charge.
pub struct LocalShared<T>(Rc<RefCell<T>>);

impl<T> Shared<T> for LocalShared<T> {
    fn new(value: T) -> Self {
        Self(Rc::new(RefCell::new(value)))
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

#[cfg(test)]
mod tests {
    use super::{LocalShared, Shared};

    #[test]
    fn clones_reach_the_same_value() {
        let cell = LocalShared::new(1);
        cell.clone().with(|value| *value += 1);
        assert_eq!(cell.with(|value| *value), 2);
    }
}
