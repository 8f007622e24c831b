// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Waiting for a lock that nobody announces.

use crate::{
    SystemError,
    clock::{Clock, Moment, Monotonic},
};
use core::time::Duration;
use iceoryx2_bb_posix::clock;

/// How long to wait before the second attempt; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(1);

/// Repeats `attempt` until it gives something; `None` if it did not until `deadline`.
///
/// # Errors
/// Those of `attempt`.
pub(super) fn until<T>(
    deadline: Moment,
    mut attempt: impl FnMut() -> Result<Option<T>, SystemError>,
) -> Result<Option<T>, SystemError> {
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(found) = attempt()? {
            return Ok(Some(found));
        }
        let left = deadline.since(Monotonic::now());
        if left.is_zero() {
            return Ok(None);
        }
        clock::sleep(pause.min(left))?;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}
