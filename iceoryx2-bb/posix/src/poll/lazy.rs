// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A poller that is made when it is worth it.
//!
//! ```text
//!   a list of sources ── an edge-triggered one, or one too many ──▶ the list and a Poller
//!                     ◀── no edge-triggered one, and few enough ───
//! ```
//!
//! The list is handed to the system with each wait, so that adding and removing are no calls. That suits who waits rarely
//! and for little.

use super::{
    READINESS_MAX, Readiness, Source, Trigger,
    timed::{self, TimedPoller},
};
use crate::{Error, ErrorKind, fork::Birth, sys};
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, TryLockError};

/// So many sources need no poller.
const LISTED_MAX: usize = 8;

/// With so many a poller goes that was made for too many.
const LISTED_AGAIN: usize = LISTED_MAX / 2;

const _: () = assert!(LISTED_MAX <= READINESS_MAX);

/// A set of sources to wait for.
#[derive(Debug)]
pub struct LazyPoller(Kind);

#[derive(Debug)]
enum Kind {
    AtOnce(TimedPoller),
    Lazy { birth: Birth, set: Mutex<Set> },
}

#[derive(Debug, Default)]
struct Set {
    /// All there are, in no order.
    sources: Vec<(sys::poll::Waited, Trigger)>,
    /// INVARIANT: if there is one, it has all sources; if there is none, no more than `LISTED_MAX` are there and all of
    /// them level-triggered.
    poller: Option<TimedPoller>,
}

impl LazyPoller {
    /// Makes an empty set that belongs to one thread at a time: while a thread waits, whoever else uses the set is refused
    /// with `WouldBlock`, what it reports to included. A source must be removed before it is closed, unless nobody waits any
    /// more. It costs no system call.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn create() -> Result<Self, Error> {
        let (birth, set) = (Birth::here()?, Mutex::default());
        Ok(Self(Kind::Lazy { birth, set }))
    }

    /// Makes an empty set that is a poller at once and for ever, and may be used like one.
    ///
    /// # Errors
    /// As [`Poller::create`](super::Poller::create).
    pub fn create_at_once() -> Result<Self, Error> {
        TimedPoller::create().map(Kind::AtOnce).map(Self)
    }

    /// Adds a source. Its token is not `u64::MAX - 1`.
    ///
    /// # Errors
    /// As [`Poller::add`](super::Poller::add), and of [`Poller::create`](super::Poller::create); then nothing has changed.
    pub fn add(&self, source: Source<'_>, token: u64, trigger: Trigger) -> Result<(), Error> {
        match &self.0 {
            Kind::AtOnce(poller) => poller.add(source, token, trigger),
            Kind::Lazy { birth, set } => lock(birth, set)?.add(source, token, trigger),
        }
    }

    /// Removes a source.
    ///
    /// # Errors
    /// `NotFound` if it is not there.
    pub fn remove(&self, source: Source<'_>) -> Result<(), Error> {
        match &self.0 {
            Kind::AtOnce(poller) => poller.remove(source),
            Kind::Lazy { birth, set } => lock(birth, set)?.remove(source),
        }
    }

    /// As [`Poller::wait`](super::Poller::wait).
    ///
    /// # Errors
    /// What the system refuses.
    #[inline]
    pub fn wait(
        &self,
        timeout: Option<Duration>,
        report: impl FnMut(Readiness),
    ) -> Result<usize, Error> {
        match timeout {
            None => self.wait_for_ever(report),
            timeout => self.wait_otherwise(timeout, report),
        }
    }

    // WHY into its caller: of the time in which two processes wake each other much is spent on fetching instructions.
    #[inline(always)]
    fn wait_for_ever(&self, report: impl FnMut(Readiness)) -> Result<usize, Error> {
        if let Kind::Lazy { birth, set } = &self.0 {
            if let Some(poller) = &mut lock(birth, set)?.poller {
                return poller.alone().wait_for_ever(report);
            }
        }
        self.wait_otherwise(None, report)
    }

    #[inline(never)]
    fn wait_otherwise(
        &self,
        timeout: Option<Duration>,
        report: impl FnMut(Readiness),
    ) -> Result<usize, Error> {
        let (birth, set) = match &self.0 {
            Kind::AtOnce(poller) => return poller.wait(timeout, report),
            Kind::Lazy { birth, set } => (birth, set),
        };
        let mut set = lock(birth, set)?;
        match &mut set.poller {
            Some(poller) => poller.alone().wait(timeout, report),
            None => sys::poll::wait_for(&set.listed(), timeout, report),
        }
    }

    /// As [`Poller::wait_until`](super::Poller::wait_until).
    ///
    /// # Errors
    /// What the system refuses.
    #[inline]
    pub fn wait_until(
        &self,
        now_ns: u64,
        deadline_ns: u64,
        report: impl FnMut(Readiness),
    ) -> Result<usize, Error> {
        let (birth, set) = match &self.0 {
            Kind::AtOnce(poller) => return poller.wait_until(now_ns, deadline_ns, report),
            Kind::Lazy { birth, set } => (birth, set),
        };
        let mut set = lock(birth, set)?;
        match &mut set.poller {
            Some(poller) => poller.alone().wait_until(now_ns, deadline_ns, report),
            None => sys::poll::wait_for_until(&set.listed(), now_ns, deadline_ns, report),
        }
    }
}

