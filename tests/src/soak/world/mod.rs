// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The ports of an episode, what is held of them, and the model beside them.

mod looks;
mod peers;
mod requests;
mod responses;

use super::{
    decisions::Decisions,
    history::History,
    kind::{Kind, Mark},
    model::{Check, Model, Tally, check},
    options::{ServiceOptions, len},
};
use crate::draw::Draw;
use iceoryx2::{
    active_request::ActiveRequest,
    identifiers::UniqueNodeId,
    pending_response::PendingResponse,
    port::{client::Client, server::Server},
    prelude::*,
    request_mut::RequestMut,
    response::Response,
    response_mut::ResponseMut,
    service::port_factory::request_response::PortFactory,
};
use std::collections::BTreeMap;

/// A request that is loaned.
struct Loan<S: Service, P: ?Sized, Q: ?Sized> {
    client: u64,
    mark: Mark,
    len: usize,
    request: RequestMut<S, P, Mark, Q, Mark>,
}

/// A request that was sent.
struct Pending<S: Service, P: ?Sized, Q: ?Sized> {
    number: u64,
    len: usize,
    pending: PendingResponse<S, P, Mark, Q, Mark>,
}

/// A request in a server's hands.
struct Active<S: Service, P: ?Sized, Q: ?Sized> {
    number: u64,
    server: u64,
    client: u64,
    len: usize,
    active: ActiveRequest<S, P, Mark, Q, Mark>,
}

/// A response that is loaned.
struct Reply<S: Service, Q: ?Sized> {
    number: u64,
    server: u64,
    client: u64,
    mark: Mark,
    len: usize,
    response: ResponseMut<S, Q, Mark>,
}

/// A response that is held.
struct Held<S: Service, Q: ?Sized> {
    number: u64,
    server: u64,
    mark: Mark,
    len: usize,
    response: Response<S, Q, Mark>,
}

/// Everything there is in an episode.
pub struct World<'a, S: Service, P: Kind + ?Sized, Q: Kind + ?Sized> {
    draw: Draw,
    history: &'a History,
    config: &'a Config,
    name: ServiceName,
    options: ServiceOptions,
    model: Model,
    decisions: Decisions,
    nodes: Vec<(u64, Node<S>)>,
    factories: Vec<(u64, PortFactory<S, P, Mark, Q, Mark>)>,
    clients: Vec<(u64, Client<S, P, Mark, Q, Mark>)>,
    servers: Vec<(u64, Server<S, P, Mark, Q, Mark>)>,
    loans: Vec<Loan<S, P, Q>>,
    pendings: Vec<Pending<S, P, Q>>,
    actives: Vec<Active<S, P, Q>>,
    replies: Vec<Reply<S, Q>>,
    responses: Vec<Held<S, Q>>,
    /// What the ports call themselves, and their nodes.
    ports: BTreeMap<u128, (u64, UniqueNodeId)>,
    /// What nodes call themselves.
    node_ids: BTreeMap<u64, UniqueNodeId>,
    next: u64,
}

/// Something that is done with a world. Nothing happens if there is nothing to do it with.
type Operation<'a, S, P, Q> = fn(&mut World<'a, S, P, Q>) -> Check;

