// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A slot map of fixed capacity that lies in its own bytes.
//!
//! ```text
//!   FixedSizeSlotMap<T, 4>: two values came, one of them went, a third never came
//!   ┌─────────┬───────────┬──────────┬─────────────┬─────────┬──────┬──────┬──────┬──────┐
//!   │ len = 1 │ fresh = 2 │ free = 1 │ generations │ nexts   │ ---- │ T    │ ---- │ ---- │
//!   │         │           │          │ 2 1 0 0     │ 0 - - - │      │      │      │      │
//!   └─────────┴───────────┴──────────┴─────────────┴─────────┴──────┴──────┴──────┴──────┘
//! ```
//!
//! A slot's *generation* says how often it was filled and emptied: it is odd while there is a value. A key names a slot
//! and a generation, so the key of a value that is gone never finds another. `free` begins a chain of emptied slots,
//! numbered from 1; `fresh` counts the slots that were ever used. Memory of zeroes is an empty map. What another process
//! wrote into all these is checked where it is used; whatever it says, at worst values are not found, or there is no room.

#[cfg(feature = "serde")]
use crate::error::Full;
use crate::slots;
use core::fmt::{self, Debug, Formatter};
use core::mem::MaybeUninit;
use iceoryx2_bb_elementary::{PlacementDefault, ZeroCopySend};

/// Names a value in a [`FixedSizeSlotMap`], and no other that comes into the same slot later.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ZeroCopySend)]
pub struct SlotMapKey {
    index: u64,
    generation: u64,
}

impl SlotMapKey {
    fn new(index: usize, generation: u64) -> Self {
        Self {
            index: index as u64,
            generation,
        }
    }

    fn index(self) -> Option<usize> {
        usize::try_from(self.index).ok()
    }
}

/// Up to `N` values, each under a key that it is given when it comes.
///
/// ```
/// use iceoryx2_bb_container::slotmap::FixedSizeSlotMap;
///
/// let mut map = FixedSizeSlotMap::<u32, 2>::new();
/// let seven = map.insert(7).ok_or("full")?;
/// let eight = map.insert(8).ok_or("full")?;
/// assert_eq!(map.insert(9), None);
///
/// assert_eq!(map.remove(seven), Some(7));
/// let nine = map.insert(9).ok_or("full")?;
/// assert_eq!((map.get(seven), map.get(eight), map.get(nine)), (None, Some(&8), Some(&9)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
#[derive(ZeroCopySend)]
pub struct FixedSizeSlotMap<T, const N: usize> {
    // INVARIANT: read through `len()` alone, which clamps it.
    len: u64,
    // INVARIANT: read through `fresh()` alone, which clamps it.
    fresh: u64,
    // INVARIANT: what it says is checked by whoever goes there.
    free: u64,
    // INVARIANT: where one is odd, the slot holds a value.
    generations: [u64; N],
    // INVARIANT: what they say is checked by whoever goes there.
    nexts: [u64; N],
    slots: [MaybeUninit<T>; N],
}

const fn is_occupied(generation: u64) -> bool {
    generation % 2 == 1
}

