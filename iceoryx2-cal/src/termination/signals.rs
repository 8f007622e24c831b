// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{Signals, Termination};
use crate::SystemError;
use iceoryx2_bb_posix::poll::Source;

impl Termination for Signals {
    type Source<'a> = Source<'a>;

    fn register() -> Result<Self, SystemError> {
        Self::register()
    }

    #[inline]
    fn requested(&self) -> bool {
        self.requested()
    }

    fn source(&self) -> Result<Source<'_>, SystemError> {
        self.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait_set::{Trigger, WaitSet};
    use core::time::Duration;
    use iceoryx2_bb_posix::LazyPoller;

    #[test]
    fn registering_alone_requests_nothing() {
        let registration = <Signals as Termination>::register().unwrap();
        assert!(!Termination::requested(&registration));
        let waits = <LazyPoller as WaitSet>::create().unwrap();
        WaitSet::attach(
            &waits,
            Termination::source(&registration).unwrap(),
            1,
            Trigger::Level,
        )
        .unwrap();
        assert_eq!(
            WaitSet::wait(&waits, Some(Duration::ZERO), |_| ()).unwrap(),
            0
        );
    }
}
