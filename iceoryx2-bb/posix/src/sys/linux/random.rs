// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::call::call;
use crate::Error;
use nix::{errno::Errno, libc};

/// Fills at most 256 bytes, which the kernel gives whole once it has gathered enough randomness at start.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    call("getrandom", || {
        // SAFETY: the kernel writes at most `len` bytes to a buffer that is exclusively ours and that long.
        let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
        match usize::try_from(Errno::result(got)?) {
            Ok(got) if got == bytes.len() => Ok(()),
            _ => Err(Errno::EIO),
        }
    })
}
