// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a torture came to.

use super::{life::Style, oracle::Verdict};
use core::fmt;
use iceoryx2_bb_elementary::hooks::Operation;
use iceoryx2_bb_posix::process::ChildBirth;

/// The slowest notice that is allowed, of 99 in 100.
const NOTICE_NS_MAX: u64 = 10_000_000;

/// From so many kills on, every operation must have been hit.
const KILLS_FOR_ALL: usize = 200;

/// What a torture came to.
#[derive(Debug)]
pub struct Report {
    seed: u64,
    inside: [usize; 8],
    outside: usize,
    blocked: usize,
    hasty: usize,
    forked: usize,
    cloned: usize,
    escaped: usize,
    notices: Vec<u64>,
    /// Batches in which a death was noticed too late.
    late: Vec<String>,
    complaints: Vec<String>,
}

impl Report {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            seed,
            inside: [0; 8],
            outside: 0,
            blocked: 0,
            hasty: 0,
            forked: 0,
            cloned: 0,
            escaped: 0,
            notices: Vec::new(),
            late: Vec::new(),
            complaints: Vec::new(),
        }
    }

    /// How many processes were killed.
    pub fn kills(&self) -> usize {
        self.inside.iter().sum::<usize>() + self.outside
    }

    /// Whether nothing was wrong so far.
    pub fn is_fine(&self) -> bool {
        self.complaints.is_empty()
    }

    /// What was wrong.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    pub(super) fn note_escape(&mut self) {
        self.escaped += 1;
    }

    pub(super) fn note_kill(&mut self, operation: Option<usize>, style: Style) {
        match operation.and_then(|operation| self.inside.get_mut(operation)) {
            Some(count) => *count += 1,
            None => self.outside += 1,
        }
        self.blocked += usize::from(style.blocked);
        self.hasty += usize::from(style.hasty);
        self.forked += usize::from(style.child == Some(ChildBirth::Fork));
        self.cloned += usize::from(style.child == Some(ChildBirth::BareClone));
    }

    pub(super) fn judge(&mut self, context: &str, verdict: Verdict) {
        let late = verdict.notices.iter().filter(|ns| **ns > NOTICE_NS_MAX);
        self.late
            .extend(late.map(|ns| format!("{} ms in {context}", ns / 1_000_000)));
        self.notices.extend(verdict.notices);
        let complaints = verdict.complaints.into_iter();
        self.complaints
            .extend(complaints.map(|complaint| format!("{context}: {complaint}")));
    }

    fn notice_ns(&self, percent: usize) -> u64 {
        let mut notices = self.notices.clone();
        notices.sort_unstable();
        let rank = (notices.len() * percent).div_ceil(100).max(1) - 1;
        notices.get(rank).copied().unwrap_or(0)
    }

    /// What keeps a full run from being one that shows what it should.
    pub fn shortcomings(&self) -> Vec<String> {
        let mut found = self.complaints.clone();
        let inside: usize = self.inside.iter().sum();
        if inside * 2 < self.kills() {
            found.push(format!("only {inside} kills fell inside of operations"));
        }
        if self.kills() >= KILLS_FOR_ALL && self.inside.contains(&0) {
            found.push("an operation was never hit".to_owned());
        }
        if self.notice_ns(99) > NOTICE_NS_MAX {
            found.push("deaths were noticed too late".to_owned());
        }
        found
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}, {} kills, {} escaped",
            self.seed,
            self.kills(),
            self.escaped
        )?;
        for (operation, count) in Operation::ALL.iter().zip(self.inside) {
            writeln!(f, "  {:<10}{count:>6}", format!("{operation:?}"))?;
        }
        writeln!(f, "  {:<10}{:>6}", "elsewhere", self.outside)?;
        let polling = self.kills() - self.blocked;
        writeln!(f, "victims blocked {}, polling {polling}", self.blocked)?;
        writeln!(
            f,
            "before the server accepted {}, with a forked child {}, with a bare clone {}",
            self.hasty, self.forked, self.cloned
        )?;
        let [median, late, latest] =
            [50, 99, 100].map(|percent| self.notice_ns(percent) as f64 / 1e6);
        writeln!(
            f,
            "{} notices: median {median:.3} ms, p99 {late:.3} ms, latest {latest:.3} ms",
            self.notices.len()
        )?;
        for late in &self.late {
            writeln!(f, "  {late}")?;
        }
        writeln!(f, "{} complaints", self.complaints.len())
    }
}