/// WHY the birth is asked first: another thread may have had the set when the process was forked. WHY nobody waits for
/// the lock: it is held while its thread sleeps.
#[inline]
fn lock<'a>(birth: &Birth, set: &'a Mutex<Set>) -> Result<MutexGuard<'a, Set>, Error> {
    birth.check("ppoll")?;
    match set.try_lock() {
        Ok(set) => Ok(set),
        Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => Err(Error::of_kind("ppoll", ErrorKind::WouldBlock)),
    }
}

impl Set {
    /// The sources, if there is no poller.
    fn listed(&self) -> [sys::poll::Waited; LISTED_MAX] {
        let mut listed = [sys::poll::Waited::NOTHING; LISTED_MAX];
        for (place, (source, _)) in listed.iter_mut().zip(&self.sources) {
            *place = *source;
        }
        listed
    }

    fn add(&mut self, source: Source<'_>, token: u64, trigger: Trigger) -> Result<(), Error> {
        timed::check(token)?;
        if self.place_of(source).is_some() {
            return Err(Error::of_kind("ppoll", ErrorKind::AlreadyExists));
        }
        let waited = sys::poll::Waited::new(source.descriptor(), token)?;
        self.sources
            .try_reserve(1)
            .map_err(|_| sys::errno::out_of_memory("malloc"))?;
        let fits = trigger == Trigger::Level && self.sources.len() < LISTED_MAX;
        match &self.poller {
            Some(poller) => poller.add(source, token, trigger)?,
            None if fits => {}
            None => {
                let poller = TimedPoller::create()?;
                for (waited, _) in &self.sources {
                    waited.move_to(poller.descriptor())?;
                }
                poller.add(source, token, trigger)?;
                self.poller = Some(poller);
            }
        }
        self.sources.push((waited, trigger));
        Ok(())
    }

    fn remove(&mut self, source: Source<'_>) -> Result<(), Error> {
        let Some(place) = self.place_of(source) else {
            return Err(Error::of_kind("ppoll", ErrorKind::NotFound));
        };
        self.sources.swap_remove(place);
        let level = |(_, trigger): &(_, Trigger)| *trigger == Trigger::Level;
        if self.sources.len() <= LISTED_AGAIN && self.sources.iter().all(level) {
            self.poller = None;
        }
        match &self.poller {
            Some(poller) => poller.remove(source),
            None => Ok(()),
        }
    }

    fn place_of(&self, source: Source<'_>) -> Option<usize> {
        let mut all = self.sources.iter();
        all.position(|(waited, _)| waited.is(source.descriptor()))
    }
}

