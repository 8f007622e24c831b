// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a port has to see to, whatever it is called for. Mostly there is nothing, and who calls is told so by the gate of the
//! port's cell.

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
pub(super) struct Chores(u32);

impl Chores {
    pub(super) const NONE: Self = Self(0);

    /// Takes note that there is such a reason, or that there is not.
    pub(super) const fn note(&mut self, chore: Chore, there: bool) {
        if there {
            self.0 |= chore as u32;
        } else {
            self.0 &= !(chore as u32);
        }
    }

    /// Whether there is any reason.
    #[inline(always)]
    pub(super) const fn are_there(&self) -> bool {
        self.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chore_is_told_apart() {
        let mut chores = Chores::NONE;
        assert!(!chores.are_there());
        chores.note(Chore::Gone, true);
        chores.note(Chore::Young, true);
        chores.note(Chore::Gone, false);
        assert!(chores.are_there());
        chores.note(Chore::Young, false);
        assert!(!chores.are_there());
    }
}
