// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[defaults.request-response]`: one key per option of a service or port, named like its setter.

use super::{duration, limit, text};
use crate::port::{
    allocation_strategy::AllocationStrategy, backpressure_strategy::BackpressureStrategy,
};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// What the builders of a request-response service and its ports take when they are told nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RequestResponse {
    /// Whether a full request queue replaces its oldest request.
    pub enable_safe_overflow_for_requests: bool,
    /// Whether a full response queue replaces its oldest response.
    pub enable_safe_overflow_for_responses: bool,
    /// Whether servers are handed requests nobody listens to any more.
    pub enable_fire_and_forget_requests: bool,
    /// How many pending responses one client may have at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_active_requests_per_client: usize,
    /// How many requests one client may have loaned at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_loaned_requests: usize,
    /// How many responses to one request a server may have loaned at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_loaned_responses_per_request: usize,
    /// How many responses of one server wait for one pending response.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_response_buffer_size: usize,
    /// How many responses of one server may be held per pending response.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_borrowed_responses_per_pending_response: usize,
    /// How many servers a service has at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_servers: usize,
    /// How many clients a service has at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_clients: usize,
    /// How many nodes have a service open at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_nodes: usize,
    /// How many elements a port's memory is made for, where its messages are slices.
    #[serde(deserialize_with = "limit::deserialize_slice_len")]
    pub initial_max_slice_len: usize,
    /// What a port does about a longer slice.
    #[serde(deserialize_with = "text::deserialize_word")]
    pub allocation_strategy: AllocationStrategy,
    /// What a client does when a server's queue is full and overflow is off.
    #[serde(deserialize_with = "text::deserialize_word")]
    pub client_backpressure_strategy: BackpressureStrategy,
    /// What a server does when a client's queue is full and overflow is off.
    #[serde(deserialize_with = "text::deserialize_word")]
    pub server_backpressure_strategy: BackpressureStrategy,
    /// How long a send may wait for room; `None` for as long as the receiver is there.
    #[serde(with = "duration::optional")]
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
