// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A gate that lets a counted number pass, and nobody in a forked child.

use crate::{Error, open_list};
use core::{cell::Cell, marker::PhantomPinned, pin::Pin, ptr::NonNull};

/// Where whoever passes asks nothing but how often that may still be: one count says that nothing stands in the way, that
/// nothing is due, and that this process is no forked child of the one the gate was opened in.
///
/// Until it is [listed](Self::list) it stays closed. Forks close what is listed, in the child, before they return there.
///
/// ```
/// use iceoryx2_bb_posix::fork::Gate;
/// use std::pin::pin;
///
/// let gate = pin!(Gate::new());
/// gate.as_ref().list()?;
/// gate.open(1);
/// assert!(gate.pass() && gate.is_open());
/// assert!(!gate.pass() && !gate.is_open());
/// gate.open(7);
/// assert!(gate.pass());
/// assert_eq!(gate.close(), 6);
/// # Ok::<(), iceoryx2_bb_posix::Error>(())
/// ```
#[derive(Debug)]
pub struct Gate {
    /// So many may still pass; below 0: it is closed.
    left: Cell<i32>,
    is_listed: Cell<bool>,
    _pinned: PhantomPinned,
}

const CLOSED: i32 = -1;

impl Gate {
    /// A closed gate.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            left: Cell::new(CLOSED),
            is_listed: Cell::new(false),
            _pinned: PhantomPinned,
        }
    }

    /// Has forks close it in the child, as long as it lives.
    ///
    /// # Errors
    /// `OutOfMemory`: the gate stays closed.
    pub fn list(self: Pin<&Self>) -> Result<(), Error> {
        if !self.is_listed.get() {
            open_list::enter_gate(NonNull::from(&self.left))?;
            self.is_listed.set(true);
        }
        Ok(())
    }

    /// From now on so many may pass, and nothing stands in the way of who is [not counted](Self::is_open).
    pub fn open(&self, passes: u32) {
        if self.is_listed.get() {
            self.left.set(passes.try_into().unwrap_or(i32::MAX));
        }
    }

    /// From now on nobody passes. Returns how many still might have.
    pub fn close(&self) -> u32 {
        let left = self.left.replace(CLOSED);
        u32::try_from(left).unwrap_or(0)
    }

    /// Passes, if it is open and not as many as may have done so already. If they have, it is closed from then on.
    #[must_use]
    #[inline(always)]
    pub fn pass(&self) -> bool {
        // INVARIANT: who finds it closed opens or closes it soon, and nobody is turned away two billion times until then.
        let left = self.left.get().wrapping_sub(1);
        self.left.set(left);
        left >= 0
    }

    /// Whether nothing stands in the way.
    #[must_use]
    #[inline(always)]
    pub fn is_open(&self) -> bool {
        self.left.get() >= 0
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if self.is_listed.get() {
            open_list::leave_gate(NonNull::from(&self.left));
        }
    }
}

/// Closes a listed gate, in a forked child.
///
/// # Safety
/// The gate lives.
pub(crate) unsafe fn close_inherited(left: NonNull<Cell<i32>>) {
    // SAFETY: it lives (the caller's promise). Its thread is this one, which is forking, or is not in this process.
    unsafe { left.as_ref() }.set(CLOSED);
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use std::pin::pin;

    #[test]
    fn nobody_passes_where_no_fork_would_close() {
        let gate = Gate::new();
        gate.open(3);
        assert!(!gate.is_open() && !gate.pass());
    }

    #[test]
    fn as_many_pass_as_may() {
        let gate = pin!(Gate::new());
        gate.as_ref().list().unwrap();
        gate.as_ref().list().unwrap();
        for passes in [0, 1, 5] {
            gate.open(passes);
            assert!(gate.is_open());
            (0..passes).for_each(|_| assert!(gate.pass()));
            assert!(gate.is_open() && !gate.pass() && !gate.is_open());
        }
        gate.open(u32::MAX);
        assert!(gate.pass());
        assert_eq!(gate.close(), i32::MAX.unsigned_abs() - 1);
        assert_eq!(gate.close(), 0);
        assert!(!gate.is_open());
    }
}
