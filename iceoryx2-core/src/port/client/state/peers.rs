// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client's servers: how they are looked for, reached, heard, and let go when they are gone.

use super::{ClientState, Wanted};
use crate::{
    port::{
        DegradationCause, DegradationInfo, Direction, Interest,
        chores::Chore,
        client::{
            connection::{ServerConnection, Unreached},
            knock::{Door, Knock},
        },
        endpoint::Endpoint,
        update_connections::ConnectionFailure,
        wait::{self, Port},
        wire::Source,
    },
    service::{Service, shared::Gated},
};
use iceoryx2_cal::{
    SystemError, SystemErrorKind,
    rendezvous::{ChangeHint, Hint},
    zero_copy_connection::{ConnectionLayout, MessageShape},
};

impl<S: Service> ClientState<S> {
    pub(super) fn living(&self) -> impl Iterator<Item = &ServerConnection<S>> {
        self.connections.iter()
    }

    /// How many servers can be sent to.
    pub(crate) fn number_of_servers(&mut self) -> usize {
        if self.is_foreign() {
            return 0;
        }
        // CRASH: a dead server's forked child accepts for it, and is no server.
        if self.unwatched {
            self.look();
        } else {
            self.look_if_due();
        }
        if self.young > 0 {
            self.hear_young();
        }
        self.living()
            .filter(|connection| connection.is_open())
            .count()
    }

    pub(super) fn is_owed(&self, generation: u64) -> bool {
        self.wanted.iter().any(|wanted| wanted.since < generation)
    }

    /// Looks at what only the kernel knows.
    #[cold]
    #[inline(never)]
    pub(crate) fn look(&mut self) {
        if let Err(error) = wait::look(self) {
            tracing::error!(%error, "a client cannot look after its connections");
        }
        if self.endpoint.retry_is_due() {
            self.reach_wanted();
        }
        self.tidy();
    }

    /// Lets go of memory that nobody needs any more: the servers' and our own.
    fn tidy(&mut self) {
        self.connections
            .iter_mut()
            .for_each(ServerConnection::sweep_segments);
        if self.endpoint.must_tidy() {
            self.reclaim();
            self.endpoint.tidy();
        }
    }

    /// Connects to servers that are new, if the hint says so or `always`.
    pub(crate) fn look_for_servers(&mut self, always: bool) -> Result<(), ConnectionFailure> {
        if self.is_foreign() {
            return Err(SystemError::used_after_fork("look").into());
        }
        let hint = self.endpoint.service().hint().load(Hint::Servers);
        if hint == self.servers_seen && !always {
            return Ok(());
        }
        // WHY: those that went make room for those that came.
        if self.living().next().is_some() {
            wait::look(self)?;
        }
        let servers = self.endpoint.service().held_servers()?;
        self.dead
            .retain(|dead| servers.iter().any(|server| server.id == *dead));
        for server in servers {
            let known = self.living().any(|c| c.server == server.id)
                || self.wanted.iter().any(|wanted| wanted.server == server.id)
                || self.dead.contains(&server.id);
            if !known {
                self.wanted.push(Wanted {
                    server: server.id,
                    since: self.generation,
                });
            }
        }
        self.servers_seen = hint;
        self.reach_wanted();
        Ok(())
    }

    /// Whether a connection broke and its handler wants the call to fail.
    pub(crate) fn check_degradation(&mut self) -> Result<(), ConnectionFailure> {
        self.endpoint.chores.note(Chore::Broken, false);
        self.degradation.check()
    }

    pub(super) fn reach_wanted(&mut self) {
        if self.wanted.is_empty() {
            return;
        }
        self.endpoint.rouse();
        for wanted in core::mem::take(&mut self.wanted) {
            let reached = ServerConnection::reach(&mut self.endpoint, &self.layout, wanted.server);
            self.settle_if_reached(wanted, reached);
        }
        self.note_wanted();
    }