impl<'a, S: Service, P: Kind + ?Sized, Q: Kind + ?Sized> World<'a, S, P, Q> {
    /// What can be done, and how often.
    const OPERATIONS: [(u64, Operation<'a, S, P, Q>); 30] = [
        (2, Self::open),
        (1, Self::close_factory),
        (1, Self::close_node),
        (8, Self::create_client),
        (14, Self::create_server),
        (2, Self::close_client),
        (2, Self::close_server),
        (200, Self::loan_request),
        (20, Self::drop_loan),
        (20, Self::write_loan),
        (150, Self::send),
        (100, Self::try_send),
        (240, Self::take),
        (30, Self::ask_server),
        (8, Self::update_server),
        (8, Self::update_client),
        (300, Self::loan_response),
        (15, Self::drop_reply),
        (15, Self::write_reply),
        (350, Self::respond),
        (200, Self::drop_active),
        (40, Self::ask_active),
        (240, Self::receive),
        (120, Self::drop_pending),
        (400, Self::drop_ended),
        (80, Self::ask_pending),
        (15, Self::hint),
        (150, Self::drop_response),
        (2, Self::count),
        (1, Self::inspect),
    ];

    /// An empty world. What is drawn follows from `draw`.
    pub fn new(
        mut draw: Draw,
        options: ServiceOptions,
        config: &'a Config,
        history: &'a History,
    ) -> Self {
        Self {
            decisions: Decisions::new(Draw::new(draw.number())),
            draw,
            history,
            config,
            name: "soak".try_into().unwrap(),
            model: Model::new(options.clone()),
            options,
            nodes: Vec::new(),
            factories: Vec::new(),
            clients: Vec::new(),
            servers: Vec::new(),
            loans: Vec::new(),
            pendings: Vec::new(),
            actives: Vec::new(),
            replies: Vec::new(),
            responses: Vec::new(),
            ports: BTreeMap::new(),
            node_ids: BTreeMap::new(),
            next: 1,
        }
    }

    /// Does so many things, the frequent ones of which the episode draws, and then drops everything in a drawn order.
    ///
    /// # Errors
    /// The first thing that differs from the model.
    pub fn run(&mut self, operations: u64) -> Check {
        let factors: Vec<u64> = Self::OPERATIONS
            .iter()
            .map(|(weight, _)| weight * self.draw.of(&[1, 2, 2, 3, 8]))
            .collect();
        let total = factors.iter().sum();
        self.open()?;
        for _ in 0..PORTS_AT_FIRST {
            self.create_server()?;
            self.create_client()?;
        }
        while self.history.operations() < operations {
            if self.factories.is_empty() && self.draw.one_in(100) {
                self.open()?;
            }
            let mut drawn = self.draw.below(total);
            let mut chosen = Self::OPERATIONS.iter().zip(&factors);
            let operation = chosen.find_map(|((_, operation), factor)| {
                if drawn < *factor {
                    return Some(operation);
                }
                drawn -= factor;
                None
            });
            operation.map_or(Ok(()), |operation| operation(self))?;
        }
        self.inspect()?;
        self.end()
    }

    /// Everything goes, in a drawn order.
    fn end(&mut self) -> Check {
        const DROPS: [usize; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
        while !self.is_empty() {
            match self.draw.of(&DROPS) {
                0 => self.close_node()?,
                1 => self.close_factory()?,
                2 => self.close_client()?,
                3 => self.close_server()?,
                4 => self.drop_loan()?,
                5 => self.drop_pending()?,
                6 => self.drop_active().and_then(|()| self.drop_reply())?,
                _ => self.drop_response()?,
            }
        }
        check(self.model.is_empty(), || {
            format!("the model is not empty: {:?}", self.model)
        })
    }

    /// How often things happened.
    pub fn tally(&self) -> &Tally {
        &self.model.tally
    }

    fn is_empty(&self) -> bool {
        self.nodes.is_empty()
            && self.factories.is_empty()
            && self.clients.is_empty()
            && self.servers.is_empty()
            && self.loans.is_empty()
            && self.pendings.is_empty()
            && self.actives.is_empty()
            && self.replies.is_empty()
            && self.responses.is_empty()
    }

    /// A number nobody else has.
    const fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// One of `count` things.
    fn one_of(&mut self, count: usize) -> Option<usize> {
        let count = u64::try_from(count).unwrap();
        (count > 0).then(|| usize::try_from(self.draw.below(count)).unwrap())
    }

    /// One of `count` things, likely one of those that are `wanted`.
    fn likely_of(&mut self, count: usize, wanted: impl Fn(&Self, usize) -> bool) -> Option<usize> {
        const TRIES: usize = 3;
        let mut index = None;
        for _ in 0..TRIES {
            index = self.one_of(count);
            if index.is_some_and(|index| wanted(self, index)) {
                break;
            }
        }
        index
    }

    /// How long the next payload of this kind shall be.
    fn len<K: Kind + ?Sized>(&mut self) -> usize {
        K::ELEMENT.map_or(1, |element| len(&mut self.draw, element, 150, 150))
    }

    /// What a port that calls itself so is called here.
    fn port(&self, id: u128, node: UniqueNodeId) -> Result<u64, String> {
        match self.ports.get(&id) {
            Some((port, its_node)) if *its_node == node => Ok(*port),
            found => Err(format!("port {id:032x} of {node:?} is not {found:?}")),
        }
    }

    fn begin(&self, name: &'static str, subjects: [(&'static str, u64); 3]) {
        self.history.begin(name, subjects);
    }

    fn note(&self, name: &'static str, subjects: [(&'static str, u64); 3]) {
        self.history.note(name, subjects);
    }
}

/// So many servers and clients an episode begins with, if it may have them.
const PORTS_AT_FIRST: usize = 3;

/// No subject of an operation.
const NONE: (&str, u64) = ("", 0);

/// Whether a message is the one of `mark`, whole.
fn check_whole<K: Kind + ?Sized>(payload: &K, header: Mark, mark: Mark, len: usize) -> Check {
    check(payload.is(mark, len) && header == mark, || {
        format!("the message {mark} of {len} elements has become another: its header is {header}")
    })
}
