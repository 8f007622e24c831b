// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::call::call;
use crate::Error;
use nix::{errno::Errno, libc};

pub(crate) fn prepare() -> Result<(), Error> {
    membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
}

pub(crate) fn execute() -> Result<(), Error> {
    membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED)
}

fn membarrier(command: libc::c_int) -> Result<(), Error> {
    const NO_FLAGS: libc::c_uint = 0;
    call("membarrier", || {
        // SAFETY: touches no memory of ours.
        let result = unsafe { libc::syscall(libc::SYS_membarrier, command, NO_FLAGS, 0) };
        Errno::result(result).map(drop)
    })
}
