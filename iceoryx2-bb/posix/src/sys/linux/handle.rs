// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::call::announce;
use nix::libc;
use std::os::fd::{IntoRawFd, OwnedFd};

pub(crate) fn close(descriptor: OwnedFd) {
    close_raw(descriptor.into_raw_fd());
}

/// Closes a number that a forked child inherited.
pub(crate) fn close_number(number: usize) {
    if let Ok(number) = i32::try_from(number) {
        close_raw(number);
    }
}

/// WHY: an interrupted close has closed on Linux; repeating it would close somebody else's descriptor.
fn close_raw(number: i32) {
    announce("close");
    // SAFETY: the caller owns the number, and nobody uses it afterwards.
    unsafe { libc::close(number) };
}
