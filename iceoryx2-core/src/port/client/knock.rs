// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Knocking: a new client connects to the servers there are before it has memory of its own, so that those that sleep wake
//! while it is made. It introduces itself over the same connections.

use super::connection::{Unreached, connect};
use crate::{
    port::endpoint::Mechanism,
    service::{Service, service_state::ServiceState},
};
use iceoryx2_cal::{
    Mechanisms,
    rendezvous::{ChangeHint, Hint},
};

type LinkOf<S> = <Mechanism<S> as Mechanisms>::Link;

/// The servers there were, and the doors that were knocked at.
pub(crate) struct Knock<S: Service> {
    /// What the hint said before.
    pub(super) servers_seen: u64,
    pub(super) doors: Vec<Door<S>>,
}

/// One server, and the way to it.
pub(super) struct Door<S: Service> {
    pub(super) server: u128,
    pub(super) link: Result<LinkOf<S>, Unreached>,
}

impl<S: Service> Knock<S> {
    /// Knocks at all doors. `None` if the servers could not be found: they are looked for later.
    pub(crate) fn at_all(service: &ServiceState<S>) -> Option<Self> {
        let servers_seen = service.hint().load(Hint::Servers);
        let servers = service.held_servers().ok()?;
        let doors = servers.into_iter().map(|server| Door {
            server: server.id,
            link: connect(service, server.id),
        });
        Some(Self {
            servers_seen,
            doors: doors.collect(),
        })
    }
}
