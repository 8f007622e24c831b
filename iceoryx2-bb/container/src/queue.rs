// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A double-ended queue of fixed capacity that lies in its own bytes.
//!
//! ```text
//!   FixedSizeQueue<T, 4>, three elements in it
//!   ┌──────────┬─────────┬───────┬──────┬───────┬────────┐
//!   │ head = 2 │ len = 3 │ third │ ---- │ first │ second │
//!   └──────────┴─────────┴───────┴──────┴───────┴────────┘
//!                          0       1      2       3
//! ```
//!
//! Memory of zeroes is an empty queue. A head is taken modulo the capacity, and a length beyond the capacity, which only
//! another process can have written, counts as the capacity.

use crate::error::Full;
use crate::slots;
use core::cmp::Ordering;
use core::fmt::{self, Debug, Formatter};
use core::hash::{Hash, Hasher};
use core::iter::{Chain, FusedIterator};
use core::mem::MaybeUninit;
use iceoryx2_bb_elementary::{PlacementDefault, ZeroCopySend};

/// Up to `N` elements, first in, first out: a `VecDeque` for messages.
///
/// ```
/// use iceoryx2_bb_container::queue::FixedSizeQueue;
///
/// let mut queue = FixedSizeQueue::<u32, 2>::new();
/// assert!(queue.push(1) && queue.push(2));
/// assert!(!queue.push(3));
/// assert_eq!(queue.push_with_overflow(3), Some(1));
/// assert_eq!(queue.peek(), Some(&2));
/// assert_eq!(queue.into_iter().collect::<Vec<_>>(), [2, 3]);
/// ```
#[repr(C)]
#[derive(ZeroCopySend)]
pub struct FixedSizeQueue<T, const N: usize> {
    // INVARIANT: read through `head()` alone, which takes it modulo `N`.
    head: u64,
    // INVARIANT: read through `len()` alone, which clamps it.
    len: u64,
    // INVARIANT: the `len()` slots from `head()` on, around the end, hold values.
    slots: [MaybeUninit<T>; N],
}

