// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The sleep of a port of one thread. Nobody else waits for it or uses it meanwhile, so it takes no place among others and
//! stays at hand.

use super::{Limit, Port, is_terminated, sleep};
use crate::{port::outcome::Stopped, service::Service};

/// Sleeps until `poll` finds something.
pub(super) fn sleep_until<S: Service, P: Port<S>, R>(
    port: &mut P,
    mut limit: Limit,
    poll: &mut impl FnMut(&mut P) -> Option<R>,
) -> Result<R, Stopped> {
    loop {
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
        let endpoint = port.endpoint();
        // WHY: the poll may have used up a ring meant for this sleep. Who rang does not ring again for it, but will for
        // the next.
        if endpoint.stirred {
            continue;
        }
        endpoint.slept = true;
        endpoint.drowsy = true;
        let woken = sleep::<S>(endpoint.set(), &mut limit, endpoint.retry_at);
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
