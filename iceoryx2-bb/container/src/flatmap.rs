// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The flat map of iceoryx2 0.10, by its name.

use crate::hash_map::StaticHashMap;

/// A [`StaticHashMap`]. Unlike in 0.10 its keys are `Hash`, a lookup does not search all of it, and `insert` replaces the
/// value of a key that is known, as `HashMap` does.
pub type FixedSizeFlatMap<K, V, const N: usize> = StaticHashMap<K, V, N>;
