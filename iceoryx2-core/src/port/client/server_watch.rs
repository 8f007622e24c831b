// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Waiting for servers: a watch on the service's place where one is to be had, a look now and again where not.

use super::state::ClientState;
use crate::{
    port::{
        Interest, WaitError,
        outcome::Stopped,
        wait::{Limit, Port, deadline_after, earliest, wait_until},
        wire::Source,
    },
    service::{Service, shared::Shared},
};
use core::time::Duration;
use iceoryx2_cal::{
    Mechanisms, SystemError,
    clock::Moment,
    rendezvous::PlaceWatch,
    wait_set::{Trigger, WaitSet},
};
use std::sync::Arc;

/// How often a client without a watch looks for servers while it waits for one.
const LOOK_PERIOD: Duration = Duration::from_millis(20);

/// Ends waits when new names come into the service's place, as long as it lives.
struct ServerWatch<S: Service> {
    watch: <S::Mechanisms as Mechanisms>::PlaceWatch,
    set: Arc<<S::Mechanisms as Mechanisms>::WaitSet>,
}

impl<S: Service> ServerWatch<S> {
    fn new(client: &mut ClientState<S>) -> Result<Self, SystemError> {
        let endpoint = client.endpoint();
        let storage = endpoint.service().storage();
        let watch = <S::Mechanisms as Mechanisms>::PlaceWatch::create(storage)?;
        // WHY: whoever waits drains the watch before it looks, so that a level does no harm; but another thread that leads
        // would be awake until it does.
        let trigger = if <S::Shared<()> as Shared<()>>::CONCURRENT {
            Trigger::Edge
        } else {
            Trigger::Level
        };
        endpoint
            .set()
            .attach(watch.source(), Source::Watch.token(), trigger)?;
        Ok(Self {
            watch,
            set: Arc::clone(endpoint.set()),
        })
    }
}

impl<S: Service> Drop for ServerWatch<S> {
    fn drop(&mut self) {
        let _ = self.set.detach(self.watch.source());
    }
}

impl<S: Service> ClientState<S> {
    /// Waits until at least `n` servers can be sent to.
    pub(crate) fn wait_for_servers(
        client: &S::Shared<Self>,
        n: usize,
        deadline: Option<Moment>,
    ) -> Result<usize, WaitError> {
        let connected = client.with(|client| client.number_of_servers());
        if connected >= n {
            return Ok(connected);
        }
        // The watch comes first and the look afterwards, so that no server slips in between.
        let watch = client.with(ServerWatch::new);
        let enough = |client: &mut Self| {
            if let Ok(watch) = &watch {
                watch.watch.drain();
            }
            if let Err(error) = client.look_for_servers(true) {
                return Some(Err(WaitError::Receive(error.into())));
            }
            let servers = client.number_of_servers();
            (servers >= n).then_some(Ok(servers))
        };
        loop {
            let step = match &watch {
                Ok(_) => deadline,
                Err(_) => earliest(deadline, deadline_after::<S>(LOOK_PERIOD)),
            };
            match wait_until::<S, _, _>(client, Interest::Anything, Limit::at(step), enough) {
                Ok(found) => return found,
                Err(Stopped::Timeout) if step != deadline => {}
                Err(stopped) => return Err(stopped.into()),
            }
        }
    }
}
