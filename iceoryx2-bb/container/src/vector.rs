// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A vector of fixed capacity that lies in its own bytes.
//!
//! ```text
//!   StaticVec<T, 4>, two elements in it
//!   ┌─────────┬──────┬──────┬──────┬──────┐
//!   │ len = 2 │ T    │ T    │ ---- │ ---- │
//!   └─────────┴──────┴──────┴──────┴──────┘
//! ```
//!
//! Memory of zeroes is an empty vector. A length beyond the capacity, which only another process can have written, counts
//! as the capacity.

use crate::error::{Full, InsertError, TooLong};
use crate::slots;
use core::borrow::{Borrow, BorrowMut};
use core::cmp::Ordering;
use core::fmt::{self, Debug, Formatter};
use core::hash::{Hash, Hasher};
use core::iter::FusedIterator;
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use iceoryx2_bb_elementary::{PlacementDefault, ZeroCopySend};

/// Up to `N` elements, one after the other: a `Vec` for messages.
///
/// It dereferences to a slice, with all that slices can do. What would exceed the capacity is refused with an error;
/// only `collect` and `extend`, which have no way to refuse, keep what fits and leave the rest.
///
/// ```
/// use iceoryx2_bb_container::vector::StaticVec;
///
/// let mut track = StaticVec::<u32, 3>::new();
/// track.push(7)?;
/// track.extend_from_slice(&[1, 4])?;
/// assert_eq!(track.push(9).unwrap_err().into_value(), 9);
///
/// track.sort();
/// assert_eq!(track, [1, 4, 7]);
/// assert_eq!(track.iter().sum::<u32>(), 12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// An element that needs drop does not compile:
///
/// ```compile_fail,E0080
/// iceoryx2_bb_container::vector::StaticVec::<String, 3>::new();
/// ```
#[repr(C)]
#[derive(ZeroCopySend)]
pub struct StaticVec<T, const N: usize> {
    // INVARIANT: read through `len()` alone, which clamps it.
    len: u64,
    // INVARIANT: those below `len()` hold values.
    slots: [MaybeUninit<T>; N],
}

impl<T, const N: usize> StaticVec<T, N> {
    /// An empty vector.
    #[must_use]
    pub const fn new() -> Self {
        Self {
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
        let mut vec = Self::new();
        vec.try_extend(values)?;
        Ok(vec)
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

    /// The elements.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        let held = self.slots.get(..self.len()).unwrap_or_default();
        // SAFETY: the slots below `len()` hold values.
        unsafe { slots::values(held) }
    }

    /// The elements, to be changed.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        let len = self.len();
        let held = self.slots.get_mut(..len).unwrap_or_default();
        // SAFETY: the slots below `len()` hold values.
        unsafe { slots::values_mut(held) }
    }

    /// Appends `value`.
    ///
    /// # Errors
    ///
    /// The vector is full.
    pub fn push(&mut self, value: T) -> Result<(), Full<T>> {
        let len = self.len();
        let Some(slot) = self.slots.get_mut(len) else {
            return Err(Full::new(value, N));
        };
        slot.write(value);
        self.len = len as u64 + 1;
        Ok(())
    }

    /// Takes the last element.
    pub fn pop(&mut self) -> Option<T> {
        let last = self.len().checked_sub(1)?;
        let slot = self.slots.get(last)?;
        // SAFETY: the slot is below `len()`, so it holds a value, and from the next line on it is counted no more.
        let value = unsafe { slot.assume_init_read() };
        self.len = last as u64;
        Some(value)
    }

    /// Puts `value` before the element at `index`, or at the end.
    ///
    /// # Errors
    ///
    /// The vector is full, or ends before `index`.
    pub fn insert(&mut self, index: usize, value: T) -> Result<(), InsertError<T>> {
        let len = self.len();
        if index > len {
            return Err(InsertError::OutOfBounds { value, index, len });
        }
        self.push(value).map_err(InsertError::Full)?;
        if let Some(behind) = self.get_mut(index..) {
            behind.rotate_right(1);
        }
        Ok(())
    }

    /// Takes the element at `index`; those behind it move up.
    pub fn remove(&mut self, index: usize) -> Option<T> {
        self.get_mut(index..)
            .filter(|behind| !behind.is_empty())?
            .rotate_left(1);
        self.pop()
    }

