// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Values that are one of a few words.

use crate::document::{OneOf, Plain};
use core::{fmt, marker::PhantomData};
use serde_core::{
    Deserialize, Deserializer, Serializer,
    de::{self, EnumAccess, VariantAccess, Visitor},
};

/// A type whose values have words.
pub(crate) trait Word: Copy + Eq + 'static {
    /// What serde calls the type.
    const NAME: &'static str;
    /// The words, in the order of the values.
    const WORDS: &'static [&'static str];
    const VALUES: &'static [Self];

    fn of(word: &str) -> Option<Self> {
        let words = Self::WORDS.iter().zip(Self::VALUES);
        let mut found = words.filter(|(known, _)| **known == word);
        found.next().map(|(_, value)| *value)
    }

    fn index(self) -> usize {
        let mut values = Self::VALUES.iter();
        values.position(|value| *value == self).unwrap_or_default()
    }

    fn word(self) -> &'static str {
        Self::WORDS.get(self.index()).copied().unwrap_or_default()
    }
}

/// The value of a word that stands in a document.
pub(super) fn read<W: Word>(value: Plain<'_>) -> Result<W, String> {
    let expected = OneOf(W::WORDS);
    let word = value.text(&expected)?;
    W::of(word).ok_or_else(|| format!("unknown word `{word}`, expected {expected}"))
}

pub(crate) fn serialize<W: Word, S: Serializer>(
    value: W,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let index = u32::try_from(value.index()).unwrap_or_default();
    serializer.serialize_unit_variant(W::NAME, index, value.word())
}

pub(crate) fn deserialize<'de, W: Word, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<W, D::Error> {
    deserializer.deserialize_enum(W::NAME, W::WORDS, Variants(PhantomData))
}

/// What serde has for a type that is one of a few words.
struct Variants<W>(PhantomData<W>);

impl<'de, W: Word> Visitor<'de> for Variants<W> {
    type Value = W;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "enum {}", W::NAME)
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

/// Makes a [`Word`] readable and writable for users of serde.
macro_rules! serde_as_word {
    ($type:ty) => {
        impl serde_core::Serialize for $type {
            fn serialize<S: serde_core::Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                $crate::config::word::serialize(*self, serializer)
            }
        }

        impl<'de> serde_core::Deserialize<'de> for $type {
            fn deserialize<D: serde_core::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                $crate::config::word::deserialize(deserializer)
            }
        }
    };
}
pub(crate) use serde_as_word;
