// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Requests on their way: sent, queued, evicted, passed over, taken.

use super::{super::options::Policy, Check, Model, Phase, Request, Stream, check, is_failure};
use iceoryx2::port::{BackpressureAction, ReceiveError, SendError, client::RequestSendError};
use std::collections::{BTreeMap, VecDeque};

/// What was last said about each server whose queue was full.
pub type Asked = BTreeMap<u64, BackpressureAction>;

/// A request that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub number: u64,
    pub client: u64,
    pub len: usize,
    pub is_connected: bool,
    pub is_hinted: bool,
}

impl Model {
    /// A request of `client` was sent; how many servers have it? If none, it is a loan still.
    pub fn send(
        &mut self,
        number: u64,
        client: u64,
        len: usize,
        found: Result<usize, RequestSendError>,
        asked: &Asked,
    ) -> Check {
        self.happened(match &found {
            Ok(0) => "send: to nobody",
            Ok(_) => "send",
            Err(RequestSendError::ExceedsMaxActiveRequests) => "send: ExceedsMaxActiveRequests",
            Err(_) => "send: UnableToDeliver",
        });
        let Some(port) = self.clients.get(&client) else {
            return Err("a client that is gone has sent".to_owned());
        };
        let (pending, max, policy) = (port.pending, port.active_max, port.options.policy);
        if pending >= max || found == Err(RequestSendError::ExceedsMaxActiveRequests) {
            let refused = found == Err(RequestSendError::ExceedsMaxActiveRequests);
            return check(refused && pending >= max && asked.is_empty(), || {
                format!("{pending} of {max} active requests, found {found:?}, asked {asked:?}")
            });
        }
        let servers = self.servers.iter();
        let servers: Vec<_> = servers
            .filter(|(_, s)| s.alive)
            .map(|(id, _)| *id)
            .collect();
        let (mut full, mut takers) = (0, BTreeMap::new());
        let mut fails = false;
        for server in servers {
            let said = asked.get(&server).copied();
            if self.queue((server, client), policy, said)? {
                takers.insert(server, Stream::new());
            } else {
                full += 1;
                fails |= is_failure(policy, said);
            }
        }
        let expected = match takers.len() {
            0 if fails => Err(RequestSendError::SendError(SendError::UnableToDeliver)),
            count => Ok(count),
        };
        check(policy != Policy::Ask || asked.len() == full, || {
            format!("{full} queues were full, asked {asked:?}")
        })?;
        check(expected == found, || {
            format!("{full} queues were full, expected {expected:?}, found {found:?}")
        })?;
        if found.is_ok() {
            self.begin(number, client, len, takers);
        }
        Ok(())
    }

    /// Makes room for one more request. Returns whether there is.
    fn queue(
        &mut self,
        key: (u64, u64),
        policy: Policy,
        said: Option<BackpressureAction>,
    ) -> Result<bool, String> {
        let capacity = self.options.active_requests;
        let pair = self.pairs.entry(key).or_default();
        if pair.queue.len() < capacity {
            check(said.is_none(), || {
                format!("server {} had room, but {said:?}", key.0)
            })?;
            return Ok(true);
        }
        if self.options.request_overflow {
            let evicted = pair.queue.pop_front();
            pair.passed_over = pair.passed_over.saturating_sub(1);
            self.happened("request evicted");
            if let Some(number) = evicted {
                if let Some(stream) = self.stream(number, key.0) {
                    stream.phase = Phase::Evicted;
                }
                self.forget(number);
            }
            return Ok(true);
        }
        let may_have_room = pair.passed_over > 0;
        if may_have_room && policy == Policy::Ask && said.is_none() {
            self.pass_over(key, 1);
            self.happened("room where a request was passed over unseen");
            return Ok(true);
        }
        pair.passed_over = 0;
        self.happened("request without room");
        Ok(false)
    }

