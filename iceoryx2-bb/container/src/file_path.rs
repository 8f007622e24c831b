// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The way to a file.
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

use crate::file_name::FileName;
use crate::path::Path;
use crate::semantic_string::{
    NAME_LEN_MAX, SemanticString, SemanticStringError, checked, invalid, semantic_string,
};
use crate::string::StaticString;
use iceoryx2_bb_elementary::ZeroCopySend;

/// A path that ends with the name of a file, absolute or relative.
///
/// ```
/// use iceoryx2_bb_container::{file_name::FileName, file_path::FilePath, path::Path};
///
/// let path: FilePath = "/etc/iceoryx2/wheel.toml".parse()?;
/// assert_eq!(path.file_name()?, FileName::new(b"wheel.toml")?);
/// assert_eq!(path.path(), Some(Path::new(b"/etc/iceoryx2")?));
/// assert!("/etc/iceoryx2/".parse::<FilePath>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ZeroCopySend)]
pub struct FilePath {
    text: StaticString<NAME_LEN_MAX>,
}

semantic_string!(FilePath);

/// The folder, with its last `/`, and the name behind it.
#[inline]
fn split(text: &str) -> (&str, &str) {
    let middle = text.rfind('/').map_or(0, |slash| slash + 1);
    text.split_at_checked(middle).unwrap_or(("", text))
}

impl SemanticString for FilePath {
    const KIND: &'static str = "a file path";

    #[inline]
    fn check(text: &str) -> Result<(), SemanticStringError> {
        let (folder, name) = split(text);
        match name {
            "" => Err(invalid::<Self>(
                "end with '/'",
                b'/',
                folder.len().saturating_sub(1),
            )),
            "." | ".." => Err(invalid::<Self>("end with '.' or '..'", b'.', folder.len())),
            _ => Ok(()),
        }
    }

    #[inline]
    fn new(bytes: &[u8]) -> Result<Self, SemanticStringError> {
        let text = StaticString::from_str_truncated(checked::<Self>(bytes)?);
        Ok(Self { text })
    }

    #[inline]
    fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

impl FilePath {
    /// The file of this name in this folder.
    ///
    /// # Errors
    ///
    /// Together they are too long.
    #[inline]
    pub fn from_path_and_file(path: &Path, name: &FileName) -> Result<Self, SemanticStringError> {
        Self::new(path.followed_by(name.as_str()).as_bytes())
    }

    /// The name of the file.
    ///
    /// # Errors
    ///
    /// Another process has written something here that is no file path.
    #[inline]
    pub fn file_name(&self) -> Result<FileName, SemanticStringError> {
        FileName::new(split(self.as_str()).1.as_bytes())
    }

    /// The folder of the file, if the path says which.
    #[must_use]
    #[inline]
    pub fn path(&self) -> Option<Path> {
        let (folder, _) = split(self.as_str());
        let without_end = folder.trim_end_matches('/');
        let is_root = without_end.is_empty() && !folder.is_empty();
        Path::new(if is_root {
            b"/"
        } else {
            without_end.as_bytes()
        })
        .ok()
    }
}

impl From<FileName> for FilePath {
    #[inline]
    fn from(name: FileName) -> Self {
        Self {
            text: StaticString::from_str_truncated(name.as_str()),
        }
    }
}
