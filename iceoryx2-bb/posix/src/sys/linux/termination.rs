// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who has registered, and what was there before. The registry is touched under the lock a fork takes, so that no child
//! is born with half a registry; what the handler needs is in [`handler`].

mod handler;

use super::call::call;
use crate::{
    Error,
    fork::Birth,
    handle::Handle,
    open_list::{self, OpenList},
};
use core::mem::MaybeUninit;
use nix::{
    errno::Errno,
    libc,
    sys::eventfd::{EfdFlags, EventFd},
};
use std::{
    os::fd::{AsRawFd, OwnedFd},
    sync::{Mutex, MutexGuard, PoisonError},
};

const SIGNALS: [libc::c_int; 2] = [libc::SIGINT, libc::SIGTERM];

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    count: 0,
    birth: None,
    bell: None,
    before: [None; 2],
});

#[derive(Debug)]
struct Registry {
    /// How many registrations live.
    count: usize,
    /// INVARIANT: there while `count` is not 0; here, or else in the parent of a fork.
    birth: Option<Birth>,
    /// INVARIANT: of the process of `birth`; there once somebody wanted to wait.
    bell: Option<Handle>,
    /// What each of [`SIGNALS`] did before our handler took its place. It stays with a forked child.
    before: [Option<Before>; 2],
}

#[derive(Clone, Copy)]
struct Before(libc::sigaction);

impl core::fmt::Debug for Before {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_tuple("Before")
            .field(&self.0.sa_sigaction)
            .finish()
    }
}

pub(crate) fn register(birth: Birth) -> Result<(), Error> {
    open_list::creating(|_| {
        let mut registry = registry();
        if registry.birth == Some(birth) {
            registry.count = registry.count.saturating_add(1);
            return Ok(());
        }
        registry.begin(birth)
    })
}

/// What rings at a request, for a registration of the process of `birth`.
pub(crate) fn bell(birth: Birth) -> Result<Handle, Error> {
    birth.check("eventfd")?;
    // WHY: a bell that cannot be hung up leaves the lock before it is closed, which takes the lock again.
    let (bell, hung_up) = open_list::creating(|list| {
        let mut registry = registry();
        if let Some(bell) = &registry.bell {
            return Ok((bell.clone(), Ok(())));
        }
        let bell = create_bell(list)?;
        let hung_up = registry.hang_up(&bell);
        Ok((bell, hung_up))
    })?;
    hung_up.map(|()| bell)
}

/// Ends one registration of this process.
pub(crate) fn unregister() {
    let last = open_list::creating(|_| {
        let mut registry = registry();
        registry.count = registry.count.saturating_sub(1);
        if registry.count > 0 {
            return Ok(None);
        }
        registry.put_back_all();
        handler::disarm();
        registry.birth = None;
        Ok(registry.bell.take())
    });
    drop(last);
}

#[inline]
pub(crate) fn requested() -> bool {
    handler::requested()
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn create_bell(list: &mut OpenList) -> Result<Handle, Error> {
    let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
    let bell = call("eventfd", || EventFd::from_value_and_flags(0, flags))?;
    list.enter(OwnedFd::from(bell)).map(Handle::new)
}

impl Registry {
    /// The first registration of this process.
    fn begin(&mut self, birth: Birth) -> Result<(), Error> {
        handler::arm();
        if let Err(error) = self.catch_all() {
            handler::disarm();
            return Err(error);
        }
        self.count = 1;
        self.birth = Some(birth);
        // WHY: what a parent left here does nothing when it is dropped, so the lock held here does no harm.
        self.bell = None;
        Ok(())
    }

    fn hang_up(&mut self, bell: &Handle) -> Result<(), Error> {
        handler::hang_up(bell.descriptor().get("eventfd")?.as_raw_fd());
        self.bell = Some(bell.clone());
        Ok(())
    }

    fn catch_all(&mut self) -> Result<(), Error> {
        for (signal, before) in SIGNALS.into_iter().zip(&mut self.before) {
            if let Err(error) = catch(signal, before) {
                self.put_back_all();
                return Err(error);
            }
        }
        Ok(())
    }

    fn put_back_all(&mut self) {
        for (signal, before) in SIGNALS.into_iter().zip(&mut self.before) {
            if let Some(Before(action)) = before.take() {
                put_back(signal, &action);
            }
        }
    }
}

/// Puts our handler in the place of what is there, unless that ignores the signal or is our handler already (in a forked
/// child).
// WHY: mostly the default is there, so our handler takes its place first, and what it took is looked at afterwards.
fn catch(signal: libc::c_int, before: &mut Option<Before>) -> Result<(), Error> {
    let stored = handler::unsettle(signal);
    let default = handler::default_action();
    let replaced = replace(signal, &handler::action(&default))
        .inspect_err(|_| handler::settle_as_before(signal, stored))?;
    *before = Some(Before(replaced));
    let ignored = replaced.sa_sigaction == libc::SIG_IGN;
    let ours = handler::is_ours(&replaced);
    let corrected = if ours || ignored {
        replace(signal, &replaced).map(|_| *before = None)
    } else if replaced.sa_sigaction == libc::SIG_DFL {
        Ok(())
    } else {
        replace(signal, &handler::action(&replaced)).map(drop)
    };
    if ours {
        handler::settle_as_before(signal, stored);
    } else {
        handler::settle(signal, &replaced);
    }
    corrected
}

/// Puts back what our handler replaced. Whoever took our place since then keeps it.
fn put_back(signal: libc::c_int, action: &libc::sigaction) {
    if let Ok(there) = replace(signal, action) {
        if !handler::is_ours(&there) {
            let _ = replace(signal, &there);
        }
    }
}

/// Makes `action` what `signal` does, and says what it did.
fn replace(signal: libc::c_int, action: &libc::sigaction) -> Result<libc::sigaction, Error> {
    call("sigaction", || {
        let mut there = MaybeUninit::uninit();
        // SAFETY: the action is what the system itself reported, or our handler, which is async-signal-safe; what was there
        // is written to a place of the right size.
        let result = unsafe { libc::sigaction(signal, action, there.as_mut_ptr()) };
        Errno::result(result)?;
        // SAFETY: the call succeeded, so it was written.
        Ok(unsafe { there.assume_init() })
    })
}