#[cfg(test)]
mod tests {
    use super::LazyPoller;
    use crate::{
        Connection, Doorbell, ErrorKind, Readiness, Ringer, Trigger, error::Error, faults::failing,
        process::in_forked_child,
    };
    use core::time::Duration;
    use nix::errno::Errno;
    use std::time::Instant;

    const LONG: Option<Duration> = Some(Duration::from_secs(60));
    const NOW: Option<Duration> = Some(Duration::ZERO);

    fn report(set: &LazyPoller, timeout: Option<Duration>) -> Vec<Readiness> {
        let mut found = Vec::new();
        let count = set.wait(timeout, |one| found.push(one)).unwrap();
        assert_eq!(count, found.len());
        found
    }

    fn tokens(set: &LazyPoller, timeout: Option<Duration>) -> Vec<u64> {
        report(set, timeout).iter().map(|one| one.token).collect()
    }

    fn rung() -> Doorbell {
        let bell = Doorbell::create().unwrap();
        Ringer::open(bell.handle()).unwrap().ring().unwrap();
        bell
    }

    fn pairs(count: usize) -> Vec<(Connection, Connection)> {
        (0..count).map(|_| Connection::pair().unwrap()).collect()
    }

    fn has_poller(set: &LazyPoller) -> bool {
        match &set.0 {
            super::Kind::AtOnce(_) => true,
            super::Kind::Lazy { set, .. } => set.lock().unwrap().poller.is_some(),
        }
    }

    #[test]
    fn a_list_reports_what_a_poller_does() {
        let set = LazyPoller::create().unwrap();
        let (ours, theirs) = Connection::pair().unwrap();
        set.add(ours.source(), u64::MAX, Trigger::Level).unwrap();
        assert_eq!(report(&set, NOW), []);
        let readable = |hung_up| Readiness {
            token: u64::MAX,
            readable: true,
            hung_up,
        };
        theirs.send(b"x", &[]).unwrap();
        assert_eq!(report(&set, LONG), [readable(false)]);
        assert_eq!(report(&set, LONG), [readable(false)], "a level stays");
        theirs.shutdown();
        assert_eq!(report(&set, LONG), [readable(true)]);
    }

