// SPDX-License-Identifier: Apache-2.0 OR MIT
#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use super::StaticStorage;
use core::sync::atomic::{AtomicU32, Ordering};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

/// A path of a test's own, with a fresh place there. Removed at the end, a directory with everything in it.
#[derive(Debug)]
pub(crate) struct TestPlace<S: StaticStorage> {
    path: PathBuf,
    _place: S,
}

impl<S: StaticStorage> TestPlace<S> {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("iox2-cal-{}-{count}", process::id()));
        assert!(S::open(&path).is_err());
        let _place = S::open_or_create(&path).unwrap();
        Self { path, _place }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl<S: StaticStorage> Drop for TestPlace<S> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
