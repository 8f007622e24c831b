// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What this process and its root directory hold, which must be the same before and after an episode.

use std::{collections::BTreeSet, fs, path::Path};

/// What is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    descriptors: usize,
    /// Mappings of memory that is shared, and their bytes.
    mappings: (usize, usize),
    /// Bytes of shared memory in use, as the kernel counts them for this process.
    shared_bytes: u64,
    /// Files and sockets below the root.
    files: BTreeSet<String>,
}

impl Baseline {
    /// What is held now. To be asked by a program's only thread.
    pub fn now(root: &Path) -> Self {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let shared: Vec<usize> = maps.lines().filter_map(shared_bytes_of).collect();
        let mut files = BTreeSet::new();
        collect(root, &mut files);
        Self {
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            mappings: (shared.len(), shared.iter().sum()),
            shared_bytes: status("RssShmem:"),
            files,
        }
    }
}

/// Bytes of memory of its own that this process uses.
pub fn private_bytes() -> u64 {
    status("RssAnon:")
}

/// The bytes of a line of the list of mappings, if the memory is shared.
fn shared_bytes_of(line: &str) -> Option<usize> {
    let mut words = line.split(' ');
    let (range, permissions) = (words.next()?, words.next()?);
    let (begin, end) = range.split_once('-')?;
    let address = |digits| usize::from_str_radix(digits, 16).ok();
    (permissions.ends_with('s')).then_some(address(end)? - address(begin)?)
}

/// A number of bytes the kernel says of this process.
fn status(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    kibibytes.unwrap().parse::<u64>().unwrap() * 1024
}

fn collect(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), found),
            _ => {
                found.insert(entry.path().display().to_string());
            }
        }
    }
}