impl<T, const N: usize> FixedSizeQueue<T, N> {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: 0,
            len: 0,
            slots: slots::empty(),
        }
    }

    /// All of `values`, or the first that found no room.
    ///
    /// # Errors
    ///
    /// There are more than `N`.
    pub fn try_from_iter(values: impl IntoIterator<Item = T>) -> Result<Self, Full<T>> {
        let mut queue = Self::new();
        queue.try_extend(values)?;
        Ok(queue)
    }

    /// How many elements there is room for.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        slots::clamped(self.len, N)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() == N
    }

    /// Where the first element is, or would be.
    fn head(&self) -> usize {
        let head = self.head.checked_rem(N as u64).unwrap_or_default();
        slots::clamped(head, N)
    }

    /// The slot that is `distance` behind the first one, around the end.
    fn slot_at(&self, distance: usize) -> usize {
        let to_end = N.saturating_sub(self.head());
        distance
            .checked_sub(to_end)
            .unwrap_or_else(|| self.head().saturating_add(distance))
    }

    /// Appends `value`. False if there is no room, and then `value` is gone: [`push_back`](Self::push_back) gives it
    /// back.
    #[must_use = "false says that the value was not taken"]
    pub fn push(&mut self, value: T) -> bool {
        self.push_back(value).is_ok()
    }

    /// Appends `value`; if there is no room, it takes the place of the first element, which is returned.
    ///
    /// With a capacity of 0 it is `value` that is returned.
    pub fn push_with_overflow(&mut self, value: T) -> Option<T> {
        let oldest = if self.is_full() {
            self.pop_front()
        } else {
            None
        };
        self.push_back(value).err().map(Full::into_value).or(oldest)
    }

    /// Appends `value`.
    ///
    /// # Errors
    ///
    /// The queue is full.
    pub fn push_back(&mut self, value: T) -> Result<(), Full<T>> {
        let len = self.len();
        let behind = self.slot_at(len);
        match self.slots.get_mut(behind) {
            Some(slot) if len < N => slot.write(value),
            _ => return Err(Full::new(value, N)),
        };
        self.len = len as u64 + 1;
        Ok(())
    }

    /// Puts `value` before all others.
    ///
    /// # Errors
    ///
    /// The queue is full.
    pub fn push_front(&mut self, value: T) -> Result<(), Full<T>> {
        let len = self.len();
        let before = self.head().checked_sub(1).unwrap_or(N.saturating_sub(1));
        match self.slots.get_mut(before) {
            Some(slot) if len < N => slot.write(value),
            _ => return Err(Full::new(value, N)),
        };
        self.head = before as u64;
        self.len = len as u64 + 1;
        Ok(())
    }

    /// Takes the first element.
    pub fn pop(&mut self) -> Option<T> {
        self.pop_front()
    }

    /// Takes the first element.
    pub fn pop_front(&mut self) -> Option<T> {
        let rest = self.len().checked_sub(1)?;
        let slot = self.slots.get(self.head())?;
        // SAFETY: with at least one element the slot at the head holds it, and from the next lines on it is counted no
        // more.
        let value = unsafe { slot.assume_init_read() };
        self.head = self.slot_at(1) as u64;
        self.len = rest as u64;
        Some(value)
    }

    /// Takes the last element.
    pub fn pop_back(&mut self) -> Option<T> {
        let rest = self.len().checked_sub(1)?;
        let slot = self.slots.get(self.slot_at(rest))?;
        // SAFETY: the slot of the last element holds it, and from the next line on it is counted no more.
        let value = unsafe { slot.assume_init_read() };
        self.len = rest as u64;
        Some(value)
    }

    /// The first element.
    #[must_use]
    pub fn peek(&self) -> Option<&T> {
        self.front()
    }

    /// The first element.
    #[must_use]
    pub fn front(&self) -> Option<&T> {
        self.get(0)
    }

    /// The last element.
    #[must_use]
    pub fn back(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The element that is `index` behind the first.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let (front, back) = self.as_slices();
        match index.checked_sub(front.len()) {
            Some(index) => back.get(index),
            None => front.get(index),
        }
    }

    /// The element that is `index` behind the first, to be changed.
    #[must_use]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let (front, back) = self.as_mut_slices();
        match index.checked_sub(front.len()) {
            Some(index) => back.get_mut(index),
            None => front.get_mut(index),
        }
    }

    /// The elements in their order: those up to the end of the memory, and those that went on at its beginning.
    #[must_use]
    pub fn as_slices(&self) -> (&[T], &[T]) {
        let (head, len) = (self.head(), self.len());
        let (before, from_head) = self.slots.split_at_checked(head).unwrap_or_default();
        let around = len.saturating_sub(from_head.len());
        let from_head = from_head.get(..len).unwrap_or(from_head);
        let before = before.get(..around).unwrap_or(before);
        // SAFETY: these are the first of the `len()` slots from the head on, which hold values.
        let front = unsafe { slots::values(from_head) };
        // SAFETY: these are the others of the `len()` slots from the head on, around the end, which hold values.
        let back = unsafe { slots::values(before) };
        (front, back)
    }

    /// The elements in their order, like [`as_slices`](Self::as_slices), to be changed.
    #[must_use]
    pub fn as_mut_slices(&mut self) -> (&mut [T], &mut [T]) {
        let (head, len) = (self.head(), self.len());
        let (before, from_head) = self.slots.split_at_mut_checked(head).unwrap_or_default();
        let in_front = len.min(from_head.len());
        let from_head = from_head.get_mut(..in_front).unwrap_or_default();
        let before = before.get_mut(..len - in_front).unwrap_or_default();
        // SAFETY: these are the first of the `len()` slots from the head on, which hold values.
        let front = unsafe { slots::values_mut(from_head) };
        // SAFETY: these are the others of the `len()` slots from the head on, around the end, which hold values.
        let back = unsafe { slots::values_mut(before) };
        (front, back)
    }

    /// Moves the elements so that they lie one after the other.
    pub fn make_contiguous(&mut self) -> &mut [T] {
        let head = self.head();
        self.slots.rotate_left(head);
        self.head = 0;
        self.as_mut_slices().0
    }

    /// Forgets the elements from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len().min(len) as u64;
    }

    /// Forgets all elements.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends all of `values`, up to the first that finds no room.
    ///
    /// # Errors
    ///
    /// There was more than fits. What did fit is in the queue.
    pub fn try_extend(&mut self, values: impl IntoIterator<Item = T>) -> Result<(), Full<T>> {
        values
            .into_iter()
            .try_for_each(|value| self.push_back(value))
    }

    /// The elements in their order.
    pub fn iter(&self) -> Iter<'_, T> {
        let (front, back) = self.as_slices();
        front.iter().chain(back)
    }

    /// The elements in their order, to be changed.
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        let (front, back) = self.as_mut_slices();
        front.iter_mut().chain(back)
    }

    /// Whether `value` is among the elements.
    #[must_use]
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.iter().any(|held| held == value)
    }
}

