// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A value that threads of this process share, for next to nothing as long as one of them uses it.
//!
//! The lock is `iceoryx2-bb-lock-free`'s; here is what it needs of the system: badges of threads, a heavy fence, and
//! a wait for another thread to leave that is short, then polite, then asleep. It polls: who leaves need not look
//! whether anybody waits, which would cost each leave a fence. The lock is held for less than a microsecond at a time,
//! except by a thread that is not running.

use core::{fmt, ops::DerefMut, time::Duration};
use iceoryx2_bb_lock_free::{
    lock::{Badge, Ground},
    shared_cell::SharedCell,
};
use iceoryx2_bb_posix::{fork::Birth, heavy_fence};

/// A value that its clones share.
///
/// ```
/// use iceoryx2_cal::thread_cell::ThreadCell;
///
/// let cell = ThreadCell::new(1);
/// let clone = cell.clone();
/// std::thread::scope(|scope| {
///     scope.spawn(move || clone.with(|value| *value += 1));
/// });
/// assert_eq!(cell.with(|value| *value), 2);
/// ```
pub struct ThreadCell<T>(SharedCell<T, Threads>);

impl<T> ThreadCell<T> {
    /// A cell with `value` in it.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(SharedCell::new(value, Threads::new()))
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
        self.0.with(f)
    }

    /// Has the value, alone, until what this returns is dropped. All that is said of [`with`](Self::with) holds for it.
    ///
    /// # Panics
    /// If this thread has the value of the same cell already.
    #[inline]
    #[must_use]
    pub fn enter(&self) -> impl DerefMut<Target = T> {
        self.0.enter()
    }
}

impl<T> Clone for ThreadCell<T> {
    #[inline]
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for ThreadCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadCell").finish_non_exhaustive()
    }
}

/// So often a waiting thread looks at once, and so often it lets others run first. Then it sleeps between two looks.
const SPINS: u32 = 64;
const YIELDS: u32 = 16;
const NAP_MIN: Duration = Duration::from_micros(50);
const NAP_DOUBLINGS: u32 = 4;

/// So often a heavy fence that the system refuses is tried again.
const FENCES: u32 = 32;

/// The threads of this process.
#[derive(Debug)]
struct Threads {
    /// `None`: forks are not noticed.
    birth: Option<Birth>,
    has_heavy_fence: bool,
}

impl Threads {
    fn new() -> Self {
        Self {
            birth: Birth::here().ok(),
            has_heavy_fence: heavy_fence::prepare(),
        }
    }

    fn is_foreign(&self) -> bool {
        self.birth.is_some_and(|birth| birth.is_foreign())
    }
}

// SAFETY: a badge goes back to the others when its thread ends, under the lock its next thread takes it under; the
// system's heavy fence is what is asked for; and a pause is refused only in a forked child.
unsafe impl Ground for Threads {
    #[inline]
    fn badge(&self) -> &'static Badge {
        badges::mine()
    }

    fn has_heavy_fence(&self) -> bool {
        self.has_heavy_fence
    }

    fn heavy_fence(&self) {
        // WHY: a system that has once agreed refuses only for want of memory, or because the process has been forbidden
        // the call since. A processor that stores for as long as this takes has shown the store long ago.
        for round in 0..FENCES {
            if heavy_fence::execute().is_ok() || !self.pause(SPINS + YIELDS + round) {
                return;
            }
        }
    }

    fn pause(&self, round: u32) -> bool {
        if self.is_foreign() {
            return false;
        }
        match round.checked_sub(SPINS) {
            None => core::hint::spin_loop(),
            Some(0..YIELDS) => std::thread::yield_now(),
            Some(late) => std::thread::sleep(NAP_MIN * (1 << (late - YIELDS).min(NAP_DOUBLINGS))),
        }
        true
    }
}

mod badges {
    //! Badges are never freed, but lent to one thread after the other.

    use iceoryx2_bb_lock_free::lock::Badge;
    use std::{
        cell::Cell,
        sync::{Mutex, MutexGuard, PoisonError},
    };

    static IDLE: Mutex<Vec<&'static Badge>> = Mutex::new(Vec::new());

    thread_local! {
        // WHY beside `RETURN`: what has no destructor is reached at once, and to the very end of its thread.
        static MINE: Cell<Option<&'static Badge>> = const { Cell::new(None) };
        static RETURN: Return = const { Return };
    }

