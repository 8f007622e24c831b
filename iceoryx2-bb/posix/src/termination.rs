// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The user's wish that this process end: SIGINT (Ctrl-C) or SIGTERM, seen by every thread.
//!
//! While a [`Termination`] lives, the first request does not end the process but is remembered, and makes
//! [`source`](Termination::source) readable, so that it ends every wait in every thread.
//!
//! | what the process did before | first request | second of the same kind | once the last value is dropped |
//! |---|---|---|---|
//! | end (the default) | remembered | ends the process | ends the process |
//! | call a function   | remembered, then the function is called | the same | calls the function |
//! | ignore it         | ignored | ignored | ignored |
//!
//! The bell that makes it readable is hung up when somebody first wants to wait for it: who never sleeps needs none.
//!
//! In a forked child nothing of this counts: a request does there what it did before the first registration, until
//! the child registers for itself. Who installs a handler of their own meanwhile keeps it; it is left alone.

use crate::{Error, fork::Birth, handle::Handle, poll::Source, sys};
use std::sync::OnceLock;

/// A registration for termination requests. The last one dropped puts back what was there before.
#[derive(Debug)]
pub struct Termination {
    birth: Birth,
    /// That of the process, once this value was waited for.
    bell: OnceLock<Handle>,
}

impl Termination {
    /// Registers. The first registration of a process begins without a request.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn register() -> Result<Self, Error> {
        let birth = Birth::here()?;
        sys::termination::register(birth)?;
        Ok(Self {
            birth,
            bell: OnceLock::new(),
        })
    }

    /// Whether the end was requested since the first of the registrations that live.
    #[must_use]
    #[inline]
    pub fn requested(&self) -> bool {
        !self.birth.is_foreign() && sys::termination::requested()
    }

    /// To be waited for, level-triggered: readable from the request on.
    ///
    /// # Errors
    /// `UsedAfterFork`, and what the system refuses, such as `TooManyOpenFiles`.
    pub fn source(&self) -> Result<Source<'_>, Error> {
        let bell = match self.bell.get() {
            Some(bell) => bell,
            None => {
                let bell = sys::termination::bell(self.birth)?;
                self.bell.get_or_init(|| bell)
            }
        };
        Ok(Source::new(bell.descriptor()))
    }
}

impl Drop for Termination {
    fn drop(&mut self) {
        if !self.birth.is_foreign() {
            sys::termination::unregister();
        }
    }
}

#[cfg(test)]
mod tests;
