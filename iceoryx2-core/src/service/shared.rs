// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the handles of one port have in common: a cell they all reach.

use core::{
    cell::{Cell, RefCell, RefMut},
    fmt::Debug,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    pin::Pin,
    ptr::NonNull,
};
use iceoryx2_cal::{ProcessGate, thread_cell::ThreadCell};

/// What lies in a cell, and knows whether there is anything to be seen to but what it is called for.
pub trait Gated {
    /// How many calls may come until it is time for a [look](Self::look_if_due), at least; `None`: there is something to be
    /// seen to in each, or this process may do nothing.
    fn passes(&self) -> Option<u32>;

    /// So many calls came.
    fn note_passed(&mut self, calls: u32);

    /// A call comes: looks at what only the kernel knows, if it is time to.
    fn look_if_due(&mut self);
}

/// Always something else.
impl Gated for () {
    fn passes(&self) -> Option<u32> {
        None
    }

    fn note_passed(&mut self, _: u32) {}

    fn look_if_due(&mut self) {}
}

/// A cell that its clones share. Which one a service variant takes decides whether its ports may change threads.
pub trait Shared<T: Gated>: Debug + Clone {
    /// Whether several threads may use the cell, one at a time.
    const CONCURRENT: bool;

    /// A cell with `value` in it.
    fn new(value: T) -> Self;

    /// Has the value until what this returns is dropped. Not to be nested: nobody may want the same cell meanwhile.
    // WHY beside `with`: what is done in a closure is not always compiled into its place.
    fn enter(&self) -> impl DerefMut<Target = T>;

    /// Lets `f` have the value. Not to be nested: `f` must not call `with` on a clone of the same cell.
    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.enter())
    }

    /// Has the value, as after [`enter`](Self::enter), if there is [nothing else](Gated::passes) to be seen to, after a look if
    /// one is due.
    ///
    /// # Safety
    /// Until what this returns is dropped, nothing is called that may lead to code that has a handle of the same cell.
    unsafe fn pass(&self) -> Option<impl DerefMut<Target = T>>;

    /// The same for who ends what a call began: never looks, and does not count as a call.
    ///
    /// # Safety
    /// As of [`pass`](Self::pass).
    unsafe fn pass_again(&self) -> Option<impl DerefMut<Target = T>>;
}

/// A cell for one thread: neither `Send` nor `Sync`, and free of charge.
// WHY no Rc: its drop hands out the address of the handle, which then has to lie in memory all its life.
pub struct LocalShared<T: Gated>(NonNull<Inner<T>>, PhantomData<Inner<T>>);

struct Inner<T> {
    // INVARIANT: closed while somebody has entered; open only if there was nothing else to be seen to when the last left.
    gate: ProcessGate,
    /// How many the gate was opened for.
    granted: Cell<u32>,
    // INVARIANT: at least as many as there are handles.
    handles: Cell<usize>,
    value: RefCell<T>,
}

impl<T: Gated> Inner<T> {
    /// Has the value, and the gate closed.
    fn enter(&self) -> Entered<'_, T> {
        let mut value = self.value.borrow_mut();
        let left = self.gate.close();
        value.note_passed(self.granted.take().saturating_sub(left));
        Entered { value, inner: self }
    }

    /// As many have passed as might, or something was to be seen to: looks. Returns whether there is nothing any more.
    #[cold]
    #[inline(never)]
    fn look(&self) -> bool {
        self.enter().look_if_due();
        self.gate.is_open()
    }

    /// Has the value.
    ///
    /// # Safety
    /// The gate is open, and nobody passes it or enters until what this returns is dropped.
    #[inline(always)]
    unsafe fn lend(&self) -> impl DerefMut<Target = T> {
        // WHY: what is promised is looked after where it costs nothing.
        #[cfg(debug_assertions)]
        return self.value.borrow_mut();
        // SAFETY: nobody has entered (INVARIANT), and nobody does meanwhile: the caller's promise.
        #[cfg(not(debug_assertions))]
        unsafe {
            &mut *self.value.as_ptr()
        }
    }
}

impl<T: Gated> LocalShared<T> {
    #[inline(always)]
    fn inner(&self) -> &Inner<T> {
        // SAFETY: allocated by `new` and freed with the last handle, which this one is not while it is borrowed.
        unsafe { self.0.as_ref() }
    }
}

impl<T: Gated> Shared<T> for LocalShared<T> {
    const CONCURRENT: bool = false;

    fn new(value: T) -> Self {
        let inner = Box::leak(Box::new(Inner {
            gate: ProcessGate::new(),
            granted: Cell::new(0),
            handles: Cell::new(1),
            value: RefCell::new(value),
        }));
        // SAFETY: it stays where it is until it is dropped, which `free` does in its place.
        let gate = unsafe { Pin::new_unchecked(&inner.gate) };
        // WHY: a gate that forks would not close stays closed.
        let _ = gate.list();
        Self(NonNull::from(inner), PhantomData)
    }

    #[inline(always)]
    fn enter(&self) -> impl DerefMut<Target = T> {
        self.inner().enter()
    }

    #[inline(always)]
    unsafe fn pass(&self) -> Option<impl DerefMut<Target = T>> {
        let inner = self.inner();
        if !inner.gate.pass() && !inner.look() {
            return None;
        }
        // SAFETY: it is open; the rest is the caller's promise.
        Some(unsafe { inner.lend() })
    }

