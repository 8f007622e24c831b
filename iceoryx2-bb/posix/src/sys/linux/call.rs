// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The gate every system call of this backend passes: a test can count the calls and make any of them fail.

use crate::Error;
use iceoryx2_bb_elementary::hooks;
use nix::errno::Errno;

/// Makes the system call `name`, again as often as a signal interrupts it.
pub(crate) fn call<T>(
    name: &'static str,
    mut action: impl FnMut() -> nix::Result<T>,
) -> Result<T, Error> {
    loop {
        match attempt(name, &mut action) {
            Err(Errno::EINTR) => {}
            result => return result.map_err(|errno| error(name, errno)),
        }
    }
}

/// Makes the system call `name` once: for calls that keep time themselves or must never be repeated. An interruption
/// is an error like any other.
pub(crate) fn call_once<T>(
    name: &'static str,
    action: impl FnOnce() -> nix::Result<T>,
) -> Result<T, Error> {
    attempt(name, action).map_err(|errno| error(name, errno))
}

/// Reports a call that happens whatever a test says: closing, and the like.
pub(crate) fn announce(name: &'static str) {
    let _ = hooks::before_call(name);
}

fn attempt<T>(name: &'static str, action: impl FnOnce() -> nix::Result<T>) -> nix::Result<T> {
    match hooks::before_call(name) {
        Some(errno) => Err(Errno::from_raw(errno)),
        None => action(),
    }
}

/// WHY: nix makes 0 of a number it does not know, and our 0 means something else.
fn error(name: &'static str, errno: Errno) -> Error {
    match errno {
        Errno::UnknownErrno => Error::new(name, -1),
        errno => Error::new(name, errno as i32),
    }
}
