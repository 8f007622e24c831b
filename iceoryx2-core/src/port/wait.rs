// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Waiting: one way for everything a port can wait for.
//!
//! ```text
//!     poll ──▶ (spin) ──▶ publish "asleep" ──▶ poll once more ──▶ sleep ──▶ publish "awake", handle what happened ─┐
//!                               ▲                                                                                  │
//!                               └────────────────── nothing found ─────────────────────────────────────── poll ◀───┘
//! ```
//!
//! No lock is held while the port sleeps. That several threads may wait for one port is told in
//! [`crowd`](super::crowd); a port of one thread sleeps [`alone`].

mod alone;

use super::{
    crowd::{Bell, Interest, Woken},
    endpoint::{Endpoint, Mechanism},
    outcome::Stopped,
    spin::Begin,
    wire::Source,
};
use crate::service::{
    Service,
    shared::{Gated, Shared},
};
use core::time::Duration;
use iceoryx2_cal::{
    Mechanisms, SystemError,
    clock::{Clock, Moment},
    termination::Termination,
    wait_set::{Readiness, WaitSet},
};
use std::sync::Arc;

type SetOf<S> = <Mechanism<S> as Mechanisms>::WaitSet;

/// A port as the common parts see it.
pub(crate) trait Port<S: Service>: Gated {
    fn endpoint(&mut self) -> &mut Endpoint<S>;

    /// Something happened at `source`.
    fn happened(&mut self, source: Source);

    /// It is time to try again what the system refused.
    fn retry(&mut self);

    /// Sees to it that the end of every peer's process ends a sleep, and buries who is dead already. Returns whether that
    /// could be done.
    fn watch_processes(&mut self) -> bool {
        true
    }

    /// Whether a wait for this might find something now, as far as can be seen without a look. Never wrongly `false`.
    fn is_ready(&mut self, interest: Interest) -> bool;
}

