// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A file that gets its name when it is complete.

use crate::command_line::Ending;
use std::{
    error::Error,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process,
};

/// A file beside the one it will be. Dropping it before it is complete removes it.
#[derive(Debug)]
pub struct PartialFile {
    file: File,
    path: PathBuf,
    complete_path: PathBuf,
}

impl PartialFile {
    /// Creates the file beside `complete_path`.
    ///
    /// # Errors
    /// Where there is no room for it, or a directory has this path.
    pub fn create(complete_path: &Path) -> Result<Self, Box<dyn Error>> {
        if complete_path.file_name().is_none() || complete_path.is_dir() {
            return Err(format!("{complete_path:?} is a directory: name a file").into());
        }
        let mut path = complete_path.as_os_str().to_owned();
        path.push(format!(".part-{}", process::id()));
        let path = PathBuf::from(path);
        let file = File::create_new(&path)
            .map_err(|error| format!("{path:?} cannot be created: {error}"))?;
        Ok(Self {
            file,
            path,
            complete_path: complete_path.to_path_buf(),
        })
    }

    /// Writes `part` at the end. Returns its size.
    ///
    /// # Errors
    /// Where there is no room for it.
    pub fn append(&mut self, part: &[u8]) -> Result<u64, Box<dyn Error>> {
        self.file
            .write_all(part)
            .map_err(|error| format!("{:?} cannot be written: {error}", self.path))?;
        Ok(part.len() as u64)
    }

    /// Gives the file its name, in place of what had it before.
    ///
    /// # Errors
    /// Where the directory does not let it.
    pub fn complete(self) -> Ending {
        fs::rename(&self.path, &self.complete_path)
            .map_err(|error| format!("{:?} cannot be replaced: {error}", self.complete_path).into())
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        // Once the file is complete there is nothing under this name.
        let _ = fs::remove_file(&self.path);
    }
}
