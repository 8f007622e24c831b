// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A server's clients: how they are let in, heard, and let go when they are gone, and how the server itself goes.

use super::{Arrival, ServerState};
use crate::{
    port::{
        DegradationCause, DegradationInfo, Direction, Interest,
        endpoint::Endpoint,
        server::connection::ClientConnection,
        update_connections::ConnectionFailure,
        wait::{self, Port},
        wire::{Heard, Source, Wire},
    },
    service::Service,
};
use iceoryx2_bb_elementary::hooks::{self, Operation};
use iceoryx2_cal::{
    SystemError,
    rendezvous::{ChangeHint, Hint, Listener},
    static_storage::StaticStorage,
    wait_set::{Trigger, WaitSet},
};

impl<S: Service> ServerState<S> {
    /// Looks at what only the kernel knows, for somebody who asks for it.
    pub(crate) fn look_now(&mut self) -> Result<(), ConnectionFailure> {
        if self.is_foreign() {
            return Err(SystemError::used_after_fork("look").into());
        }
        self.look();
        self.degradation.check()
    }

    /// Looks at what only the kernel knows.
    #[cold]
    pub(super) fn look(&mut self) {
        let hint = self.endpoint.service().hint().load(Hint::Clients);
        if self.endpoint.retry_is_due() {
            self.retry();
        }
        if let Err(error) = wait::look(self) {
            tracing::error!(%error, "a server cannot look after its connections");
        }
        self.clients_seen = hint;
        self.tidy();
    }

    /// Lets go of memory that nobody needs any more: the clients' and our own.
    fn tidy(&mut self) {
        let clients = self.clients.iter_mut();
        clients.for_each(|client| client.sweep_segments());
        if self.endpoint.must_tidy() {
            self.reclaim();
            self.endpoint.tidy();
        }
    }

    /// Whether the hint says that there are new clients.
    #[inline(always)]
    pub(super) fn may_have_clients(&self) -> bool {
        self.endpoint.service().hint().load(Hint::Clients) != self.clients_seen
    }

    /// Lets new clients in, if the hint says that there are some. Returns whether it looked.
    pub(super) fn look_for_clients(&mut self) -> bool {
        let may_have_clients = self.may_have_clients();
        if may_have_clients {
            self.look();
        }
        may_have_clients
    }

    pub(super) fn accept(&mut self) {
        let _scope = hooks::enter(Operation::Accept);
        while let Some(listener) = &self.listener {
            match listener.accept() {
                Ok(Some(link)) => {
                    let id = self.endpoint.next_connection();
                    let wire = Wire::new(id, link, self.endpoint.set(), self.endpoint.birth());
                    match wire {
                        Ok(wire) => {
                            self.arrivals.push(Arrival { id, wire });
                            self.hear_arrival(id);
                        }
                        Err(error) => self.turn_away(&error),
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "a server cannot let clients in");
                    self.pause_accepting();
                    return;
                }
            }
            if !self.listener.as_ref().is_some_and(Listener::has_waiting) {
                return;
            }
        }
    }

    fn turn_away(&mut self, reason: &dyn core::fmt::Display) {
        let cause = DegradationCause::FailedToEstablishConnection;
        self.degrade(Direction::Requests, cause, 0, reason);
    }

    /// WHY: what the system refused now it may grant later, and until then the listener must not keep anybody awake.
    pub(super) fn pause_accepting(&mut self) {
        if let Some(listener) = &self.listener {
            let _ = self.endpoint.set().detach(listener.source());
            self.paused = true;
            self.endpoint.retry_later();
        }
    }

    /// Listens to somebody who came in, until it has introduced itself.
    pub(super) fn hear_arrival(&mut self, id: u64) {
        let Some(index) = self.arrivals.iter().position(|arrival| arrival.id == id) else {
            return;
        };
        loop {
            let Some(arrival) = self.arrivals.get(index) else {
                return;
            };
            match arrival.wire.hear() {
                Ok(Heard::Nothing) => return,
                Ok(Heard::Ring) => {}
                Ok(Heard::Message {
                    bytes,
                    handles,
                    truncated,
                }) => {
                    let wire = self.arrivals.swap_remove(index).wire;
                    let vetted = self.endpoint.vet(&wire, &bytes, handles, truncated);
                    let admitted = vetted.and_then(|introduced| {
                        self.make_room();
                        let (layout, shape) = (&self.layout, &self.limits.requests);
                        let endpoint = &mut self.endpoint;
                        ClientConnection::admit(endpoint, layout, shape, id, wire, introduced)
                    });
                    match admitted {
                        Ok(client) => self.settle(client),
                        Err(reason) => {
                            // The connection is gone already, and a client that polls shall hear of it.
                            self.endpoint.service().hint().bump(Hint::Answers);
                            self.turn_away(&reason);
                        }
                    }
                    return;
                }
                Ok(Heard::End) => {
                    self.arrivals.swap_remove(index);
                    return;
                }
                Err(error) => {
                    self.turn_away(&error);
                    self.arrivals.swap_remove(index);
                    return;
                }
            }
        }
    }