/// Looks once at everything the port waits for, without sleeping.
pub(crate) fn look<S: Service, P: Port<S>>(port: &mut P) -> Result<(), SystemError> {
    // What cannot be watched now is watched with the next look.
    port.watch_processes();
    loop {
        let set = Arc::clone(port.endpoint().set());
        let mut sources = Vec::new();
        let count = set.wait(Some(Duration::ZERO), |ready| note(&mut sources, ready))?;
        if count > 0 {
            port.endpoint().stir();
        }
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

/// Notes what is ready, apart from the doorbell and the wish to end, whose only purpose is to end the wait.
#[inline]
fn note(sources: &mut Vec<Source>, ready: Readiness) {
    match Source::from_token(ready.token) {
        None | Some(Source::Doorbell | Source::Termination) => {}
        Some(source) => sources.push(source),
    }
}

/// How long a wait may last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    end: End,
    /// What the clock said right before the wait.
    asked: Option<Moment>,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Never,
    At(Moment),
    // WHY: what is there already is found without asking the clock.
    After(Duration),
}

impl End {
    const fn of(deadline: Option<Moment>) -> Self {
        match deadline {
            Some(deadline) => Self::At(deadline),
            None => Self::Never,
        }
    }
}

impl Limit {
    /// For at most `timeout` from when the clock is first asked, at the latest before the first sleep.
    pub(crate) const fn after(timeout: Duration) -> Self {
        Self {
            end: End::After(timeout),
            asked: None,
        }
    }

    /// Until the deadline; `None`: as long as it takes.
    pub(crate) const fn at(deadline: Option<Moment>) -> Self {
        Self {
            end: End::of(deadline),
            asked: None,
        }
    }

    /// What the clock says, or has just said.
    fn now<S: Service>(&mut self) -> Moment {
        let now = *self.asked.get_or_insert_with(now::<S>);
        if let End::After(timeout) = self.end {
            self.end = End::of(now.checked_add(timeout));
        }
        now
    }

    /// When the wait ends. The clock must have been asked.
    const fn deadline(&self) -> Option<Moment> {
        match self.end {
            End::At(deadline) => Some(deadline),
            End::Never | End::After(_) => None,
        }
    }

    /// Whether the wait may last no longer.
    fn is_over<S: Service>(&mut self) -> bool {
        self.step::<S>(None).is_some_and(|(now, end)| end <= now)
    }

    /// A deadline, if there is one, the end of the wait or `other`, after what the clock says or has just said.
    // WHY take: what it has just said it has not after the sleep, or whatever else comes next.
    fn step<S: Service>(&mut self, other: Option<Moment>) -> Option<(Moment, Moment)> {
        if let End::After(_) = self.end {
            self.now::<S>();
        }
        let asked = self.asked.take();
        let deadline = earliest(self.deadline(), other);
        deadline.map(|deadline| (asked.unwrap_or_else(now::<S>), deadline))
    }
}

/// Waits until `poll` finds something: spins for a moment if that has lately paid, then sleeps. `poll` is asked again
/// after every wake-up, and once more after the port has published that it sleeps. `interest` says what `poll` may find.
pub(crate) fn wait_until<S: Service, P: Port<S> + 'static, R>(
    port: &S::Shared<P>,
    interest: Interest,
    mut limit: Limit,
    mut poll: impl FnMut(&mut P) -> Option<R>,
) -> Result<R, Stopped> {
    let begin = match port.with(|port| begin(port, &mut poll))? {
        Begun::Found(found) => return Ok(found),
        Begun::Waits(begin) => begin,
    };
    let mut began = None;
    match begin {
        Begin::SleepUnmeasured => {}
        Begin::Sleep => began = Some(limit.now::<S>()),
        Begin::Spin(duration) => {
            let until = limit.now::<S>().checked_add(duration);
            limit.asked = None;
            let until = earliest(limit.deadline(), until);
            let found = spin_until::<S, _, _>(port, until, &mut poll);
            port.with(|port| end_spin(port, found.is_some()));
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }
    let found = if <S::Shared<P> as Shared<P>>::CONCURRENT {
        Seat::new(port, interest).sleep_until(limit, &mut poll)?
    } else {
        alone::sleep_until(&mut *port.enter(), limit, &mut poll)?
    };
    if let Some(began) = began {
        port.with(|port| port.endpoint().spin.slept(now::<S>().since(began)));
    }
    Ok(found)
}

/// How a wait goes on after its first poll.
enum Begun<R> {
    Found(R),
    Waits(Begin),
}

/// Polls, unless it would be in vain, and says how to wait if nothing was found.
fn begin<S: Service, P: Port<S>, R>(
    port: &mut P,
    poll: &mut impl FnMut(&mut P) -> Option<R>,
) -> Result<Begun<R>, Stopped> {
    // WHY not always: whoever sleeps asks and polls once more, after it has published that it does.
    if !port.endpoint().drowsy {
        // WHY before the poll: so that the wish to end reaches a loop whose messages never stop coming.
        if is_terminated(port) {
            return Err(Stopped::Terminated);
        }
        if let Some(found) = poll(port) {
            return Ok(Begun::Found(found));
        }
    }
    let endpoint = port.endpoint();
    if !endpoint.crowd.may_spin() {
        return Ok(Begun::Waits(Begin::SleepUnmeasured));
    }
    let begin = endpoint.spin.begin();
    endpoint.crowd.spinning = matches!(begin, Begin::Spin(_));
    Ok(Begun::Waits(begin))
}

fn end_spin<S: Service, P: Port<S>>(port: &mut P, found: bool) {
    let endpoint = port.endpoint();
    endpoint.crowd.spinning = false;
    if found {
        endpoint.drowsy = false;
        endpoint.spin.paid();
    } else {
        endpoint.spin.failed();
    }
}

/// Polls, and looks at the clock now and then.
fn spin_until<S: Service, P: Port<S> + 'static, R>(
    port: &S::Shared<P>,
    until: Option<Moment>,
    poll: &mut impl FnMut(&mut P) -> Option<R>,
) -> Option<R> {
    // WHY: nobody else wants it meanwhile.
    let mut alone = (!<S::Shared<P> as Shared<P>>::CONCURRENT).then(|| port.enter());
    loop {
        for _ in 0..POLLS_PER_CLOCK {
            core::hint::spin_loop();
            let found = match &mut alone {
                Some(port) => poll(port),
                None => port.with(&mut *poll),
            };
            if found.is_some() {
                return found;
            }
        }
        if until.is_none_or(|until| until <= now::<S>()) {
            return None;
        }
    }
}

