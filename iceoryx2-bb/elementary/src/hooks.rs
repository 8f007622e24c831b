// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The seam through which a test stops, counts or fails the system at any shared store and any system call.
//!
//! The hooks exist where `debug_assertions` are on or `--cfg iceoryx2_hooks` was given. Everywhere else every function
//! here is empty and inlined away, and no feature of any crate can bring it back: that is why it is a cfg.
//!
//! A test installs one [`Observer`] per process. The lock-free crate reports each shared store right after it happened,
//! the POSIX crate each system call right before it happens, and the layers above mark which operation they are in.
//!
//! ```
//! use iceoryx2_bb_elementary::hooks::{self, Observer};
//!
//! #[derive(Debug)]
//! struct Fail;
//! impl Observer for Fail {
//!     fn before_call(&self, name: &'static str) -> Option<i32> {
//!         (name == "memfd_create").then_some(24) // EMFILE
//!     }
//! }
//!
//! hooks::observe(&Fail);
//! assert_eq!(hooks::before_call("memfd_create"), hooks::PRESENT.then_some(24));
//! assert_eq!(hooks::before_call("write"), None);
//! ```

/// The operations a test can aim at. An operation lasts from [`enter`] until its [`Scope`] is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// A node, service or port comes into being.
    Create,
    /// A client reaches for a server.
    Connect,
    /// A server lets a client in.
    Accept,
    /// A request is published.
    Send,
    /// A message is taken out of a ring.
    Take,
    /// A response is published.
    Respond,
    /// A borrow is given back, or a stream ends.
    Release,
    /// A port or a node goes.
    Close,
}

impl Operation {
    /// All of them, in the order of a connection's life.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Connect,
        Self::Accept,
        Self::Send,
        Self::Take,
        Self::Respond,
        Self::Release,
        Self::Close,
    ];
}

/// What a test is told. Every method has a default that does nothing.
pub trait Observer: Sync {
    /// A store to shared memory has just happened.
    fn after_store(&self) {}

    /// The system call `name` is about to happen. `Some(errno)` makes it fail with that error instead.
    fn before_call(&self, name: &'static str) -> Option<i32> {
        let _ = name;
        None
    }

    /// The calling thread enters `operation`.
    fn enter(&self, operation: Operation) {
        let _ = operation;
    }

    /// The calling thread leaves `operation`.
    fn leave(&self, operation: Operation) {
        let _ = operation;
    }
}

/// Marks an operation while it lives. Made by [`enter`].
#[derive(Debug)]
#[must_use = "the operation ends when the scope is dropped"]
pub struct Scope {
    #[cfg(any(debug_assertions, iceoryx2_hooks))]
    operation: Operation,
}

#[cfg(any(debug_assertions, iceoryx2_hooks))]
#[expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]
mod armed {
    use super::{Observer, Operation, Scope};
    use core::sync::atomic::{AtomicU64, Ordering};
    use std::sync::OnceLock;

    static OBSERVER: OnceLock<&'static dyn Observer> = OnceLock::new();
    static CALLS: AtomicU64 = AtomicU64::new(0);

    /// Installs the process's observer. The first one stays.
    pub fn observe(observer: &'static dyn Observer) {
        let _ = OBSERVER.set(observer);
    }

    /// How many system calls this process has made through the POSIX crate.
    #[must_use]
    pub fn calls() -> u64 {
        CALLS.load(Ordering::Relaxed)
    }

    /// Reports a shared store that has just happened.
    #[inline]
    pub fn after_store() {
        if let Some(observer) = OBSERVER.get() {
            observer.after_store();
        }
    }

    /// Reports a system call that is about to happen; `Some(errno)` asks the caller to fail it.
    #[inline]
    pub fn before_call(name: &'static str) -> Option<i32> {
        CALLS.fetch_add(1, Ordering::Relaxed);
        OBSERVER
            .get()
            .and_then(|observer| observer.before_call(name))
    }

    /// Reports that an operation begins.
    #[inline]
    pub fn enter(operation: Operation) -> Scope {
        if let Some(observer) = OBSERVER.get() {
            observer.enter(operation);
        }
        Scope { operation }
    }

    impl Drop for Scope {
        fn drop(&mut self) {
            if let Some(observer) = OBSERVER.get() {
                observer.leave(self.operation);
            }
        }
    }
}

#[cfg(not(any(debug_assertions, iceoryx2_hooks)))]
mod armed {
    use super::{Observer, Operation, Scope};

    /// Does nothing: this build has no hooks.
    pub fn observe(_: &'static dyn Observer) {}

    /// Always 0: this build has no hooks.
    #[must_use]
    #[inline(always)]
    pub fn calls() -> u64 {
        0
    }

    /// Does nothing: this build has no hooks.
    #[inline(always)]
    pub fn after_store() {}

    /// Always `None`: this build has no hooks.
    #[must_use]
    #[inline(always)]
    pub fn before_call(_: &'static str) -> Option<i32> {
        None
    }

    /// Does nothing: this build has no hooks.
    #[inline(always)]
    pub fn enter(_: Operation) -> Scope {
        Scope {}
    }
}

pub use armed::{after_store, before_call, calls, enter, observe};

/// Whether this build has the hooks.
pub const PRESENT: bool = cfg!(any(debug_assertions, iceoryx2_hooks));
