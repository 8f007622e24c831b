// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What all participants of a request-response service agree on.

use super::{
    canonical::Lines,
    message_type_details::{self, MessageTypeDetails},
};
use crate::{
    config::LIMIT_MAX,
    document::{ReadError, Table, Writer},
};

/// The options and types of a request-response service.
#[derive(Debug, Clone, PartialEq, Eq)]
// INVARIANT: every limit is within 1..=LIMIT_MAX.
pub struct StaticConfig {
    pub(crate) enable_safe_overflow_for_requests: bool,
    pub(crate) enable_safe_overflow_for_responses: bool,
    pub(crate) enable_fire_and_forget_requests: bool,
    pub(crate) max_active_requests_per_client: usize,
    pub(crate) max_loaned_requests: usize,
    pub(crate) max_response_buffer_size: usize,
    pub(crate) max_borrowed_responses_per_pending_response: usize,
    pub(crate) max_servers: usize,
    pub(crate) max_clients: usize,
    pub(crate) max_nodes: usize,
    pub(crate) request: MessageTypeDetails,
    pub(crate) response: MessageTypeDetails,
}

impl StaticConfig {
    /// Whether a full request queue replaces its oldest request.
    #[must_use]
    pub fn has_safe_overflow_for_requests(&self) -> bool {
        self.enable_safe_overflow_for_requests
    }

    /// Whether a full response queue replaces its oldest response.
    #[must_use]
    pub fn has_safe_overflow_for_responses(&self) -> bool {
        self.enable_safe_overflow_for_responses
    }

    /// Whether servers are handed requests nobody listens to any more.
    #[must_use]
    pub fn does_support_fire_and_forget_requests(&self) -> bool {
        self.enable_fire_and_forget_requests
    }

    /// How many pending responses one client may have at a time.
    #[must_use]
    pub fn max_active_requests_per_client(&self) -> usize {
        self.max_active_requests_per_client
    }

    /// How many requests one client may have loaned at a time.
    #[must_use]
    pub fn max_loaned_requests(&self) -> usize {
        self.max_loaned_requests
    }

    /// How many responses of one server wait for one pending response.
    #[must_use]
    pub fn max_response_buffer_size(&self) -> usize {
        self.max_response_buffer_size
    }

    /// How many responses of one server may be held per pending response.
    #[must_use]
    pub fn max_borrowed_responses_per_pending_response(&self) -> usize {
        self.max_borrowed_responses_per_pending_response
    }

    /// How many servers there may be at a time.
    #[must_use]
    pub fn max_servers(&self) -> usize {
        self.max_servers
    }

    /// How many clients there may be at a time.
    #[must_use]
    pub fn max_clients(&self) -> usize {
        self.max_clients
    }

    /// How many nodes may have the service open at a time.
    #[must_use]
    pub fn max_nodes(&self) -> usize {
        self.max_nodes
    }

    /// The types of a request.
    #[must_use]
    pub fn request_message_type_details(&self) -> &MessageTypeDetails {
        &self.request
    }

    /// The types of a response.
    #[must_use]
    pub fn response_message_type_details(&self) -> &MessageTypeDetails {
        &self.response
    }
}

/// The keys it has in a contract.
const KEYS: [&str; 12] = [
    "enable-safe-overflow-for-requests",
    "enable-safe-overflow-for-responses",
    "enable-fire-and-forget-requests",
    "max-active-requests-per-client",
    "max-loaned-requests",
    "max-response-buffer-size",
    "max-borrowed-responses-per-pending-response",
    "max-servers",
    "max-clients",
    "max-nodes",
    "request",
    "response",
];

