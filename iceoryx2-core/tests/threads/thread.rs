// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the kernel says of one thread.

use core::time::Duration;
use std::{fs, path::PathBuf, thread, time::Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A thread of this process.
#[derive(Debug, Clone)]
pub struct Thread(PathBuf);

impl Thread {
    pub fn this() -> Self {
        Self(PathBuf::from("/proc").join(fs::read_link("/proc/thread-self").unwrap()))
    }

    /// How often it has gone to sleep so far.
    pub fn sleeps(&self) -> u64 {
        let status = fs::read_to_string(self.0.join("status")).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse().unwrap()
    }

    /// Waits until it sleeps and goes on sleeping.
    pub fn wait_until_asleep(&self) {
        let began = Instant::now();
        let mut before = self.sleeps();
        loop {
            thread::sleep(Duration::from_millis(5));
            let now = self.sleeps();
            if self.is_asleep() && now == before {
                return;
            }
            before = now;
            assert!(began.elapsed() < PATIENCE, "a thread does not fall asleep");
        }
    }

    fn is_asleep(&self) -> bool {
        let stat = fs::read_to_string(self.0.join("stat")).unwrap();
        let (_, after_name) = stat.rsplit_once(')').unwrap();
        after_name.trim_start().starts_with('S')
    }
}
