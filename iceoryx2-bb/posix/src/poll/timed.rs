// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A poller whose waits need not have a timer each.
//!
//! ```text
//!                           it rings at or before the deadline
//!     wait until a deadline ──────────────────────────────────▶ wait without a limit ── rung, too early ──╮
//!               ▲       └── it does not ──▶ set it to the deadline ──▶ ╯                                  │
//!               ╰─────────────────────────────────────────────────────────────────────────────────────────╯
//! ```
//!
//! A sleep with a timeout makes the kernel set up a timer and take it down again: a tenth of what it takes two processes
//! on one core to wake each other. Who sleeps often with timeouts that hardly ever pass gets one timer beside the sources.
//! It stays set while deadlines come and go, and rings for the earliest of them: at most one vain wake-up for each that it
//! was set to.

use super::{Poller, Readiness, Source, Trigger};
use crate::{Error, ErrorKind, clock::now_ns, handle::Descriptor, open_list, sys};
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// The timer's token, which no source may have.
const TOKEN: u64 = u64::MAX - 1;

/// So many waits with deadlines as far as this make a timer worth its descriptor.
const WAITS: u32 = 64;
const FAR_NS: u64 = 10_000_000;

/// A poller, and perhaps a timer.
#[derive(Debug)]
pub(super) struct TimedPoller {
    // WHY a lock that nobody waits for: of several threads that sleep here one uses the timer, the others have their own
    // in the kernel. It is held while that one sleeps.
    timer: Mutex<Timer>,
    poller: Poller,
}

#[derive(Debug, Default)]
struct Timer {
    descriptor: Option<Descriptor>,
    /// INVARIANT: the timer is set to this moment, and readable from then on; if there is none, it is not readable.
    set_ns: Option<u64>,
    /// Waits that would have used it.
    waits: u32,
}

impl TimedPoller {
    pub(super) fn create() -> Result<Self, Error> {
        Ok(Self {
            timer: Mutex::default(),
            poller: Poller::create()?,
        })
    }

    pub(super) const fn descriptor(&self) -> &Descriptor {
        &self.poller.descriptor
    }

    pub(super) fn add(
        &self,
        source: Source<'_>,
        token: u64,
        trigger: Trigger,
    ) -> Result<(), Error> {
        check(token)?;
        self.poller.add(source, token, trigger)
    }

    pub(super) fn remove(&self, source: Source<'_>) -> Result<(), Error> {
        self.poller.remove(source)
    }

    /// As [`Poller::wait`].
    pub(super) fn wait(
        &self,
        timeout: Option<Duration>,
        report: impl FnMut(Readiness),
    ) -> Result<usize, Error> {
        match Limit::of(timeout) {
            Limit::Now => look(&self.poller, report),
            Limit::Never => wait_for_ever(&self.poller, || self.silence(), report),
            Limit::At(now_ns, deadline_ns) => self.wait_until(now_ns, deadline_ns, report),
        }
    }

    /// As [`Poller::wait_until`].
    pub(super) fn wait_until(
        &self,
        now_ns: u64,
        deadline_ns: u64,
        report: impl FnMut(Readiness),
    ) -> Result<usize, Error> {
        let mut timer = self.turn();
        let (timer, silence) = (timer.as_deref_mut(), || self.silence());
        wait_until(&self.poller, timer, silence, now_ns, deadline_ns, report)
    }

    /// For who has it alone: no lock.
    #[inline]
    pub(super) fn alone(&mut self) -> Alone<'_> {
        Alone {
            timer: self.timer.get_mut().unwrap_or_else(PoisonError::into_inner),
            poller: &self.poller,
        }
    }

    /// The timer, unless somebody who sleeps uses it.
    fn turn(&self) -> Option<MutexGuard<'_, Timer>> {
        match self.timer.try_lock() {
            Ok(timer) => Some(timer),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The timer has rung for nobody. If somebody uses it, that one is awake by now, too.
    fn silence(&self) {
        match self.turn() {
            Some(mut timer) => timer.silence(),
            None => std::thread::yield_now(),
        }
    }
}

/// A timed poller in the hands of one thread.
pub(super) struct Alone<'a> {
    timer: &'a mut Timer,
    poller: &'a Poller,
}

impl Alone<'_> {
    /// As [`Poller::wait`].
    pub(super) fn wait(
        self,
        timeout: Option<Duration>,
        report: impl FnMut(Readiness),
    ) -> Result<usize, Error> {
        match Limit::of(timeout) {
            Limit::Now => look(self.poller, report),
            Limit::Never => self.wait_for_ever(report),
            Limit::At(now_ns, deadline_ns) => self.wait_until(now_ns, deadline_ns, report),
        }
    }

    /// The same without a limit.
    #[inline(always)]
    pub(super) fn wait_for_ever(self, report: impl FnMut(Readiness)) -> Result<usize, Error> {
        wait_for_ever(self.poller, || self.timer.silence(), report)
    }

    /// As [`Poller::wait_until`].
    pub(super) fn wait_until(
        self,
        now_ns: u64,
        deadline_ns: u64,
        report: impl FnMut(Readiness),
    ) -> Result<usize, Error> {
        let Self { timer, poller } = self;
        wait_until(poller, Some(timer), || (), now_ns, deadline_ns, report)
    }
}

