// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A hash map of fixed capacity that lies in its own bytes.
//!
//! ```text
//!   StaticHashMap<K, V, 4>, three entries; a and c have hashes that are equal modulo 4
//!   ┌─────────┬───────────┬───────────┬──────┬──────┬──────┬──────┐
//!   │ len = 3 │ heads     │ nexts     │ a, x │ b, y │ c, z │ ---- │
//!   │         │ 0 3 0 2   │ 0 0 1 -   │      │      │      │      │
//!   └─────────┴───┬───┬───┴─────┬─────┴──────┴──────┴──────┴──────┘
//!                 │   └─ entry 2: b, the only one whose hash is 3 modulo 4
//!                 └─ entry 3: c, whose next is entry 1: a, whose next is 0: none
//! ```
//!
//! Entries lie one after the other; each belongs to a chain that begins in the head of its hash. They are numbered from 1,
//! so memory of zeroes is an empty map. There is a head for every entry, so a lookup in a full map costs what it costs in
//! any other. Lengths, heads and nexts that another process wrote are checked where they are used, and no chain is
//! followed for longer than the map is: whatever they say, they cost a lookup that finds nothing.
//!
//! The hash is FNV-1a over what `Hash` feeds it, without a key: the same in all processes. It withstands no attacker who
//! chooses keys so that they meet in one chain; a lookup then takes as long as a search through `N` entries.

use crate::error::Full;
use crate::slots;
use core::borrow::Borrow;
use core::fmt::{self, Debug, Formatter};
use core::hash::{Hash, Hasher};
use core::iter::FusedIterator;
use core::mem::MaybeUninit;
use iceoryx2_bb_elementary::{PlacementDefault, ZeroCopySend, fnv};

/// Up to `N` values, each under a key: a `HashMap` for messages.
///
/// Both ends must be of the same opinion on what `Hash` does for a key. They are if one compiler built both, or if the
/// key's `Hash` feeds the hasher integers; a lookup by an end that is not finds nothing, iteration finds all.
///
/// ```
/// use iceoryx2_bb_container::{hash_map::StaticHashMap, string::StaticString};
///
/// let mut wheels = StaticHashMap::<StaticString<8>, u32, 2>::new();
/// assert_eq!(wheels.insert("car".parse()?, 3)?, None);
/// assert_eq!(wheels.insert("car".parse()?, 4)?, Some(3));
/// assert_eq!(wheels.get("car"), Some(&4));
/// assert!(!wheels.contains_key("boat"));
/// assert_eq!(wheels.remove("car"), Some(4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
#[derive(ZeroCopySend)]
pub struct StaticHashMap<K, V, const N: usize> {
    // INVARIANT: read through `len()` alone, which clamps it.
    len: u64,
    // INVARIANT: what is in here is checked by whoever goes to it.
    heads: [u32; N],
    // INVARIANT: what is in here is checked by whoever goes to it.
    nexts: [u32; N],
    // INVARIANT: those below `len()` hold values.
    slots: [MaybeUninit<Entry<K, V>>; N],
}

#[repr(C)]
#[derive(Debug, Clone, Copy, ZeroCopySend)]
struct Entry<K, V> {
    key: K,
    value: V,
}

/// Says of an entry's number that there is none.
const NOWHERE: u32 = 0;

/// The index of the entry of this number.
fn index_of(number: u32) -> Option<usize> {
    usize::try_from(number.checked_sub(1)?).ok()
}

struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = fnv::extend_64(self.0, bytes);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

