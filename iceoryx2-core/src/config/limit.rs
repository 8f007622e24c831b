// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The range of every limit.

use serde::{Deserialize, Deserializer, de::Error};

/// The largest value any limit takes.
pub const LIMIT_MAX: usize = 65_535;

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let expectation = || format!("expected a whole number from 1 to {LIMIT_MAX}");
    let value = i64::deserialize(deserializer)
        .map_err(|error| D::Error::custom(format!("{error}; {}", expectation())))?;
    usize::try_from(value)
        .ok()
        .filter(|value| (1..=LIMIT_MAX).contains(value))
        .ok_or_else(|| D::Error::custom(format!("{value} is out of range; {}", expectation())))
}