/// How it stands in a contract.
#[cfg_attr(
    test,
    derive(Debug, PartialEq, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub(super) struct Document {
    enable_safe_overflow_for_requests: bool,
    enable_safe_overflow_for_responses: bool,
    enable_fire_and_forget_requests: bool,
    max_active_requests_per_client: usize,
    max_loaned_requests: usize,
    max_response_buffer_size: usize,
    max_borrowed_responses_per_pending_response: usize,
    max_servers: usize,
    max_clients: usize,
    max_nodes: usize,
    request: message_type_details::Document,
    response: message_type_details::Document,
}

impl Document {
    pub(super) fn read(lines: &mut Lines) -> Option<Self> {
        lines.section("request-response")?;
        Some(Self {
            enable_safe_overflow_for_requests: lines.flag("enable-safe-overflow-for-requests")?,
            enable_safe_overflow_for_responses: lines.flag("enable-safe-overflow-for-responses")?,
            enable_fire_and_forget_requests: lines.flag("enable-fire-and-forget-requests")?,
            max_active_requests_per_client: lines.number("max-active-requests-per-client")?,
            max_loaned_requests: lines.number("max-loaned-requests")?,
            max_response_buffer_size: lines.number("max-response-buffer-size")?,
            max_borrowed_responses_per_pending_response: lines
                .number("max-borrowed-responses-per-pending-response")?,
            max_servers: lines.number("max-servers")?,
            max_clients: lines.number("max-clients")?,
            max_nodes: lines.number("max-nodes")?,
            request: message_type_details::Document::read(lines, "request-response.request")?,
            response: message_type_details::Document::read(lines, "request-response.response")?,
        })
    }

    pub(super) fn parse(table: &Table<'_>) -> Result<Self, ReadError> {
        table.has_only(&KEYS)?;
        Ok(Self {
            enable_safe_overflow_for_requests: table.flag("enable-safe-overflow-for-requests")?,
            enable_safe_overflow_for_responses: table.flag("enable-safe-overflow-for-responses")?,
            enable_fire_and_forget_requests: table.flag("enable-fire-and-forget-requests")?,
            max_active_requests_per_client: table.number("max-active-requests-per-client")?,
            max_loaned_requests: table.number("max-loaned-requests")?,
            max_response_buffer_size: table.number("max-response-buffer-size")?,
            max_borrowed_responses_per_pending_response: table
                .number("max-borrowed-responses-per-pending-response")?,
            max_servers: table.number("max-servers")?,
            max_clients: table.number("max-clients")?,
            max_nodes: table.number("max-nodes")?,
            request: message_type_details::Document::parse(&table.table("request")?)?,
            response: message_type_details::Document::parse(&table.table("response")?)?,
        })
    }
}

/// Writes it as the table `request-response`.
pub(super) fn write(config: &StaticConfig, writer: &mut Writer) {
    writer.table("request-response");
    for (key, is_on) in [
        (
            "enable-safe-overflow-for-requests",
            config.enable_safe_overflow_for_requests,
        ),
        (
            "enable-safe-overflow-for-responses",
            config.enable_safe_overflow_for_responses,
        ),
        (
            "enable-fire-and-forget-requests",
            config.enable_fire_and_forget_requests,
        ),
    ] {
        writer.plain(key, is_on);
    }
    for (key, limit) in [
        (
            "max-active-requests-per-client",
            config.max_active_requests_per_client,
        ),
        ("max-loaned-requests", config.max_loaned_requests),
        ("max-response-buffer-size", config.max_response_buffer_size),
        (
            "max-borrowed-responses-per-pending-response",
            config.max_borrowed_responses_per_pending_response,
        ),
        ("max-servers", config.max_servers),
        ("max-clients", config.max_clients),
        ("max-nodes", config.max_nodes),
    ] {
        writer.plain(key, limit);
    }
    message_type_details::write(&config.request, "request-response.request", writer);
    message_type_details::write(&config.response, "request-response.response", writer);
}

impl TryFrom<Document> for StaticConfig {
    type Error = String;

    fn try_from(document: Document) -> Result<Self, String> {
        let limit = |name: &str, value: usize| {
            Some(value)
                .filter(|value| (1..=LIMIT_MAX).contains(value))
                .ok_or_else(|| format!("{name} = {value} is out of range"))
        };
        Ok(Self {
            enable_safe_overflow_for_requests: document.enable_safe_overflow_for_requests,
            enable_safe_overflow_for_responses: document.enable_safe_overflow_for_responses,
            enable_fire_and_forget_requests: document.enable_fire_and_forget_requests,
            max_active_requests_per_client: limit(
                "max-active-requests-per-client",
                document.max_active_requests_per_client,
            )?,
            max_loaned_requests: limit("max-loaned-requests", document.max_loaned_requests)?,
            max_response_buffer_size: limit(
                "max-response-buffer-size",
                document.max_response_buffer_size,
            )?,
            max_borrowed_responses_per_pending_response: limit(
                "max-borrowed-responses-per-pending-response",
                document.max_borrowed_responses_per_pending_response,
            )?,
            max_servers: limit("max-servers", document.max_servers)?,
            max_clients: limit("max-clients", document.max_clients)?,
            max_nodes: limit("max-nodes", document.max_nodes)?,
            request: document.request.try_into()?,
            response: document.response.try_into()?,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::StaticConfig;
    use crate::service::static_config::message_type_details::MessageTypeDetails;

    pub(crate) fn example() -> StaticConfig {
        StaticConfig {
            enable_safe_overflow_for_requests: true,
            enable_safe_overflow_for_responses: false,
            enable_fire_and_forget_requests: true,
            max_active_requests_per_client: 4,
            max_loaned_requests: 2,
            max_response_buffer_size: 2,
            max_borrowed_responses_per_pending_response: 2,
            max_servers: 2,
            max_clients: 8,
            max_nodes: 20,
            request: MessageTypeDetails::of::<u64, ()>(),
            response: MessageTypeDetails::of::<[f64; 3], u32>(),
        }
    }
}
