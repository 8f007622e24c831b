// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The way to a file or folder.
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

use crate::file_name::FileName;
use crate::file_path::FilePath;
use crate::semantic_string::{
    NAME_LEN_MAX, SemanticString, SemanticStringError, checked, semantic_string,
};
use crate::string::StaticString;
use iceoryx2_bb_elementary::ZeroCopySend;

/// A path, absolute or relative.
///
/// ```
/// use iceoryx2_bb_container::{file_name::FileName, path::Path};
///
/// let path: Path = "/etc/iceoryx2".parse()?;
/// assert!(path.is_absolute());
/// assert_eq!(path.entries().collect::<Vec<_>>(), ["etc", "iceoryx2"]);
/// assert_eq!(path.join(&"wheels/".parse()?)?, "/etc/iceoryx2/wheels/");
/// assert_eq!(path.file(&FileName::new(b"wheel.toml")?)?, "/etc/iceoryx2/wheel.toml");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ZeroCopySend)]
pub struct Path {
    text: StaticString<NAME_LEN_MAX>,
}

semantic_string!(Path);

impl SemanticString for Path {
    const KIND: &'static str = "a path";

    #[inline]
    fn check(_: &str) -> Result<(), SemanticStringError> {
        Ok(())
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

impl Path {
    /// Whether it begins at the root.
    #[must_use]
    #[inline]
    pub fn is_absolute(&self) -> bool {
        self.as_str().starts_with('/')
    }

    /// The names on the way, without the slashes.
    #[must_use]
    #[inline]
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        self.as_str().split('/').filter(|name| !name.is_empty())
    }

    /// This path, and from there on `path`, even if that begins at the root.
    ///
    /// # Errors
    ///
    /// Together they are too long.
    #[inline]
    pub fn join(&self, path: &Self) -> Result<Self, SemanticStringError> {
        Self::new(self.followed_by(path.as_str()).as_bytes())
    }

    /// The file of this name in this folder.
    ///
    /// # Errors
    ///
    /// Together they are too long.
    #[inline]
    pub fn file(&self, name: &FileName) -> Result<FilePath, SemanticStringError> {
        FilePath::from_path_and_file(self, name)
    }

    /// This path, one slash, and `rest`.
    #[inline]
    pub(crate) fn followed_by(&self, rest: &str) -> String {
        format!(
            "{}/{}",
            self.as_str().trim_end_matches('/'),
            rest.trim_start_matches('/')
        )
    }
}

impl From<FileName> for Path {
    #[inline]
    fn from(name: FileName) -> Self {
        Self {
            text: StaticString::from_str_truncated(name.as_str()),
        }
    }
}

impl From<FilePath> for Path {
    #[inline]
    fn from(path: FilePath) -> Self {
        Self {
            text: StaticString::from_str_truncated(path.as_str()),
        }
    }
}
