// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who is there: nodes, clients and servers, as long as anything of them is.

use super::{Check, Client, Model, Phase, PortOptions, Server, check};
use iceoryx2::{
    port::{client::ClientCreateError, server::ServerCreateError},
    service::builder::request_response::RequestResponseOpenError,
};
use std::collections::BTreeSet;

/// So many responses to one request may be loaned by default.
const LOANS_PER_REQUEST: usize = 2;

impl Model {
    /// Whether a node has the service open.
    fn is_registered(&self, member: u64) -> bool {
        self.members
            .get(&member)
            .is_some_and(|member| member.factories > 0)
            || self.registered_clients().any(|port| port.member == member)
            || self.registered_servers().any(|port| port.member == member)
    }

    fn registered_clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    fn registered_servers(&self) -> impl Iterator<Item = &Server> {
        self.servers.values()
    }

    pub fn count_clients(&self) -> usize {
        self.registered_clients().count()
    }

    pub fn count_servers(&self) -> usize {
        self.registered_servers().count()
    }

    /// How many nodes have the service open.
    pub fn count_members(&self) -> usize {
        let members = self.members.keys();
        members
            .filter(|member| self.is_registered(**member))
            .count()
    }

    pub fn open(
        &mut self,
        member: u64,
        is_creating: bool,
        found: Result<(), RequestResponseOpenError>,
    ) -> Check {
        let count = self.count_members();
        self.happened(match &found {
            Ok(()) => "open",
            Err(RequestResponseOpenError::DoesNotExist) => "open: DoesNotExist",
            Err(_) => "open: ExceedsMaxNumberOfNodes",
        });
        let expected = if self.is_registered(member) {
            Ok(())
        } else if count == 0 && !is_creating {
            Err(RequestResponseOpenError::DoesNotExist)
        } else if count >= self.options.nodes {
            Err(RequestResponseOpenError::ExceedsMaxNumberOfNodes)
        } else {
            Ok(())
        };
        if expected.is_ok() {
            self.members.entry(member).or_default().factories += 1;
        }
        check(expected == found, || {
            format!("opened by {count} nodes, expected {expected:?}, found {found:?}")
        })
    }

    pub fn close_factory(&mut self, member: u64) {
        if let Some(member) = self.members.get_mut(&member) {
            member.factories -= 1;
        }
    }

    pub fn create_client(
        &mut self,
        id: u64,
        member: u64,
        options: PortOptions,
        chunks: Option<usize>,
        found: Result<usize, ClientCreateError>,
    ) -> Check {
        self.happened(match &found {
            Ok(_) => "client",
            Err(ClientCreateError::ExceedsMaxSupportedClients) => "client: too many",
            Err(_) => "client: too many active requests",
        });
        let active_max = options
            .limit
            .map_or(self.options.active_requests, |n| n.max(1));
        let is_greedy = active_max > self.options.active_requests;
        let count = self.count_clients();
        let is_full = count >= self.options.clients;
        let is_right = match &found {
            Ok(active) => !is_greedy && !is_full && *active == active_max,
            Err(ClientCreateError::ExceedsMaxSupportedClients) => is_full,
            Err(ClientCreateError::MaxActiveRequestsExceedsMaxSupportedActiveRequestsOfService) => {
                is_greedy
            }
            Err(_) => false,
        };
        if found.is_ok() {
            self.clients.insert(
                id,
                Client {
                    member,
                    alive: true,
                    options,
                    active_max,
                    chunks,
                    loans: 0,
                    pending: 0,
                    held: 0,
                    is_in_fog: false,
                },
            );
        }
        check(is_right, || {
            format!("client {active_max} active requests, {count} clients, found {found:?}")
        })
    }

