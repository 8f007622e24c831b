// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a port has to see to, whatever it is called for: most calls find nothing there, with one look that also tells
//! whether the port is of this process.

use iceoryx2_cal::{ProcessBirth, ProcessGate};

/// A reason to see to something.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
pub(super) enum Chore {
    /// A server has not answered yet.
    Young = 1,
    /// A server could not be reached yet.
    Wanted = 2,
    /// A peer is gone, and something of its connection is still needed.
    Gone = 4,
    /// A connection broke, and a call may have to fail for it.
    Broken = 8,
}

/// The reasons there are.
#[derive(Debug)]
pub(super) struct Chores {
    reasons: u32,
    // INVARIANT: closed if there is any reason.
    gate: ProcessGate,
}

impl Chores {
    /// None, for a port that was made here.
    pub(super) const fn new(birth: ProcessBirth) -> Self {
        Self {
            reasons: 0,
            gate: ProcessGate::new(birth),
        }
    }

    /// Takes note that there is such a reason, or that there is not.
    pub(super) const fn note(&mut self, chore: Chore, there: bool) {
        if there {
            self.reasons |= chore as u32;
        } else {
            self.reasons &= !(chore as u32);
        }
        self.gate.set(self.reasons == 0);
    }

    /// Whether there is any reason.
    #[inline(always)]
    pub(super) const fn are_there(&self) -> bool {
        self.reasons != 0
    }

    /// Whether there is none, and this process is no forked child of the one the port was made in.
    #[inline(always)]
    pub(super) fn let_pass(&self) -> bool {
        self.gate.is_open()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chore_is_told_apart() {
        let mut chores = Chores::new(ProcessBirth::here().unwrap());
        assert!(!chores.are_there() && chores.let_pass());
        chores.note(Chore::Gone, true);
        chores.note(Chore::Young, true);
        chores.note(Chore::Gone, false);
        assert!(chores.are_there() && !chores.let_pass());
        chores.note(Chore::Young, false);
        assert!(!chores.are_there() && chores.let_pass());
    }
}