impl<K, V, const N: usize> StaticHashMap<K, V, N> {
    const CAPACITY_IS_COUNTABLE: () = assert!(
        N as u128 <= u32::MAX as u128,
        "a hash map for messages has room for at most 2^32 - 1 entries: choose a smaller capacity"
    );

    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        const { Self::CAPACITY_IS_COUNTABLE };
        Self {
            len: 0,
            heads: [NOWHERE; N],
            nexts: [NOWHERE; N],
            slots: slots::empty(),
        }
    }

    /// How many entries there is room for.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        slots::clamped(self.len, N)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another key.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() == N
    }

    fn entries(&self) -> &[Entry<K, V>] {
        let held = self.slots.get(..self.len()).unwrap_or_default();
        // SAFETY: the slots below `len()` hold values.
        unsafe { slots::values(held) }
    }

    fn entries_mut(&mut self) -> &mut [Entry<K, V>] {
        let len = self.len();
        let held = self.slots.get_mut(..len).unwrap_or_default();
        // SAFETY: the slots below `len()` hold values.
        unsafe { slots::values_mut(held) }
    }

    /// All keys with their values, in no order to rely on.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(self.entries().iter())
    }

    /// All keys with their values, which may be changed.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut(self.entries_mut().iter_mut())
    }

    /// All keys.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// All values.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// All values, to be changed.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut V> {
        self.iter_mut().map(|(_, value)| value)
    }

    /// Forgets all entries.
    pub fn clear(&mut self) {
        self.len = 0;
        self.heads.fill(NOWHERE);
    }
}

impl<K: Eq + Hash, V, const N: usize> StaticHashMap<K, V, N> {
    /// All of `entries`, a later one in the place of an earlier one with the same key, or the first that found no room.
    ///
    /// # Errors
    ///
    /// There are more than `N` different keys.
    pub fn try_from_iter(entries: impl IntoIterator<Item = (K, V)>) -> Result<Self, Full<(K, V)>> {
        let mut map = Self::new();
        map.try_extend(entries)?;
        Ok(map)
    }

    /// Inserts all of `entries`, up to the first that finds no room.
    ///
    /// # Errors
    ///
    /// There was more than fits. What did fit is in the map.
    pub fn try_extend(
        &mut self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), Full<(K, V)>> {
        entries
            .into_iter()
            .try_for_each(|(key, value)| self.insert(key, value).map(|_| ()))
    }

    fn chain_of<Q: Hash + ?Sized>(key: &Q) -> usize {
        let mut hasher = Fnv(fnv::OFFSET_BASIS_64);
        key.hash(&mut hasher);
        let chain = hasher.finish().checked_rem(N as u64).unwrap_or_default();
        slots::clamped(chain, N)
    }

