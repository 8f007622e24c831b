// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Waiting: one way for everything a port can wait for.
//!
//! ```text
//!     poll ──▶ (spin) ──▶ publish "asleep" ──▶ poll once more ──▶ sleep ──▶ publish "awake", handle what happened ─┐
//!                               ▲                                                                                  │
//!                               └────────────────── nothing found ─────────────────────────────────────── poll ◀───┘
//! ```
//!
//! No lock is held while the port sleeps.

use super::{
    endpoint::{Endpoint, Mechanism},
    outcome::Stopped,
    wire::Source,
};
use crate::service::{Service, shared::Shared};
use core::time::Duration;
use iceoryx2_cal::{
    Mechanisms, SystemError,
    clock::{Clock, Moment},
    termination::Termination,
    wait_set::WaitSet,
};
use std::sync::Arc;

type SetOf<S> = <Mechanism<S> as Mechanisms>::WaitSet;

/// A port as the common parts see it.
pub(crate) trait Port<S: Service> {
    fn endpoint(&mut self) -> &mut Endpoint<S>;

    /// Something happened at `source`.
    fn happened(&mut self, source: Source);

    /// It is time to try again what the system refused.
    fn retry(&mut self);
}

/// Looks once at everything the port waits for, without sleeping.
pub(crate) fn look<S: Service, P: Port<S>>(port: &mut P) -> Result<(), SystemError> {
    loop {
        let set = Arc::clone(port.endpoint().set());
        let (count, sources) = wait_for_sources::<S>(&set, Some(Duration::ZERO))?;
        port.endpoint().stirred |= count > 0;
        // WHY: who went makes room for who came.
        let (went, came): (Vec<_>, Vec<_>) = sources
            .into_iter()
            .partition(|source| *source != Source::Listener);
        let quiet = went.is_empty() && came.is_empty();
        went.into_iter()
            .chain(came)
            .for_each(|source| port.happened(source));
        if quiet || count < BATCH {
            return Ok(());
        }
    }
}

/// How often a spinning wait polls between two looks at the clock.
const POLLS_PER_CLOCK: u32 = 16;

/// A wait set reports no more than this at a time.
const BATCH: usize = 32;

/// What is ready apart from the doorbell and the wish to end, whose only purpose is to end the wait.
fn wait_for_sources<S: Service>(
    set: &SetOf<S>,
    timeout: Option<Duration>,
) -> Result<(usize, Vec<Source>), SystemError> {
    let mut sources = Vec::new();
    let count = set.wait(timeout, &mut |ready| {
        sources.extend(
            Source::from_token(ready.token)
                .filter(|source| !matches!(source, Source::Doorbell | Source::Termination)),
        );
    })?;
    Ok((count, sources))
}

/// Waits until `poll` finds something: spins for a moment if that has lately paid, then sleeps. `poll` is asked again
/// after every wake-up, and once more after the port has published that it sleeps.
pub(crate) fn wait_until<S: Service, P: Port<S> + 'static, R>(
    port: &S::Shared<P>,
    deadline: Option<Moment>,
    mut poll: impl FnMut(&mut P) -> Option<R>,
) -> Result<R, Stopped> {
    // WHY: before the poll, so that the wish to end reaches a loop whose messages never stop coming.
    if port.with(is_terminated) {
        return Err(Stopped::Terminated);
    }
    if let Some(found) = port.with(&mut poll) {
        return Ok(found);
    }
    let began = now::<S>();
    if let Some(limit) = port.with(|port| port.endpoint().spin.begin()) {
        let until = earliest(deadline, began.checked_add(limit));
        if let Some(found) = spin_until::<S, _, _>(port, until, &mut poll) {
            port.with(|port| port.endpoint().spin.paid());
            return Ok(found);
        }
        port.with(|port| port.endpoint().spin.failed());
    }
    let found = sleep_until::<S, _, _>(port, deadline, &mut poll)?;
    port.with(|port| port.endpoint().spin.slept(now::<S>().since(began)));
    Ok(found)
}

/// Polls, and looks at the clock now and then.
fn spin_until<S: Service, P: Port<S> + 'static, R>(
    port: &S::Shared<P>,
    until: Option<Moment>,
    poll: &mut impl FnMut(&mut P) -> Option<R>,
) -> Option<R> {
    loop {
        for _ in 0..POLLS_PER_CLOCK {
            core::hint::spin_loop();
            let found = port.with(&mut *poll);
            if found.is_some() {
                return found;
            }
        }
        if until.is_none_or(|until| until <= now::<S>()) {
            return None;
        }
    }
}

fn sleep_until<S: Service, P: Port<S> + 'static, R>(
    port: &S::Shared<P>,
    deadline: Option<Moment>,
    poll: &mut impl FnMut(&mut P) -> Option<R>,
) -> Result<R, Stopped> {
    let set = port.with(|port| Arc::clone(port.endpoint().set()));
    loop {
        if port.with(is_terminated) {
            return Err(Stopped::Terminated);
        }
        let (found, retry_at, stirred) = port.with(|port| {
            port.endpoint().stirred = false;
            port.endpoint().page.announce_sleep();
            (
                poll(port),
                port.endpoint().retry_at,
                port.endpoint().stirred,
            )
        });
        if let Some(found) = found {
            port.with(|port| port.endpoint().page.awake());
            return Ok(found);
        }
        // WHY: the poll may have used up a ring meant for another wait of this port. Who rang does not ring again for
        // this sleep, but will for the next.
        if stirred {
            continue;
        }
        let step = earliest(deadline, retry_at);
        let woken = match step.map(|step| step.since(now::<S>())) {
            Some(Duration::ZERO) if step == deadline => Err(Stopped::Timeout),
            timeout => wait_for_sources::<S>(&set, timeout).map_err(Stopped::System),
        };
        let found = port.with(|port| {
            port.endpoint().page.awake();
            let (_, sources) = woken?;
            sources.into_iter().for_each(|source| port.happened(source));
            if port.endpoint().retry_is_due() {
                port.retry();
            }
            Ok(poll(port))
        })?;
        if let Some(found) = found {
            return Ok(found);
        }
    }
}

/// The earlier of two moments that may never come.
pub(crate) fn earliest(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn is_terminated<S: Service, P: Port<S>>(port: &mut P) -> bool {
    port.endpoint()
        .service()
        .termination()
        .is_some_and(Termination::requested)
}

pub(crate) fn now<S: Service>() -> Moment {
    <Mechanism<S> as Mechanisms>::Clock::now()
}

/// The moment `timeout` from now; `None` if no clock will ever show it.
pub(crate) fn deadline_after<S: Service>(timeout: Duration) -> Option<Moment> {
    now::<S>().checked_add(timeout)
}
