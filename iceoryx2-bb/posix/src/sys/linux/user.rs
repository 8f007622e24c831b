// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::call::announce;
use nix::unistd::{Gid, Uid};

pub(crate) fn effective_uid() -> u32 {
    announce("geteuid");
    Uid::effective().as_raw()
}

pub(crate) fn effective_gid() -> u32 {
    announce("getegid");
    Gid::effective().as_raw()
}
