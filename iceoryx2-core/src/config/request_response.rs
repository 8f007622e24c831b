// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[defaults.request-response]`: one key per option of a service or port, named like its setter.

use super::{
    field::{Field, Table},
    limit,
};
use crate::port::{
    allocation_strategy::AllocationStrategy, backpressure_strategy::BackpressureStrategy,
};
use core::time::Duration;

/// What the builders of a request-response service and its ports take when they are told nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestResponse {
    /// Whether a full request queue replaces its oldest request.
    pub enable_safe_overflow_for_requests: bool,
    /// Whether a full response queue replaces its oldest response.
    pub enable_safe_overflow_for_responses: bool,
    /// Whether servers are handed requests nobody listens to any more.
    pub enable_fire_and_forget_requests: bool,
    /// How many pending responses one client may have at a time.
    pub max_active_requests_per_client: usize,
    /// How many requests one client may have loaned at a time.
    pub max_loaned_requests: usize,
    /// How many responses to one request a server may have loaned at a time.
    pub max_loaned_responses_per_request: usize,
    /// How many responses of one server wait for one pending response.
    pub max_response_buffer_size: usize,
    /// How many responses of one server may be held per pending response.
    pub max_borrowed_responses_per_pending_response: usize,
    /// How many servers a service has at a time.
    pub max_servers: usize,
    /// How many clients a service has at a time.
    pub max_clients: usize,
    /// How many nodes have a service open at a time.
    pub max_nodes: usize,
    /// How many elements a port's memory is made for, where its messages are slices.
    pub initial_max_slice_len: usize,
    /// What a port does about a longer slice.
    pub allocation_strategy: AllocationStrategy,
    /// What a client does when a server's queue is full and overflow is off.
    pub client_backpressure_strategy: BackpressureStrategy,
    /// What a server does when a client's queue is full and overflow is off.
    pub server_backpressure_strategy: BackpressureStrategy,
    /// How long a send may wait for room; `None` for as long as the receiver is there.
    pub delivery_timeout: Option<Duration>,
    /// Whether a port commits all pages it may ever need when it is created.
    pub commit_at_creation: bool,
}

impl Default for RequestResponse {
    fn default() -> Self {
        Self {
            enable_safe_overflow_for_requests: true,
            enable_safe_overflow_for_responses: true,
            enable_fire_and_forget_requests: true,
            max_active_requests_per_client: 4,
            max_loaned_requests: 2,
            max_loaned_responses_per_request: 2,
            max_response_buffer_size: 2,
            max_borrowed_responses_per_pending_response: 2,
            max_servers: 2,
            max_clients: 8,
            max_nodes: 20,
            initial_max_slice_len: 1,
            allocation_strategy: AllocationStrategy::default(),
            client_backpressure_strategy: BackpressureStrategy::default(),
            server_backpressure_strategy: BackpressureStrategy::default(),
            delivery_timeout: None,
            commit_at_creation: false,
        }
    }
}

impl Table for RequestResponse {
    fn fields(&mut self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            (
                "enable-safe-overflow-for-requests",
                Field::Flag(&mut self.enable_safe_overflow_for_requests),
            ),
            (
                "enable-safe-overflow-for-responses",
                Field::Flag(&mut self.enable_safe_overflow_for_responses),
            ),
            (
                "enable-fire-and-forget-requests",
                Field::Flag(&mut self.enable_fire_and_forget_requests),
            ),
            (
                "max-active-requests-per-client",
                Field::Number(&mut self.max_active_requests_per_client, limit::LIMIT),
            ),
            (
                "max-loaned-requests",
                Field::Number(&mut self.max_loaned_requests, limit::LIMIT),
            ),
            (
                "max-loaned-responses-per-request",
                Field::Number(&mut self.max_loaned_responses_per_request, limit::LIMIT),
            ),
            (
                "max-response-buffer-size",
                Field::Number(&mut self.max_response_buffer_size, limit::LIMIT),
            ),
            (
                "max-borrowed-responses-per-pending-response",
                Field::Number(
                    &mut self.max_borrowed_responses_per_pending_response,
                    limit::LIMIT,
                ),
            ),
            (
                "max-servers",
                Field::Number(&mut self.max_servers, limit::LIMIT),
            ),
            (
                "max-clients",
                Field::Number(&mut self.max_clients, limit::LIMIT),
            ),
            (
                "max-nodes",
                Field::Number(&mut self.max_nodes, limit::LIMIT),
            ),
            (
                "initial-max-slice-len",
                Field::Number(&mut self.initial_max_slice_len, limit::SLICE_LEN),
            ),
            (
                "allocation-strategy",
                Field::Allocation(&mut self.allocation_strategy),
            ),
            (
                "client-backpressure-strategy",
                Field::Backpressure(&mut self.client_backpressure_strategy),
            ),
            (
                "server-backpressure-strategy",
                Field::Backpressure(&mut self.server_backpressure_strategy),
            ),
            (
                "delivery-timeout",
                Field::DurationOrNone(&mut self.delivery_timeout),
            ),
            (
                "commit-at-creation",
                Field::Flag(&mut self.commit_at_creation),
            ),
        ]
    }
}
