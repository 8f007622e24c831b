// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A value that its handles share among threads, one at a time.
//!
//! ```text
//!     handle ─┐     ┌─────────────────────────────────┐
//!     handle ─┼───▶ │ lock │ count of handles │ value │
//!     handle ─┘     └─────────────────────────────────┘
//! ```
//!
//! Like a mutex behind a counted reference, but the count is guarded by the lock, too: where the lock costs next to
//! nothing, so does another handle.

use crate::{
    lock::{Ground, Lock, PATIENCE_MIN, Pass},
    primitive::{Guarded, model_has_failed, reach},
};
use core::{
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

/// One handle of the value. A clone is another.
///
/// ```
/// use iceoryx2_bb_lock_free::{lock::{Badge, Ground}, shared_cell::SharedCell};
/// use std::sync::LazyLock;
///
/// static ONLY: LazyLock<Badge> = LazyLock::new(Badge::new);
///
/// struct OneThread;
///
/// // SAFETY: for programs of one thread only.
/// unsafe impl Ground for OneThread {
///     fn badge(&self) -> &'static Badge { &ONLY }
///     fn has_heavy_fence(&self) -> bool { false }
///     fn heavy_fence(&self) {}
///     fn pause(&self, _: u32) -> bool { true }
/// }
///
/// let cell = SharedCell::new(1, OneThread);
/// cell.clone().with(|value| *value += 1);
/// assert_eq!(cell.with(|value| *value), 2);
/// ```
pub struct SharedCell<T, G: Ground>(NonNull<Inner<T, G>>, PhantomData<Inner<T, G>>);

struct Inner<T, G> {
    lock: Lock,
    ground: G,
    // INVARIANT: reached only by who is inside the lock, or is the last handle.
    handles: Guarded<usize>,
    value: Guarded<T>,
}

// SAFETY: the value is reached by one thread at a time, and dropped by whichever drops the last handle.
unsafe impl<T: Send, G: Ground + Send + Sync> Send for SharedCell<T, G> {}

// SAFETY: as above; a shared handle gives nothing that a handle of one's own would not.
unsafe impl<T: Send, G: Ground + Send + Sync> Sync for SharedCell<T, G> {}

/// Goes out of the lock, also when a closure panics.
struct Inside<'a, G: Ground> {
    lock: &'a Lock,
    ground: &'a G,
    pass: Pass,
}

impl<'a, G: Ground> Inside<'a, G> {
    #[inline]
    fn enter<T>(inner: &'a Inner<T, G>) -> Self {
        let pass = inner.lock.enter(&inner.ground);
        Self {
            lock: &inner.lock,
            ground: &inner.ground,
            pass,
        }
    }
}

impl<G: Ground> Drop for Inside<'_, G> {
    #[inline]
    fn drop(&mut self) {
        if !model_has_failed() {
            self.lock.leave(self.pass, self.ground);
        }
    }
}

/// The value of a cell, alone, for the thread that entered.
pub struct Entered<'a, T, G: Ground> {
    // INVARIANT: nobody else reaches it before `_inside` is dropped.
    value: *mut T,
    _inside: Inside<'a, G>,
    /// It stays in this thread: who enters leaves.
    _here: PhantomData<*mut T>,
}

impl<T, G: Ground> Deref for Entered<'_, T, G> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the cell lives, being borrowed, and we are alone (INVARIANT).
        unsafe { &*self.value }
    }
}

impl<T, G: Ground> DerefMut for Entered<'_, T, G> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { &mut *self.value }
    }
}

impl<T, G: Ground> fmt::Debug for Entered<'_, T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entered").finish_non_exhaustive()
    }
}

impl<T, G: Ground> SharedCell<T, G> {
    /// A cell with `value` in it.
    #[must_use]
    pub fn new(value: T, ground: G) -> Self {
        Self::with_patience(value, ground, PATIENCE_MIN)
    }

    /// A cell whose lock has its first owner after `patience` entries in a row.
    #[must_use]
    pub fn with_patience(value: T, ground: G, patience: u64) -> Self {
        let inner = Box::new(Inner {
            lock: Lock::new(patience),
            ground,
            handles: Guarded::new(1),
            value: Guarded::new(value),
        });
        Self(NonNull::from(Box::leak(inner)), PhantomData)
    }

    #[inline]
    fn inner(&self) -> &Inner<T, G> {
        // SAFETY: allocated by `new` and freed with the last handle, which this one is not while it is borrowed.
        unsafe { self.0.as_ref() }
    }

    /// Lets `f` have the value, alone.
    ///
    /// In a forked child the value is as the fork found it, possibly in the hands of a thread that is not there: then
    /// `f` must look at nothing that any closure writes.
    ///
    /// # Panics
    /// If `f` uses the same cell.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let inner = self.inner();
        let _inside = Inside::enter(inner);
        reach(&inner.value, |value| {
            // SAFETY: we are inside (INVARIANT), and nobody else is until `_inside` is dropped.
            f(unsafe { &mut *value })
        })
    }

    /// Has the value, alone, until what this returns is dropped. All that is said of [`with`](Self::with) holds for it.
    ///
    /// # Panics
    /// If this thread has the value of the same cell already.
    #[inline]
    #[must_use]
    pub fn enter(&self) -> Entered<'_, T, G> {
        let inner = self.inner();
        let inside = Inside::enter(inner);
        Entered {
            value: reach(&inner.value, |value| value),
            _inside: inside,
            _here: PhantomData,
        }
    }

    /// Counts handles up or down, and says how many there are.
    #[inline]
    fn count(&self, count: impl FnOnce(usize) -> usize) -> usize {
        let inner = self.inner();
        let _inside = Inside::enter(inner);
        reach(&inner.handles, |handles| {
            // SAFETY: we are inside (INVARIANT).
            let handles = unsafe { &mut *handles };
            *handles = count(*handles);
            *handles
        })
    }
}

impl<T, G: Ground> Clone for SharedCell<T, G> {
    #[inline]
    fn clone(&self) -> Self {
        // INVARIANT: a handle takes up memory, so there are never too many to count.
        self.count(|handles| handles + 1);
        Self(self.0, PhantomData)
    }
}

impl<T, G: Ground> Drop for SharedCell<T, G> {
    #[inline]
    fn drop(&mut self) {
        if model_has_failed() || self.count(|handles| handles - 1) > 0 {
            return;
        }
        // CRASH: in a forked child a value that was in somebody's hands is not whole, and stays.
        if !self.inner().lock.is_broken() {
            // SAFETY: allocated by `new` as a box; this was the last handle, and whoever dropped one before has left
            // the lock, before which it has done with the cell.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

impl<T, G: Ground> fmt::Debug for SharedCell<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedCell").finish_non_exhaustive()
    }
}
