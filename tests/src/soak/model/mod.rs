// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The plainest model of the semantics there is: queues are queues, and everything has a number.
//!
//! ```text
//!     request ──▶ by server: Queued ── receive ──▶ Open: unread responses ── last handle goes ──▶ Ended
//!                               ├── overflow ─────▶ Evicted                                         ▲
//!                               └── server goes ────────────────────────────────────────────────────┘
//! ```
//!
//! After each operation the model is told what the ports answered, and says whether they may. It is one answer nearly
//! everywhere. The ports are free only where they are promised to be: whose turn it is; when a request nobody listens to
//! any more leaves its queue; whether a client that no server has answered yet knows of an eviction; and which of its
//! slots a request takes, whose old responses count against it. What the answers give away of that is remembered.

mod loans;
mod ports;
mod requests;
mod responses;
#[cfg(test)]
mod tests;

pub use requests::{Asked, Taken};
pub use responses::Said;

use super::options::{Policy, PortOptions, ServiceOptions};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Whether the ports may answer so; if not, why.
pub type Check = Result<(), String>;

/// Fails with what `explain` says unless `is_right`.
pub fn check(is_right: bool, explain: impl FnOnce() -> String) -> Check {
    if is_right { Ok(()) } else { Err(explain()) }
}

/// A node that has, or may have, the service open.
#[derive(Debug, Default)]
pub struct Member {
    pub factories: usize,
}

#[derive(Debug)]
pub struct Client {
    pub member: u64,
    /// The port itself lives.
    pub alive: bool,
    pub options: PortOptions,
    active_max: usize,
    /// How many chunks it was made with, if that was chosen.
    chunks: Option<usize>,
    loans: usize,
    pending: usize,
    /// Responses that are held.
    held: usize,
    /// A server went, and may not have been noticed.
    is_in_fog: bool,
}

impl Client {
    const fn is_registered(&self) -> bool {
        self.alive || self.loans > 0 || self.pending > 0 || self.held > 0
    }
}

#[derive(Debug)]
pub struct Server {
    pub member: u64,
    pub alive: bool,
    pub options: PortOptions,
    loans_max: usize,
    chunks: Option<usize>,
    /// Streams that are open.
    streams: usize,
    /// So many loans for clients that are gone it has had at a time, for which it may have found more memory.
    spare: usize,
    /// A client went, and may not have been noticed.
    is_in_fog: bool,
    /// Clients that were noticed to be gone with requests in their queues.
    known_gone: BTreeSet<u64>,
}

impl Server {
    const fn is_registered(&self) -> bool {
        self.alive || self.streams > 0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Queued,
    Evicted,
    /// Its `ActiveRequest` or a loan of it lives.
    Open,
    Ended,
}

/// A response: its mark and its length.
pub type Unread = (u64, usize);

/// One request at one server.
#[derive(Debug)]
struct Stream {
    phase: Phase,
    /// The `ActiveRequest` lives.
    is_owned: bool,
    loans: usize,
    /// It was answered at least once.
    is_answered: bool,
    unread: VecDeque<Unread>,
    /// Responses that are held.
    borrowed: usize,
}

/// A request that was sent, as long as anything of it is left.
#[derive(Debug)]
struct Request {
    client: u64,
    len: usize,
    /// The `PendingResponse` lives.
    is_awaited: bool,
    is_hinted: bool,
    /// It was said to have ended.
    is_settled: bool,
    /// By server; only those that took it.
    streams: BTreeMap<u64, Stream>,
}

/// A client's requests at a server.
#[derive(Debug, Default)]
struct Pair {
    queue: VecDeque<u64>,
    /// Streams that are open.
    held: usize,
    /// So many requests at the front may have been passed over, because nobody listens.
    passed_over: usize,
    /// The server has certainly let the client in.
    is_admitted: bool,
    /// Who was served while this client waited.
    overtaken_by: BTreeSet<u64>,
    /// Responses nobody will read, which may not have been noticed.
    abandoned: usize,
}

/// What there should be.
#[derive(Debug)]
pub struct Model {
    pub options: ServiceOptions,
    pub members: BTreeMap<u64, Member>,
    pub clients: BTreeMap<u64, Client>,
    pub servers: BTreeMap<u64, Server>,
    requests: BTreeMap<u64, Request>,
    /// By server and client.
    pairs: BTreeMap<(u64, u64), Pair>,
    /// How often things happened that a soak must have seen.
    pub tally: Tally,
}

/// How often things happened.
pub type Tally = BTreeMap<&'static str, u64>;

impl Model {
    /// Of a service with these options.
    pub fn new(options: ServiceOptions) -> Self {
        Self {
            options: options.raised(),
            members: BTreeMap::new(),
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            requests: BTreeMap::new(),
            pairs: BTreeMap::new(),
            tally: Tally::new(),
        }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.members.values().all(|member| member.factories == 0)
            && self.clients.is_empty()
            && self.servers.is_empty()
            && self.requests.is_empty()
            && self.pairs.values().all(|pair| pair.queue.is_empty())
    }

    pub fn happened(&mut self, event: &'static str) {
        *self.tally.entry(event).or_default() += 1;
    }

    fn stream(&mut self, number: u64, server: u64) -> Option<&mut Stream> {
        self.requests.get_mut(&number)?.streams.get_mut(&server)
    }

    pub fn is_awaited(&self, number: u64) -> bool {
        let request = self.requests.get(&number);
        request.is_some_and(|request| request.is_awaited)
    }

    /// Forgets a request of which nothing is left.
    fn forget(&mut self, number: u64) {
        let Some(request) = self.requests.get(&number) else {
            return;
        };
        let is_over = |stream: &Stream| {
            !matches!(stream.phase, Phase::Queued | Phase::Open) && stream.borrowed == 0
        };
        if !request.is_awaited && request.streams.values().all(is_over) {
            self.requests.remove(&number);
        }
    }
}

/// Whether a port with this policy may fail to send to somebody whose queue was full, and last said so of it.
fn is_failure(policy: Policy, last: Option<iceoryx2::port::BackpressureAction>) -> bool {
    policy == Policy::Retry || last == Some(iceoryx2::port::BackpressureAction::DiscardDataAndFail)
}
