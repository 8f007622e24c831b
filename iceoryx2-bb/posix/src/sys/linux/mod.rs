// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The Linux backend.

pub(crate) mod call;
pub(crate) mod clock;
pub(crate) mod directory;
pub(crate) mod doorbell;
pub(crate) mod errno;
pub(crate) mod file;
pub(crate) mod fork;
pub(crate) mod handle;
pub(crate) mod heavy_fence;
pub(crate) mod lock_file;
pub(crate) mod memory;
pub(crate) mod poll;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod shared_words;
pub(crate) mod socket;
pub(crate) mod termination;
pub(crate) mod timer;
#[cfg(feature = "tools")]
pub(crate) mod trace;
pub(crate) mod user;
pub(crate) mod watch;
