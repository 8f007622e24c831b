// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a text to a type.

use core::{fmt, ops::Range};
use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, Error, Expected, IntoDeserializer, MapAccess, SeqAccess,
        Unexpected, Visitor,
        value::{MapAccessDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

/// A text that is TOML.
#[derive(Debug)]
pub(crate) struct Document<'a>(Spanned<DeTable<'a>>);

impl<'a> Document<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, ReadError> {
        let parsed = DeTable::parse(text).map_err(|error| ReadError {
            message: error.message().to_owned(),
            span: error.span(),
        })?;
        Ok(Self(parsed))
    }

    /// What it says, as a `T`.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        let entries = Entries::of(self.0.get_ref());
        T::deserialize(MapAccessDeserializer::new(entries)).map_err(|error| error.within(&self.0))
    }
}

/// Why a text is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadError {
    message: String,
    span: Option<Range<usize>>,
}

impl ReadError {
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Where in the text, in bytes.
    pub(crate) fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }

    /// Where, unless a part of it said so already.
    fn within<T>(self, place: &Spanned<T>) -> Self {
        Self {
            span: self.span.or_else(|| Some(place.span())),
            ..self
        }
    }
}

impl Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            span: None,
        }
    }
}

impl core::error::Error for ReadError {}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.span {
            Some(span) => write!(f, " (at byte {})", span.start),
            None => Ok(()),
        }
    }
}

/// A value of the document.
#[derive(Clone, Copy)]
struct Value<'a>(&'a Spanned<DeValue<'a>>);

impl<'a> Value<'a> {
    /// It is something else.
    fn refuse(self, expected: &dyn Expected) -> ReadError {
        let found = match self.0.get_ref() {
            DeValue::String(text) => Unexpected::Str(text),
            DeValue::Integer(number) => match whole(number.as_str(), number.radix()) {
                Some(number) => Unexpected::Signed(number),
                None => Unexpected::Other("integer out of range"),
            },
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => Unexpected::Float(number),
                Err(_) => Unexpected::Other("floating point number"),
            },
            DeValue::Boolean(is_so) => Unexpected::Bool(*is_so),
            DeValue::Datetime(_) => Unexpected::Other("date or time"),
            DeValue::Array(_) => Unexpected::Seq,
            DeValue::Table(_) => Unexpected::Map,
        };
        ReadError::invalid_type(found, expected).within(self.0)
    }

    fn refuse_unless<T>(self, answer: Result<T, ReadError>) -> Result<T, ReadError> {
        answer.map_err(|error| error.within(self.0))
    }
}

fn whole(digits: &str, radix: u32) -> Option<i64> {
    i64::from_str_radix(digits, radix).ok()
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = ReadError;

    /// Text, a number or a truth value: tables and arrays are asked for by name.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0.get_ref() {
            DeValue::String(text) => self.refuse_unless(visitor.visit_str(text)),
            DeValue::Boolean(is_so) => self.refuse_unless(visitor.visit_bool(*is_so)),
            DeValue::Integer(number) => match whole(number.as_str(), number.radix()) {
                Some(number) => self.refuse_unless(visitor.visit_i64(number)),
                None => Err(self.refuse(&visitor)),
            },
            _ => Err(self.refuse(&visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0.get_ref() {
            DeValue::Table(table) => self.refuse_unless(visitor.visit_map(Entries::of(table))),
            _ => Err(self.refuse(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0.get_ref() {
            DeValue::Array(array) => self.refuse_unless(visitor.visit_seq(Elements(array.iter()))),
            _ => Err(self.refuse(&visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.0.get_ref() {
            DeValue::String(word) => {
                let word: StrDeserializer<'_, ReadError> = word.as_ref().into_deserializer();
                self.refuse_unless(visitor.visit_enum(word))
            }
            _ => Err(self.refuse(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct tuple tuple_struct identifier
    }
}

/// The entries of a table that were not read yet.
struct Entries<'a> {
    rest: toml::map::Iter<'a, Spanned<DeString<'a>>, Spanned<DeValue<'a>>>,
    value: Option<Value<'a>>,
}

impl<'a> Entries<'a> {
    fn of(table: &'a DeTable<'a>) -> Self {
        Self {
            rest: table.iter(),
            value: None,
        }
    }
}

impl<'a> MapAccess<'a> for Entries<'a> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(Value(value));
        let name: StrDeserializer<'_, ReadError> = key.get_ref().as_ref().into_deserializer();
        let key = seed.deserialize(name).map_err(|error| error.within(key))?;
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        match self.value.take() {
            Some(value) => seed.deserialize(value),
            None => Err(ReadError::custom("a value without a key")),
        }
    }
}

/// The elements of an array that were not read yet.
struct Elements<'a>(core::slice::Iter<'a, Spanned<DeValue<'a>>>);

impl<'a> SeqAccess<'a> for Elements<'a> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        self.0
            .next()
            .map(|element| seed.deserialize(Value(element)))
            .transpose()
    }
}
