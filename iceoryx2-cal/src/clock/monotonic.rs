// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{Clock, Moment};
use iceoryx2_bb_posix::clock;

/// The system's monotonic clock: the same in all processes of the machine.
#[derive(Debug, Clone, Copy)]
pub struct Monotonic;

impl Clock for Monotonic {
    fn now() -> Moment {
        Moment::from_ns(clock::now_ns())
    }
}

#[cfg(test)]
mod tests {
    crate::clock::conformance::tests!(super::Monotonic);
}