    fn begin(&mut self, number: u64, client: u64, len: usize, streams: BTreeMap<u64, Stream>) {
        for server in streams.keys() {
            let pair = self.pairs.entry((*server, client)).or_default();
            pair.queue.push_back(number);
        }
        if let Some(port) = self.clients.get_mut(&client) {
            port.loans -= 1;
            port.pending += 1;
        }
        self.requests.insert(
            number,
            Request {
                client,
                len,
                is_awaited: true,
                is_hinted: false,
                is_settled: false,
                streams,
            },
        );
    }

    /// Requests nobody listens to leave the front of their queue unseen, at most `max` of them.
    pub(super) fn pass_over(&mut self, key: (u64, u64), max: usize) {
        for _ in 0..max.min(self.unawaited_in_front(key)) {
            let Some(pair) = self.pairs.get_mut(&key) else {
                return;
            };
            pair.passed_over = pair.passed_over.saturating_sub(1);
            if let Some(number) = pair.queue.pop_front() {
                self.happened("request passed over");
                if let Some(stream) = self.stream(number, key.0) {
                    stream.phase = Phase::Ended;
                }
                self.forget(number);
            }
        }
    }

    /// How many requests in front of a queue nobody listens to.
    fn unawaited_in_front(&self, key: (u64, u64)) -> usize {
        let queue = self.pairs.get(&key).map(|pair| pair.queue.iter());
        let in_front = |number: &&u64| !self.is_awaited(**number);
        queue.map_or(0, |queue| queue.take_while(in_front).count())
    }

    /// The next request of a client that a server may be handed, whether or not it holds too many.
    fn next(&self, key: (u64, u64)) -> Option<u64> {
        let queue = &self.pairs.get(&key)?.queue;
        let is_wanted = |number: &&u64| self.options.fire_and_forget || self.is_awaited(**number);
        queue.iter().find(is_wanted).copied()
    }

    fn keys_of(&self, server: u64) -> Vec<(u64, u64)> {
        let keys = self.pairs.keys().copied();
        keys.filter(|(port, _)| *port == server).collect()
    }

    fn is_blocked(&self, key: (u64, u64)) -> bool {
        let pair = self.pairs.get(&key);
        pair.is_some_and(|pair| pair.held >= self.options.active_requests)
    }

    /// Whether a server has something to receive.
    pub fn is_waited_for(&self, server: u64) -> bool {
        let mut keys = self.keys_of(server).into_iter();
        keys.any(|key| self.next(key).is_some() && !self.is_blocked(key))
    }

    /// Whether a client has less active requests than it may.
    pub fn may_send(&self, client: u64) -> bool {
        let port = self.clients.get(&client);
        port.is_some_and(|port| port.pending < port.active_max)
    }

    pub fn has_requests(&mut self, server: u64, found: bool) -> Check {
        let keys = self.keys_of(server);
        let expected = keys.iter().any(|key| self.next(*key).is_some());
        if !found {
            self.admit_all(&keys);
        }
        check(expected == found, || {
            format!("expected has_requests() == {expected}")
        })
    }

    fn admit_all(&mut self, keys: &[(u64, u64)]) {
        for key in keys {
            if let Some(pair) = self.pairs.get_mut(key) {
                pair.is_admitted = true;
            }
        }
    }

    /// A server has received `found`.
    pub fn take(&mut self, server: u64, found: Result<Option<Taken>, ReceiveError>) -> Check {
        self.happened(match &found {
            Ok(Some(taken)) if taken.is_connected => "take",
            Ok(Some(_)) => "take: nobody listens",
            Ok(None) => "take: nothing",
            Err(_) => "take: ExceedsMaxBorrows",
        });
        let keys = self.keys_of(server);
        let deliverable: Vec<_> = keys
            .iter()
            .copied()
            .filter(|key| self.next(*key).is_some() && !self.is_blocked(*key))
            .collect();
        let is_waiting = keys.iter().any(|key| self.next(*key).is_some());
        match found {
            Ok(Some(taken)) => self.hand_out(server, &taken, &deliverable),
            Ok(None) => {
                self.pass_over_all(&keys);
                check(!is_waiting, || {
                    format!("{keys:?} have requests, found none")
                })
            }
            Err(ReceiveError::ExceedsMaxBorrows) => {
                self.pass_over_all(&keys);
                check(is_waiting && deliverable.is_empty(), || {
                    format!("{deliverable:?} could be served, found ExceedsMaxBorrows")
                })
            }
            Err(error) => Err(format!("found {error:?}")),
        }
    }