impl<T, const N: usize> FixedSizeSlotMap<T, N> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            len: 0,
            fresh: 0,
            free: 0,
            generations: [0; N],
            nexts: [0; N],
            slots: slots::empty(),
        }
    }

    /// How many values there is room for.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// How many values there are.
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
        self.vacant().is_none()
    }

    fn fresh(&self) -> usize {
        slots::clamped(self.fresh, N)
    }

    /// The first of the emptied slots.
    fn emptied(&self) -> Option<usize> {
        let index = usize::try_from(self.free.checked_sub(1)?).ok()?;
        let generation = *self.generations.get(index)?;
        (!is_occupied(generation)).then_some(index)
    }

    /// The first of the slots that were never used.
    fn never_used(&self) -> Option<usize> {
        let generation = *self.generations.get(self.fresh())?;
        (!is_occupied(generation)).then_some(self.fresh())
    }

    fn vacant(&self) -> Option<usize> {
        self.emptied().or_else(|| self.never_used())
    }

    /// Puts `value` into a slot and returns its key, or nothing if there is no room.
    #[must_use = "without its key the value is found by iteration alone"]
    pub fn insert(&mut self, value: T) -> Option<SlotMapKey> {
        let index = match self.emptied() {
            Some(index) => {
                self.free = *self.nexts.get(index)?;
                index
            }
            None => {
                let index = self.never_used()?;
                self.fresh = index as u64 + 1;
                index
            }
        };
        let generation = self.generations.get_mut(index)?;
        self.slots.get_mut(index)?.write(value);
        *generation = generation.wrapping_add(1);
        self.len = self.len.saturating_add(1);
        Some(SlotMapKey::new(index, *generation))
    }

    /// The slot of a value that is there.
    fn find(&self, key: SlotMapKey) -> Option<usize> {
        let index = key.index()?;
        let generation = *self.generations.get(index)?;
        (generation == key.generation && is_occupied(generation)).then_some(index)
    }

    /// Whether the value of this key is there.
    #[must_use]
    pub fn contains(&self, key: SlotMapKey) -> bool {
        self.find(key).is_some()
    }

    /// The value of this key.
    #[must_use]
    pub fn get(&self, key: SlotMapKey) -> Option<&T> {
        let slot = self.slots.get(self.find(key)?)?;
        // SAFETY: `find` returns occupied slots only, which hold values.
        Some(unsafe { slot.assume_init_ref() })
    }

    /// The value of this key, to be changed.
    #[must_use]
    pub fn get_mut(&mut self, key: SlotMapKey) -> Option<&mut T> {
        let index = self.find(key)?;
        let slot = self.slots.get_mut(index)?;
        // SAFETY: `find` returns occupied slots only, which hold values.
        Some(unsafe { slot.assume_init_mut() })
    }

    /// Takes the value of this key, which from now on finds nothing.
    pub fn remove(&mut self, key: SlotMapKey) -> Option<T> {
        let index = self.find(key)?;
        let slot = self.slots.get(index)?;
        // SAFETY: `find` returns occupied slots only, which hold values, and from the next lines on it is vacant.
        let value = unsafe { slot.assume_init_read() };
        self.vacate(index);
        Some(value)
    }

    fn vacate(&mut self, index: usize) {
        if let Some(generation) = self.generations.get_mut(index) {
            *generation = generation.wrapping_add(1);
        }
        self.release(index);
        self.len = (self.len() as u64).saturating_sub(1);
    }

    /// Puts an emptied slot at the beginning of their chain.
    fn release(&mut self, index: usize) {
        if let Some(next) = self.nexts.get_mut(index) {
            *next = core::mem::replace(&mut self.free, index as u64 + 1);
        }
    }

    /// Forgets all values. Their keys find nothing, now and later.
    pub fn clear(&mut self) {
        self.retain(|_, _| false);
    }

    /// Keeps the values for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(SlotMapKey, &mut T) -> bool) {
        for index in 0..N {
            let Some(key) = self.key_at(index) else {
                continue;
            };
            if self.get_mut(key).is_some_and(|value| !keep(key, value)) {
                self.vacate(index);
            }
        }
    }

    /// The key of the value in this slot.
    fn key_at(&self, index: usize) -> Option<SlotMapKey> {
        let generation = *self.generations.get(index)?;
        is_occupied(generation).then(|| SlotMapKey::new(index, generation))
    }

    /// All keys with their values, in the order of the slots.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter {
            places: self.generations.iter().zip(&self.slots).enumerate(),
        }
    }

    /// All keys with their values, which may be changed.
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        IterMut {
            places: self.generations.iter().zip(&mut self.slots).enumerate(),
        }
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = SlotMapKey> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &T> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// All values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.iter_mut().map(|(_, value)| value)
    }
}

#[cfg(feature = "serde")]
impl<T, const N: usize> FixedSizeSlotMap<T, N> {
    /// The generation and the value of each slot that was ever used.
    pub(crate) fn used_slots(&self) -> impl Iterator<Item = (u64, Option<&T>)> {
        self.generations
            .iter()
            .enumerate()
            .take(self.fresh())
            .map(|(index, generation)| {
                let value = self.key_at(index).and_then(|key| self.get(key));
                (*generation, value)
            })
    }

    /// Takes what was written of a slot for the next one that was never used.
    pub(crate) fn append_slot(&mut self, generation: u64, value: Option<T>) -> Result<(), String> {
        if is_occupied(generation) != value.is_some() {
            return Err(format!(
                "a slot of generation {generation} must have a value exactly if that is odd: write it as it was read"
            ));
        }
        let index = self.fresh();
        let places = (self.generations.get_mut(index), self.slots.get_mut(index));
        let (Some(place), Some(slot)) = places else {
            return Err(Full::new((), N).to_string());
        };
        *place = generation;
        self.fresh = index as u64 + 1;
        match value {
            Some(value) => {
                slot.write(value);
                self.len = self.len.saturating_add(1);
            }
            None => self.release(index),
        }
        Ok(())
    }
}