    #[test]
    fn the_time_passes_even_if_a_signal_comes() {
        let set = LazyPoller::create().unwrap();
        let begin = Instant::now();
        let found = failing("ppoll", Errno::EINTR as i32, || {
            report(&set, Some(Duration::from_millis(20)))
        });
        assert_eq!(found, []);
        assert!(begin.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn times_beyond_the_systems_are_no_limit() {
        let set = LazyPoller::create().unwrap();
        let (ours, _) = Connection::pair().unwrap();
        set.add(ours.source(), 1, Trigger::Level).unwrap();
        for timeout in [None, Some(Duration::MAX)] {
            assert_eq!(tokens(&set, timeout), [1]);
        }
    }

    // Fails if: `add` does not take the listed sources over, or loses their tokens.
    #[test]
    fn one_source_too_many_makes_a_poller_of_the_list() {
        for count in [
            super::LISTED_MAX,
            super::LISTED_MAX + 1,
            3 * super::LISTED_MAX,
        ] {
            let set = LazyPoller::create().unwrap();
            let pairs = pairs(count);
            for (token, (ours, theirs)) in (0..).zip(&pairs) {
                theirs.send(b"x", &[]).unwrap();
                set.add(ours.source(), token, Trigger::Level).unwrap();
            }
            assert_eq!(has_poller(&set), count > super::LISTED_MAX);
            let mut found = tokens(&set, NOW);
            found.sort_unstable();
            assert!(found.into_iter().eq(0..count as u64));
            for (left, (ours, _)) in (0..count).rev().zip(&pairs) {
                set.remove(ours.source()).unwrap();
                assert_eq!(tokens(&set, NOW).len(), left);
            }
            assert!(!has_poller(&set));
        }
    }

    // Fails if: `add` lists an edge-triggered source.
    #[test]
    fn an_edge_is_reported_once_beside_the_list() {
        let set = LazyPoller::create().unwrap();
        let (ours, theirs) = Connection::pair().unwrap();
        theirs.send(b"x", &[]).unwrap();
        set.add(ours.source(), 1, Trigger::Level).unwrap();
        let bell = rung();
        set.add(bell.source(), 2, Trigger::Edge).unwrap();
        let mut found = tokens(&set, LONG);
        found.sort_unstable();
        assert_eq!(found, [1, 2]);
        assert_eq!(tokens(&set, NOW), [1]);
        set.remove(bell.source()).unwrap();
        assert!(!has_poller(&set));
        assert_eq!(tokens(&set, NOW), [1]);
    }

    #[test]
    fn what_is_there_is_refused_and_what_is_not_there_is_not_found() {
        let set = LazyPoller::create().unwrap();
        let (ours, _theirs) = Connection::pair().unwrap();
        let kind = |result: Result<(), Error>| result.unwrap_err().kind();
        assert_eq!(kind(set.remove(ours.source())), ErrorKind::NotFound);
        set.add(ours.source(), 1, Trigger::Level).unwrap();
        let again = set.add(ours.source(), 2, Trigger::Level);
        assert_eq!(kind(again), ErrorKind::AlreadyExists);
        set.remove(ours.source()).unwrap();
        assert_eq!(kind(set.remove(ours.source())), ErrorKind::NotFound);
        set.add(ours.source(), 3, Trigger::Level).unwrap();
    }

    // Fails if: `add` forgets the list before the poller is complete.
    #[test]
    fn who_gets_no_poller_keeps_the_list() {
        let set = LazyPoller::create().unwrap();
        let (ours, theirs) = Connection::pair().unwrap();
        theirs.send(b"x", &[]).unwrap();
        set.add(ours.source(), 1, Trigger::Level).unwrap();
        let bell = rung();
        for call in ["epoll_create1", "epoll_ctl"] {
            let refused = failing(call, Errno::ENOSPC as i32, || {
                set.add(bell.source(), 2, Trigger::Edge)
            });
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::NoSpace);
            assert_eq!(tokens(&set, NOW), [1]);
        }
        set.add(bell.source(), 2, Trigger::Edge).unwrap();
        assert_eq!(tokens(&set, NOW).len(), 2);
    }

    // Fails if: `lock` waits for who sleeps, or lets two have the set.
    #[test]
    fn whoever_uses_the_set_while_its_thread_waits_is_refused() {
        let set = LazyPoller::create().unwrap();
        let bell = rung();
        for more in [0, 1] {
            let (ours, theirs) = Connection::pair().unwrap();
            theirs.send(b"x", &[]).unwrap();
            set.add(ours.source(), more, Trigger::Level).unwrap();
            let mut refused = Vec::new();
            let mut use_it = |_| {
                let results = [
                    set.wait(LONG, |_| {}).map(drop),
                    set.add(bell.source(), 9, Trigger::Edge),
                    set.remove(ours.source()),
                ];
                refused.extend(results.map(|result| result.unwrap_err().kind()));
            };
            assert_eq!(set.wait(LONG, &mut use_it).unwrap(), 1);
            assert_eq!(refused, [ErrorKind::WouldBlock; 3]);
            set.remove(ours.source()).unwrap();
            if !has_poller(&set) {
                set.add(bell.source(), 9, Trigger::Edge).unwrap();
                assert_eq!(tokens(&set, NOW), [9]);
            }
        }
    }

    #[test]
    fn a_forked_child_cannot_wait() {
        let set = LazyPoller::create().unwrap();
        let used = || {
            let waited = set.wait(NOW, |_| {});
            waited.unwrap_err().kind() == ErrorKind::UsedAfterFork
        };
        assert!(in_forked_child(used).unwrap());
    }
}
