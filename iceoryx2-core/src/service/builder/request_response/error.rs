// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why there is no service.
//!
//! Variants carry no data where programs of iceoryx2 0.10 match on them. Displayed in the thread that was refused, they
//! name both sides all the same: see [`explanation`].

use super::{explanation, limits::key_of, refusals};
use crate::{
    config::LIMIT_MAX,
    service::{access::SystemWithCure, alignment::Alignment},
};
use core::fmt;
use iceoryx2_cal::{SystemError, static_storage::StorageError};

/// Why a service was not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestResponseOpenError {
    /// There is no such service below the configuration's root path and prefix.
    DoesNotExist,
    /// The service's payload or user header is of another type.
    IncompatibleRequestOrResponseType,
    /// The service says not of itself what is required.
    IncompatibleAttributes,
    /// The service treats full request queues otherwise.
    IncompatibleOverflowBehaviorForRequests,
    /// The service treats full response queues otherwise.
    IncompatibleOverflowBehaviorForResponses,
    /// The service treats requests nobody listens to any more otherwise.
    IncompatibleBehaviorForFireAndForgetRequests,
    /// The service's `max_active_requests_per_client` is lower.
    DoesNotSupportRequestedAmountOfActiveRequestsPerClient,
    /// The service's `max_loaned_requests` is lower.
    DoesNotSupportRequestedAmountOfClientRequestLoans,
    /// The service's `max_borrowed_responses_per_pending_response` is lower.
    DoesNotSupportRequestedAmountOfBorrowedResponsesPerPendingResponse,
    /// The service's `max_response_buffer_size` is lower.
    DoesNotSupportRequestedResponseBufferSize,
    /// The service's `max_servers` is lower.
    DoesNotSupportRequestedAmountOfServers,
    /// The service's `max_clients` is lower.
    DoesNotSupportRequestedAmountOfClients,
    /// The service's `max_nodes` is lower.
    DoesNotSupportRequestedAmountOfNodes,
    /// As many nodes have the service open as may.
    ExceedsMaxNumberOfNodes,
    /// The service was made by a build that exchanges other things.
    VersionMismatch,
    /// This user may not use the service.
    InsufficientPermissions,
    /// The service's contract makes no sense.
    ServiceInCorruptedState {
        /// What is wrong with it.
        reason: String,
    },
    /// The system refused.
    System {
        /// What was to be done, to follow "could not".
        operation: &'static str,
        /// What the system said about which path.
        error: StorageError,
    },
}

/// Why a service was not created.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestResponseCreateError {
    /// There is such a service already.
    AlreadyExists,
    /// This user may not create it there.
    InsufficientPermissions,
    /// A limit is larger than any may be.
    LimitOutOfRange {
        /// The setter.
        option: &'static str,
        /// What it was told.
        value: usize,
    },
    /// Memory of such a type cannot be shared.
    UnsupportedRequestOrResponseType {
        /// "request" or "response".
        message: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody uses a service of that name whose contract makes no sense here.
    ServiceInCorruptedState {
        /// What is wrong with it.
        reason: String,
    },
    /// The contract cannot be written.
    ContractNotWritable {
        /// Why not.
        reason: String,
    },
    /// The system had no random bits for the service's id.
    NoServiceId(SystemError),
    /// The system refused.
    System {
        /// What was to be done, to follow "could not".
        operation: &'static str,
        /// What the system said about which path.
        error: StorageError,
    },
}

/// Why a service was neither opened nor created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestResponseOpenOrCreateError {
    /// It exists and was not opened.
    RequestResponseOpenError(RequestResponseOpenError),
    /// It does not exist and was not created.
    RequestResponseCreateError(RequestResponseCreateError),
}

impl From<RequestResponseOpenError> for RequestResponseOpenOrCreateError {
    fn from(error: RequestResponseOpenError) -> Self {
        Self::RequestResponseOpenError(error)
    }
}

impl From<RequestResponseCreateError> for RequestResponseOpenOrCreateError {
    fn from(error: RequestResponseCreateError) -> Self {
        Self::RequestResponseCreateError(error)
    }
}

impl fmt::Display for RequestResponseOpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ServiceInCorruptedState { reason } => write!(
                f,
                "the service cannot be understood: {reason}; end all its participants and create it again"
            ),
            Self::System { operation, error } => refusals::system(f, operation, error),
            variant => match explanation::of(variant.into()) {
                Some(sentence) => f.write_str(&sentence),
                None => f.write_str(variant.in_general()),
            },
        }
    }
}

impl std::error::Error for RequestResponseOpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for RequestResponseCreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LimitOutOfRange { option, value } => write!(
                f,
                "{option} = {value} is out of range; choose 1 to {LIMIT_MAX} (configuration key {})",
                key_of(option)
            ),
            Self::UnsupportedRequestOrResponseType { message, reason } => write!(
                f,
                "a service cannot have this {message} type: {reason}; choose an alignment of 1, 2, 4 and so on to {}, \
                 and a size that is a multiple of the type's",
                Alignment::MAX
            ),
            Self::ServiceInCorruptedState { reason } => write!(
                f,
                "a service of that name is in use and cannot be understood: {reason}; end all its participants"
            ),
            Self::ContractNotWritable { reason } => {
                write!(f, "the service's contract cannot be written: {reason}")
            }
            Self::NoServiceId(error) => {
                write!(
                    f,
                    "could not draw the service's id: {}",
                    SystemWithCure(*error)
                )
            }
            Self::System { operation, error } => refusals::system(f, operation, error),
            variant => match explanation::of(variant.into()) {
                Some(sentence) => f.write_str(&sentence),
                None => f.write_str(variant.in_general()),
            },
        }
    }
}

impl std::error::Error for RequestResponseCreateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System { error, .. } => Some(error),
            Self::NoServiceId(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for RequestResponseOpenOrCreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestResponseOpenError(error) => error.fmt(f),
            Self::RequestResponseCreateError(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RequestResponseOpenOrCreateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::RequestResponseOpenError(error) => Some(error),
            Self::RequestResponseCreateError(error) => Some(error),
        }
    }
}