impl<T, const N: usize> Default for FixedSizeSlotMap<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: without values, no slot needs to hold one; all else is written.
unsafe impl<T, const N: usize> PlacementDefault for FixedSizeSlotMap<T, N> {
    unsafe fn placement_default(ptr: *mut Self) {
        const { assert!(!core::mem::needs_drop::<T>()) };
        // WHY: what is before the slots is zeroed in one go, because zeroes are an empty map.
        let before_slots = core::mem::offset_of!(Self, slots);
        // SAFETY: the caller vouches for `ptr`, and so many of its bytes are before the slots.
        unsafe { ptr.cast::<u8>().write_bytes(0, before_slots) };
    }
}

impl<T: Clone, const N: usize> Clone for FixedSizeSlotMap<T, N> {
    fn clone(&self) -> Self {
        let mut map = Self::new();
        for (key, value) in self {
            if let Some(slot) = key.index().and_then(|index| map.slots.get_mut(index)) {
                slot.write(value.clone());
            }
        }
        map.len = self.len;
        map.fresh = self.fresh;
        map.free = self.free;
        map.generations = self.generations;
        map.nexts = self.nexts;
        map
    }
}

impl<T: Copy, const N: usize> Copy for FixedSizeSlotMap<T, N> {}

impl<T: Debug, const N: usize> Debug for FixedSizeSlotMap<T, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// Equal are maps that have the same values under the same keys.
impl<T: PartialEq, const N: usize, const M: usize> PartialEq<FixedSizeSlotMap<T, M>>
    for FixedSizeSlotMap<T, N>
{
    fn eq(&self, other: &FixedSizeSlotMap<T, M>) -> bool {
        self.iter().eq(other)
    }
}

impl<T: Eq, const N: usize> Eq for FixedSizeSlotMap<T, N> {}

/// What [`FixedSizeSlotMap::iter`] returns.
pub struct Iter<'a, T> {
    places: core::iter::Enumerate<
        core::iter::Zip<core::slice::Iter<'a, u64>, core::slice::Iter<'a, MaybeUninit<T>>>,
    >,
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self {
            places: self.places.clone(),
        }
    }
}

impl<T: Debug> Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = (SlotMapKey, &'a T);

    fn next(&mut self) -> Option<Self::Item> {
        let (index, (generation, slot)) = self
            .places
            .find(|(_, (generation, _))| is_occupied(**generation))?;
        // SAFETY: with an odd generation the slot holds a value.
        let value = unsafe { slot.assume_init_ref() };
        Some((SlotMapKey::new(index, *generation), value))
    }
}

/// What [`FixedSizeSlotMap::iter_mut`] returns.
pub struct IterMut<'a, T> {
    places: core::iter::Enumerate<
        core::iter::Zip<core::slice::Iter<'a, u64>, core::slice::IterMut<'a, MaybeUninit<T>>>,
    >,
}

impl<T> Debug for IterMut<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").finish_non_exhaustive()
    }
}

impl<'a, T> Iterator for IterMut<'a, T> {
    type Item = (SlotMapKey, &'a mut T);

    fn next(&mut self) -> Option<Self::Item> {
        let (index, (generation, slot)) = self
            .places
            .find(|(_, (generation, _))| is_occupied(**generation))?;
        // SAFETY: with an odd generation the slot holds a value.
        let value = unsafe { slot.assume_init_mut() };
        Some((SlotMapKey::new(index, *generation), value))
    }
}

/// The values of a [`FixedSizeSlotMap`] with their keys, by value.
pub struct IntoIter<T, const N: usize> {
    map: FixedSizeSlotMap<T, N>,
    index: usize,
}

impl<T: Debug, const N: usize> Debug for IntoIter<T, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.map).finish()
    }
}

impl<T, const N: usize> Iterator for IntoIter<T, N> {
    type Item = (SlotMapKey, T);

    fn next(&mut self) -> Option<(SlotMapKey, T)> {
        while self.index < N {
            let key = self.map.key_at(self.index);
            self.index += 1;
            if let Some(key) = key {
                return self.map.remove(key).map(|value| (key, value));
            }
        }
        None
    }
}

impl<T, const N: usize> IntoIterator for FixedSizeSlotMap<T, N> {
    type Item = (SlotMapKey, T);
    type IntoIter = IntoIter<T, N>;

    fn into_iter(self) -> IntoIter<T, N> {
        IntoIter {
            map: self,
            index: 0,
        }
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a FixedSizeSlotMap<T, N> {
    type Item = (SlotMapKey, &'a T);
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a mut FixedSizeSlotMap<T, N> {
    type Item = (SlotMapKey, &'a mut T);
    type IntoIter = IterMut<'a, T>;

    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}
