// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How responses are taken and given back, and what is known of requests that are on their way.

use super::{Begun, ClientState, Received};
use crate::{
    port::{Direction, ReceiveError, held::Held, outcome::Outcome},
    service::{Service, shared::Gated},
};
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::zero_copy_connection::{ConnectionError, Content, Look, Receive};

/// What there was to take.
#[derive(Debug)]
enum Taken {
    Nothing,
    /// There may be a response, but as many are borrowed as may be.
    NoBorrowLeft,
    Response(Received),
}

impl<S: Service> ClientState<S> {
    /// Takes the next response to a request, of whichever server's turn it is. Of one that lies in its descriptor somebody
    /// will read so many `words`.
    #[inline(always)]
    pub(crate) fn receive(
        &mut self,
        begun: Begun,
        words: usize,
    ) -> Result<Option<Received>, ReceiveError> {
        self.look_if_due();
        let received = self
            .passes()
            .and_then(|_| self.receive_at_once(begun, words));
        received.map_or_else(|| self.receive_otherwise(begun), Ok)
    }

    /// The same where there is one server alone and [nothing else](Gated::passes) to be seen to. `None`:
    /// [`receive_otherwise`](Self::receive_otherwise) finds out, which must be the next call.
    #[inline(always)]
    pub(crate) fn receive_at_once(
        &mut self,
        begun: Begun,
        words: usize,
    ) -> Option<Option<Received>> {
        let connection = self.connections.only_mut()?;
        let _scope = hooks::enter(Operation::Take);
        match connection.receive_at_once(begun.slot, begun.generation, words) {
            Look::Response { hold, content } => {
                // WHY: who has more on their way sends the next soon, and the server has too much to do to poll for it. One
                // that waits for this one's successor would fetch the line back.
                if self.free.are_several_taken() {
                    connection.prepare();
                }
                let held = Held::new(0, hold);
                Some(Some(Received { held, content }))
            }
            Look::Nothing => Some(None),
            Look::Unclear => None,
        }
    }

    /// Takes the next response where there is not one server alone, or something is to be seen to, or where it is unclear
    /// what the only server has sent.
    // INVARIANT: no look before: what was taken and could not be handed over is seen to before the server is found gone.
    #[cold]
    #[inline(never)]
    pub(crate) fn receive_otherwise(
        &mut self,
        begun: Begun,
    ) -> Result<Option<Received>, ReceiveError> {
        if self.is_foreign() {
            return Err(ReceiveError::UsedAfterFork);
        }
        let mut nothing = match self.take(begun)? {
            Taken::Response(received) => return Ok(Some(received)),
            nothing => nothing,
        };
        if self.hear_answers() {
            nothing = match self.take(begun)? {
                Taken::Response(received) => return Ok(Some(received)),
                nothing => nothing,
            };
        }
        match nothing {
            Taken::NoBorrowLeft => Err(ReceiveError::ExceedsMaxBorrows),
            _ => Ok(None),
        }
    }

    fn take(&mut self, begun: Begun) -> Result<Taken, ReceiveError> {
        let _scope = hooks::enter(Operation::Take);
        let mut nothing = Taken::Nothing;
        let mut index = self.turn;
        for _ in self.connections.places() {
            if index >= self.connections.places().end {
                index = 0;
            }
            match self.take_from(index, begun) {
                Ok(Receive::Nothing) => {}
                Ok(Receive::NoBorrowLeft) => nothing = Taken::NoBorrowLeft,
                Ok(Receive::Response { hold, content }) => {
                    return Ok(Taken::Response(self.received(index, hold, content)));
                }
                Ok(Receive::UnknownMemory) => {
                    if let Some(received) = self.receive_from_new_memory(index) {
                        return Ok(Taken::Response(received));
                    }
                }
                Err(error) => self.expel(index, Direction::Responses, &error),
            }
            index += 1;
        }
        self.check_degradation()?;
        Ok(nothing)
    }

    fn take_from(&mut self, index: usize, begun: Begun) -> Result<Receive, ConnectionError> {
        let Some(connection) = self.connections.get_mut(index) else {
            return Ok(Receive::Nothing);
        };
        connection.receive_otherwise(begun.slot, begun.generation)
    }

