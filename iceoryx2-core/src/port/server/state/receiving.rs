// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How requests are taken, whoever's turn it is.

use super::{ServerState, Taken};
use crate::{
    port::{Direction, ReceiveError, chores::Chore, held::Held},
    service::{Service, shared::Gated},
};
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::zero_copy_connection::{Glance, Take, TakenRequest};

impl<S: Service> ServerState<S> {
    /// Takes the next request, if there is nothing to be found out first and [nothing else](Gated::passes) to be seen to. Of one
    /// that lies in its descriptor somebody will read so many `words`.
    #[inline(always)]
    pub(crate) fn receive_at_once(&mut self, words: usize) -> Option<Option<Taken>> {
        // INVARIANT: what is unsettled is found out about before anybody else's is taken: its turn stays.
        if let Some(client) = self.clients.only_mut() {
            let _scope = hooks::enter(Operation::Take);
            match client.take_at_once(words) {
                Glance::Request(request) => {
                    client.ring_for_room();
                    return self.taken(0, &request).map(Some);
                }
                Glance::Nothing => {}
                Glance::Unclear => return None,
            }
        } else if let Some(place) = self.clients.next() {
            let taken = self.take_at_once(place, words)?;
            self.clients.go_on_after(place);
            return Some(Some(taken));
        } else {
            self.prepare_for_next();
        }
        if self.may_have_clients() || self.degradation.has_failed() {
            None
        } else {
            Some(None)
        }
    }

    /// Takes the next request of a client that is said to have one.
    #[inline(always)]
    fn take_at_once(&mut self, index: usize, words: usize) -> Option<Taken> {
        let _scope = hooks::enter(Operation::Take);
        let (client, watch) = self.clients.get_watched(index)?;
        let Glance::Request(request) = client.take_at_once(words) else {
            return None;
        };
        client.ring_for_room();
        client.follow(watch);
        self.taken(index, &request)
    }

    /// `None`: the request is not handed out, because nobody listens to it any more.
    #[inline(always)]
    fn taken(&mut self, index: usize, request: &TakenRequest) -> Option<Taken> {
        let active = Held::new(index, request.hold);
        if !self.fire_and_forget && self.skip_unless_awaited(active) {
            return None;
        }
        Some(Taken {
            active,
            content: request.content,
        })
    }

    /// Takes the next request, after everything else is seen to.
    #[inline(never)]
    // INVARIANT: no look before: what was taken and could not be handed over is seen to before its client is found gone.
    pub(crate) fn receive_after_all(&mut self) -> Result<Option<Taken>, ReceiveError> {
        if self.is_foreign() {
            return Err(ReceiveError::UsedAfterFork);
        }
        match self.take_in_turn() {
            Ok(None) | Err(ReceiveError::ExceedsMaxBorrows) if self.look_for_clients() => {
                self.take_in_turn()
            }
            Ok(None) => {
                self.prepare_for_next();
                Ok(None)
            }
            taken => taken,
        }
    }

    /// The same for those who wait.
    pub(crate) fn receive(&mut self, words: usize) -> Result<Option<Taken>, ReceiveError> {
        self.look_if_due();
        let taken = self.passes().and_then(|_| self.receive_at_once(words));
        taken.map_or_else(|| self.receive_after_all(), Ok)
    }

    /// There was nothing: whoever was served last will most likely be next.
    #[inline(always)]
    fn prepare_for_next(&mut self) {
        if let Some(client) = self.clients.last_mut() {
            client.polled_in_vain();
        }
    }

    pub(super) fn take_in_turn(&mut self) -> Result<Option<Taken>, ReceiveError> {
        let mut no_borrow_left = false;
        if self.has_bequests() {
            match self.take_bequest() {
                Ok(None) => {}
                Err(()) => no_borrow_left = true,
                Ok(taken) => return Ok(taken),
            }
        }
        for index in self.clients.round() {
            if !self.clients.sees_more(index) {
                continue;
            }
            match self.take_from(index) {
                Ok(None) => {}
                Err(()) => no_borrow_left = true,
                Ok(taken) => {
                    self.clients.go_on_after(index);
                    return Ok(taken);
                }
            }
        }
        self.degradation.check()?;
        if no_borrow_left {
            Err(ReceiveError::ExceedsMaxBorrows)
        } else {
            Ok(None)
        }
    }

