// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The keys of a table, each with the place its value goes to: the one list from which a table is read, written and
//! searched.

use super::{duration, limit, prefix, root_path, word};
use crate::{
    document::{self, Plain, ReadError},
    port::{allocation_strategy::AllocationStrategy, backpressure_strategy::BackpressureStrategy},
};
use core::{ops::RangeInclusive, time::Duration};
use iceoryx2_bb_container::FileName;
use std::path::PathBuf;

/// A table of the configuration.
pub(super) trait Table {
    /// Every key, in the order in which they are written.
    fn fields(&mut self) -> Vec<(&'static str, Field<'_>)>;
}

/// The place of a value, and what may stand there.
pub(super) enum Field<'a> {
    Table(&'a mut dyn Table),
    Flag(&'a mut bool),
    Number(&'a mut usize, RangeInclusive<usize>),
    NumberOrNone(&'a mut Option<usize>, RangeInclusive<usize>),
    Duration(&'a mut Duration),
    DurationOrNone(&'a mut Option<Duration>),
    RootPath(&'a mut PathBuf),
    Prefix(&'a mut FileName),
    Allocation(&'a mut AllocationStrategy),
    Backpressure(&'a mut BackpressureStrategy),
}

impl Field<'_> {
    /// Takes over a value, or says what is wrong with it.
    pub(super) fn set(self, value: Plain<'_>) -> Result<(), String> {
        match self {
            Self::Table(_) => return Err(value.mismatch("a table")),
            Self::Flag(place) => *place = value.flag()?,
            Self::Number(place, range) => *place = limit::read(value, &range)?,
            Self::NumberOrNone(place, range) => *place = limit::read_or_none(value, &range)?,
            Self::Duration(place) => *place = duration::read(value)?,
            Self::DurationOrNone(place) => *place = duration::read_or_none(value)?,
            Self::RootPath(place) => *place = root_path::read(value)?,
            Self::Prefix(place) => *place = prefix::read(value)?,
            Self::Allocation(place) => *place = word::read(value)?,
            Self::Backpressure(place) => *place = word::read(value)?,
        }
        Ok(())
    }
}

/// The keys of a table.
pub(super) fn keys(fields: &[(&'static str, Field<'_>)]) -> Vec<&'static str> {
    fields.iter().map(|(key, _)| *key).collect()
}

/// Takes over what a document says; what it does not name stays as it is.
pub(super) fn fill(table: &mut dyn Table, from: &document::Table<'_>) -> Result<(), ReadError> {
    let fields = table.fields();
    from.has_only(&keys(&fields))?;
    for (key, field) in fields {
        let Some(value) = from.get(key) else {
            continue;
        };
        match field {
            Field::Table(inner) => fill(inner, &value.table()?)?,
            field => field.set(value.plain()).map_err(|why| value.refuse(why))?,
        }
    }
    Ok(())
}
