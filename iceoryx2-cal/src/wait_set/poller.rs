// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Between processes: the system's poller, made at once for many threads and when it is worth it for one.

use super::{Readiness, Trigger, WaitSet};
use crate::{SystemError, clock::Moment};
use core::time::Duration;
use iceoryx2_bb_posix::{LazyPoller, Source, poll};

impl WaitSet for LazyPoller {
    type Source<'a> = Source<'a>;

    fn create() -> Result<Self, SystemError> {
        Self::create_at_once()
    }

    fn create_for_one_thread() -> Result<Self, SystemError> {
        Self::create()
    }

    fn attach(&self, source: Source<'_>, token: u64, trigger: Trigger) -> Result<(), SystemError> {
        let trigger = match trigger {
            Trigger::Level => poll::Trigger::Level,
            Trigger::Edge => poll::Trigger::Edge,
        };
        self.add(source, token, trigger)
    }

    fn detach(&self, source: Source<'_>) -> Result<(), SystemError> {
        self.remove(source)
    }

    #[inline]
    fn wait(
        &self,
        timeout: Option<Duration>,
        mut report: impl FnMut(Readiness),
    ) -> Result<usize, SystemError> {
        self.wait(timeout, |readiness| report(of(readiness)))
    }

    #[inline]
    fn wait_until(
        &self,
        now: Moment,
        deadline: Moment,
        mut report: impl FnMut(Readiness),
    ) -> Result<usize, SystemError> {
        self.wait_until(now.as_ns(), deadline.as_ns(), |readiness| {
            report(of(readiness));
        })
    }
}

const fn of(readiness: poll::Readiness) -> Readiness {
    Readiness {
        token: readiness.token,
        readable: readiness.readable,
        hung_up: readiness.hung_up,
    }
}

#[cfg(test)]
mod tests {
    crate::wait_set::conformance::tests!(crate::Ipc);
}