/// The elements of a [`FixedSizeQueue`], by reference.
pub type Iter<'a, T> = Chain<core::slice::Iter<'a, T>, core::slice::Iter<'a, T>>;

/// The elements of a [`FixedSizeQueue`], to be changed.
pub type IterMut<'a, T> = Chain<core::slice::IterMut<'a, T>, core::slice::IterMut<'a, T>>;

impl<T, const N: usize> Default for FixedSizeQueue<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: without elements, no slot needs to hold a value, and head and length are written.
unsafe impl<T, const N: usize> PlacementDefault for FixedSizeQueue<T, N> {
    unsafe fn placement_default(ptr: *mut Self) {
        const { assert!(!core::mem::needs_drop::<T>()) };
        // SAFETY: the caller vouches for `ptr`, and the field lies within.
        let head = unsafe { &raw mut (*ptr).head };
        // SAFETY: as part of `*ptr` it is aligned, valid for writes, and ours alone.
        unsafe { head.write(0) };
        // SAFETY: the caller vouches for `ptr`, and the field lies within.
        let len = unsafe { &raw mut (*ptr).len };
        // SAFETY: as part of `*ptr` it is aligned, valid for writes, and ours alone.
        unsafe { len.write(0) };
    }
}

impl<T: Clone, const N: usize> Clone for FixedSizeQueue<T, N> {
    fn clone(&self) -> Self {
        self.iter().cloned().collect()
    }
}

impl<T: Copy, const N: usize> Copy for FixedSizeQueue<T, N> {}

impl<T: Debug, const N: usize> Debug for FixedSizeQueue<T, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: PartialEq, const N: usize, const M: usize> PartialEq<FixedSizeQueue<T, M>>
    for FixedSizeQueue<T, N>
{
    fn eq(&self, other: &FixedSizeQueue<T, M>) -> bool {
        self.iter().eq(other)
    }
}

impl<T: Eq, const N: usize> Eq for FixedSizeQueue<T, N> {}

impl<T: PartialOrd, const N: usize> PartialOrd for FixedSizeQueue<T, N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<T: Ord, const N: usize> Ord for FixedSizeQueue<T, N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<T: Hash, const N: usize> Hash for FixedSizeQueue<T, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len().hash(state);
        self.iter().for_each(|value| value.hash(state));
    }
}

impl<T, const N: usize> From<[T; N]> for FixedSizeQueue<T, N> {
    fn from(values: [T; N]) -> Self {
        values.into_iter().collect()
    }
}

/// Keeps the first `N` and asks for no more. [`FixedSizeQueue::try_from_iter`] refuses instead.
impl<T, const N: usize> FromIterator<T> for FixedSizeQueue<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut queue = Self::new();
        queue.extend(values);
        queue
    }
}

/// Appends what fits and asks for no more. [`FixedSizeQueue::try_extend`] refuses instead.
impl<T, const N: usize> Extend<T> for FixedSizeQueue<T, N> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        let room = N.saturating_sub(self.len());
        let _nothing_left_over = self.try_extend(values.into_iter().take(room));
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a FixedSizeQueue<T, N> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a mut FixedSizeQueue<T, N> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T, const N: usize> IntoIterator for FixedSizeQueue<T, N> {
    type Item = T;
    type IntoIter = IntoIter<T, N>;

    fn into_iter(self) -> IntoIter<T, N> {
        IntoIter(self)
    }
}

/// The elements of a [`FixedSizeQueue`], by value.
pub struct IntoIter<T, const N: usize>(FixedSizeQueue<T, N>);

impl<T: Debug, const N: usize> Debug for IntoIter<T, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.0).finish()
    }
}

impl<T, const N: usize> Iterator for IntoIter<T, N> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.pop_front()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<T, const N: usize> DoubleEndedIterator for IntoIter<T, N> {
    fn next_back(&mut self) -> Option<T> {
        self.0.pop_back()
    }
}

impl<T, const N: usize> ExactSizeIterator for IntoIter<T, N> {}
impl<T, const N: usize> FusedIterator for IntoIter<T, N> {}
