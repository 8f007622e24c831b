// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Random operations of two clients and two servers beside the plainest model of them there is.
//!
//! The model of one request at one server is a place in a bounded queue, then a bounded queue of responses. Everything
//! runs in one thread, so that the model knows every answer exactly.

use super::stage::{ActiveOf, ClientOf, Dice, Large, PendingOf, RequestOf, ServerOf, Stage};
use iceoryx2::{
    identifiers::UniqueServerId,
    port::{
        LoanError, Outcome, ReceiveError, backpressure_strategy::BackpressureStrategy,
        client::RequestSendError,
    },
    response::Response,
};
use std::collections::{BTreeMap, VecDeque};

const CLIENTS: usize = 2;
const SERVERS: usize = 2;
const ACTIVE: usize = 3;
const LOANS: usize = 2;
const BUFFER: usize = 3;
const BORROWS: usize = 2;

/// One request at one server.
#[derive(Debug, Clone, Default)]
struct Stream {
    taken: bool,
    evicted: bool,
    ended: bool,
    received: u64,
    responses: VecDeque<u64>,
}

struct Sent {
    number: u64,
    client: usize,
    pending: PendingOf<Large>,
    /// By server; `None`: it had no room.
    streams: Vec<Option<Stream>>,
}

struct Taken {
    number: u64,
    client: usize,
    server: usize,
    active: ActiveOf<Large>,
}

struct Held {
    number: u64,
    value: u64,
    server: usize,
    response: Response<super::S, Large, ()>,
}

struct World {
    dice: Dice,
    overflow: bool,
    sent: Vec<Sent>,
    taken: Vec<Taken>,
    held: Vec<Held>,
    loans: Vec<Vec<RequestOf<Large>>>,
    /// By server and client: the requests in the queue.
    queues: BTreeMap<(usize, usize), VecDeque<u64>>,
    next: u64,
    clients: Vec<ClientOf<Large>>,
    servers: Vec<ServerOf<Large>>,
    ids: Vec<UniqueServerId>,
    _stage: Stage<Large>,
}

