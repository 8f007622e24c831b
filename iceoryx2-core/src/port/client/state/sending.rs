// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How requests begin, reach their servers, and end.

use super::{Begun, ClientState, Owed};
use crate::{
    port::{
        Direction, SendError,
        client::{RequestSendError, connection::ServerConnection},
    },
    service::Service,
};
use iceoryx2_bb_elementary::{
    Payload, ZeroCopySend,
    hooks::{self, Operation},
};
use iceoryx2_cal::{
    rendezvous::{ChangeHint, Hint, HintWord},
    zero_copy_connection::{Body, Chunk, ChunkKey, Loaned, MessageShape, Sending},
};

impl<S: Service> ClientState<S> {
    /// Begins a loaned request and publishes it to the only server, where there is nothing else to be seen to
    /// and nothing stands in the way. If something does, the request has not begun: [`send`](Self::send) sees to it.
    #[inline(always)]
    pub(crate) fn send_at_once(&mut self, body: &Body) -> Option<Begun> {
        let begun = self.publish(body)?;
        self.loans -= 1;
        Some(begun)
    }

    /// The same for a request that needs no chunk and has no loan, if it might have one. If not, the request has not begun,
    /// and who takes a loan for it learns why.
    #[inline(always)]
    pub(crate) fn send_unloaned(&mut self, body: &Body) -> Option<Begun> {
        if self.loans < self.limits.inline_loans {
            self.publish(body)
        } else {
            None
        }
    }

    /// Begins a request in a chunk that `write` fills and publishes it to the only server, if it might have a loan and nothing
    /// stands in the way. If something does, nothing was done, and who takes a loan learns what.
    #[inline(always)]
    pub(crate) fn send_in_chunk<H: ZeroCopySend, P: Payload>(
        &mut self,
        write: impl FnOnce(Chunk, &MessageShape) -> Loaned<H, P>,
    ) -> Option<(Begun, Loaned<H, P>)> {
        if self.loans >= self.limits.loans || self.have_servers_come() {
            return None;
        }
        let begun = self.next()?;
        let connection = self.connections.only_mut()?;
        let _scope = hooks::enter(Operation::Send);
        let memory = &mut self.endpoint.memory;
        let (passage, home) = connection.passage(memory, begun.slot)?;
        let size = self.limits.requests.size_of_one();
        // WHY two: whoever has the pending response needs it, and the server.
        let chunk = memory.take_chunk_of_base_at_once(home, size, 2)?;
        let place = write(chunk, &self.limits.requests);
        passage.publish(begun.generation, place.body());
        connection.wake();
        self.begin(begun);
        Some((begun, place))
    }

    #[inline(always)]
    fn publish(&mut self, body: &Body) -> Option<Begun> {
        if self.have_servers_come() {
            return None;
        }
        // WHY a copy: what a function gets that is not compiled into this place must lie in memory all the time.
        match self.connections.only()?.borrows() {
            0 => self.publish_next(body),
            _ => self.publish_beside_borrows(*body),
        }
    }

    /// Whether servers have come since somebody last looked.
    #[inline(always)]
    fn have_servers_come(&self) -> bool {
        let hint = match &self.servers_word {
            Some(word) => word.load(),
            None => self.endpoint.service().hint().load(Hint::Servers),
        };
        hint != self.servers_seen
    }

    #[inline(always)]
    fn publish_next(&mut self, body: &Body) -> Option<Begun> {
        let begun = self.next()?;
        let connection = self.connections.only_mut()?;
        let _scope = hooks::enter(Operation::Send);
        let memory = &mut self.endpoint.memory;
        if !connection.send_at_once(memory, begun.slot, begun.generation, body) {
            return None;
        }
        self.begin(begun);
        Some(begun)
    }

    /// The same while responses are borrowed.
    #[cold]
    #[inline(never)]
    fn publish_beside_borrows(&mut self, body: Body) -> Option<Begun> {
        self.prefer_unburdened();
        self.publish_next(&body)
    }

    /// The request that begins next; `None` if there are as many pending responses as there may be.
    #[inline(always)]
    fn next(&mut self) -> Option<Begun> {
        Some(Begun {
            slot: self.free.next()?,
            generation: self.generation + 1,
        })
    }

    /// The next request has begun.
    #[inline(always)]
    fn begin(&mut self, next: Begun) {
        self.free.take();
        self.generation = next.generation;
    }

