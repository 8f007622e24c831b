// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Nodes, factories and ports come and go.

use super::{Check, Kind, NONE, World};
use crate::soak::options::{DELIVERY_TIMEOUT, Policy, PortOptions};
use iceoryx2::{
    prelude::*,
    service::builder::request_response::{
        RequestResponseOpenError, RequestResponseOpenOrCreateError,
    },
};
use std::{cell::Cell, rc::Rc};

/// Sets what clients and servers have in common. Nobody's connection may break.
macro_rules! set_common {
    ($builder:expr, $options:expr, $decisions:expr) => {{
        let mut builder = $builder
            .backpressure_strategy($options.strategy())
            .set_request_degradation_handler(|cause, info| panic!("{cause:?}: {info:?}"))
            .set_response_degradation_handler(|cause, info| panic!("{cause:?}: {info:?}"));
        if $options.policy == Policy::Ask {
            builder = builder.set_backpressure_handler($decisions.handler());
        }
        if $options.policy == Policy::Retry {
            builder = builder.delivery_timeout(DELIVERY_TIMEOUT);
        }
        if let Some(commit) = $options.commit {
            builder = builder.commit_at_creation(commit);
        }
        builder
    }};
}

/// Chooses a number of messages, and tells `chunks` what that means.
fn choose(
    chosen: usize,
    chunks: &Rc<Cell<Option<usize>>>,
) -> impl FnOnce(usize) -> usize + 'static {
    let chunks = Rc::clone(chunks);
    move |worst| {
        chunks.set(Some(chosen.clamp(1, worst)));
        chosen
    }
}

impl<S: Service, P: Kind + ?Sized, Q: Kind + ?Sized> World<'_, S, P, Q> {
    /// A node opens the service: a new one, or one that may have it open already.
    pub(super) fn open(&mut self) -> Check {
        let index = match self.one_of(self.nodes.len()) {
            Some(index) if self.draw.one_in(3) => index,
            _ => self.create_node(),
        };
        let (member, node) = &self.nodes[index];
        let member = *member;
        let is_creating = self.factories.is_empty() || self.draw.one_in(2);
        self.begin(
            "open",
            [("node", member), ("creating", u64::from(is_creating)), NONE],
        );
        let builder = node
            .service_builder(&self.name)
            .request_response::<P, Q>()
            .request_user_header()
            .response_user_header();
        let found = if is_creating {
            let found = self.options.set(builder).open_or_create();
            found.map_err(|error| match error {
                RequestResponseOpenOrCreateError::RequestResponseOpenError(error) => Ok(error),
                error => Err(format!("{error:?}")),
            })
        } else {
            builder.open().map_err(Ok)
        };
        let found: Result<(), RequestResponseOpenError> = match found {
            Ok(factory) => {
                self.factories.push((member, factory));
                Ok(())
            }
            Err(error) => Err(error?),
        };
        self.model.open(member, is_creating, found)
    }

    /// Makes a node, and returns its place.
    fn create_node(&mut self) -> usize {
        let node = NodeBuilder::new()
            .config(self.config)
            .signal_handling_mode(SignalHandlingMode::Disabled)
            .create::<S>()
            .unwrap();
        let member = self.number();
        self.node_ids.insert(member, node.id());
        self.nodes.push((member, node));
        self.nodes.len() - 1
    }

    pub(super) fn close_node(&mut self) -> Check {
        if let Some(index) = self.one_of(self.nodes.len()) {
            let (member, _node) = self.nodes.swap_remove(index);
            self.begin("drop node", [("node", member), NONE, NONE]);
        }
        Ok(())
    }

    pub(super) fn close_factory(&mut self) -> Check {
        if let Some(index) = self.one_of(self.factories.len()) {
            let (member, _factory) = self.factories.swap_remove(index);
            self.begin("drop factory", [("node", member), NONE, NONE]);
            self.model.close_factory(member);
        }
        Ok(())
    }

    pub(super) fn create_client(&mut self) -> Check {
        let Some(index) = self.one_of(self.factories.len()) else {
            return Ok(());
        };
        // WHY: only who is told that a queue was full knows that it was not, where requests may leave it unseen.
        let with_handler = !self.options.request_overflow && !self.options.fire_and_forget;
        let options = PortOptions::drawn(&mut self.draw, P::ELEMENT.unwrap_or(1), with_handler);
        let id = self.number();
        let (member, factory) = &self.factories[index];
        let member = *member;
        self.begin("create client", [("client", id), ("node", member), NONE]);
        let builder = P::shape_client(factory.client_builder(), &options.slices);
        let mut builder = set_common!(builder, options, self.decisions);
        if let Some(limit) = options.limit {
            builder = builder.max_active_requests(limit);
        }
        let chunks = Rc::new(Cell::new(None));
        if let Some(chosen) = options.preallocation {
            builder = builder.override_request_preallocation(choose(chosen, &chunks));
        }
        let found = builder.create().map(|client| {
            let (node, active) = (self.node_ids[&member], client.max_active_requests());
            self.ports.insert(client.id().value(), (id, node));
            self.clients.push((id, client));
            active
        });
        self.model
            .create_client(id, member, options, chunks.get(), found)
    }

    pub(super) fn create_server(&mut self) -> Check {
        let Some(index) = self.one_of(self.factories.len()) else {
            return Ok(());
        };
        let options = PortOptions::drawn(&mut self.draw, Q::ELEMENT.unwrap_or(1), false);
        let id = self.number();
        let (member, factory) = &self.factories[index];
        let member = *member;
        self.begin("create server", [("server", id), ("node", member), NONE]);
        let builder = Q::shape_server(factory.server_builder(), &options.slices);
        let mut builder = set_common!(builder, options, self.decisions);
        if let Some(limit) = options.limit {
            builder = builder.max_loaned_responses_per_request(limit);
        }
        let chunks = Rc::new(Cell::new(None));
        if let Some(chosen) = options.preallocation {
            builder = builder.override_response_preallocation(choose(chosen, &chunks));
        }
        let found = builder.create().map(|server| {
            let node = self.node_ids[&member];
            self.ports.insert(server.id().value(), (id, node));
            self.servers.push((id, server));
        });
        self.model
            .create_server(id, member, options, chunks.get(), found)
    }

    pub(super) fn close_client(&mut self) -> Check {
        if let Some(index) = self.one_of(self.clients.len()) {
            let (id, client) = self.clients.swap_remove(index);
            self.begin("drop client", [("client", id), NONE, NONE]);
            drop(client);
            self.model.close_client(id);
        }
        Ok(())
    }

    pub(super) fn close_server(&mut self) -> Check {
        if let Some(index) = self.one_of(self.servers.len()) {
            let (id, server) = self.servers.swap_remove(index);
            self.begin("drop server", [("server", id), NONE, NONE]);
            drop(server);
            self.model.close_server(id);
        }
        Ok(())
    }
}
