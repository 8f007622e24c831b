// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the handles of one port have in common: a cell they all reach.

use core::{
    cell::{Cell, RefCell},
    fmt::Debug,
    marker::PhantomData,
    ops::DerefMut,
    ptr::NonNull,
};
use iceoryx2_cal::thread_cell::ThreadCell;

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
// WHY no Rc: its drop hands out the address of the handle, which then has to lie in memory all its life.
pub struct LocalShared<T>(NonNull<Inner<T>>, PhantomData<Inner<T>>);

struct Inner<T> {
    // INVARIANT: at least as many as there are handles.
    handles: Cell<usize>,
    value: RefCell<T>,
}

impl<T> LocalShared<T> {
    #[inline(always)]
    fn inner(&self) -> &Inner<T> {
        // SAFETY: allocated by `new` and freed with the last handle, which this one is not while it is borrowed.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Shared<T> for LocalShared<T> {
    const CONCURRENT: bool = false;

    fn new(value: T) -> Self {
        let inner = Box::new(Inner {
            handles: Cell::new(1),
            value: RefCell::new(value),
        });
        Self(NonNull::from(Box::leak(inner)), PhantomData)
    }

    #[inline(always)]
    fn enter(&self) -> impl DerefMut<Target = T> {
        self.inner().value.borrow_mut()
    }

    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.enter())
    }
}

impl<T> Clone for LocalShared<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        let handles = &self.inner().handles;
        // INVARIANT: there is no time to make, and forget, more than can be counted.
        handles.set(handles.get() + 1);
        Self(self.0, PhantomData)
    }
}

impl<T> Drop for LocalShared<T> {
    #[inline(always)]
    fn drop(&mut self) {
        let handles = &self.inner().handles;
        handles.set(handles.get() - 1);
        if handles.get() == 0 {
            free(self.0);
        }
    }
}

/// The last handle is gone.
#[cold]
#[inline(never)]
fn free<T>(inner: NonNull<Inner<T>>) {
    // SAFETY: allocated by `new` as a box, and nobody has a handle any more (INVARIANT).
    drop(unsafe { Box::from_raw(inner.as_ptr()) });
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