    /// Takes the element at `index`; the last one takes its place.
    pub fn swap_remove(&mut self, index: usize) -> Option<T> {
        let last = self.len().checked_sub(1)?;
        if index > last {
            return None;
        }
        self.swap(index, last);
        self.pop()
    }

    /// Forgets the elements from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len().min(len) as u64;
    }

    /// Forgets all elements.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Keeps the elements for which `keep` is true, in their order.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.retain_mut(|value| keep(value));
    }

    /// Keeps the elements for which `keep` is true, in their order, and lets it change them.
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        let mut kept = 0;
        for index in 0..self.len() {
            if self.get_mut(index).is_some_and(&mut keep) {
                self.swap(kept, index);
                kept += 1;
            }
        }
        self.truncate(kept);
    }

    /// Appends all of `values`, up to the first that finds no room.
    ///
    /// # Errors
    ///
    /// There was more than fits. What did fit is in the vector.
    pub fn try_extend(&mut self, values: impl IntoIterator<Item = T>) -> Result<(), Full<T>> {
        values.into_iter().try_for_each(|value| self.push(value))
    }

    /// Changes the length to `len`, with what `fill` returns where it grows.
    ///
    /// # Errors
    ///
    /// `len` is more than the capacity. The vector is as it was.
    pub fn resize_with(&mut self, len: usize, mut fill: impl FnMut() -> T) -> Result<(), TooLong> {
        fits::<N>(len)?;
        self.truncate(len);
        let missing = len.saturating_sub(self.len());
        self.extend((0..missing).map(|_| fill()));
        Ok(())
    }
}

impl<T: Clone, const N: usize> StaticVec<T, N> {
    /// Appends copies of all of `values`, or none of them.
    ///
    /// # Errors
    ///
    /// There is not room for all.
    pub fn extend_from_slice(&mut self, values: &[T]) -> Result<(), TooLong> {
        fits::<N>(self.len().saturating_add(values.len()))?;
        self.extend(values.iter().cloned());
        Ok(())
    }

    /// Changes the length to `len`, with copies of `value` where it grows.
    ///
    /// # Errors
    ///
    /// `len` is more than the capacity. The vector is as it was.
    pub fn resize(&mut self, len: usize, value: T) -> Result<(), TooLong> {
        self.resize_with(len, || value.clone())
    }
}

const fn fits<const N: usize>(len: usize) -> Result<(), TooLong> {
    if len > N {
        Err(TooLong { len, capacity: N })
    } else {
        Ok(())
    }
}

impl<T, const N: usize> Default for StaticVec<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: without elements, no slot needs to hold a value, and the length is written.
unsafe impl<T, const N: usize> PlacementDefault for StaticVec<T, N> {
    unsafe fn placement_default(ptr: *mut Self) {
        const { assert!(!core::mem::needs_drop::<T>()) };
        // SAFETY: the caller vouches for `ptr`, and the field lies within.
        let len = unsafe { &raw mut (*ptr).len };
        // SAFETY: as part of `*ptr` it is aligned, valid for writes, and ours alone.
        unsafe { len.write(0) };
    }
}

impl<T: Clone, const N: usize> Clone for StaticVec<T, N> {
    fn clone(&self) -> Self {
        self.iter().cloned().collect()
    }
}

impl<T: Copy, const N: usize> Copy for StaticVec<T, N> {}

impl<T: Debug, const N: usize> Debug for StaticVec<T, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(self.as_slice(), f)
    }
}

impl<T, const N: usize> Deref for StaticVec<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T, const N: usize> DerefMut for StaticVec<T, N> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}