    /// Introduces the client where it has knocked.
    pub(super) fn enter_doors(&mut self, knock: Knock<S>) {
        self.servers_seen = knock.servers_seen;
        for Door { server, link } in knock.doors {
            let (endpoint, layout) = (&mut self.endpoint, &self.layout);
            let enter = |link| ServerConnection::enter(endpoint, layout, server, link);
            let reached = link.and_then(enter);
            let since = self.generation;
            self.settle_if_reached(Wanted { server, since }, reached);
        }
        self.note_wanted();
    }

    fn settle_if_reached(
        &mut self,
        wanted: Wanted,
        reached: Result<ServerConnection<S>, Unreached>,
    ) {
        match reached {
            Ok(connection) => self.settle(connection, wanted.since),
            Err(Unreached::Later) => {
                self.wanted.push(wanted);
                self.endpoint.retry_later();
            }
            Err(Unreached::Gone) => {}
            Err(Unreached::Dead) => self.dead.push(wanted.server),
            Err(Unreached::System(error)) => {
                let cause = DegradationCause::FailedToEstablishConnection;
                self.degrade(Direction::Requests, cause, wanted.server, &error);
            }
        }
    }

    fn note_wanted(&mut self) {
        if self.wanted.is_empty() {
            self.owed.clear();
        }
        self.endpoint
            .chores
            .note(Chore::Wanted, !self.wanted.is_empty());
    }

    /// Takes a new connection in and publishes what is owed to it, in the order it was sent.
    pub(super) fn settle(&mut self, mut connection: ServerConnection<S>, since: u64) {
        for owed in self
            .owed
            .iter()
            .filter(|owed| owed.begun.generation > since)
        {
            let (slot, generation) = (owed.begun.slot, owed.begun.generation);
            let _ = connection.send(&mut self.endpoint, slot, generation, &owed.body);
        }
        self.set_young(self.young + 1);
        self.unwatched = true;
        self.endpoint.spin.expect();
        self.connections.enter(connection);
    }

    fn set_young(&mut self, young: u32) {
        self.young = young;
        self.endpoint.chores.note(Chore::Young, young > 0);
    }

    /// Listens to those that have not answered, if the hint says that somebody was answered. Returns whether one of them
    /// has answered now.
    // WHY not always: it is a system call each. Who answers without a hint is heard with the next look, or ends the sleep.
    pub(super) fn hear_answers(&mut self) -> bool {
        self.young > 0
            && self.endpoint.service().hint().load(Hint::Answers) != self.answers_seen
            && self.hear_young()
    }

    /// Listens to those that have not answered. Returns whether one of them has now.
    #[cold]
    pub(super) fn hear_young(&mut self) -> bool {
        let before = self.young;
        // WHY first: who answers meanwhile is heard next time.
        self.answers_seen = self.endpoint.service().hint().load(Hint::Answers);
        for index in self.connections.places() {
            let young = self
                .connections
                .get(index)
                .is_some_and(ServerConnection::is_young);
            if young {
                self.listen_with(index, ServerConnection::listen_for_answer);
            }
        }
        self.young < before
    }

    pub(super) fn listen(&mut self, index: usize) {
        self.listen_with(index, ServerConnection::listen);
    }

    fn listen_with(
        &mut self,
        index: usize,
        listen: impl Fn(
            &mut ServerConnection<S>,
            &mut Endpoint<S>,
            &ConnectionLayout,
            &MessageShape,
        ) -> bool,
    ) {
        let Some(connection) = self.connections.get_mut(index) else {
            return;
        };
        let was_young = connection.is_young();
        let responses = &self.limits.responses;
        let gone = listen(connection, &mut self.endpoint, &self.layout, responses);
        if was_young && !connection.is_young() {
            self.set_young(self.young - 1);
            self.endpoint.stir();
        }
        if gone {
            self.bury(index);
        }
    }