    fn find<Q>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let entries = self.entries();
        let mut number = *self.heads.get(Self::chain_of(key))?;
        for _ in 0..entries.len() {
            let index = index_of(number)?;
            if entries.get(index)?.key.borrow() == key {
                return Some(index);
            }
            number = *self.nexts.get(index)?;
        }
        None
    }

    /// The value under `key`.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The key in the map that is equal to `key`, and its value.
    #[must_use]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let entry = self.entries().get(self.find(key)?)?;
        Some((&entry.key, &entry.value))
    }

    /// The value under `key`, to be changed.
    #[must_use]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let index = self.find(key)?;
        Some(&mut self.entries_mut().get_mut(index)?.value)
    }

    /// Whether there is a value under `key`.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.find(key).is_some()
    }

    /// Puts `value` under `key`, and returns what was there before.
    ///
    /// # Errors
    ///
    /// The map is full and does not know the key.
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, Full<(K, V)>> {
        if let Some(known) = self.get_mut(&key) {
            return Ok(Some(core::mem::replace(known, value)));
        }
        let chain = Self::chain_of(&key);
        self.append(chain, Entry { key, value })
            .map_err(|full| full.map(|entry| (entry.key, entry.value)))?;
        Ok(None)
    }

    /// The value under `key`. If there is none, what `make` returns is put there first.
    ///
    /// # Errors
    ///
    /// The map is full and does not know the key.
    pub fn get_or_insert_with(
        &mut self,
        key: K,
        make: impl FnOnce() -> V,
    ) -> Result<&mut V, Full<K>> {
        let index = match self.find(&key) {
            Some(index) => index,
            None if self.is_full() => return Err(Full::new(key, N)),
            None => {
                let (chain, value) = (Self::chain_of(&key), make());
                return self
                    .append(chain, Entry { key, value })
                    .map(|entry| &mut entry.value)
                    .map_err(|full| full.map(|entry| entry.key));
            }
        };
        match self.entries_mut().get_mut(index) {
            Some(entry) => Ok(&mut entry.value),
            None => Err(Full::new(key, N)),
        }
    }

    /// Adds an entry at the beginning of its chain.
    fn append(
        &mut self,
        chain: usize,
        entry: Entry<K, V>,
    ) -> Result<&mut Entry<K, V>, Full<Entry<K, V>>> {
        let len = self.len();
        let number = u32::try_from(len + 1).unwrap_or(NOWHERE);
        let places = (
            self.slots.get_mut(len),
            self.nexts.get_mut(len),
            self.heads.get_mut(chain),
        );
        let (Some(slot), Some(next), Some(head)) = places else {
            return Err(Full::new(entry, N));
        };
        *next = core::mem::replace(head, number);
        self.len = len as u64 + 1;
        Ok(slot.write(entry))
    }

    /// Takes the value under `key`.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// Takes the key in the map that is equal to `key`, and its value.
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.remove_at(self.find(key)?)
    }

    /// Takes the entry at `index`; the last one takes its place.
    fn remove_at(&mut self, index: usize) -> Option<(K, V)> {
        let last = self.len().checked_sub(1)?;
        let chain = Self::chain_of(&self.entries().get(index)?.key);
        let chain_of_last = Self::chain_of(&self.entries().get(last)?.key);

        let number = u32::try_from(index + 1).ok()?;
        let next = *self.nexts.get(index)?;
        self.redirect(chain, number, next);
        if index != last {
            let next = *self.nexts.get(last)?;
            self.redirect(chain_of_last, u32::try_from(last + 1).ok()?, number);
            *self.nexts.get_mut(index)? = next;
            self.entries_mut().swap(index, last);
        }

        let slot = self.slots.get(last)?;
        // SAFETY: the slot is below `len()`, so it holds a value, and from the next line on it is counted no more.
        let entry = unsafe { slot.assume_init_read() };
        self.len = last as u64;
        Some((entry.key, entry.value))
    }

    /// Lets the chain go to `new` where it went to `old`.
    fn redirect(&mut self, chain: usize, old: u32, new: u32) {
        let Some(link) = self.heads.get_mut(chain) else {
            return;
        };
        let mut number = *link;
        if number == old {
            *link = new;
            return;
        }
        for _ in 0..N {
            let Some(link) = index_of(number).and_then(|index| self.nexts.get_mut(index)) else {
                return;
            };
            number = *link;
            if number == old {
                *link = new;
                return;
            }
        }
    }

    /// Keeps the entries for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        for index in (0..self.len()).rev() {
            let kept = self
                .entries_mut()
                .get_mut(index)
                .is_none_or(|entry| keep(&entry.key, &mut entry.value));
            if !kept {
                self.remove_at(index);
            }
        }
    }
}

