// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Values that are text of a certain form.

use core::{fmt, marker::PhantomData};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, Unexpected, Visitor, value::Error as Refusal},
};

/// What `parse` makes of a string, or an error that says what was expected.
pub(super) fn deserialize<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expectation: &'static str,
    parse: fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(Text { expectation, parse })
}

/// One of the words that stand for the variants of `T`.
pub(super) fn deserialize_word<'de, D: Deserializer<'de>, T: for<'a> Deserialize<'a>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(Word(PhantomData))
}

struct Text<T> {
    expectation: &'static str,
    parse: fn(&str) -> Option<T>,
}

struct Word<T>(PhantomData<T>);

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expectation)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<T: for<'a> Deserialize<'a>> Visitor<'_> for Word<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // WHY: serde tells the words of a type only when it refuses one.
        let refused = T::deserialize(IntoDeserializer::<Refusal>::into_deserializer(""));
        let refusal = refused.err().map(|error| error.to_string());
        let words = refusal
            .as_ref()
            .and_then(|text| text.split_once("expected "));
        f.write_str(words.map_or("a word", |(_, words)| words))
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
        T::deserialize(word.into_deserializer())
    }
}
