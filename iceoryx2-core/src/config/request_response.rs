// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[defaults.request-response]`: one key per builder option, named like its setter.

use super::limit;
use serde::{Deserialize, Serialize};

/// What a request-response builder takes when it is told nothing.
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
}

impl Default for RequestResponse {
    fn default() -> Self {
        Self {
            enable_safe_overflow_for_requests: true,
            enable_safe_overflow_for_responses: true,
            enable_fire_and_forget_requests: true,
            max_active_requests_per_client: 4,
            max_loaned_requests: 2,
            max_response_buffer_size: 2,
            max_borrowed_responses_per_pending_response: 2,
            max_servers: 2,
            max_clients: 8,
            max_nodes: 20,
        }
    }
}
