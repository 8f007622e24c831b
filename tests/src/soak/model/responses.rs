// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Responses, and how requests end.

use super::{Check, Model, Phase, Request, Unread, check, is_failure};
use iceoryx2::port::{BackpressureAction, Outcome, ReceiveError, SendError};

/// What a pending response says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    pub servers: usize,
    pub is_connected: bool,
    pub has_response: bool,
    pub outcome: Option<Outcome>,
}

impl Model {
    /// A response to request `number` was sent by `server`.
    pub fn respond(
        &mut self,
        (number, server): (u64, u64),
        response: Unread,
        found: Result<(), SendError>,
        asked: Option<BackpressureAction>,
    ) -> Check {
        let Some(policy) = self.servers.get(&server).map(|port| port.options.policy) else {
            return Err("a server that is gone has answered".to_owned());
        };
        let (capacity, overflow) = (self.options.response_buffer, self.options.response_overflow);
        let is_awaited = self.is_awaited(number);
        let Some(stream) = self.stream(number, server) else {
            return Err("a request that is gone was answered".to_owned());
        };
        let is_full = is_awaited && stream.unread.len() >= capacity;
        let fails = is_full && !overflow && is_failure(policy, asked);
        let event = match (is_awaited, is_full, overflow, fails) {
            (false, ..) => "respond: nobody listens",
            (_, false, ..) => "respond",
            (_, _, true, _) => "respond: evicts",
            (_, _, _, true) => "respond: UnableToDeliver",
            (_, _, _, false) => "respond: discarded",
        };
        if is_awaited && (!is_full || overflow) {
            if is_full {
                stream.unread.pop_front();
            }
            stream.unread.push_back(response);
            stream.is_answered = true;
        }
        self.happened(event);
        let client = self.requests.get(&number).map(|request| request.client);
        let pair = client.and_then(|client| self.pairs.get_mut(&(server, client)));
        if let (false, Some(pair)) = (is_awaited, pair) {
            pair.abandoned += 1;
        }
        self.drop_response_loan(number, server);
        let must_ask = is_full && !overflow && policy == super::Policy::Ask;
        check(must_ask == asked.is_some(), || {
            format!("full: {is_full}, asked {asked:?}")
        })?;
        let expected = if fails {
            Err(SendError::UnableToDeliver)
        } else {
            Ok(())
        };
        check(expected == found, || {
            format!("full: {is_full}, expected {expected:?}, found {found:?}")
        })
    }

    pub fn drop_response_loan(&mut self, number: u64, server: u64) {
        if let Some(stream) = self.stream(number, server) {
            stream.loans -= 1;
        }
        self.end_stream(number, server);
    }

    pub fn drop_active(&mut self, number: u64, server: u64) {
        if let Some(stream) = self.stream(number, server) {
            stream.is_owned = false;
        }
        self.end_stream(number, server);
    }

    /// Something of a stream went; perhaps it was the last.
    fn end_stream(&mut self, number: u64, server: u64) {
        let Some(request) = self.requests.get_mut(&number) else {
            return;
        };
        let client = request.client;
        match request.streams.get_mut(&server) {
            Some(stream) if !stream.is_owned && stream.loans == 0 => stream.phase = Phase::Ended,
            _ => return,
        }
        self.forget(number);
        if let Some(pair) = self.pairs.get_mut(&(server, client)) {
            pair.held -= 1;
        }
        self.forget_pair((server, client));
        if let Some(port) = self.servers.get_mut(&server) {
            port.streams -= 1;
        }
        self.release_server(server);
    }

    /// What a request in a server's hands says of its client.
    pub fn ask_active(&self, number: u64, is_connected: bool, is_hinted: bool) -> Check {
        let expected = self.is_awaited(number);
        check(expected == is_connected, || {
            format!("expected is_connected() == {expected}")
        })?;
        let hinted = self.requests.get(&number).map(|request| request.is_hinted);
        check(!expected || hinted == Some(is_hinted), || {
            format!("expected has_disconnect_hint() == {hinted:?}")
        })
    }

    pub fn hint(&mut self, number: u64) {
        if let Some(request) = self.requests.get_mut(&number) {
            request.is_hinted = true;
        }
    }

    /// Whether a pending response has something to receive.
    pub fn has_unread(&self, number: u64) -> bool {
        let request = self.requests.get(&number);
        request.is_some_and(|r| r.streams.values().any(|stream| !stream.unread.is_empty()))
    }