/// What a timeout comes to.
enum Limit {
    Now,
    Never,
    /// What the clock says, and when it ends.
    At(u64, u64),
}

impl Limit {
    #[inline]
    fn of(timeout: Option<Duration>) -> Self {
        let Some(timeout) = timeout else {
            return Self::Never;
        };
        if timeout.is_zero() {
            return Self::Now;
        }
        let now_ns = now_ns();
        let timeout_ns = u64::try_from(timeout.as_nanos()).ok();
        let deadline_ns = timeout_ns.and_then(|timeout_ns| now_ns.checked_add(timeout_ns));
        deadline_ns.map_or(Self::Never, |deadline_ns| Self::At(now_ns, deadline_ns))
    }
}

/// Does not sleep. The timer may have rung for somebody who does: it is readable until that one has silenced it.
fn look(poller: &Poller, mut report: impl FnMut(Readiness)) -> Result<usize, Error> {
    let mut news = News::default();
    let count = sys::poll::wait(&poller.descriptor, Some(Duration::ZERO), |one| {
        news.note(one, &mut report);
    })?;
    Ok(news.without_timer(count))
}

#[inline(always)]
fn wait_for_ever(
    poller: &Poller,
    mut silence: impl FnMut(),
    mut report: impl FnMut(Readiness),
) -> Result<usize, Error> {
    loop {
        let mut news = News::default();
        let count =
            sys::poll::wait_for_ever(&poller.descriptor, |one| news.note(one, &mut report))?;
        match news.without_timer(count) {
            0 => silence(),
            count => return Ok(count),
        }
    }
}

/// Waits with the timer, or without it: then `silence` is what to do if it has rung.
fn wait_until(
    poller: &Poller,
    mut timer: Option<&mut Timer>,
    silence: impl Fn(),
    mut now_ns: u64,
    deadline_ns: u64,
    mut report: impl FnMut(Readiness),
) -> Result<usize, Error> {
    loop {
        let covers = |timer: &mut &mut Timer| timer.covers(poller, now_ns, deadline_ns);
        let covered = timer.as_mut().is_some_and(covers);
        let limit = (!covered).then_some((now_ns, deadline_ns));
        let mut news = News::default();
        let count = sys::poll::wait_until(&poller.descriptor, limit, |one| {
            news.note(one, &mut report);
        })?;
        match &mut timer {
            _ if !news.rang => {}
            Some(timer) => timer.silence(),
            None => silence(),
        }
        let count = news.without_timer(count);
        if count > 0 || !news.rang {
            return Ok(count);
        }
        now_ns = crate::clock::now_ns();
        if now_ns >= deadline_ns {
            return Ok(0);
        }
    }
}

/// What a wait has to say of the timer.
#[derive(Default)]
struct News {
    rang: bool,
}

impl News {
    #[inline]
    fn note(&mut self, one: Readiness, report: &mut dyn FnMut(Readiness)) {
        match one.token {
            TOKEN => self.rang = true,
            _ => report(one),
        }
    }

    /// How many are ready beside it.
    #[inline]
    fn without_timer(&self, count: usize) -> usize {
        count - usize::from(self.rang)
    }
}

/// Whether a source may have this token.
pub(super) fn check(token: u64) -> Result<(), Error> {
    if token == TOKEN {
        return Err(Error::of_kind("epoll_ctl", ErrorKind::InvalidInput));
    }
    Ok(())
}

impl Timer {
    /// Whether the timer rings at or before the deadline. If it is worth it, it is made and set so.
    fn covers(&mut self, poller: &Poller, now_ns: u64, deadline_ns: u64) -> bool {
        if deadline_ns.saturating_sub(now_ns) < FAR_NS {
            return false;
        }
        if self.set_ns.is_some_and(|set_ns| set_ns <= deadline_ns) {
            return true;
        }
        if self.descriptor.is_none() && !self.is_made(poller) {
            return false;
        }
        let set = |descriptor| sys::timer::set(descriptor, Some(deadline_ns));
        if self.descriptor.as_ref().is_none_or(|d| set(d).is_err()) {
            self.give_up();
            return false;
        }
        self.set_ns = Some(deadline_ns);
        true
    }

    #[cold]
    fn is_made(&mut self, poller: &Poller) -> bool {
        self.waits += 1;
        if self.waits < WAITS {
            return false;
        }
        self.waits = 0;
        let made = open_list::create(sys::timer::open).and_then(|timer| {
            poller.add(Source::new(&timer), TOKEN, Trigger::Level)?;
            Ok(timer)
        });
        self.descriptor = made.ok();
        self.descriptor.is_some()
    }

    /// It rings no more.
    #[cold]
    fn silence(&mut self) {
        self.set_ns = None;
        let silence = |descriptor| sys::timer::set(descriptor, None);
        if self.descriptor.as_ref().is_none_or(|d| silence(d).is_err()) {
            self.give_up();
        }
    }

    /// Lets go of a timer that cannot be set: with its descriptor it leaves the poller.
    fn give_up(&mut self) {
        (self.descriptor, self.set_ns, self.waits) = (None, None, 0);
    }
}

#[cfg(test)]
mod tests;