    /// Gives the badge back when its thread ends.
    struct Return;

    impl Drop for Return {
        fn drop(&mut self) {
            // WHY: who comes after this, from another destructor of this thread, gets a badge that stays with it.
            if let Some(badge) = MINE.take() {
                idle().push(badge);
            }
        }
    }

    fn idle() -> MutexGuard<'static, Vec<&'static Badge>> {
        IDLE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    pub(super) fn mine() -> &'static Badge {
        MINE.get().unwrap_or_else(borrow)
    }

    #[cold]
    fn borrow() -> &'static Badge {
        let _ = RETURN.try_with(|_| ());
        // WHY: in a forked child the list may be locked by a thread that is not there.
        let idle = IDLE.try_lock().ok().and_then(|mut idle| idle.pop());
        let badge = idle.unwrap_or_else(|| Box::leak(Box::new(Badge::new())));
        MINE.set(Some(badge));
        badge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails if: `light_fence` or `heavy_fence` does nothing (now and then); the owner's second look is left out (now and then).
    #[test]
    fn threads_that_take_turns_lose_nothing() {
        const THREADS: usize = 4;
        const TURNS: u64 = 200;
        let cell = ThreadCell::new((0_u64, 0_u64));
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let cell = cell.clone();
                scope.spawn(move || {
                    for turn in 0..TURNS {
                        // Long enough to become owner now and then.
                        for _ in 0..(turn % 7) * 40 + thread as u64 {
                            cell.with(|(one, other)| {
                                *one += 1;
                                *other += 1;
                            });
                        }
                    }
                });
            }
        });
        let expected: u64 = (0..THREADS as u64)
            .map(|thread| (0..TURNS).map(|turn| (turn % 7) * 40 + thread).sum::<u64>())
            .sum();
        assert_eq!(cell.with(|counts| *counts), (expected, expected));
    }

    #[test]
    fn the_value_goes_with_the_last_handle() {
        let value = std::sync::Arc::new(());
        let cell = ThreadCell::new(std::sync::Arc::clone(&value));
        let clones: Vec<_> = (0..200).map(|_| cell.clone()).collect();
        drop(cell);
        std::thread::scope(|scope| {
            for clone in clones {
                scope.spawn(move || drop(clone));
            }
        });
        assert_eq!(std::sync::Arc::strong_count(&value), 1);
    }

    /// Fails if: a badge does not go back.
    #[test]
    fn threads_that_come_and_go_leave_no_badges() {
        let cell = ThreadCell::new(0_usize);
        let seen: std::collections::BTreeSet<usize> = (0..100)
            .map(|_| {
                let cell = cell.clone();
                let thread = std::thread::spawn(move || {
                    cell.with(|count| *count += 1);
                    core::ptr::from_ref(badges::mine()).addr()
                });
                thread.join().unwrap()
            })
            .collect();
        assert_eq!(cell.with(|count| *count), 100);
        // Other tests have threads, too.
        assert!(seen.len() < 50, "{}", seen.len());
    }

    #[test]
    fn a_cell_may_be_used_from_within_another() {
        let (one, other) = (ThreadCell::new(0), ThreadCell::new(0));
        for _ in 0..1_000 {
            one.with(|one| other.with(|other| *other += 1 + *one));
            other.with(|other| one.with(|one| *one += *other - *other));
        }
        assert_eq!(other.with(|value| *value), 1_000);
    }

    #[test]
    fn a_panic_inside_does_not_keep_others_out() {
        let cell = ThreadCell::new(1);
        let clone = cell.clone();
        let panicked = std::thread::spawn(move || clone.with(|_| panic!("on purpose"))).join();
        assert!(panicked.is_err());
        assert_eq!(cell.with(|value| *value), 1);
    }

    #[test]
    #[should_panic(expected = "from within a call to the same port")]
    fn nobody_enters_twice() {
        let cell = ThreadCell::new(());
        cell.with(|()| cell.with(|()| ()));
    }

    #[test]
    #[should_panic(expected = "from within a call to the same port")]
    fn nor_does_an_owner() {
        let cell = ThreadCell::new(());
        for _ in 0..1_000 {
            cell.with(|()| ());
        }
        cell.with(|()| cell.with(|()| ()));
    }
}
