// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Questions that change nothing, or only what the ports know.

use super::{Check, Kind, NONE, World, check_whole};
use crate::soak::model::{Said, check};
use iceoryx2::{port::update_connections::UpdateConnections, prelude::*};

impl<S: Service, P: Kind + ?Sized, Q: Kind + ?Sized> World<'_, S, P, Q> {
    pub(super) fn ask_server(&mut self) -> Check {
        let Some(index) = self.one_of(self.servers.len()) else {
            return Ok(());
        };
        let (server, port) = &self.servers[index];
        self.begin("has_requests", [("server", *server), NONE, NONE]);
        let found = port.has_requests().map_err(|error| format!("{error:?}"))?;
        self.model.has_requests(*server, found)
    }

    pub(super) fn update_server(&mut self) -> Check {
        let Some(index) = self.one_of(self.servers.len()) else {
            return Ok(());
        };
        let (server, port) = &self.servers[index];
        self.begin("update server", [("server", *server), NONE, NONE]);
        port.update_connections()
            .map_err(|error| format!("{error:?}"))?;
        self.model.update_server(*server);
        Ok(())
    }

    pub(super) fn update_client(&mut self) -> Check {
        let Some(index) = self.one_of(self.clients.len()) else {
            return Ok(());
        };
        let (client, port) = &self.clients[index];
        self.begin("update client", [("client", *client), NONE, NONE]);
        port.update_connections()
            .map_err(|error| format!("{error:?}"))?;
        self.model.update_client(*client);
        Ok(())
    }

    pub(super) fn ask_active(&mut self) -> Check {
        self.one_of(self.actives.len())
            .map_or(Ok(()), |index| self.check_active(index))
    }

    fn check_active(&self, index: usize) -> Check {
        let active = &self.actives[index];
        self.begin(
            "ask active",
            [("number", active.number), ("server", active.server), NONE],
        );
        let (is_connected, is_hinted) = (
            active.active.is_connected(),
            active.active.has_disconnect_hint(),
        );
        self.model
            .ask_active(active.number, is_connected, is_hinted)
    }

    pub(super) fn ask_pending(&mut self) -> Check {
        self.one_of(self.pendings.len())
            .map_or(Ok(()), |index| self.check_pending(index))
    }

    pub(super) fn check_pending(&mut self, index: usize) -> Check {
        let (number, pending) = (self.pendings[index].number, &self.pendings[index].pending);
        self.begin("ask pending", [("number", number), NONE, NONE]);
        let said = Said {
            servers: pending.number_of_server_connections(),
            is_connected: pending.is_connected(),
            has_response: pending.has_response(),
            outcome: pending.outcome(),
        };
        self.model.ask_pending(number, said)
    }

    /// Who is there, as the service says.
    pub(super) fn count(&mut self) -> Check {
        let Some(index) = self.one_of(self.factories.len()) else {
            return Ok(());
        };
        self.begin("count", [NONE; 3]);
        let (_, factory) = &self.factories[index];
        let ports = factory.dynamic_config();
        let mut nodes = 0;
        let counted = factory.nodes(|_| {
            nodes += 1;
            CallbackProgression::Continue
        });
        counted.map_err(|error| format!("{error:?}"))?;
        let found = (nodes, ports.number_of_clients(), ports.number_of_servers());
        let model = &self.model;
        let expected = (
            model.count_members(),
            model.count_clients(),
            model.count_servers(),
        );
        check(expected == found, || {
            format!("expected {expected:?} nodes, clients and servers, found {found:?}")
        })
    }

    /// Looks at everything that is held.
    pub(super) fn inspect(&mut self) -> Check {
        self.begin("inspect", [NONE; 3]);
        for loan in &self.loans {
            let request = &loan.request;
            check_whole(
                request.payload(),
                *request.user_header(),
                loan.mark,
                loan.len,
            )?;
        }
        for reply in &self.replies {
            let response = &reply.response;
            check_whole(
                response.payload(),
                *response.user_header(),
                reply.mark,
                reply.len,
            )?;
        }
        for held in &self.responses {
            let response = &held.response;
            check_whole(
                response.payload(),
                *response.user_header(),
                held.mark,
                held.len,
            )?;
        }
        for index in 0..self.actives.len() {
            let active = &self.actives[index];
            let request = &active.active;
            check_whole(
                request.payload(),
                *request.user_header(),
                active.number,
                active.len,
            )?;
            self.check_active(index)?;
        }
        for index in 0..self.pendings.len() {
            let sent = &self.pendings[index];
            let request = &sent.pending;
            check_whole(
                request.payload(),
                *request.user_header(),
                sent.number,
                sent.len,
            )?;
            self.check_pending(index)?;
        }
        Ok(())
    }
}