    /// Takes a request of a client that is gone. `Err`: there is one, but no borrow for it.
    #[cold]
    fn take_bequest(&mut self) -> Result<Option<Taken>, ()> {
        let mut nothing = Ok(None);
        for index in self.clients.places() {
            if self
                .clients
                .get(index)
                .is_some_and(|client| client.is_gone())
            {
                match self.take_from(index) {
                    Ok(None) => {}
                    Err(()) => nothing = Err(()),
                    taken => {
                        self.count_bequests();
                        return taken;
                    }
                }
            }
        }
        self.count_bequests();
        nothing
    }

    /// `Err`: there is a request, but no borrow for it.
    fn take_from(&mut self, index: usize) -> Result<Option<Taken>, ()> {
        // INVARIANT: what was queued when we began is passed over after so many attempts.
        for _ in 0..=self.layout.limits().active_requests {
            let taken = self.take_or_settle(index);
            if taken.is_some() {
                return Ok(taken);
            }
            match self
                .clients
                .get(index)
                .filter(|client| client.has_request())
            {
                None => break,
                Some(client) if client.has_borrow_left() => {}
                Some(_) if self.has_request_of(index) => return Err(()),
                Some(_) => break,
            }
        }
        Ok(None)
    }

    /// The next request of a client. `None`: it has none, or what it has cannot be taken, and is seen to.
    fn take_or_settle(&mut self, index: usize) -> Option<Taken> {
        let _scope = hooks::enter(Operation::Take);
        let (client, watch) = self.clients.get_watched(index)?;
        match client.take(watch) {
            Ok(Take::Request(request)) => self.taken(index, &request),
            Ok(Take::Nothing | Take::NoBorrowLeft) => None,
            Ok(Take::UnknownMemory) => self.take_from_new_memory(index),
            Err(error) => {
                self.expel(index, Direction::Requests, &error);
                None
            }
        }
    }

    /// A request was taken that lies in memory the client must have told us of: listens.
    #[cold]
    fn take_from_new_memory(&mut self, index: usize) -> Option<Taken> {
        let (client, watch) = self.clients.get_watched(index)?;
        let gone = client.listen(&mut self.endpoint);
        let taken = client.resume(watch);
        match taken {
            Err(error) => self.expel(index, Direction::Requests, &error),
            Ok(_) if gone => self.bury(index),
            Ok(_) => {}
        }
        match taken {
            Ok(Take::Request(request)) => self.taken(index, &request),
            _ => None,
        }
    }

    /// Gives a request back that was taken and that nobody listens to any more. Returns whether it did.
    fn skip_unless_awaited(&mut self, active: Held) -> bool {
        let is_cancelled = self
            .client_of(active)
            .is_some_and(|client| client.is_cancelled(active.hold()));
        if is_cancelled {
            self.disown(active);
        }
        is_cancelled
    }

    #[cold]
    pub(super) fn count_bequests(&mut self) {
        let mut gone = self.clients.iter().filter(|client| client.is_gone());
        let any = gone.any(|client| client.has_request());
        self.endpoint.chores.note(Chore::Gone, any);
    }

    /// Whether clients are gone and have left requests.
    const fn has_bequests(&self) -> bool {
        self.endpoint.chores.are_there()
    }

    pub(crate) fn has_requests(&mut self) -> Result<bool, ReceiveError> {
        if self.is_foreign() {
            return Err(ReceiveError::UsedAfterFork);
        }
        self.look_if_due();
        Ok(self.has_any() || (self.look_for_clients() && self.has_any()))
    }

    pub(super) fn has_any(&self) -> bool {
        let may_have = |index| self.has_bequests() || self.clients.sees_more(index);
        self.clients
            .places()
            .any(|index| may_have(index) && self.has_request_of(index))
    }

    /// Whether a client has a request that would be handed out.
    fn has_request_of(&self, index: usize) -> bool {
        self.clients.get(index).is_some_and(|client| {
            client.has_request() && (self.fire_and_forget || client.has_awaited_request())
        })
    }
}
