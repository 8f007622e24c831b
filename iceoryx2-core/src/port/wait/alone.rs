// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The sleep of a port of one thread. Nobody else waits for it or uses it meanwhile, so it takes no place among others and
//! stays at hand.

use super::{Limit, Port, deadline_after, earliest, is_terminated, sleep};
use crate::{port::outcome::Stopped, service::Service};
use core::time::Duration;

/// How long to sleep where the user's wish to end, or the end of a peer's process, is not made to end it.
const LISTEN_AGAIN: Duration = Duration::from_millis(20);

/// Sleeps until `poll` finds something.
#[inline]
pub(super) fn sleep_until<S: Service, P: Port<S>, R>(
    port: &mut P,
    mut limit: Limit,
    poll: &mut impl FnMut(&mut P) -> Option<R>,
) -> Result<R, Stopped> {
    loop {
        // WHY: first, for what is wished for after the look below must ring.
        let hears_all = port.endpoint().hears_termination();
        if is_terminated(port) {
            return Err(Stopped::Terminated);
        }
        let endpoint = port.endpoint();
        endpoint.stirred = false;
        endpoint.page.announce_sleep();
        if let Some(found) = poll(port) {
            let endpoint = port.endpoint();
            endpoint.page.awake();
            endpoint.drowsy = false;
            return Ok(found);
        }
        let watches_all = port.watch_processes();
        let endpoint = port.endpoint();
        // WHY: the poll may have used up a ring meant for this sleep. Who rang does not ring again for it, but will for
        // the next. A wait that is over does not sleep.
        if endpoint.stirred && !limit.is_over::<S>() {
            continue;
        }
        endpoint.slept = true;
        endpoint.drowsy = true;
        let retry_at = match hears_all && watches_all {
            true => endpoint.retry_at,
            false => earliest(endpoint.retry_at, deadline_after::<S>(LISTEN_AGAIN)),
        };
        let woken = sleep::<S>(endpoint.set(), &mut limit, retry_at);
        endpoint.page.awake();
        woken?.into_iter().for_each(|source| port.happened(source));
        if port.endpoint().retry_is_due() {
            port.retry();
        }
        if let Some(found) = poll(port) {
            return Ok(found);
        }
    }
}
