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

/// What a process takes of the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Resident memory.
    pub resident_kib: u64,
    /// The part of it that is shared memory, its own and its peers'.
    pub shared_kib: u64,
    /// The part of it that is heap and stack.
    pub heap_kib: u64,
    /// What of the heap is in use, if the process itself has said so; else 0.
    pub living_bytes: u64,
    /// Open descriptors.
    pub descriptors: u64,
    /// Mappings of all kinds.
    pub mappings: u64,
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

impl Footprint {
    /// What process `pid` takes now.
    pub fn of(pid: u32) -> Self {
        let status = fs::read_to_string(proc(pid, "status")).unwrap();
        let kib = |key| {
            let amount = status.lines().find_map(|line| line.strip_prefix(key));
            let number = amount.and_then(|amount| amount.trim().strip_suffix(" kB"));
            number.unwrap().parse().unwrap()
        };
        Self {
            resident_kib: kib("VmRSS:"),
            shared_kib: kib("RssShmem:"),
            heap_kib: kib("RssAnon:"),
            living_bytes: 0,
            descriptors: count(fs::read_dir(proc(pid, "fd")).unwrap()),
            mappings: count(fs::read_to_string(proc(pid, "maps")).unwrap().lines()),
        }
    }

    /// Both in each respect.
    pub fn join(self, other: Self, join: fn(u64, u64) -> u64) -> Self {
        Self {
            resident_kib: join(self.resident_kib, other.resident_kib),
            shared_kib: join(self.shared_kib, other.shared_kib),
            heap_kib: join(self.heap_kib, other.heap_kib),
            living_bytes: join(self.living_bytes, other.living_bytes),
            descriptors: join(self.descriptors, other.descriptors),
            mappings: join(self.mappings, other.mappings),
        }
    }
}

fn count(things: impl Iterator) -> u64 {
    u64::try_from(things.count()).unwrap()
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