impl<K, V, const N: usize> Default for StaticHashMap<K, V, N> {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: without entries, no slot needs to hold a value; length, heads and nexts are written.
unsafe impl<K, V, const N: usize> PlacementDefault for StaticHashMap<K, V, N> {
    unsafe fn placement_default(ptr: *mut Self) {
        const { Self::CAPACITY_IS_COUNTABLE };
        const { assert!(!core::mem::needs_drop::<Entry<K, V>>()) };
        // SAFETY: the caller vouches for `ptr`, and the field lies within.
        let len = unsafe { &raw mut (*ptr).len };
        // SAFETY: as part of `*ptr` it is aligned, valid for writes, and ours alone.
        unsafe { len.write(0) };
        // SAFETY: the caller vouches for `ptr`, and the field lies within.
        let heads = unsafe { &raw mut (*ptr).heads };
        // SAFETY: as part of `*ptr` it is aligned, valid for writes, and ours alone; zeroes say `NOWHERE`.
        unsafe { heads.write_bytes(0, 1) };
        // SAFETY: the caller vouches for `ptr`, and the field lies within.
        let nexts = unsafe { &raw mut (*ptr).nexts };
        // SAFETY: as part of `*ptr` it is aligned, valid for writes, and ours alone; zeroes say `NOWHERE`.
        unsafe { nexts.write_bytes(0, 1) };
    }
}

impl<K: Clone, V: Clone, const N: usize> Clone for StaticHashMap<K, V, N> {
    fn clone(&self) -> Self {
        let mut map = Self::new();
        for (slot, entry) in map.slots.iter_mut().zip(self.entries()) {
            slot.write(entry.clone());
        }
        map.len = self.len() as u64;
        map.heads = self.heads;
        map.nexts = self.nexts;
        map
    }
}

impl<K: Copy, V: Copy, const N: usize> Copy for StaticHashMap<K, V, N> {}

impl<K: Debug, V: Debug, const N: usize> Debug for StaticHashMap<K, V, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Eq + Hash, V: PartialEq, const N: usize, const M: usize> PartialEq<StaticHashMap<K, V, M>>
    for StaticHashMap<K, V, N>
{
    fn eq(&self, other: &StaticHashMap<K, V, M>) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: Eq + Hash, V: Eq, const N: usize> Eq for StaticHashMap<K, V, N> {}

impl<K: Eq + Hash, V, const N: usize, const M: usize> TryFrom<[(K, V); M]>
    for StaticHashMap<K, V, N>
{
    type Error = Full<(K, V)>;

    fn try_from(entries: [(K, V); M]) -> Result<Self, Full<(K, V)>> {
        Self::try_from_iter(entries)
    }
}

/// Keeps the entries before the first that finds no room. [`StaticHashMap::try_from_iter`] refuses instead.
impl<K: Eq + Hash, V, const N: usize> FromIterator<(K, V)> for StaticHashMap<K, V, N> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

/// Inserts the entries before the first that finds no room. [`StaticHashMap::try_extend`] refuses instead.
impl<K: Eq + Hash, V, const N: usize> Extend<(K, V)> for StaticHashMap<K, V, N> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        let _left_over = self.try_extend(entries);
    }
}

/// What [`StaticHashMap::iter`] returns.
#[derive(Debug)]
pub struct Iter<'a, K, V>(core::slice::Iter<'a, Entry<K, V>>);

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|entry| (&entry.key, &entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}
impl<K, V> FusedIterator for Iter<'_, K, V> {}

/// What [`StaticHashMap::iter_mut`] returns.
#[derive(Debug)]
pub struct IterMut<'a, K, V>(core::slice::IterMut<'a, Entry<K, V>>);

impl<'a, K, V> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|entry| (&entry.key, &mut entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> ExactSizeIterator for IterMut<'_, K, V> {}
impl<K, V> FusedIterator for IterMut<'_, K, V> {}

/// The entries of a [`StaticHashMap`], by value.
pub struct IntoIter<K, V, const N: usize>(StaticHashMap<K, V, N>);

impl<K: Debug, V: Debug, const N: usize> Debug for IntoIter<K, V, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.0).finish()
    }
}

impl<K, V, const N: usize> Iterator for IntoIter<K, V, N> {
    type Item = (K, V);

    /// From the last one on: the chains are of no more use.
    fn next(&mut self) -> Option<(K, V)> {
        let last = self.0.len().checked_sub(1)?;
        let slot = self.0.slots.get(last)?;
        // SAFETY: the slot is below `len()`, so it holds a value, and from the next line on it is counted no more.
        let entry = unsafe { slot.assume_init_read() };
        self.0.len = last as u64;
        Some((entry.key, entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<K, V, const N: usize> ExactSizeIterator for IntoIter<K, V, N> {}
impl<K, V, const N: usize> FusedIterator for IntoIter<K, V, N> {}

impl<K, V, const N: usize> IntoIterator for StaticHashMap<K, V, N> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V, N>;

    fn into_iter(self) -> IntoIter<K, V, N> {
        IntoIter(self)
    }
}

impl<'a, K, V, const N: usize> IntoIterator for &'a StaticHashMap<K, V, N> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K, V, const N: usize> IntoIterator for &'a mut StaticHashMap<K, V, N> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}
