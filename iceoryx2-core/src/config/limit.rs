// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The ranges of numbers.

use core::{fmt, ops::RangeInclusive};
use serde::{
    Deserializer,
    de::{Error, Expected, Unexpected, Visitor},
};

/// The largest value any limit takes.
pub const LIMIT_MAX: usize = 65_535;

/// The most elements a slice may be prepared for.
const SLICE_LEN_MAX: usize = 0xffff_ffff;

/// The largest id of an event.
pub(super) const EVENT_ID_MAX: usize = 0xffff_ffff;

/// What stands in a file for nothing.
pub(super) const NONE: &str = "none";

/// A limit: at least one of what it counts.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    deserializer.deserialize_any(Number(1..=LIMIT_MAX))
}

/// A limit of what need not be there at all.
pub(super) fn deserialize_or_zero<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<usize, D::Error> {
    deserializer.deserialize_any(Number(0..=LIMIT_MAX))
}

/// A slice's length in elements.
pub(super) fn deserialize_slice_len<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<usize, D::Error> {
    deserializer.deserialize_any(Number(1..=SLICE_LEN_MAX))
}

/// The id of an event.
pub(super) fn deserialize_event_id<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<usize, D::Error> {
    deserializer.deserialize_any(EVENT_ID)
}

/// The id of an event, or `"none"`.
pub(super) mod optional_event_id {
    use super::{EVENT_ID, NONE, NumberOrNone};
    use serde::{Deserializer, Serialize, Serializer};

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_any(NumberOrNone(EVENT_ID))
    }

    pub(in super::super) fn serialize<S: Serializer>(
        id: &Option<usize>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => id.serialize(serializer),
            None => NONE.serialize(serializer),
        }
    }
}

const EVENT_ID: Number = Number(0..=EVENT_ID_MAX);

struct Number(RangeInclusive<usize>);

struct NumberOrNone(Number);

impl Visitor<'_> for Number {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = (self.0.start(), self.0.end());
        write!(f, "a whole number from {least} to {most}")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<usize, E> {
        self.check(value).ok_or_else(|| out_of_range(value, &self))
    }
}

impl Visitor<'_> for NumberOrNone {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, or \"{NONE}\"", &self.0 as &dyn Expected)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Option<usize>, E> {
        let checked = self.0.check(value).map(Some);
        checked.ok_or_else(|| out_of_range(value, &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<usize>, E> {
        match text {
            NONE => Ok(None),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}

impl Number {
    fn check(&self, value: i64) -> Option<usize> {
        let value = usize::try_from(value).ok()?;
        self.0.contains(&value).then_some(value)
    }
}

fn out_of_range<E: Error>(value: i64, expected: &dyn Expected) -> E {
    E::custom(format!("{value} is out of range, expected {expected}"))
}
