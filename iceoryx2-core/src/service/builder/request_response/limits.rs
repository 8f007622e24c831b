// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The seven limits of a request-response service, and what each is called.

use super::RequestResponseOpenError;
use crate::{config::RequestResponse, service::static_config::request_response::StaticConfig};

/// One of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    ActiveRequestsPerClient,
    LoanedRequests,
    ResponseBufferSize,
    BorrowedResponsesPerPendingResponse,
    Servers,
    Clients,
    Nodes,
}

/// What was asked for: at least so many, or anything.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    set: Vec<(Limit, usize)>,
}

impl Limit {
    pub(super) const ALL: [Self; 7] = [
        Self::ActiveRequestsPerClient,
        Self::LoanedRequests,
        Self::ResponseBufferSize,
        Self::BorrowedResponsesPerPendingResponse,
        Self::Servers,
        Self::Clients,
        Self::Nodes,
    ];

    /// The setter's name.
    pub(super) const fn option(self) -> &'static str {
        match self {
            Self::ActiveRequestsPerClient => "max_active_requests_per_client",
            Self::LoanedRequests => "max_loaned_requests",
            Self::ResponseBufferSize => "max_response_buffer_size",
            Self::BorrowedResponsesPerPendingResponse => {
                "max_borrowed_responses_per_pending_response"
            }
            Self::Servers => "max_servers",
            Self::Clients => "max_clients",
            Self::Nodes => "max_nodes",
        }
    }

    /// The key in the configuration.
    pub(super) fn key(self) -> String {
        key_of(self.option())
    }

    /// What a builder takes that was told nothing.
    pub(super) const fn default_of(self, defaults: &RequestResponse) -> usize {
        match self {
            Self::ActiveRequestsPerClient => defaults.max_active_requests_per_client,
            Self::LoanedRequests => defaults.max_loaned_requests,
            Self::ResponseBufferSize => defaults.max_response_buffer_size,
            Self::BorrowedResponsesPerPendingResponse => {
                defaults.max_borrowed_responses_per_pending_response
            }
            Self::Servers => defaults.max_servers,
            Self::Clients => defaults.max_clients,
            Self::Nodes => defaults.max_nodes,
        }
    }

    /// What an existing service has.
    pub(super) fn value_of(self, existing: &StaticConfig) -> usize {
        match self {
            Self::ActiveRequestsPerClient => existing.max_active_requests_per_client(),
            Self::LoanedRequests => existing.max_loaned_requests(),
            Self::ResponseBufferSize => existing.max_response_buffer_size(),
            Self::BorrowedResponsesPerPendingResponse => {
                existing.max_borrowed_responses_per_pending_response()
            }
            Self::Servers => existing.max_servers(),
            Self::Clients => existing.max_clients(),
            Self::Nodes => existing.max_nodes(),
        }
    }

    /// What it is called when a service has less than was asked for.
    pub(super) const fn refusal(self) -> RequestResponseOpenError {
        use RequestResponseOpenError as Error;
        match self {
            Self::ActiveRequestsPerClient => {
                Error::DoesNotSupportRequestedAmountOfActiveRequestsPerClient
            }
            Self::LoanedRequests => Error::DoesNotSupportRequestedAmountOfClientRequestLoans,
            Self::ResponseBufferSize => Error::DoesNotSupportRequestedResponseBufferSize,
            Self::BorrowedResponsesPerPendingResponse => {
                Error::DoesNotSupportRequestedAmountOfBorrowedResponsesPerPendingResponse
            }
            Self::Servers => Error::DoesNotSupportRequestedAmountOfServers,
            Self::Clients => Error::DoesNotSupportRequestedAmountOfClients,
            Self::Nodes => Error::DoesNotSupportRequestedAmountOfNodes,
        }
    }
}

/// The key in the configuration that stands for a builder's option.
pub(super) fn key_of(option: &str) -> String {
    format!("defaults.request-response.{}", option.replace('_', "-"))
}

impl Limits {
    /// Asks for at least `value`; the last word counts.
    pub(super) fn set(&mut self, limit: Limit, value: usize) {
        self.set.retain(|(other, _)| *other != limit);
        self.set.push((limit, value));
    }

    /// What was asked for, 0 raised to 1; `None` for anything.
    pub(super) fn get(&self, limit: Limit) -> Option<usize> {
        let (_, value) = self.set.iter().find(|(other, _)| *other == limit)?;
        if *value == 0 {
            tracing::warn!("{} = 0 makes no sense and was raised to 1", limit.option());
        }
        Some((*value).max(1))
    }
}