    /// A pending response has received `found`: of which server, and what.
    pub fn receive(
        &mut self,
        number: u64,
        found: Result<Option<(u64, Unread)>, ReceiveError>,
    ) -> Check {
        self.happened(match &found {
            Ok(Some((server, _))) if !self.servers.contains_key(server) => {
                "receive: of a server that is gone"
            }
            Ok(Some(_)) => "receive",
            Ok(None) => "receive: nothing",
            Err(_) => "receive: ExceedsMaxBorrows",
        });
        let max = self.options.borrowed_responses;
        let Some(request) = self.requests.get(&number) else {
            return Err("a response to a request that is gone".to_owned());
        };
        let client = request.client;
        let unread: Vec<_> = request
            .streams
            .iter()
            .filter(|(_, stream)| !stream.unread.is_empty())
            .map(|(server, stream)| (*server, stream.borrowed))
            .collect();
        match found {
            Ok(None) => check(unread.is_empty(), || {
                format!("{unread:?} have responses, found none")
            }),
            Err(ReceiveError::ExceedsMaxBorrows) => {
                let is_blocked = |(server, borrowed): &(u64, usize)| {
                    borrowed + self.orphans(client, *server) >= max
                };
                check(!unread.is_empty() && unread.iter().all(is_blocked), || {
                    format!("{unread:?} have responses, found ExceedsMaxBorrows")
                })
            }
            Ok(Some((server, response))) => {
                check(
                    unread
                        .iter()
                        .any(|(s, borrowed)| *s == server && *borrowed < max),
                    || format!("{unread:?} have responses, found one of {server}"),
                )?;
                if let Some(port) = self.clients.get_mut(&client) {
                    port.held += 1;
                }
                let stream = self.stream(number, server);
                let expected = stream.and_then(|stream| {
                    stream.borrowed += 1;
                    stream.unread.pop_front()
                });
                check(expected == Some(response), || {
                    format!("expected {expected:?} of {server}, found {response:?}")
                })
            }
            Err(error) => Err(format!("found {error:?}")),
        }
    }

    /// Responses of a server that a client holds although it does not await their requests any more.
    fn orphans(&self, client: u64, server: u64) -> usize {
        let abandoned = |request: &&Request| request.client == client && !request.is_awaited;
        let streams = self.requests.values().filter(abandoned);
        let streams = streams.filter_map(|request| request.streams.get(&server));
        streams.map(|stream| stream.borrowed).sum()
    }

    pub fn drop_response(&mut self, number: u64, server: u64) {
        let Some(request) = self.requests.get_mut(&number) else {
            return;
        };
        let client = request.client;
        if let Some(stream) = request.streams.get_mut(&server) {
            stream.borrowed -= 1;
        }
        self.forget(number);
        if let Some(port) = self.clients.get_mut(&client) {
            port.held -= 1;
        }
        self.release_client(client);
    }

    pub fn drop_pending(&mut self, number: u64) {
        let Some(request) = self.requests.get_mut(&number) else {
            return;
        };
        let client = request.client;
        request.is_awaited = false;
        for (server, stream) in &mut request.streams {
            let unread = std::mem::take(&mut stream.unread).len();
            if let Some(pair) = self.pairs.get_mut(&(*server, client)) {
                pair.abandoned += unread;
            }
        }
        self.forget(number);
        if let Some(port) = self.clients.get_mut(&client) {
            port.pending -= 1;
        }
        self.release_client(client);
    }

    /// What a pending response says of itself.
    pub fn ask_pending(&mut self, number: u64, found: Said) -> Check {
        self.happened(match found.outcome {
            None => "outcome: none",
            Some(Outcome::Finished) => "outcome: Finished",
            Some(Outcome::NoServer) => "outcome: NoServer",
            Some(Outcome::Rejected) => "outcome: Rejected",
            Some(Outcome::Evicted) => "outcome: Evicted",
            Some(_) => "outcome: another",
        });
        let Some(request) = self.requests.get(&number) else {
            return Err("a request that is gone".to_owned());
        };
        let has_response = self.has_unread(number);
        let is_open = |phase| matches!(phase, Phase::Queued | Phase::Open);
        let is_connected = request.streams.values().any(|stream| is_open(stream.phase));
        let certain = Said {
            servers: request.streams.len(),
            is_connected,
            has_response,
            outcome: (!is_connected && !has_response).then(|| ending(request)),
        };
        let unaware = Said {
            is_connected: true,
            outcome: None,
            ..certain
        };
        let may_be_unaware = !request.is_settled && self.may_be_unaware(request);
        if !found.is_connected {
            if let Some(request) = self.requests.get_mut(&number) {
                request.is_settled = true;
            }
        }
        if found == unaware && found != certain {
            self.happened("eviction not known yet");
        }
        check(
            found == certain || (may_be_unaware && found == unaware),
            || format!("expected {certain:?}, found {found:?}"),
        )
    }

    /// A client that a server has not answered cannot know what the server has taken before it was evicted.
    fn may_be_unaware(&self, request: &Request) -> bool {
        request.streams.iter().any(|(server, stream)| {
            let pair = self.pairs.get(&(*server, request.client));
            stream.phase == Phase::Evicted && pair.is_some_and(|pair| !pair.is_admitted)
        })
    }
}

/// How a request has ended that has.
fn ending(request: &Request) -> Outcome {
    let streams = || request.streams.values();
    if streams().next().is_none() {
        Outcome::NoServer
    } else if streams().any(|stream| stream.phase == Phase::Evicted) {
        Outcome::Evicted
    } else if streams().any(|stream| !stream.is_answered) {
        Outcome::Rejected
    } else {
        Outcome::Finished
    }
}
