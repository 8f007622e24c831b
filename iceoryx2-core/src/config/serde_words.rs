// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Words for users of serde: what serde derives for an enum without contents.

use super::word::Word;
use crate::port::{
    allocation_strategy::AllocationStrategy, backpressure_strategy::BackpressureStrategy,
};
use core::{fmt, marker::PhantomData};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, EnumAccess, VariantAccess, Visitor},
};

/// The place among the words of its type, and the word.
pub(super) fn place<W: Word>(value: W) -> (u32, &'static str) {
    let mut places = (0..).zip(W::WORDS).zip(W::VALUES);
    let own = places.find(|(_, known)| **known == value);
    own.map_or_else(Default::default, |((index, word), _)| (index, *word))
}

/// What serde has for a type that is one of a few words.
struct Variants<W>(PhantomData<W>);

impl<'de, W: Word> Visitor<'de> for Variants<W> {
    type Value = W;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of a few words")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<W, A::Error> {
        let (Variant(value), content) = data.variant()?;
        content.unit_variant()?;
        Ok(value)
    }
}

/// The word or the number of a value.
struct Variant<W>(W);

impl<'de, W: Word> Deserialize<'de> for Variant<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_identifier(VariantVisitor(PhantomData))
            .map(Self)
    }
}

struct VariantVisitor<W>(PhantomData<W>);

impl<W: Word> Visitor<'_> for VariantVisitor<W> {
    type Value = W;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("variant identifier")
    }

    fn visit_u64<E: de::Error>(self, index: u64) -> Result<W, E> {
        let value = usize::try_from(index)
            .ok()
            .and_then(|index| W::VALUES.get(index));
        let unexpected = || E::invalid_value(de::Unexpected::Unsigned(index), &self);
        value.copied().ok_or_else(unexpected)
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<W, E> {
        W::of(word).ok_or_else(|| E::unknown_variant(word, W::WORDS))
    }

    fn visit_bytes<E: de::Error>(self, word: &[u8]) -> Result<W, E> {
        self.visit_str(&String::from_utf8_lossy(word))
    }
}

macro_rules! serde_as_word {
    ($($type:ident),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let (index, word) = place(*self);
                serializer.serialize_unit_variant(stringify!($type), index, word)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let visitor = Variants(PhantomData);
                deserializer.deserialize_enum(stringify!($type), Self::WORDS, visitor)
            }
        }
    )+};
}

serde_as_word!(AllocationStrategy, BackpressureStrategy);
