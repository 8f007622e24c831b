// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A map for the few entries a process keeps of its own: those of a node, a file, a directory.
//!
//! ```text
//!     entries   │ (2, b) │ (5, a) │ (9, c) │          one piece of memory, found by halving
//! ```
//!
//! WHY: a B-tree pays for itself from thousands of entries on, and is compiled for every pair of types by whoever uses it:
//! it was a third of what the layer above took to build.

use core::{borrow::Borrow, ops::Range};

/// Keys with their values, in the order of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedMap<K, V> {
    /// INVARIANT: the keys ascend, and no two are equal.
    entries: Vec<(K, V)>,
}

impl<K, V> SortedMap<K, V> {
    /// Nothing; it takes no memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is in it, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The keys, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The keys, in their order.
    pub fn into_keys(self) -> impl Iterator<Item = K> {
        self.entries.into_iter().map(|(key, _)| key)
    }

    /// Keeps what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// The value of a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (_, value) = self.entries.get(self.find(key).ok()?)?;
        Some(value)
    }

    /// The value of a key, to be changed.
    #[must_use]
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let index = self.find(key).ok()?;
        let (_, value) = self.entries.get_mut(index)?;
        Some(value)
    }

    /// Whether a key is in it.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Gives a key a value, and gives back the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = self.find(&key);
        match place.map(|index| self.entries.get_mut(index)) {
            Ok(Some((_, there))) => Some(core::mem::replace(there, value)),
            Ok(None) => None,
            Err(index) => {
                self.entries.insert(index, (key, value));
                None
            }
        }
    }

    /// Takes a key out, and gives back what it had.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let index = self.find(key).ok()?;
        let (_, value) = self.entries.remove(index);
        Some(value)
    }

    /// What lies in a range of keys, in their order; nothing where the range ends before it begins.
    pub fn range(&self, range: Range<K>) -> impl Iterator<Item = (&K, &V)> {
        let begins = self.entries.partition_point(|(key, _)| *key < range.start);
        let ends = self.entries.partition_point(|(key, _)| *key < range.end);
        let found = self.entries.get(begins..ends).unwrap_or_default();
        found.iter().map(|(key, value)| (key, value))
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.entries
            .binary_search_by(|(there, _)| there.borrow().cmp(key))
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::SortedMap;
    use crate::fnv;
    use std::collections::BTreeMap;

    fn assert_same(map: &SortedMap<u8, u64>, model: &BTreeMap<u8, u64>) {
        assert!(map.iter().eq(model.iter()), "{map:?}");
        assert!(map.keys().eq(model.keys()));
        assert_eq!(map.is_empty(), model.is_empty());
    }

    // Fails if: `insert` does not keep the order or `remove` takes a neighbour.
    #[test]
    fn it_does_what_a_tree_does() {
        let (mut map, mut model) = (SortedMap::new(), BTreeMap::new());
        let mut bytes = Vec::new();
        for step in 0..5_000u64 {
            bytes.extend_from_slice(&step.to_le_bytes());
            let drawn = fnv::hash_64(&bytes);
            let [_, key, other, ..] = drawn.to_le_bytes();
            let (key, other) = (key & 31, other & 31);
            match drawn % 4 {
                0 | 1 => assert_eq!(map.insert(key, step), model.insert(key, step)),
                2 => assert_eq!(map.remove(&key), model.remove(&key)),
                _ if drawn % 32 == 3 => {
                    map.retain(|kept, _| *kept > key);
                    model.retain(|kept, _| *kept > key);
                }
                _ => assert_eq!(map.get_mut(&key), model.get_mut(&key)),
            }
            assert_same(&map, &model);
            assert_eq!(map.get(&other), model.get(&other));
            assert_eq!(map.contains_key(&other), model.contains_key(&other));
            let (least, most) = (key.min(other), key.max(other));
            assert!(map.range(least..most).eq(model.range(least..most)));
        }
        assert!(map.clone().into_keys().eq(model.into_keys()));
    }

    // Fails if: `range` takes the entries between its ends.
    #[test]
    fn a_range_that_ends_before_it_begins_is_empty() {
        let mut map = SortedMap::new();
        for key in 0..10u8 {
            map.insert(key, ());
        }
        let (most, least) = (7, 3);
        assert_eq!(map.range(most..least).count(), 0);
        assert_eq!(map.range(least..least).count(), 0);
    }

    // Fails if: `find` compares something else than what is borrowed.
    #[test]
    fn a_key_is_found_by_what_it_lends() {
        let mut map = SortedMap::new();
        map.insert("b".to_owned(), 1);
        map.insert("a".to_owned(), 2);
        assert_eq!(map.get("a"), Some(&2));
        assert_eq!(map.remove("b"), Some(1));
        assert!(!map.contains_key("b"));
    }
}