impl<T, const N: usize> AsRef<[T]> for StaticVec<T, N> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T, const N: usize> AsMut<[T]> for StaticVec<T, N> {
    fn as_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T, const N: usize> Borrow<[T]> for StaticVec<T, N> {
    fn borrow(&self) -> &[T] {
        self
    }
}

impl<T, const N: usize> BorrowMut<[T]> for StaticVec<T, N> {
    fn borrow_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T: PartialEq<U>, U, const N: usize, const M: usize> PartialEq<StaticVec<U, M>>
    for StaticVec<T, N>
{
    fn eq(&self, other: &StaticVec<U, M>) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: PartialEq<U>, U, const N: usize> PartialEq<[U]> for StaticVec<T, N> {
    fn eq(&self, other: &[U]) -> bool {
        self.as_slice() == other
    }
}

impl<T: PartialEq<U>, U, const N: usize> PartialEq<&[U]> for StaticVec<T, N> {
    fn eq(&self, other: &&[U]) -> bool {
        self.as_slice() == *other
    }
}

impl<T: PartialEq<U>, U, const N: usize, const M: usize> PartialEq<[U; M]> for StaticVec<T, N> {
    fn eq(&self, other: &[U; M]) -> bool {
        self.as_slice() == other
    }
}

impl<T: PartialEq<U>, U, const N: usize> PartialEq<Vec<U>> for StaticVec<T, N> {
    fn eq(&self, other: &Vec<U>) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Eq, const N: usize> Eq for StaticVec<T, N> {}

impl<T: PartialOrd, const N: usize> PartialOrd for StaticVec<T, N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.as_slice().partial_cmp(other.as_slice())
    }
}

impl<T: Ord, const N: usize> Ord for StaticVec<T, N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl<T: Hash, const N: usize> Hash for StaticVec<T, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<T, const N: usize> From<[T; N]> for StaticVec<T, N> {
    fn from(values: [T; N]) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Clone, const N: usize> TryFrom<&[T]> for StaticVec<T, N> {
    type Error = TooLong;

    fn try_from(values: &[T]) -> Result<Self, TooLong> {
        let mut vec = Self::new();
        vec.extend_from_slice(values)?;
        Ok(vec)
    }
}

impl<T, const N: usize> TryFrom<Vec<T>> for StaticVec<T, N> {
    type Error = Full<T>;

    fn try_from(values: Vec<T>) -> Result<Self, Full<T>> {
        Self::try_from_iter(values)
    }
}

impl<T, const N: usize> From<StaticVec<T, N>> for Vec<T> {
    fn from(values: StaticVec<T, N>) -> Self {
        values.into_iter().collect()
    }
}

/// Keeps the first `N` and asks for no more. [`StaticVec::try_from_iter`] refuses instead.
impl<T, const N: usize> FromIterator<T> for StaticVec<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut vec = Self::new();
        vec.extend(values);
        vec
    }
}

/// Appends what fits and asks for no more. [`StaticVec::try_extend`] refuses instead.
impl<T, const N: usize> Extend<T> for StaticVec<T, N> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        let room = N.saturating_sub(self.len());
        let _nothing_left_over = self.try_extend(values.into_iter().take(room));
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a StaticVec<T, N> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a mut StaticVec<T, N> {
    type Item = &'a mut T;
    type IntoIter = core::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T, const N: usize> IntoIterator for StaticVec<T, N> {
    type Item = T;
    type IntoIter = IntoIter<T, N>;

    fn into_iter(self) -> IntoIter<T, N> {
        IntoIter {
            values: self,
            taken: 0,
        }
    }
}

/// The elements of a [`StaticVec`], by value.
pub struct IntoIter<T, const N: usize> {
    values: StaticVec<T, N>,
    // INVARIANT: the elements before it were given away and are not touched again.
    taken: usize,
}

impl<T, const N: usize> IntoIter<T, N> {
    /// The elements still to come.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        self.values.get(self.taken..).unwrap_or_default()
    }
}

impl<T: Debug, const N: usize> Debug for IntoIter<T, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.as_slice()).finish()
    }
}

impl<T, const N: usize> Iterator for IntoIter<T, N> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.taken >= self.values.len() {
            return None;
        }
        let slot = self.values.slots.get(self.taken)?;
        // SAFETY: the slot is below `len()`, so it holds a value, and from the next line on it is not touched again.
        let value = unsafe { slot.assume_init_read() };
        self.taken += 1;
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.values.len().saturating_sub(self.taken);
        (left, Some(left))
    }
}

impl<T, const N: usize> DoubleEndedIterator for IntoIter<T, N> {
    fn next_back(&mut self) -> Option<T> {
        if self.taken >= self.values.len() {
            return None;
        }
        self.values.pop()
    }
}

impl<T, const N: usize> ExactSizeIterator for IntoIter<T, N> {}
impl<T, const N: usize> FusedIterator for IntoIter<T, N> {}