    /// Begins a request and publishes it to every server that has room. Returns whether all servers have it.
    pub(crate) fn send(&mut self, body: &Body) -> Result<(Begun, bool), RequestSendError> {
        if self.is_foreign() {
            return Err(SendError::UsedAfterFork.into());
        }
        if self.free.next().is_none() {
            return Err(RequestSendError::ExceedsMaxActiveRequests);
        }
        if let Err(error) = self.look_for_servers(false) {
            tracing::warn!(%error, "a client could not reach every server");
        }
        self.check_degradation().map_err(SendError::from)?;
        if self.living().any(|connection| connection.borrows() > 0) {
            self.prefer_unburdened();
        }
        let Some(begun) = self.next() else {
            return Err(RequestSendError::ExceedsMaxActiveRequests);
        };
        self.begin(begun);
        self.loans -= 1;
        // WHY: only a server that could not be reached yet will still have to get it.
        if !self.wanted.is_empty() {
            self.owed.push(Owed { begun, body: *body });
        }
        Ok((begun, self.deliver(begun, body, &[])))
    }

    /// Puts a free slot whose old responses are all given back before the others: it leaves the new request its full
    /// borrows.
    #[cold]
    #[inline(never)]
    fn prefer_unburdened(&mut self) {
        let connections = &self.connections;
        let burdened = |slot| connections.iter().any(|c| c.burdens(slot));
        self.free.prefer(|slot| !burdened(*slot));
    }

    /// Publishes a begun request to every server that has room and has not got it, but to those who shall go `without`.
    /// Returns whether all others have it.
    #[cold]
    #[inline(never)]
    pub(crate) fn deliver(&mut self, begun: Begun, body: &Body, without: &[u128]) -> bool {
        let _scope = hooks::enter(Operation::Send);
        // WHY: how much a server has taken can be seen only once its answer was heard.
        if self.young > 0 && self.living().any(ServerConnection::must_be_heard_first) {
            self.hear_young();
        } else {
            self.hear_answers();
        }
        let mut complete = true;
        for index in self.connections.places() {
            let Some(connection) = self.connections.get_mut(index) else {
                continue;
            };
            if !connection.wants(begun.slot, begun.generation, without) {
                continue;
            }
            match connection.send(&mut self.endpoint, begun.slot, begun.generation, body) {
                Ok(Sending::Sent { .. }) => {}
                Ok(Sending::Full) => complete = false,
                Err(error) => self.expel(index, Direction::Requests, &error),
            }
        }
        complete
    }

    /// The servers that a begun request still has to wait for.
    pub(crate) fn crowded(&self, begun: Begun, without: &[u128]) -> Vec<u128> {
        self.living()
            .filter(|connection| connection.wants(begun.slot, begun.generation, without))
            .map(|connection| connection.server)
            .collect()
    }

    /// A begun request could not be delivered to all, and becomes a loan again.
    pub(crate) fn revoke(&mut self, begun: Begun) {
        self.end(begun);
        self.loans += 1;
    }

    /// How many servers got the request.
    pub(crate) fn deliveries(&self, begun: Begun) -> usize {
        self.living()
            .filter(|connection| connection.has_sent(begun.slot, begun.generation))
            .count()
    }

    /// Nobody waits for responses to the request any more, where there is nothing else to be seen to. Returns
    /// whether there was a request; if not, nothing was done.
    #[inline(always)]
    pub(crate) fn end_at_once(&mut self, begun: Begun) -> bool {
        let Some(connection) = self.connections.only_mut() else {
            return false;
        };
        let _scope = hooks::enter(Operation::Release);
        // INVARIANT: of no request there is nothing to cancel.
        if !connection.cancel_at_once(begun.slot, begun.generation) {
            return false;
        }
        self.free.give(begun.slot);
        true
    }

    /// The same for a request whose memory is somebody else's, too, as long as its server reads it.
    #[inline(always)]
    pub(crate) fn end_with_chunk_at_once(&mut self, begun: Begun, chunk: ChunkKey) -> bool {
        if !self.endpoint.memory.give_shared_chunk(chunk) {
            return false;
        }
        let ended = self.end_at_once(begun);
        if !ended {
            self.endpoint.memory.share_chunk(chunk);
        }
        ended
    }

    /// Nobody waits for responses to the request any more.
    pub(crate) fn end(&mut self, begun: Begun) {
        if self.is_foreign() {
            return;
        }
        let _scope = hooks::enter(Operation::Release);
        for connection in self.connections.iter_mut() {
            connection.cancel(begun.slot, begun.generation);
        }
        self.free.give(begun.slot);
        self.owed
            .retain(|owed| owed.begun.generation != begun.generation);
        if self.endpoint.chores.are_there() {
            self.sweep();
        }
    }
}
