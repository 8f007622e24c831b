// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Tables for users of serde: through a tree of values, so that nothing is compiled for each table and format but these
//! few lines.

use super::{
    duration,
    field::{Field, Table, keys},
    limit::NONE,
    serde_words::place,
};
use crate::document::{OneOf, Plain};
use core::fmt;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, SeqAccess, Visitor},
    ser,
};

/// What a table says, or one of its values.
enum Tree {
    Text(String),
    Number(i128),
    Float(f64),
    Flag(bool),
    Array,
    Table(Vec<(String, Self)>),
    Other(&'static str),
}

impl Tree {
    fn of(table: &mut dyn Table) -> Result<Self, &'static str> {
        let entries = table.fields().into_iter().map(|(key, field)| {
            let value = Self::of_field(field)?;
            Ok((key.to_owned(), value))
        });
        entries.collect::<Result<_, _>>().map(Self::Table)
    }

    fn of_field(field: Field<'_>) -> Result<Self, &'static str> {
        let number = |number: usize| Self::Number(i128::try_from(number).unwrap_or(i128::MAX));
        let text = |text: &str| Self::Text(text.to_owned());
        Ok(match field {
            Field::Table(inner) => Self::of(inner)?,
            Field::Flag(is_so) => Self::Flag(*is_so),
            Field::Number(value, _) => number(*value),
            Field::NumberOrNone(value, _) => value.map_or_else(|| text(NONE), number),
            Field::Duration(value) => Self::Text(duration::print(*value)),
            Field::DurationOrNone(Some(value)) => Self::Text(duration::print(*value)),
            Field::DurationOrNone(None) => text(NONE),
            Field::RootPath(path) => text(path.to_str().ok_or("the root path is not UTF-8")?),
            Field::Prefix(name) => text(name.as_str()),
            Field::Allocation(strategy) => text(place(*strategy).1),
            Field::Backpressure(strategy) => text(place(*strategy).1),
        })
    }

    fn plain(&self) -> Plain<'_> {
        match self {
            Self::Text(text) => Plain::Text(text),
            Self::Number(number) => Plain::Number(*number),
            Self::Float(number) => Plain::Float(*number),
            Self::Flag(is_so) => Plain::Flag(*is_so),
            Self::Array => Plain::Array,
            Self::Table(_) => Plain::Table,
            Self::Other(name) => Plain::Other(name),
        }
    }

    /// Gives a table what this one says.
    fn fill(&self, table: &mut dyn Table) -> Result<(), String> {
        let Self::Table(entries) = self else {
            return Err(self.plain().mismatch("a table"));
        };
        let mut fields = table.fields();
        let known = keys(&fields);
        for (key, value) in entries {
            let Some(index) = fields.iter().position(|(known, _)| known == key) else {
                let what = if known.contains(&key.as_str()) {
                    "duplicate"
                } else {
                    "unknown"
                };
                let known = OneOf(&known);
                return Err(format!("{what} key `{key}`, expected {known}"));
            };
            match fields.swap_remove(index) {
                (_, Field::Table(inner)) => value.fill(inner)?,
                (_, field) => field
                    .set(value.plain())
                    .map_err(|why| format!("{key}: {why}"))?,
            }
        }
        Ok(())
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => match u64::try_from(*number) {
                Ok(number) => serializer.serialize_u64(number),
                Err(_) => serializer.serialize_i128(*number),
            },
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Flag(is_so) => serializer.serialize_bool(*is_so),
            Self::Table(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
            Self::Array | Self::Other(_) => Err(ser::Error::custom("no value of a table")),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_bool<E: de::Error>(self, is_so: bool) -> Result<Tree, E> {
        Ok(Tree::Flag(is_so))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Float(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Tree, E> {
        Ok(Tree::Other("nothing"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _elements: A) -> Result<Tree, A::Error> {
        Ok(Tree::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Table(entries))
    }
}

pub(super) fn serialize<S: Serializer>(
    table: &mut dyn Table,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let tree = Tree::of(table).map_err(ser::Error::custom)?;
    tree.serialize(serializer)
}

pub(super) fn deserialize<'de, T: Table + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let tree = deserializer.deserialize_map(AnyValue)?;
    let mut table = T::default();
    tree.fill(&mut table).map_err(de::Error::custom)?;
    Ok(table)
}

/// Makes tables readable and writable for users of serde. What a text does not name takes its default.
macro_rules! serde_as_tree {
    ($($type:ty),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serialize(&mut self.clone(), serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserialize(deserializer)
            }
        }
    )+};
}

serde_as_tree!(
    super::Config,
    super::Defaults,
    super::Blackboard,
    super::Event,
    super::Global,
    super::Node,
    super::PublishSubscribe,
    super::RequestResponse,
    super::Service
);
