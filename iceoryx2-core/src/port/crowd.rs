// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The threads that wait for one port.
//!
//! A port has one sleep word and one doorbell, and a ring wakes one thread. So at most one of its waiting threads
//! sleeps in the kernel, for all of them: the *leader*. The others are its *followers*; each sleeps on a [`Bell`] of
//! its own and has said what it waits for, its [`Interest`]. All of this lies beside the port, under its lock; nobody
//! holds the lock while it sleeps.
//!
//! ```text
//!                     found, timeout, error: leave
//!          ┌────────────────────────────────────────────────────────▶
//!          │                                                   ▲
//!     ── enter ── nobody leads ──▶ leader ── found, timeout … ─┘ ─── rings one follower
//!          ▲ └─── somebody does ─▶ follower ─┐
//!          └──────── rung, or its timeout ───┘
//! ```
//!
//! * *Enter* is one step under the lock: poll, and if nothing is there become leader or follower. A leader publishes
//!   that the port sleeps before it polls, and before it sleeps it rings every follower that [is
//!   ready](super::wait::Port::is_ready), of those that wait for requests one.
//! * Whoever is rung is a follower no more. It enters again.
//! * *Leave* is one step under the lock, however a wait ends: if nobody leads now, one follower is rung; if somebody
//!   does, and who leaves waited for requests and there is another, a follower that waits for one is rung.
//!
//! *No wake-up is lost.* Take a message that comes after a follower's last poll. If it comes after the leader has last
//! published the sleep, the peer rings; the leader wakes, and publishes a new sleep or leaves. If it comes before, the
//! leader, which has not yet looked at the followers, will. So each message is followed by a look at the followers or by
//! a leader's leave, which rings a follower, which leads and looks. There is always somebody to do so: when there are
//! followers, somebody leads or somebody was rung and is on its way to enter or leave.
//!
//! *A ring is for the leader.* Any thread's look at the port's wait set may take it away, and with it what only the
//! kernel knew: a peer's end, a newcomer. So may its listening to young connections; and what the system refused it may
//! put off to a time at which the leader would sleep. Each of these, while the leader sleeps, rings the port's own
//! doorbell ([`Endpoint::stir`](super::endpoint::Endpoint::stir)).
//!
//! *Only whom it concerns.* A response wakes the leader and the one thread that waits for it. Waits for room and for
//! servers are rare and are woken whenever the leader wakes: what they wait for cannot be seen without trying.
//!
//! *Nothing for one thread.* A port that cannot change threads has no followers; there this is two flags, on the way to
//! the kernel.

use super::client::state::Begun;
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// What a thread waits for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Interest {
    /// What only trying can tell.
    Anything,
    /// The next request, whichever it is.
    Request,
    /// Whatever becomes of this request.
    Response(Begun),
}

/// What one follower sleeps on.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: Mutex<bool>,
    ringing: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.ringing.notify_one();
    }

    /// Sleeps until it is rung, or `timeout` has passed. Then it is silent again.
    pub(super) fn wait(&self, timeout: Option<Duration>) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = |rung: &mut bool| !*rung;
        let mut rung = match timeout {
            None => self
                .ringing
                .wait_while(rung, silent)
                .unwrap_or_else(PoisonError::into_inner),
            Some(timeout) => {
                self.ringing
                    .wait_timeout_while(rung, timeout, silent)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
        *rung = false;
    }
}

#[derive(Debug)]
pub(super) struct Follower {
    pub(super) interest: Interest,
    pub(super) bell: Arc<Bell>,
}

/// Followers to be rung once the port's lock is free: who is woken wants it at once.
#[derive(Debug, Default)]
#[must_use]
pub(super) struct Woken(Vec<Arc<Bell>>);

impl Woken {
    #[inline]
    pub(super) fn ring(self) {
        if !self.0.is_empty() {
            self.ring_all();
        }
    }

    #[cold]
    fn ring_all(&self) {
        self.0.iter().for_each(|bell| bell.ring());
    }
}

/// The threads that wait for one port.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// A thread leads.
    pub(super) led: bool,
    /// It has looked at everything and sleeps, or is about to.
    pub(super) asleep: bool,
    /// A thread polls before it enters. One is enough.
    pub(super) spinning: bool,
    followers: Vec<Follower>,
}

impl Crowd {
    /// Whether a thread may poll for a while before it enters.
    pub(super) fn may_spin(&self) -> bool {
        !self.led && !self.spinning && self.followers.is_empty()
    }

    pub(super) fn follow(&mut self, interest: Interest, bell: &Arc<Bell>) {
        let bell = Arc::clone(bell);
        self.followers.push(Follower { interest, bell });
    }

    /// A thread follows no more. Returns whether it still did.
    pub(super) fn unfollow(&mut self, bell: &Arc<Bell>) -> bool {
        let before = self.followers.len();
        self.followers
            .retain(|follower| !Arc::ptr_eq(&follower.bell, bell));
        self.followers.len() < before
    }

    pub(super) fn has_followers(&self) -> bool {
        !self.followers.is_empty()
    }

    /// Takes out who has followed longest.
    pub(super) fn wake_first(&mut self) -> Woken {
        if self.followers.is_empty() {
            return Woken::default();
        }
        Woken(vec![self.followers.remove(0).bell])
    }

    /// Takes out everybody for whom `is_ready` says so, but only the first who waits for a request.
    pub(super) fn wake_ready(&mut self, mut is_ready: impl FnMut(Interest) -> bool) -> Woken {
        let mut request_is_given = false;
        let mut woken = Woken::default();
        self.followers.retain(|follower| {
            let for_request = matches!(follower.interest, Interest::Request);
            if (for_request && request_is_given) || !is_ready(follower.interest) {
                return true;
            }
            request_is_given |= for_request;
            woken.0.push(Arc::clone(&follower.bell));
            false
        });
        woken
    }
}
