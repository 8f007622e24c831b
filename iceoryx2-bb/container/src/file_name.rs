// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The name of a file within its folder.

use crate::semantic_string::{
    NAME_LEN_MAX, SemanticString, SemanticStringError, checked, invalid, semantic_string, without,
};
use crate::string::StaticString;
use iceoryx2_bb_elementary::ZeroCopySend;

/// The name of a file or folder, without the way to it.
///
/// ```
/// use iceoryx2_bb_container::file_name::FileName;
///
/// let name: FileName = "wheel.toml".parse()?;
/// assert_eq!(name, "wheel.toml");
/// assert!("..".parse::<FileName>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ZeroCopySend)]
pub struct FileName {
    text: StaticString<NAME_LEN_MAX>,
}

semantic_string!(FileName);

impl SemanticString for FileName {
    const KIND: &'static str = "a file name";

    fn check(text: &str) -> Result<(), SemanticStringError> {
        without::<Self>(text, b'/', "contain '/'")?;
        if matches!(text, "." | "..") {
            return Err(invalid::<Self>("be '.' or '..'", b'.', 0));
        }
        Ok(())
    }

    fn new(bytes: &[u8]) -> Result<Self, SemanticStringError> {
        let text = StaticString::from_str_truncated(checked::<Self>(bytes)?);
        Ok(Self { text })
    }

    fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
}
