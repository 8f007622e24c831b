// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Loans: the limits of each, and the memory of those that were given less than they may need.

use super::{Check, Model, Phase, Request, check};
use iceoryx2::port::LoanError;

/// What a loan depends on.
struct Means {
    loans: usize,
    loans_max: usize,
    is_too_long: bool,
    /// If their number was chosen.
    chunks: Option<usize>,
    /// There may be so many more.
    spare: usize,
    /// Chunks that are in use certainly, and chunks that may be.
    used: (usize, usize),
}

impl Means {
    fn check(&self, found: Result<(), LoanError>) -> Check {
        let (least, most) = self.used;
        let is_right = match found {
            Ok(()) => {
                self.loans < self.loans_max
                    && !self.is_too_long
                    && self.chunks.is_none_or(|chunks| least < chunks + self.spare)
            }
            Err(LoanError::ExceedsMaxLoans) => self.loans >= self.loans_max,
            Err(LoanError::ExceedsMaxLoanSize) => self.is_too_long,
            Err(LoanError::OutOfMemory) => self.chunks.is_some_and(|chunks| most >= chunks),
            Err(LoanError::UsedAfterFork) => false,
        };
        check(is_right, || {
            let (loans, max, long) = (self.loans, self.loans_max, self.is_too_long);
            let chunks = self.chunks;
            format!(
                "{loans} of {max} loans, too long: {long}, {least} to {most} chunks of {chunks:?} in use, found {found:?}"
            )
        })
    }
}

const fn word_of(found: Result<(), LoanError>) -> &'static str {
    match found {
        Ok(()) => "loan",
        Err(LoanError::ExceedsMaxLoans) => "loan: ExceedsMaxLoans",
        Err(LoanError::ExceedsMaxLoanSize) => "loan: ExceedsMaxLoanSize",
        Err(LoanError::OutOfMemory) => "loan: OutOfMemory",
        Err(LoanError::UsedAfterFork) => "loan: UsedAfterFork",
    }
}

impl Model {
    pub fn loan_request(&mut self, client: u64, len: usize, found: Result<(), LoanError>) -> Check {
        self.happened(word_of(found));
        let Some(port) = self.clients.get(&client) else {
            return Err("a loan of a client that is gone".to_owned());
        };
        let means = Means {
            loans: port.loans,
            loans_max: self.options.loaned_requests,
            is_too_long: !port.options.slices.allow(len),
            chunks: port.chunks,
            spare: 0,
            used: self.requests_in_memory(client),
        };
        if let (Ok(()), Some(port)) = (found, self.clients.get_mut(&client)) {
            port.loans += 1;
        }
        means.check(found)
    }

    /// Chunks of a client that are in use certainly, and that may be.
    fn requests_in_memory(&self, client: u64) -> (usize, usize) {
        let Some(port) = self.clients.get(&client) else {
            return (0, 0);
        };
        let (mut least, mut most) = (port.loans, port.loans);
        for request in self.requests.values().filter(|r| r.client == client) {
            let is_needed = |phase: Phase| {
                phase == Phase::Open || (phase == Phase::Queued && self.options.fire_and_forget)
            };
            let mut phases = request.streams.values().map(|stream| stream.phase);
            let is_queued = phases.clone().any(|phase| phase == Phase::Queued);
            let is_used = request.is_awaited || phases.any(is_needed);
            least += usize::from(is_used);
            most += usize::from(is_used || is_queued);
        }
        (least, if port.is_in_fog { usize::MAX } else { most })
    }

    pub fn drop_request(&mut self, client: u64) {
        if let Some(port) = self.clients.get_mut(&client) {
            port.loans -= 1;
        }
        self.release_client(client);
    }

    pub fn loan_response(
        &mut self,
        number: u64,
        server: u64,
        len: usize,
        found: Result<(), LoanError>,
    ) -> Check {
        self.happened(word_of(found));
        let used = self.responses_in_memory(server);
        let request = self.requests.get(&number);
        let is_for_the_gone = request.is_some_and(|r| !self.clients.contains_key(&r.client));
        let spare = self.loans_for_the_gone(server) + usize::from(is_for_the_gone);
        if let Some(port) = self.servers.get_mut(&server) {
            port.spare = port.spare.max(spare);
        }
        let Some(port) = self.servers.get(&server) else {
            return Err("a loan of a server that is gone".to_owned());
        };
        let (loans_max, chunks, spare) = (port.loans_max, port.chunks, port.spare);
        let is_too_long = !port.options.slices.allow(len);
        let Some(stream) = self.stream(number, server) else {
            return Err("a loan of a request that is gone".to_owned());
        };
        let means = Means {
            loans: stream.loans,
            loans_max,
            is_too_long,
            chunks,
            spare,
            used,
        };
        stream.loans += usize::from(found.is_ok());
        means.check(found)
    }

    /// Chunks of a server that are in use certainly, and that may be.
    fn responses_in_memory(&self, server: u64) -> (usize, usize) {
        let is_in_fog = self.servers.get(&server).is_some_and(|port| port.is_in_fog);
        let mut least = 0;
        for request in self.requests.values() {
            let Some(stream) = request.streams.get(&server) else {
                continue;
            };
            least += stream.loans + stream.borrowed;
            if request.is_awaited {
                least += stream.unread.len();
            }
        }
        let pairs = self.pairs.iter().filter(|((port, _), _)| *port == server);
        let abandoned: usize = pairs.map(|(_, pair)| pair.abandoned).sum();
        let most = if is_in_fog {
            usize::MAX
        } else {
            least + abandoned
        };
        (least, most)
    }

    /// Loans for requests whose clients are gone: they are not counted against clients that are there.
    fn loans_for_the_gone(&self, server: u64) -> usize {
        let gone = |request: &&Request| !self.clients.contains_key(&request.client);
        let streams = self.requests.values().filter(gone);
        let streams = streams.filter_map(|request| request.streams.get(&server));
        streams.map(|stream| stream.loans).sum()
    }
}