    /// Buries clients whose death was not reported yet, if all halves are in use.
    pub(super) fn make_room(&mut self) {
        let living = self
            .clients
            .iter()
            .filter(|client| !client.is_gone())
            .count();
        if living < self.endpoint.memory.layout().halves() as usize {
            return;
        }
        for index in self.clients.places() {
            if self
                .clients
                .get(index)
                .is_some_and(|client| !client.is_gone() && client.is_dead())
            {
                // CRASH: what it had said of its memory is heard first.
                self.listen(index);
                self.bury(index);
            }
        }
    }

    /// Takes a new connection in. A client that is gone already is heard out at once: its requests come before those of the
    /// living. What else the others say is heard with the next look: the link stays readable.
    pub(super) fn settle(&mut self, mut client: ClientConnection<S>) {
        let gone = client.is_dead() && client.listen(&mut self.endpoint);
        let watch = client.watch();
        let index = (self.clients).enter(client, watch, |other, watch| other.follow(watch));
        if gone {
            self.bury(index);
        }
    }

    /// Listens to a client, and buries it if it is gone.
    pub(super) fn listen(&mut self, index: usize) {
        let client = self.clients.get_mut(index);
        if client.is_some_and(|client| client.listen(&mut self.endpoint)) {
            self.bury(index);
        }
    }

    pub(super) fn bury(&mut self, index: usize) {
        let Some(client) = self.clients.get_mut(index) else {
            return;
        };
        client.bury(&mut self.endpoint, self.fire_and_forget);
        self.clients.ignore(index);
        self.endpoint.rouse();
        self.count_bequests();
        self.sweep();
    }

    /// Closes the connection to a client that broke the protocol.
    #[cold]
    pub(super) fn expel(
        &mut self,
        index: usize,
        direction: Direction,
        error: &dyn core::fmt::Display,
    ) {
        let client = self.clients.get(index).map_or(0, |client| client.client);
        self.degrade(
            direction,
            DegradationCause::ConnectionCorrupted,
            client,
            error,
        );
        self.bury(index);
    }

    /// The connection with a client could not be made, or broke. A client that never said who it is counts as 0.
    #[cold]
    fn degrade(
        &mut self,
        direction: Direction,
        cause: DegradationCause,
        client: u128,
        reason: &dyn core::fmt::Display,
    ) {
        let info = DegradationInfo::new(self.service_id(), direction, client, self.id);
        self.degradation.report(direction, cause, &info, reason);
    }

    /// Drops connections nothing is needed of any more.
    #[cold]
    pub(super) fn sweep(&mut self) {
        self.clients.sweep(|client| client.is_over());
    }

    /// The server takes nothing more: lets in who waits at the door, so that everybody learns it, and ends the streams
    /// of requests nobody will take. What was taken goes on.
    pub(crate) fn close(&mut self) {
        if self.is_foreign() {
            return;
        }
        let _scope = hooks::enter(Operation::Close);
        let storage = self.endpoint.service().storage();
        if let Err(error) = storage.remove(&crate::port::server_name(self.id)) {
            tracing::debug!(%error, "a server's name stays for the next participant to remove");
        }
        // WHY: nobody new finds the way now, and who was on it learns that the server goes, not that it died.
        self.look();
        if let Some(listener) = self.listener.take() {
            let _ = self.endpoint.set().detach(listener.source());
            listener.shutdown();
        }
        self.endpoint.close();
        while let Ok(Some(taken)) = self.take_in_turn() {
            self.disown(taken.active);
        }
        // WHY: a client whose request nobody can take would else sleep until the last request of it that was taken ends.
        let clients = self.clients.iter_mut();
        clients.for_each(|client| client.ring_if_asleep());
    }
}

impl<S: Service> Port<S> for ServerState<S> {
    fn endpoint(&mut self) -> &mut Endpoint<S> {
        &mut self.endpoint
    }

    fn retry(&mut self) {
        if !self.paused {
            return;
        }
        if let Some(listener) = &self.listener {
            let (source, token) = (listener.source(), Source::Listener.token());
            if self
                .endpoint
                .set()
                .attach(source, token, Trigger::Level)
                .is_err()
            {
                self.endpoint.retry_later();
            } else {
                self.paused = false;
            }
        }
    }

    fn is_ready(&mut self, interest: Interest) -> bool {
        match interest {
            Interest::Anything | Interest::Response(_) => true,
            Interest::Request => self.has_any(),
        }
    }

    fn happened(&mut self, source: Source) {
        match source {
            Source::Listener => self.accept(),
            Source::Link(id) => {
                let index = self.clients.find(|client| client.id == id);
                match index {
                    Some(index) => self.listen(index),
                    None => self.hear_arrival(id),
                }
            }
            Source::Doorbell | Source::Termination | Source::Watch | Source::Process(_) => {}
        }
    }
}
