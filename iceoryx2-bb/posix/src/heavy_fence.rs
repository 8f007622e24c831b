// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A memory fence in every thread of this process at once.
//!
//! Where one thread needs a fence very often and another hardly ever, the first can do without if the second makes
//! all others execute theirs: what the one has stored before, the other sees afterwards, and the other way round. The
//! first only has to keep its compiler from moving accesses across the place of its fence.
//!
//! ```
//! use iceoryx2_bb_posix::heavy_fence;
//!
//! if heavy_fence::prepare() {
//!     heavy_fence::execute()?;
//! }
//! # Ok::<(), iceoryx2_bb_posix::Error>(())
//! ```

use crate::{Error, sys};
use std::sync::OnceLock;

/// Makes ready for [`execute`], and says whether the system has such a thing. Once per process, and better before it
/// has many threads: then it is quicker.
#[must_use]
pub fn prepare() -> bool {
    static PREPARED: OnceLock<bool> = OnceLock::new();
    *PREPARED.get_or_init(|| sys::heavy_fence::prepare().is_ok())
}

/// Returns when every thread of this process has executed a full fence since the call, the calling one included.
///
/// # Errors
/// What the system refuses; always if [`prepare`] was not called or said `false`.
pub fn execute() -> Result<(), Error> {
    sys::heavy_fence::execute()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_can_be_prepared_it_can_be_executed() {
        if prepare() {
            assert_eq!(execute(), Ok(()));
        }
        assert_eq!(prepare(), prepare());
    }
}