    fn received(&mut self, connection: usize, hold: u32, content: Content) -> Received {
        self.turn = connection + 1;
        Received {
            held: Held::new(connection, hold),
            content,
        }
    }

    /// A response was taken that lies in memory the server must have told us of: listens.
    #[cold]
    #[inline(never)]
    fn receive_from_new_memory(&mut self, index: usize) -> Option<Received> {
        let connection = self.connections.get_mut(index)?;
        let gone = connection.listen(&mut self.endpoint, &self.layout, &self.limits.responses);
        let received = connection.resume();
        match received {
            Err(error) => self.expel(index, Direction::Responses, &error),
            Ok(_) if gone => self.bury(index),
            Ok(_) => {}
        }
        match received {
            Ok(Receive::Response { hold, content }) => Some(self.received(index, hold, content)),
            _ => None,
        }
    }

    /// Whose a response is: the server and its node.
    pub(crate) fn origin(&self, held: Held) -> (u128, u128) {
        self.connections
            .get(held.connection())
            .map_or((0, 0), |connection| (connection.server, connection.node))
    }

    /// Gives a response back where there is [nothing else](Gated::passes) to be seen to. Returns whether it did; if not, nothing
    /// was done.
    #[inline(always)]
    pub(crate) fn release_at_once(&mut self, held: Held) -> bool {
        let Some(connection) = self.connections.only_mut() else {
            return false;
        };
        let _scope = hooks::enter(Operation::Release);
        // INVARIANT: a place is never given up, so that where there is one all responses are of that.
        connection.release(held.hold());
        true
    }

    /// Gives a response back.
    pub(crate) fn release(&mut self, held: Held) {
        if self.is_foreign() {
            return;
        }
        let _scope = hooks::enter(Operation::Release);
        if let Some(connection) = self.connections.get_mut(held.connection()) {
            connection.release(held.hold());
        }
        if self.endpoint.chores.are_there() {
            self.sweep();
        }
    }

    pub(crate) fn has_response(&mut self, begun: Begun) -> bool {
        if self.is_foreign() {
            return false;
        }
        self.look_if_due();
        self.hear_answers();
        self.living()
            .any(|c| c.has_response(begun.slot, begun.generation))
    }

    /// Whether there is a response to a request, or will never be one. Without a look.
    pub(super) fn has_news(&mut self, begun: Begun) -> bool {
        let has_response = self
            .living()
            .any(|c| c.has_response(begun.slot, begun.generation));
        has_response || self.known_outcome(begun).is_some()
    }

    pub(crate) fn hint_disconnect(&self, begun: Begun) {
        if !self.is_foreign() {
            self.living()
                .for_each(|c| c.hint_disconnect(begun.slot, begun.generation));
        }
    }

    /// Whether a server still has the request, or may still take it.
    pub(crate) fn is_connected(&mut self, begun: Begun) -> bool {
        if self.is_foreign() {
            return false;
        }
        self.look_if_due();
        self.hear_answers();
        if self.is_owed(begun.generation) {
            return true;
        }
        self.connections.iter_mut().any(|connection| {
            connection.has_sent(begun.slot, begun.generation)
                && connection.ending(begun.slot, begun.generation).is_none()
        })
    }

    /// Why there will never be another response; `None` while there may.
    pub(crate) fn outcome(&mut self, begun: Begun) -> Option<Outcome> {
        if self.is_foreign() {
            return None;
        }
        self.look_if_due();
        self.hear_answers();
        self.known_outcome(begun)
    }

    /// The same without a look, for who has just looked.
    pub(crate) fn known_outcome(&mut self, begun: Begun) -> Option<Outcome> {
        if self.is_owed(begun.generation) {
            return None;
        }
        let mut outcome = None;
        for connection in self.connections.iter_mut() {
            if connection.has_sent(begun.slot, begun.generation) {
                let ending = connection.ending(begun.slot, begun.generation)?;
                // WHY: looked at after the ending, because what was published before it must be received first.
                if connection.has_response(begun.slot, begun.generation) {
                    return None;
                }
                outcome = Some(outcome.map_or(ending, |outcome: Outcome| outcome.worse(ending)));
            }
        }
        Some(outcome.unwrap_or(Outcome::NoServer))
    }
}