/// A thread's place among those that wait for a port. It leaves when it is dropped, however its wait ends.
struct Seat<'a, S: Service, P: Port<S> + 'static> {
    port: &'a S::Shared<P>,
    interest: Interest,
    leads: bool,
    /// Made when the thread follows for the first time.
    bell: Option<Arc<Bell>>,
}

/// How a thread goes on after it has entered.
enum Entered<R> {
    Found(R),
    /// Its look has used up a ring: it has to publish another sleep.
    Again,
    /// It sleeps for all, until something happens or it is time to retry.
    Lead(Option<Moment>),
    Follow(Arc<Bell>),
}

impl<'a, S: Service, P: Port<S> + 'static> Seat<'a, S, P> {
    const fn new(port: &'a S::Shared<P>, interest: Interest) -> Self {
        Self {
            port,
            interest,
            leads: false,
            bell: None,
        }
    }

    fn sleep_until<R>(
        &mut self,
        mut limit: Limit,
        poll: &mut impl FnMut(&mut P) -> Option<R>,
    ) -> Result<R, Stopped> {
        let set = self.port.with(|port| Arc::clone(port.endpoint().set()));
        loop {
            let port = self.port;
            let (entered, woken) = port.with(|port| {
                if is_terminated(port) {
                    return Err(Stopped::Terminated);
                }
                Ok(self.enter(port, &mut limit, poll))
            })?;
            woken.ring();
            let found = match entered {
                Entered::Found(found) => Some(found),
                Entered::Again => None,
                Entered::Lead(retry_at) => self.lead(&set, &mut limit, retry_at, poll)?,
                Entered::Follow(bell) => {
                    self.follow(&bell, &mut limit)?;
                    None
                }
            };
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }

    /// Polls, and takes a place if nothing is there.
    fn enter<R>(
        &mut self,
        port: &mut P,
        limit: &mut Limit,
        poll: &mut impl FnMut(&mut P) -> Option<R>,
    ) -> (Entered<R>, Woken) {
        if port.endpoint().crowd.led && !self.leads {
            return (self.enter_as_follower(port, poll), Woken::default());
        }
        self.leads = true;
        port.endpoint().crowd.led = true;
        port.endpoint().stirred = false;
        port.endpoint().page.announce_sleep();
        if let Some(found) = poll(port) {
            port.endpoint().page.awake();
            port.endpoint().drowsy = false;
            return (Entered::Found(found), Woken::default());
        }
        // WHY: the poll may have used up a ring meant for this sleep or another wait of this port. Who rang does not
        // ring again for this sleep, but will for the next. A wait that is over does not sleep.
        if port.endpoint().stirred && !limit.is_over::<S>() {
            return (Entered::Again, Woken::default());
        }
        let woken = wake_ready(port);
        let endpoint = port.endpoint();
        endpoint.crowd.asleep = true;
        endpoint.slept = true;
        endpoint.drowsy = true;
        (Entered::Lead(endpoint.retry_at), woken)
    }

    fn enter_as_follower<R>(
        &mut self,
        port: &mut P,
        poll: &mut impl FnMut(&mut P) -> Option<R>,
    ) -> Entered<R> {
        if let Some(found) = poll(port) {
            return Entered::Found(found);
        }
        let bell = self.bell.get_or_insert_default();
        port.endpoint().crowd.follow(self.interest, bell);
        Entered::Follow(Arc::clone(bell))
    }

    /// Sleeps in the kernel, for all.
    fn lead<R>(
        &self,
        set: &SetOf<S>,
        limit: &mut Limit,
        retry_at: Option<Moment>,
        poll: &mut impl FnMut(&mut P) -> Option<R>,
    ) -> Result<Option<R>, Stopped> {
        let woken = sleep::<S>(set, limit, retry_at);
        self.port.with(|port| {
            port.endpoint().crowd.asleep = false;
            port.endpoint().page.awake();
            woken?.into_iter().for_each(|source| port.happened(source));
            if port.endpoint().retry_is_due() {
                port.retry();
            }
            Ok(poll(port))
        })
    }

    /// Sleeps until the leader says that it is time to enter again.
    fn follow(&self, bell: &Arc<Bell>, limit: &mut Limit) -> Result<(), Stopped> {
        let step = limit.step::<S>(None);
        let timeout = step.map(|(now, deadline)| deadline.since(now));
        if timeout.is_none_or(|timeout| timeout > Duration::ZERO) {
            bell.wait(timeout);
        }
        // WHY under the lock: whoever has taken this thread out of the followers has given it something to see to.
        let rung = self.port.with(|port| !port.endpoint().crowd.unfollow(bell));
        if timeout == Some(Duration::ZERO) && !rung {
            return Err(Stopped::Timeout);
        }
        Ok(())
    }
}

