// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who this process acts as.

use crate::sys;

/// The user whose rights this process has. 0 may do everything.
#[must_use]
pub fn effective_uid() -> u32 {
    sys::user::effective_uid()
}

/// The group whose rights this process has.
#[must_use]
pub fn effective_gid() -> u32 {
    sys::user::effective_gid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn the_kernel_says_the_same_of_our_process() {
        let ours = std::fs::metadata("/proc/self/stat").unwrap();
        assert_eq!((effective_uid(), effective_gid()), (ours.uid(), ours.gid()));
    }
}
