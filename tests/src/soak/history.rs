// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The last operations of an episode, for who looks for a difference.

use std::{cell::RefCell, collections::VecDeque, fmt};

const KEPT: usize = 60;

/// One operation: which, and what with.
#[derive(Debug, Clone, Copy)]
struct Step {
    name: &'static str,
    subjects: [(&'static str, u64); 3],
}

#[derive(Debug, Default)]
struct Kept {
    steps: VecDeque<Step>,
    count: u64,
}

/// The last operations, and how many there were.
#[derive(Debug, Default)]
pub struct History(RefCell<Kept>);

impl History {
    /// An operation begins. Subjects without a name are none.
    pub fn begin(&self, name: &'static str, subjects: [(&'static str, u64); 3]) {
        self.0.borrow_mut().count += 1;
        self.note(name, subjects);
    }

    /// What came of an operation.
    pub fn note(&self, name: &'static str, subjects: [(&'static str, u64); 3]) {
        let mut kept = self.0.borrow_mut();
        if kept.steps.len() == KEPT {
            kept.steps.pop_front();
        }
        kept.steps.push_back(Step { name, subjects });
    }

    pub fn operations(&self) -> u64 {
        self.0.borrow().count
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0.borrow().steps {
            write!(f, "  {}", step.name)?;
            for (name, number) in step.subjects.iter().filter(|(name, _)| !name.is_empty()) {
                write!(f, " {name} {number}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
