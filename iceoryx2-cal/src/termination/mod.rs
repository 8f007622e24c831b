// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Termination: the user's wish to end, by Ctrl-C or SIGTERM, which ends every wait in every thread.

mod signals;

use crate::SystemError;
use core::fmt::Debug;
pub use iceoryx2_bb_posix::termination::Termination as Signals;

/// A registration for termination requests. While at least one lives the process does not die of the first SIGINT or
/// SIGTERM; handlers that were there before are still called, and come back when the last registration is dropped. Where
/// there was none, a second request of the same kind ends the process. What was ignored before stays ignored.
pub trait Termination: Debug + Send + Sync + Sized + 'static {
    /// What a wait set waits for, level-triggered: readable from the request on.
    type Source<'a>
    where
        Self: 'a;

    /// Registers.
    ///
    /// # Errors
    /// What the system refuses.
    fn register() -> Result<Self, SystemError>;

    /// Whether the end was requested since the first registration.
    fn requested(&self) -> bool;

    /// Becomes readable at the request and stays so. Nothing is made for it before this is first asked for.
    ///
    /// # Errors
    /// What the system refuses.
    fn source(&self) -> Result<Self::Source<'_>, SystemError>;
}
