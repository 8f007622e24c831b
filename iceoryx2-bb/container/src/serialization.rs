// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How containers and names travel through serde: as what their cousins in the standard library are written as.
//!
//! What is read is checked: more than the capacity and what is no name are errors of the deserializer.

use crate::slotmap::FixedSizeSlotMap;
use crate::{
    FileName, FilePath, FixedSizeQueue, Path, StaticHashMap, StaticOption, StaticString, StaticVec,
};
use core::fmt::{self, Formatter};
use core::hash::Hash;
use core::marker::PhantomData;
use core::str::FromStr;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

impl<T: Serialize, const N: usize> Serialize for StaticVec<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<T: Serialize, const N: usize> Serialize for FixedSizeQueue<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<K: Serialize, V: Serialize, const N: usize> Serialize for StaticHashMap<K, V, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<T: Serialize> Serialize for StaticOption<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().serialize(serializer)
    }
}

/// A slot map is a sequence of slots, each a generation and a value or none, so that keys stay what they are.
impl<T: Serialize, const N: usize> Serialize for FixedSizeSlotMap<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.used_slots())
    }
}

/// Collects what comes one by one.
struct OneByOne<C, T> {
    kind: PhantomData<fn() -> (C, T)>,
    empty: C,
    push: fn(&mut C, T) -> Result<(), String>,
}

impl<C, T> OneByOne<C, T> {
    fn new(empty: C, push: fn(&mut C, T) -> Result<(), String>) -> Self {
        Self {
            kind: PhantomData,
            empty,
            push,
        }
    }
}

impl<'de, C, T: Deserialize<'de>> Visitor<'de> for OneByOne<C, T> {
    type Value = C;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut values: A) -> Result<C, A::Error> {
        while let Some(value) = values.next_element()? {
            (self.push)(&mut self.empty, value).map_err(A::Error::custom)?;
        }
        Ok(self.empty)
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for StaticVec<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(OneByOne::new(Self::new(), |vec, value| {
            vec.push(value).map_err(|error| error.to_string())
        }))
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for FixedSizeQueue<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(OneByOne::new(Self::new(), |queue, value| {
            queue.push_back(value).map_err(|error| error.to_string())
        }))
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for FixedSizeSlotMap<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(OneByOne::new(
            Self::new(),
            |map, (generation, value): (u64, Option<T>)| map.append_slot(generation, value),
        ))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for StaticOption<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

struct Entries<K, V, const N: usize>(PhantomData<fn() -> (K, V)>);

impl<'de, K, V, const N: usize> Visitor<'de> for Entries<K, V, N>
where
    K: Deserialize<'de> + Eq + Hash,
    V: Deserialize<'de>,
{
    type Value = StaticHashMap<K, V, N>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = StaticHashMap::new();
        while let Some((key, value)) = entries.next_entry()? {
            map.insert(key, value).map_err(A::Error::custom)?;
        }
        Ok(map)
    }
}

impl<'de, K, V, const N: usize> Deserialize<'de> for StaticHashMap<K, V, N>
where
    K: Deserialize<'de> + Eq + Hash,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// Reads what is parsed from text.
struct Text<S>(PhantomData<fn() -> S>);

impl<S: FromStr<Err: fmt::Display>> Visitor<'_> for Text<S> {
    type Value = S;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<S, E> {
        text.parse().map_err(E::custom)
    }
}

impl<const N: usize> Serialize for StaticString<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for StaticString<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(PhantomData))
    }
}

macro_rules! names {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text(PhantomData))
            }
        }
    )*};
}

names!(FileName, FilePath, Path);
