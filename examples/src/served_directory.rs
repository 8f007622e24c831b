// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The directory that is served. Nothing outside it can be opened through it.

use core::fmt;
use std::{
    error::Error,
    ffi::OsString,
    fs::File,
    path::{Component, Path, PathBuf},
};

/// A directory.
#[derive(Debug)]
pub struct Root(PathBuf);

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl Root {
    /// Takes the directory at `path`.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open(path: OsString) -> Result<Self, Box<dyn Error>> {
        let path = PathBuf::from(path);
        let root = path
            .canonicalize()
            .map_err(|error| format!("{path:?} cannot be served: {error}"))?;
        if !root.is_dir() {
            return Err(format!("{path:?} cannot be served: it is not a directory").into());
        }
        Ok(Self(root))
    }

    /// Opens the regular file `path` below the root.
    ///
    /// # Errors
    /// A sentence for the client.
    pub fn open_file(&self, path: &Path) -> Result<File, Box<dyn Error>> {
        let is_below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if !path.components().all(is_below) {
            return Err("the path leads out of the served directory: ask for one below it".into());
        }
        // WHY: a symbolic link below the root may point anywhere.
        let real = self.0.join(path).canonicalize()?;
        if !real.starts_with(&self.0) {
            return Err("a link on the path leads out of the served directory".into());
        }
        // WHY: opening a pipe would wait for somebody to write into it.
        if !real.metadata()?.is_file() {
            return Err("it is no regular file".into());
        }
        Ok(File::open(real)?)
    }
}
