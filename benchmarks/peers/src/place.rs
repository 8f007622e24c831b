// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A directory of our own, gone with everything in it at the end.

use crate::Result;
use iceoryx2_bb_posix::random::random_128;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug)]
pub struct Place(PathBuf);

impl Place {
    /// Its name is short: paths of sockets have little room.
    pub fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("peers-{:016x}", random_128()? >> 64));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