/// Sleeps until something happens at a source, and returns where, or until it is time to retry.
// WHY into its callers: the woken must fetch these instructions, and what they return would lie in memory in between.
#[inline(always)]
fn sleep<S: Service>(
    set: &SetOf<S>,
    limit: &mut Limit,
    retry_at: Option<Moment>,
) -> Result<Vec<Source>, Stopped> {
    let mut sources = Vec::new();
    let report = |ready| note(&mut sources, ready);
    let woken = match limit.step::<S>(retry_at) {
        Some((now, step)) if step <= now && Some(step) == limit.deadline() => {
            return Err(Stopped::Timeout);
        }
        Some((now, step)) => set.wait_until(now, step, report),
        None => set.wait(None, report),
    };
    woken.map(|_| sources).map_err(Stopped::System)
}

impl<S: Service, P: Port<S> + 'static> Drop for Seat<'_, S, P> {
    fn drop(&mut self) {
        let (leads, interest) = (self.leads, self.interest);
        let woken = self.port.with(|port| {
            let crowd = &mut port.endpoint().crowd;
            if leads {
                crowd.led = false;
                crowd.asleep = false;
            }
            match (crowd.has_followers(), crowd.led, interest) {
                (true, false, _) => crowd.wake_first(),
                (true, true, Interest::Request) => wake_ready_for_request(port),
                _ => Woken::default(),
            }
        });
        woken.ring();
    }
}

/// Takes out every follower that has something to see to.
fn wake_ready<S: Service, P: Port<S>>(port: &mut P) -> Woken {
    if !port.endpoint().crowd.has_followers() {
        return Woken::default();
    }
    let mut crowd = core::mem::take(&mut port.endpoint().crowd);
    let woken = crowd.wake_ready(|interest| port.is_ready(interest));
    port.endpoint().crowd = crowd;
    woken
}

/// Takes out one follower that waits for a request, if there is one.
fn wake_ready_for_request<S: Service, P: Port<S>>(port: &mut P) -> Woken {
    let ready = port.is_ready(Interest::Request);
    port.endpoint()
        .crowd
        .wake_ready(|interest| ready && matches!(interest, Interest::Request))
}

/// The earlier of two moments that may never come.
#[inline]
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

#[cfg(test)]
mod tests {
    use super::Limit;
    use crate::prelude::ipc;
    use core::time::Duration;
    use iceoryx2_cal::clock::Moment;

    #[test]
    fn what_the_clock_has_said_is_good_for_one_sleep() {
        let mut limit = Limit::after(Duration::from_secs(60));
        let asked = limit.now::<ipc::Service>();
        let (now, step) = limit.step::<ipc::Service>(None).unwrap();
        assert_eq!(
            (now, Some(step)),
            (asked, asked.checked_add(Duration::from_secs(60)))
        );
        std::thread::sleep(Duration::from_millis(2));
        let (later, end) = limit.step::<ipc::Service>(None).unwrap();
        assert!(later.since(now) >= Duration::from_millis(2));
        assert_eq!(end, step);
    }

    #[test]
    fn a_sleep_without_a_deadline_uses_up_what_the_clock_has_said() {
        let mut limit = Limit::after(Duration::MAX);
        assert_eq!(limit.step::<ipc::Service>(None), None);
        std::thread::sleep(Duration::from_millis(2));
        let began = super::now::<ipc::Service>();
        let (now, _) = limit
            .step::<ipc::Service>(Some(Moment::from_ns(0)))
            .unwrap();
        assert!(now >= began);
    }
}
