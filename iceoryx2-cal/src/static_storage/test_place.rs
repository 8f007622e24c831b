// SPDX-License-Identifier: Apache-2.0 OR MIT
#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use core::sync::atomic::{AtomicU32, Ordering};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

/// A path of a test's own, with a fresh directory there. Removed with everything in it at the end.
#[derive(Debug)]
pub(crate) struct TestPlace(PathBuf);

impl TestPlace {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("iox2-cal-{}-{count}", process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TestPlace {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
