// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `global.prefix`: the name of the directory below the root path.

use super::text;
use crate::document::Plain;
use iceoryx2_bb_container::FileName;

const EXPECTATION: &str =
    "the name of a directory: 1 to 255 bytes without a slash, not `.` or `..`";

/// The prefix of who chooses none.
pub(super) fn default() -> FileName {
    match FileName::new(b"iox2") {
        Ok(name) => name,
        Err(_) => unreachable!("a constant, and a name"),
    }
}

pub(super) fn read(value: Plain<'_>) -> Result<FileName, String> {
    text::read(value, EXPECTATION, |text| text.try_into().ok())
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_a_default() {
        assert_eq!(super::default().as_str(), "iox2");
    }
}
