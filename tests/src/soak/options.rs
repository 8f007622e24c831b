// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an episode's service and ports are asked to be.

use super::kind::{Kind, Mark};
use crate::draw::Draw;
use iceoryx2::{
    port::{allocation_strategy::AllocationStrategy, backpressure_strategy::BackpressureStrategy},
    service::{Service, builder::request_response::Builder},
};
use std::time::Duration;

/// So long a port waits for room that was told to retry: long enough to be a wait.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_micros(50);

/// The bytes of a slice that is rare, of one that is rarer, and of the others.
const BYTES: [u64; 3] = [100_000, 4 << 20, 200];

/// The options of a service as they are asked for; 0 means 1.
#[derive(Debug, Clone)]
pub struct ServiceOptions {
    pub request_overflow: bool,
    pub response_overflow: bool,
    pub fire_and_forget: bool,
    pub active_requests: usize,
    pub loaned_requests: usize,
    pub response_buffer: usize,
    pub borrowed_responses: usize,
    pub servers: usize,
    pub clients: usize,
    pub nodes: usize,
}

impl ServiceOptions {
    pub fn drawn(draw: &mut Draw) -> Self {
        const LIMITS: [usize; 10] = [0, 1, 1, 1, 2, 2, 3, 3, 4, 7];
        const PEERS: [usize; 7] = [0, 1, 1, 2, 2, 3, 4];
        Self {
            request_overflow: draw.one_in(2),
            response_overflow: draw.one_in(2),
            fire_and_forget: draw.one_in(2),
            active_requests: draw.of(&LIMITS),
            loaned_requests: draw.of(&LIMITS),
            response_buffer: draw.of(&LIMITS),
            borrowed_responses: draw.of(&LIMITS),
            servers: draw.of(&PEERS),
            clients: draw.of(&PEERS),
            nodes: draw.of(&PEERS),
        }
    }

    /// Asks for them.
    pub fn set<S: Service, P: Kind + ?Sized, Q: Kind + ?Sized>(
        &self,
        builder: Builder<P, Mark, Q, Mark, S>,
    ) -> Builder<P, Mark, Q, Mark, S> {
        builder
            .enable_safe_overflow_for_requests(self.request_overflow)
            .enable_safe_overflow_for_responses(self.response_overflow)
            .enable_fire_and_forget_requests(self.fire_and_forget)
            .max_active_requests_per_client(self.active_requests)
            .max_loaned_requests(self.loaned_requests)
            .max_response_buffer_size(self.response_buffer)
            .max_borrowed_responses_per_pending_response(self.borrowed_responses)
            .max_servers(self.servers)
            .max_clients(self.clients)
            .max_nodes(self.nodes)
    }

    /// What they mean: nothing is ever limited to nothing.
    pub fn raised(mut self) -> Self {
        for limit in [
            &mut self.active_requests,
            &mut self.loaned_requests,
            &mut self.response_buffer,
            &mut self.borrowed_responses,
            &mut self.servers,
            &mut self.clients,
            &mut self.nodes,
        ] {
            *limit = (*limit).max(1);
        }
        self
    }
}

/// What a port does about a full queue while overflow is off. None of it waits for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    Discard,
    /// Retries until the delivery timeout.
    Retry,
    /// Asks a handler that draws its answers, and follows a strategy that discards.
    Ask,
}

/// How long slices may be.
#[derive(Debug, Clone, Copy)]
pub struct SliceOptions {
    pub initial_len: usize,
    pub strategy: AllocationStrategy,
}

impl SliceOptions {
    /// Whether a slice of `len` elements may be loaned.
    pub fn allow(&self, len: usize) -> bool {
        self.strategy != AllocationStrategy::Static || len <= self.initial_len.max(1)
    }
}

/// The options of a client or a server.
#[derive(Debug, Clone)]
pub struct PortOptions {
    pub policy: Policy,
    pub slices: SliceOptions,
    /// How many messages there shall be memory for; `None`: for as many as there can be.
    pub preallocation: Option<usize>,
    pub commit: Option<bool>,
    /// A client's active requests; a server's loans for each request.
    pub limit: Option<usize>,
}

impl PortOptions {
    /// `element` is the size of an element of the slices it sends, `with_handler` whether somebody has to see whose queue
    /// is full.
    pub fn drawn(draw: &mut Draw, element: usize, with_handler: bool) -> Self {
        let policy = match draw.below(8) {
            _ if with_handler => Policy::Ask,
            0..=3 => Policy::Ask,
            4 => Policy::Retry,
            _ => Policy::Discard,
        };
        let strategy = draw.of(&[
            AllocationStrategy::Static,
            AllocationStrategy::BestFit,
            AllocationStrategy::PowerOfTwo,
            AllocationStrategy::PowerOfTwo,
        ]);
        let limit = draw.of(&[0, 1, 1, 2, 3, 5]);
        let preallocation = draw.of(&[0, 1, 2, 3, 5, 8, 13, usize::MAX]);
        Self {
            policy,
            slices: SliceOptions {
                initial_len: len(draw, element, 50, 0),
                strategy,
            },
            preallocation: draw.one_in(4).then_some(preallocation),
            commit: draw.one_in(4).then(|| draw.one_in(2)),
            limit: draw.one_in(2).then_some(limit),
        }
    }

    pub const fn strategy(&self) -> BackpressureStrategy {
        match self.policy {
            Policy::Retry => BackpressureStrategy::RetryUntilDelivered,
            Policy::Discard | Policy::Ask => BackpressureStrategy::DiscardData,
        }
    }
}

/// The length of a slice of elements of `element` bytes: short, but long once in `long`, and longest once in `longest`
/// times of those (0: never).
pub fn len(draw: &mut Draw, element: usize, long: u64, longest: u64) -> usize {
    let bytes = match (
        draw.one_in(long),
        longest > 0 && draw.one_in(longest.max(1)),
    ) {
        (true, true) => BYTES[1],
        (true, false) => draw.below(BYTES[0] + 1),
        (false, _) => draw.below(BYTES[2]),
    };
    usize::try_from(bytes).unwrap() / element
}
