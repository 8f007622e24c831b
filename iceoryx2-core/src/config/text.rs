// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Values that are text of a certain form.

use crate::document::Plain;

/// What `parse` makes of a text, or a sentence that says what was expected.
pub(super) fn read<T>(
    value: Plain<'_>,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, String> {
    let text = value.text(expected)?;
    parse(text).ok_or_else(|| format!("invalid value: {value}, expected {expected}"))
}