    pub fn create_server(
        &mut self,
        id: u64,
        member: u64,
        options: PortOptions,
        chunks: Option<usize>,
        found: Result<(), ServerCreateError>,
    ) -> Check {
        self.happened(if found.is_ok() {
            "server"
        } else {
            "server: too many"
        });
        let count = self.count_servers();
        let is_full = count >= self.options.servers;
        let is_right = match &found {
            Ok(()) => !is_full,
            Err(ServerCreateError::ExceedsMaxSupportedServers) => is_full,
            Err(_) => false,
        };
        let loans_max = options.limit.map_or(LOANS_PER_REQUEST, |n| n.max(1));
        if found.is_ok() {
            self.servers.insert(
                id,
                Server {
                    member,
                    alive: true,
                    options,
                    loans_max,
                    chunks,
                    streams: 0,
                    spare: 0,
                    is_in_fog: false,
                    known_gone: BTreeSet::new(),
                },
            );
        }
        check(is_right, || format!("{count} servers, found {found:?}"))
    }

    pub fn close_client(&mut self, id: u64) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.alive = false;
        }
        self.release_client(id);
    }

    /// Something of a client went; perhaps it was the last.
    pub(super) fn release_client(&mut self, id: u64) {
        if self.clients.get(&id).is_none_or(Client::is_registered) {
            return;
        }
        self.clients.remove(&id);
        for server in self.servers.values_mut() {
            server.is_in_fog = true;
        }
        let pairs: Vec<_> = self.pairs.keys().copied().collect();
        for key in pairs.into_iter().filter(|(_, client)| *client == id) {
            if !self.options.fire_and_forget {
                self.pass_over(key, usize::MAX);
            }
            self.forget_pair(key);
        }
    }

    /// Forgets a pair one of which is gone, with the last of its messages.
    pub(super) fn forget_pair(&mut self, key: (u64, u64)) {
        let (server, client) = key;
        let is_empty = |pair: &super::Pair| pair.queue.is_empty() && pair.held == 0;
        if !self.servers.contains_key(&server)
            || (!self.clients.contains_key(&client) && self.pairs.get(&key).is_some_and(is_empty))
        {
            self.pairs.remove(&key);
        }
    }

    /// The server takes nothing more: what it has not taken it has rejected.
    pub fn close_server(&mut self, id: u64) {
        if let Some(server) = self.servers.get_mut(&id) {
            server.alive = false;
        }
        for client in self.clients.values_mut() {
            client.is_in_fog = true;
        }
        let pairs: Vec<_> = self.pairs.keys().copied().collect();
        for key in pairs.into_iter().filter(|(server, _)| *server == id) {
            let Some(pair) = self.pairs.get_mut(&key) else {
                continue;
            };
            pair.is_admitted = true;
            for number in std::mem::take(&mut pair.queue) {
                if let Some(stream) = self.stream(number, id) {
                    stream.phase = Phase::Ended;
                }
                self.forget(number);
            }
            self.forget_pair(key);
        }
        self.release_server(id);
    }

    /// Something of a server went; perhaps it was the last.
    pub(super) fn release_server(&mut self, id: u64) {
        if self.servers.get(&id).is_none_or(Server::is_registered) {
            return;
        }
        self.servers.remove(&id);
        self.pairs.retain(|(server, _), _| *server != id);
    }

    /// The client has looked at everything.
    pub fn update_client(&mut self, id: u64) {
        let is_lingering = self.servers.values().any(|server| !server.alive);
        if let Some(client) = self.clients.get_mut(&id) {
            client.is_in_fog &= is_lingering;
        }
    }

    /// The server has looked at everything.
    pub fn update_server(&mut self, id: u64) {
        let mut gone = BTreeSet::new();
        for ((server, client), pair) in &mut self.pairs {
            if *server == id {
                pair.is_admitted = true;
                if !self.clients.contains_key(client) {
                    gone.insert(*client);
                }
            }
        }
        if let Some(server) = self.servers.get_mut(&id) {
            server.is_in_fog = false;
            server.known_gone = gone;
        }
    }
}
