// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::call::announce;
use nix::libc;

pub(crate) fn effective_uid() -> u32 {
    announce("geteuid");
    // SAFETY: takes nothing, touches no memory of ours, and cannot fail.
    unsafe { libc::geteuid() }
}

pub(crate) fn effective_gid() -> u32 {
    announce("getegid");
    // SAFETY: as above.
    unsafe { libc::getegid() }
}