    /// Watches the processes of servers that are not watched yet. Returns whether all are now.
    #[cold]
    fn watch_unwatched(&mut self) -> bool {
        self.unwatched = false;
        for index in self.connections.places() {
            let Some(connection) = self.connections.get_mut(index) else {
                continue;
            };
            match connection.watch_process() {
                Ok(()) => {}
                Err(error) if error.kind() == SystemErrorKind::Disconnected => {
                    self.bury_dead(index);
                    self.endpoint.stir();
                }
                Err(error) => {
                    tracing::debug!(%error, "a server's process cannot be watched now");
                    self.unwatched = true;
                }
            }
        }
        !self.unwatched
    }

    /// The server's process has ended.
    fn bury_dead(&mut self, index: usize) {
        // CRASH: the server may have answered before it died; what it said is heard first.
        self.listen(index);
        if let Some(connection) = self.connections.get(index) {
            self.dead.push(connection.server);
            self.bury(index);
        }
    }

    pub(super) fn bury(&mut self, index: usize) {
        let Some(connection) = self.connections.get_mut(index) else {
            return;
        };
        let was_young = connection.is_young();
        connection.bury(&mut self.endpoint);
        if was_young {
            self.set_young(self.young - 1);
        }
        self.endpoint.rouse();
        self.sweep();
    }

    /// Closes the connection to a server that broke the protocol.
    #[cold]
    pub(super) fn expel(
        &mut self,
        index: usize,
        direction: Direction,
        error: &dyn core::fmt::Display,
    ) {
        let server = self.connections.get(index);
        let server = server.map_or(0, |connection| connection.server);
        self.degrade(
            direction,
            DegradationCause::ConnectionCorrupted,
            server,
            error,
        );
        self.bury(index);
    }

    /// The connection to a server could not be made, or broke.
    #[cold]
    fn degrade(
        &mut self,
        direction: Direction,
        cause: DegradationCause,
        server: u128,
        reason: &dyn core::fmt::Display,
    ) {
        let info = DegradationInfo::new(self.service_id(), direction, self.id, server);
        self.degradation.report(direction, cause, &info, reason);
        self.endpoint.chores.note(Chore::Broken, true);
    }

    /// Lets go of all servers, and says so.
    pub(super) fn hang_up(&mut self) {
        // WHY: a server that polls would else notice with its next look, and that may be the one a new client waits for.
        if self.living().any(|connection| !connection.is_gone()) {
            self.connections.clear();
            self.endpoint.service().hint().bump(Hint::Clients);
        }
    }

    /// Drops connections nothing is needed of any more.
    #[cold]
    pub(super) fn sweep(&mut self) {
        self.connections.sweep(ServerConnection::is_over);
        let gone = self.living().any(ServerConnection::is_gone);
        self.endpoint.chores.note(Chore::Gone, gone);
    }

    pub(super) fn index_of(&self, id: u64) -> Option<usize> {
        self.connections.find(|connection| connection.id == id)
    }
}

impl<S: Service> Port<S> for ClientState<S> {
    fn endpoint(&mut self) -> &mut Endpoint<S> {
        &mut self.endpoint
    }

    fn retry(&mut self) {
        self.reach_wanted();
    }

    fn watch_processes(&mut self) -> bool {
        !self.unwatched || self.watch_unwatched()
    }

    fn is_ready(&mut self, interest: Interest) -> bool {
        match interest {
            Interest::Anything | Interest::Request => true,
            Interest::Response(begun) => self.has_news(begun),
        }
    }

    fn happened(&mut self, source: Source) {
        match source {
            Source::Link(id) => {
                if let Some(index) = self.index_of(id) {
                    self.listen_with(index, ServerConnection::listen_to_next);
                }
            }
            Source::Process(id) => {
                if let Some(index) = self.index_of(id) {
                    self.bury_dead(index);
                }
            }
            Source::Doorbell | Source::Termination | Source::Listener | Source::Watch => {}
        }
    }
}
