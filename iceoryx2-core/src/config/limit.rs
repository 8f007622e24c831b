// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The ranges of numbers.

use crate::document::Plain;
use core::{fmt, ops::RangeInclusive};

/// The largest value any limit takes.
pub const LIMIT_MAX: usize = 65_535;

/// The largest id of an event.
pub(super) const EVENT_ID_MAX: usize = 0xffff_ffff;

/// What stands in a file for nothing.
pub(super) const NONE: &str = "none";

/// A limit: at least one of what it counts.
pub(super) const LIMIT: RangeInclusive<usize> = 1..=LIMIT_MAX;

/// A limit of what need not be there at all.
pub(super) const LIMIT_OR_ZERO: RangeInclusive<usize> = 0..=LIMIT_MAX;

/// The most elements a slice may be prepared for.
pub(super) const SLICE_LEN: RangeInclusive<usize> = 1..=0xffff_ffff;

/// The id of an event.
pub(super) const EVENT_ID: RangeInclusive<usize> = 0..=EVENT_ID_MAX;

pub(super) fn read(value: Plain<'_>, range: &RangeInclusive<usize>) -> Result<usize, String> {
    let (least, most) = (range.start(), range.end());
    checked(
        value,
        range,
        format_args!("a whole number from {least} to {most}"),
    )
}

/// A number, or `"none"`.
pub(super) fn read_or_none(
    value: Plain<'_>,
    range: &RangeInclusive<usize>,
) -> Result<Option<usize>, String> {
    let (least, most) = (range.start(), range.end());
    match value {
        Plain::Text(NONE) => Ok(None),
        value => checked(
            value,
            range,
            format_args!("a whole number from {least} to {most}, or \"{NONE}\""),
        )
        .map(Some),
    }
}

fn checked(
    value: Plain<'_>,
    range: &RangeInclusive<usize>,
    expected: fmt::Arguments<'_>,
) -> Result<usize, String> {
    let Plain::Number(number) = value else {
        return Err(value.mismatch(expected));
    };
    usize::try_from(number)
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| format!("{number} is out of range, expected {expected}"))
}