impl World {
    fn new(seed: u64, overflow: bool) -> Self {
        let stage = Stage::with(|builder| {
            builder
                .max_clients(CLIENTS)
                .max_servers(SERVERS)
                .max_active_requests_per_client(ACTIVE)
                .max_loaned_requests(LOANS)
                .max_response_buffer_size(BUFFER)
                .max_borrowed_responses_per_pending_response(BORROWS)
                .enable_safe_overflow_for_requests(overflow)
                .enable_safe_overflow_for_responses(overflow)
        });
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let builder = stage.factory.client_builder();
                builder
                    .backpressure_strategy(BackpressureStrategy::DiscardData)
                    .create()
                    .unwrap()
            })
            .collect();
        let servers: Vec<_> = (0..SERVERS)
            .map(|_| {
                let builder = stage.factory.server_builder();
                builder
                    .backpressure_strategy(BackpressureStrategy::DiscardData)
                    .create()
                    .unwrap()
            })
            .collect();
        acquaint(&clients, &servers);
        Self {
            dice: Dice::new(seed),
            overflow,
            sent: Vec::new(),
            taken: Vec::new(),
            held: Vec::new(),
            loans: (0..CLIENTS).map(|_| Vec::new()).collect(),
            queues: BTreeMap::new(),
            next: 1,
            clients,
            ids: servers.iter().map(ServerOf::id).collect(),
            servers,
            _stage: stage,
        }
    }

    fn step(&mut self) {
        match self.dice.roll(12) {
            0..=2 => self.send(),
            3 | 4 => self.take(),
            5 | 6 => self.respond(),
            7 | 8 => self.receive(),
            9 => self.release(),
            10 => self.finish(),
            _ => self.give_up(),
        }
        self.loan();
    }

    /// Takes a loan or drops one; within the limit it never fails.
    fn loan(&mut self) {
        let client = self.dice.roll(CLIENTS);
        let loans = &mut self.loans[client];
        if self.dice.roll(2) == 0 {
            loans.pop();
            return;
        }
        match self.clients[client].loan_uninit() {
            Ok(loan) => loans.push(loan.write_payload(Large::new(0))),
            Err(error) => {
                assert_eq!((error, loans.len()), (LoanError::ExceedsMaxLoans, LOANS));
            }
        }
    }

    fn send(&mut self) {
        let client = self.dice.roll(CLIENTS);
        let Some(mut request) = self.loans[client].pop() else {
            return;
        };
        let number = self.next;
        *request = Large::new(number);
        let active = self
            .sent
            .iter()
            .filter(|sent| sent.client == client)
            .count();
        let pending = match request.try_send() {
            Ok(pending) => pending,
            Err((request, error)) => {
                assert_eq!(error, RequestSendError::ExceedsMaxActiveRequests);
                assert_eq!(active, ACTIVE);
                return self.loans[client].push(request);
            }
        };
        self.next += 1;
        assert!(active < ACTIVE);
        let streams: Vec<_> = (0..SERVERS)
            .map(|server| self.queue(server, client, number))
            .collect();
        let reached = streams.iter().flatten().count();
        assert_eq!(pending.number_of_server_connections(), reached);
        self.sent.push(Sent {
            number,
            client,
            pending,
            streams,
        });
    }

    fn queue(&mut self, server: usize, client: usize, number: u64) -> Option<Stream> {
        let queue = self.queues.entry((server, client)).or_default();
        if queue.len() == ACTIVE {
            if !self.overflow {
                return None;
            }
            let evicted = queue.pop_front();
            if let Some(sent) = self.sent.iter_mut().find(|s| Some(s.number) == evicted) {
                sent.streams[server].as_mut().unwrap().evicted = true;
            }
        }
        queue.push_back(number);
        Some(Stream::default())
    }

    fn take(&mut self) {
        let server = self.dice.roll(SERVERS);
        let held = |client| {
            self.taken
                .iter()
                .filter(|taken| (taken.server, taken.client) == (server, client))
                .count()
        };
        let waiting: Vec<_> = (0..CLIENTS)
            .filter(|client| {
                let queue = self.queues.get(&(server, *client));
                queue.is_some_and(|queue| !queue.is_empty())
            })
            .collect();
        let any = waiting.iter().any(|client| held(*client) < ACTIVE);
        assert_eq!(
            self.servers[server].has_requests().unwrap(),
            !waiting.is_empty()
        );
        let active = match self.servers[server].receive() {
            Ok(Some(active)) => active,
            Ok(None) => return assert!(waiting.is_empty()),
            Err(error) => {
                assert_eq!(error, ReceiveError::ExceedsMaxBorrows);
                return assert!(!waiting.is_empty() && !any);
            }
        };
        let id = active.origin();
        let client = self.clients.iter().position(|c| c.id() == id).unwrap();
        let number = active.number();
        let queue = self.queues.get_mut(&(server, client)).unwrap();
        assert_eq!(queue.pop_front(), Some(number));
        if let Some(sent) = self.sent.iter_mut().find(|sent| sent.number == number) {
            sent.streams[server].as_mut().unwrap().taken = true;
        }
        self.taken.push(Taken {
            number,
            client,
            server,
            active,
        });
    }

    fn respond(&mut self) {
        if self.taken.is_empty() {
            return;
        }
        let index = self.dice.roll(self.taken.len());
        let taken = &self.taken[index];
        let value = self.next;
        self.next += 1;
        taken.active.send_copy(Large::new(value)).unwrap();
        let sent = self.sent.iter_mut().find(|s| s.number == taken.number);
        assert_eq!(taken.active.is_connected(), sent.is_some());
        let Some(sent) = sent else { return };
        let responses = &mut sent.streams[taken.server].as_mut().unwrap().responses;
        if responses.len() < BUFFER {
            responses.push_back(value);
        } else if self.overflow {
            responses.pop_front();
            responses.push_back(value);
        }
    }

    fn receive(&mut self) {
        if self.sent.is_empty() {
            return;
        }
        let index = self.dice.roll(self.sent.len());
        let sent = &mut self.sent[index];
        let ready = |stream: &Stream| !stream.responses.is_empty();
        let any = sent.streams.iter().flatten().any(ready);
        assert_eq!(sent.pending.has_response(), any);
        match sent.pending.receive() {
            Ok(Some(response)) => {
                let id = response.origin();
                let server = self.ids.iter().position(|found| *found == id).unwrap();
                let stream = sent.streams[server].as_mut().unwrap();
                let value = response.number();
                assert_eq!(stream.responses.pop_front(), Some(value));
                stream.received += 1;
                self.held.push(Held {
                    number: sent.number,
                    value,
                    server,
                    response,
                });
            }
            Ok(None) => assert!(!any),
            Err(error) => {
                assert_eq!(error, ReceiveError::ExceedsMaxBorrows);
                assert!(any && !self.held.is_empty());
            }
        }
        self.judge(index);
    }

    /// The outcome of one request must be what the model says.
    fn judge(&self, index: usize) {
        let sent = &self.sent[index];
        let open = |stream: &&Stream| !stream.evicted && !stream.ended;
        let streams: Vec<_> = sent.streams.iter().flatten().collect();
        let connected = streams.iter().any(open);
        assert_eq!(sent.pending.is_connected(), connected);
        let unread = streams.iter().any(|stream| !stream.responses.is_empty());
        let expected = if connected || unread {
            None
        } else if streams.is_empty() {
            Some(Outcome::NoServer)
        } else if streams.iter().any(|stream| stream.evicted) {
            Some(Outcome::Evicted)
        } else if streams.iter().any(|stream| stream.received == 0) {
            Some(Outcome::Rejected)
        } else {
            Some(Outcome::Finished)
        };
        assert_eq!(sent.pending.outcome(), expected, "request {}", sent.number);
    }

    fn release(&mut self) {
        if !self.held.is_empty() {
            let index = self.dice.roll(self.held.len());
            let held = self.held.swap_remove(index);
            assert_eq!(held.response.number(), held.value);
        }
    }

    fn finish(&mut self) {
        if self.taken.is_empty() {
            return;
        }
        let index = self.dice.roll(self.taken.len());
        let taken = self.taken.swap_remove(index);
        assert_eq!(taken.active.number(), taken.number);
        if let Some(sent) = self.sent.iter_mut().find(|s| s.number == taken.number) {
            sent.streams[taken.server].as_mut().unwrap().ended = true;
        }
    }

    fn give_up(&mut self) {
        if !self.sent.is_empty() {
            let index = self.dice.roll(self.sent.len());
            self.judge(index);
            self.sent.swap_remove(index);
        }
    }

    /// Nothing that is held has changed, and no stream is held beyond its limit.
    fn inspect(&self) {
        for held in &self.held {
            assert_eq!(held.response.number(), held.value);
            let alike = |other: &&Held| (other.number, other.server) == (held.number, held.server);
            assert!(self.held.iter().filter(alike).count() <= BORROWS);
        }
        for taken in &self.taken {
            assert_eq!(taken.active.number(), taken.number);
        }
        for index in 0..self.sent.len() {
            assert_eq!(self.sent[index].pending.number(), self.sent[index].number);
            self.judge(index);
        }
    }
}

/// Lets everybody hear everybody's answer: until then a client cannot know what a server has not taken.
fn acquaint(clients: &[ClientOf<Large>], servers: &[ServerOf<Large>]) {
    for client in clients {
        let pending = client.send_copy(Large::new(0)).unwrap();
        for server in servers {
            drop(server.receive().unwrap().unwrap());
        }
        assert!(!pending.is_connected());
    }
}

fn soak(overflow: bool) {
    for seed in 0..40 {
        let mut world = World::new(seed, overflow);
        for _ in 0..100 {
            (0..20).for_each(|_| world.step());
            world.inspect();
        }
    }
}

#[test]
fn with_overflow_the_ports_behave_like_the_model() {
    soak(true);
}

#[test]
fn without_overflow_the_ports_behave_like_the_model() {
    soak(false);
}
