// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A directory of its own for each test.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

static DIRECTORIES: Mutex<usize> = Mutex::new(0);

/// A new empty directory, removed with all its content when dropped.
#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        let number = {
            let mut made = DIRECTORIES.lock().unwrap();
            *made += 1;
            *made
        };
        let name = format!("iceoryx2-core-unit-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