    #[inline(always)]
    unsafe fn pass_again(&self) -> Option<impl DerefMut<Target = T>> {
        let inner = self.inner();
        if !inner.gate.is_open() {
            return None;
        }
        // SAFETY: it is open; the rest is the caller's promise.
        Some(unsafe { inner.lend() })
    }
}

/// Who has entered a cell. The gate is closed until it leaves.
struct Entered<'a, T: Gated> {
    value: RefMut<'a, T>,
    inner: &'a Inner<T>,
}

impl<T: Gated> Deref for Entered<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Gated> DerefMut for Entered<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Gated> Drop for Entered<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(passes) = self.value.passes() {
            self.inner.granted.set(passes);
            self.inner.gate.open(passes);
        }
    }
}

impl<T: Gated> Clone for LocalShared<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        let handles = &self.inner().handles;
        // INVARIANT: there is no time to make, and forget, more than can be counted.
        handles.set(handles.get() + 1);
        Self(self.0, PhantomData)
    }
}

impl<T: Gated> Drop for LocalShared<T> {
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

impl<T: Gated> Debug for LocalShared<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LocalShared").finish_non_exhaustive()
    }
}

/// A cell for many threads, one at a time: `Send` and `Sync`. As long as one thread uses it, it costs next to nothing:
/// see [`iceoryx2_cal::thread_cell`].
pub struct ThreadSafeShared<T>(ThreadCell<T>);

impl<T: Gated> Shared<T> for ThreadSafeShared<T> {
    const CONCURRENT: bool = true;

    fn new(value: T) -> Self {
        Self(ThreadCell::new(value))
    }

    #[inline(always)]
    fn enter(&self) -> impl DerefMut<Target = T> {
        self.0.enter()
    }

    #[inline(always)]
    unsafe fn pass(&self) -> Option<impl DerefMut<Target = T>> {
        let mut value = self.enter();
        match value.passes() {
            Some(1..) => value.note_passed(1),
            Some(0) | None => {
                value.look_if_due();
                value.passes()?;
            }
        }
        Some(value)
    }

    #[inline(always)]
    unsafe fn pass_again(&self) -> Option<impl DerefMut<Target = T>> {
        let value = self.enter();
        value.passes().map(|_| value)
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
    use super::{Gated, LocalShared, Shared, ThreadSafeShared};

    /// Looks are due when `calls` have come to 0.
    #[derive(Debug, Default)]
    struct Value {
        calls: u32,
        looks: u32,
        has_chores: bool,
    }

    impl Gated for Value {
        fn passes(&self) -> Option<u32> {
            (!self.has_chores).then_some(self.calls)
        }

        fn note_passed(&mut self, calls: u32) {
            self.calls -= calls;
        }

        fn look_if_due(&mut self) {
            match self.calls.checked_sub(1) {
                Some(calls) => self.calls = calls,
                None => (self.looks, self.calls) = (self.looks + 1, 3),
            }
        }
    }

    fn pass<C: Shared<Value>>(cell: &C) -> bool {
        // SAFETY: it leads nowhere.
        unsafe { cell.pass() }.is_some()
    }

    fn pass_again<C: Shared<Value>>(cell: &C) -> bool {
        // SAFETY: it leads nowhere.
        unsafe { cell.pass_again() }.is_some()
    }

    fn clones_reach_the_same_value<C: Shared<Value>>() {
        let cell = C::new(Value::default());
        cell.clone().with(|value| value.looks = 7);
        assert_eq!(cell.with(|value| value.looks), 7);
    }

    // Fails if: calls are not counted, counted twice or forgotten by who enters; `pass_again` counts or looks.
    fn every_fourth_call_looks<C: Shared<Value>>() {
        let cell = C::new(Value::default());
        for round in 1..5 {
            for _ in 0..4 {
                assert!(pass(&cell) && pass_again(&cell));
                assert_eq!(cell.with(|value| value.looks), round);
            }
        }
        (0..4).for_each(|_| assert!(pass(&cell)));
        assert_eq!(cell.with(|value| (value.looks, value.calls)), (5, 0));
    }

    // Fails if: the gate is open whatever there is, or stays closed.
    fn nobody_passes_what_is_to_be_seen_to<C: Shared<Value>>() {
        let cell = C::new(Value::default());
        assert!(pass(&cell));
        cell.with(|value| value.has_chores = true);
        for _ in 0..9 {
            assert!(!pass(&cell) && !pass_again(&cell));
        }
        // One look for the first call, and one each time three more have come.
        assert_eq!(cell.with(|value| value.looks), 3);
        cell.with(|value| value.has_chores = false);
        assert!(pass_again(&cell) && pass(&cell));
    }

    #[test]
    fn a_cell_of_one_thread() {
        clones_reach_the_same_value::<LocalShared<Value>>();
        every_fourth_call_looks::<LocalShared<Value>>();
        nobody_passes_what_is_to_be_seen_to::<LocalShared<Value>>();
    }

    #[test]
    fn a_cell_of_many_threads() {
        clones_reach_the_same_value::<ThreadSafeShared<Value>>();
        every_fourth_call_looks::<ThreadSafeShared<Value>>();
        nobody_passes_what_is_to_be_seen_to::<ThreadSafeShared<Value>>();
    }

    // Fails if: the gate is open while somebody has entered.
    #[test]
    #[should_panic(expected = "already borrowed")]
    fn nobody_passes_who_has_entered() {
        let cell = LocalShared::new(Value::default());
        pass(&cell);
        cell.with(|_| pass(&cell.clone()));
    }
}
