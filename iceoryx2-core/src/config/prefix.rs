// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `global.prefix`: the name of the directory below the root path.

use super::text;
use iceoryx2_bb_container::FileName;
use serde::{Deserializer, Serializer};

const EXPECTATION: &str =
    "the name of a directory: 1 to 255 bytes without a slash, not `.` or `..`";

/// The prefix of who chooses none.
pub(super) fn default() -> FileName {
    match FileName::new(b"iox2") {
        Ok(name) => name,
        Err(_) => unreachable!("a constant, and a name"),
    }
}

pub(super) fn serialize<S: Serializer>(
    prefix: &FileName,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(prefix.as_str())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<FileName, D::Error> {
    text::deserialize(deserializer, EXPECTATION, |text| text.try_into().ok())
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_a_default() {
        assert_eq!(super::default().as_str(), "iox2");
    }
}