    /// A server has looked at all its clients' queues and found nothing to be handed out.
    fn pass_over_all(&mut self, keys: &[(u64, u64)]) {
        self.admit_all(keys);
        for key in keys {
            if !self.options.fire_and_forget && !self.is_blocked(*key) {
                self.pass_over(*key, usize::MAX);
            }
            self.forget_pair(*key);
        }
    }

    fn hand_out(&mut self, server: u64, taken: &Taken, deliverable: &[(u64, u64)]) -> Check {
        let key = (server, taken.client);
        check(deliverable.contains(&key), || {
            format!("{deliverable:?} could be served, found {taken:?}")
        })?;
        let expected = self.next(key).and_then(|number| {
            let request = self.requests.get(&number)?;
            Some(Taken {
                number,
                client: request.client,
                len: request.len,
                is_connected: request.is_awaited,
                // Nobody has promised anything about a hint of somebody who does not listen any more.
                is_hinted: if request.is_awaited {
                    request.is_hinted
                } else {
                    taken.is_hinted
                },
            })
        });
        check(expected == Some(*taken), || {
            format!("expected {expected:?}, found {taken:?}")
        })?;
        self.check_turn(server, taken.client, deliverable)?;
        if !self.options.fire_and_forget {
            self.pass_over(key, usize::MAX);
            self.note_passing_over(key);
        }
        if let Some(pair) = self.pairs.get_mut(&key) {
            pair.queue.pop_front();
            pair.held += 1;
            pair.is_admitted = true;
            pair.passed_over = 0;
        }
        if let Some(stream) = self.stream(taken.number, server) {
            (stream.phase, stream.is_owned) = (Phase::Open, true);
        }
        if let Some(port) = self.servers.get_mut(&server) {
            port.streams += 1;
        }
        Ok(())
    }

    /// On its way to the request of `key`, a server may have looked at its other clients' queues.
    fn note_passing_over(&mut self, key: (u64, u64)) {
        for other in self.keys_of(key.0) {
            let in_front = self.unawaited_in_front(other);
            if other == key || self.is_blocked(other) {
                continue;
            }
            if let Some(pair) = self.pairs.get_mut(&other) {
                pair.passed_over = pair.passed_over.max(in_front);
            }
        }
    }

    /// Clients that are known to be gone come first; no other that lives is served twice while somebody waits.
    fn check_turn(&mut self, server: u64, client: u64, deliverable: &[(u64, u64)]) -> Check {
        let is_living = self.clients.contains_key(&client);
        if !is_living {
            self.happened("take: of a client that is gone");
        }
        if let Some(port) = self.servers.get(&server) {
            let is_passed = |key: &&(u64, u64)| is_living && port.known_gone.contains(&key.1);
            let passed = deliverable.iter().find(is_passed);
            check(passed.is_none(), || {
                format!("client {client} lives and came before {passed:?}, which is gone")
            })?;
        }
        for key in self.keys_of(server) {
            let is_waiting = deliverable.contains(&key) && key.1 != client;
            let Some(pair) = self.pairs.get_mut(&key) else {
                continue;
            };
            if !is_waiting {
                pair.overtaken_by.clear();
            } else if is_living && pair.is_admitted {
                check(pair.overtaken_by.insert(client), || {
                    format!(
                        "client {client} was served twice while client {} waited",
                        key.1
                    )
                })?;
            }
        }
        Ok(())
    }
}

impl Stream {
    fn new() -> Self {
        Self {
            phase: Phase::Queued,
            is_owned: false,
            loans: 0,
            is_answered: false,
            unread: VecDeque::new(),
            borrowed: 0,
        }
    }
}
