// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a process has: descriptors, shared memory, time on a processor.

use std::{collections::BTreeSet, fs, path::PathBuf};

/// What a process holds of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holdings {
    /// Open descriptors.
    pub descriptors: usize,
    /// Mapped memory objects.
    pub memory_objects: usize,
}

/// What a process has cost so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Clock ticks on a processor.
    pub ticks: u64,
    /// How often it went to sleep.
    pub sleeps: u64,
}

fn proc(pid: u32, file: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{file}"))
}

impl Holdings {
    /// What process `pid` holds now.
    pub fn of(pid: u32) -> Self {
        let maps = fs::read_to_string(proc(pid, "maps")).unwrap();
        let objects: BTreeSet<&str> = maps
            .lines()
            .filter(|line| line.contains("/memfd:"))
            .filter_map(|line| line.split_whitespace().nth(4))
            .collect();
        Self {
            descriptors: fs::read_dir(proc(pid, "fd")).unwrap().count(),
            memory_objects: objects.len(),
        }
    }
}

impl Cost {
    /// What process `pid` has cost.
    pub fn of(pid: u32) -> Self {
        let stat = fs::read_to_string(proc(pid, "stat")).unwrap();
        let (_, rest) = stat.rsplit_once(") ").unwrap();
        let times = rest.split(' ').skip(11).take(2);
        let status = fs::read_to_string(proc(pid, "status")).unwrap();
        let sleeps = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))
            .unwrap();
        Self {
            ticks: times.map(|time| time.parse::<u64>().unwrap()).sum(),
            sleeps: sleeps.trim().parse().unwrap(),
        }
    }

    /// What it has cost since `earlier`.
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            ticks: self.ticks - earlier.ticks,
            sleeps: self.sleeps - earlier.sleeps,
        }
    }
}
