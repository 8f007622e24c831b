// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why there is no service.
//!
//! Variants carry no data where programs match on them; the concrete values of both sides are in the log.

use crate::{
    config::LIMIT_MAX,
    service::{
        place::{PlaceError, is_permission_denied},
        service_state::JoinError,
        static_config::ContractError,
    },
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
    /// The service treats full request queues otherwise.
    IncompatibleOverflowBehaviorForRequests,
    /// The service treats full response queues otherwise.
    IncompatibleOverflowBehaviorForResponses,
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

impl From<PlaceError> for RequestResponseOpenError {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Storage { operation, error } => Self::refused(operation, error),
            PlaceError::Contract(error @ ContractError::Version { .. }) => {
                tracing::error!("{}: {error}", Self::VersionMismatch);
                Self::VersionMismatch
            }
            PlaceError::Contract(error @ ContractError::Damaged { .. }) => {
                Self::ServiceInCorruptedState {
                    reason: error.to_string(),
                }
            }
        }
    }
}

impl From<JoinError> for RequestResponseOpenError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Full => Self::ExceedsMaxNumberOfNodes,
            JoinError::Storage { operation, error } => Self::refused(operation, error),
        }
    }
}

impl RequestResponseOpenError {
    fn refused(operation: &'static str, error: StorageError) -> Self {
        if is_permission_denied(&error) {
            tracing::error!("could not {operation}: {error}");
            Self::InsufficientPermissions
        } else {
            Self::System { operation, error }
        }
    }
}

impl From<PlaceError> for RequestResponseCreateError {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Storage { operation, error } => Self::refused(operation, error),
            PlaceError::Contract(error) => Self::ServiceInCorruptedState {
                reason: error.to_string(),
            },
        }
    }
}

impl From<JoinError> for RequestResponseCreateError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Full => Self::AlreadyExists,
            JoinError::Storage { operation, error } => Self::refused(operation, error),
        }
    }
}

impl RequestResponseCreateError {
    fn refused(operation: &'static str, error: StorageError) -> Self {
        if is_permission_denied(&error) {
            tracing::error!("could not {operation}: {error}");
            Self::InsufficientPermissions
        } else {
            Self::System { operation, error }
        }
    }
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

/// The sentence about a limit that an existing service does not satisfy.
macro_rules! too_low {
    ($what:literal, $option:literal, $key:literal) => {
        concat!(
            "the service exists with fewer ",
            $what,
            " than requested; request fewer (",
            $option,
            "), or end all its participants and create it with more (",
            $option,
            ", configuration key defaults.request-response.",
            $key,
            ")"
        )
    };
}

impl fmt::Display for RequestResponseOpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DoesNotExist => {
                "the service does not exist below this root path and prefix; create it, start its server first, or \
                 make all processes agree on global.root-path and global.prefix"
            }
            Self::IncompatibleRequestOrResponseType => {
                "the service exists with another request or response type (payload or user header); build all its \
                 participants with the same types (the log and the service's details name both sides)"
            }
            Self::IncompatibleOverflowBehaviorForRequests => {
                "the service exists with the other overflow behavior for requests; request the same \
                 (enable_safe_overflow_for_requests, configuration key \
                 defaults.request-response.enable-safe-overflow-for-requests), or none"
            }
            Self::IncompatibleOverflowBehaviorForResponses => {
                "the service exists with the other overflow behavior for responses; request the same \
                 (enable_safe_overflow_for_responses, configuration key \
                 defaults.request-response.enable-safe-overflow-for-responses), or none"
            }
            Self::DoesNotSupportRequestedAmountOfActiveRequestsPerClient => too_low!(
                "active requests per client",
                "max_active_requests_per_client",
                "max-active-requests-per-client"
            ),
            Self::DoesNotSupportRequestedAmountOfClientRequestLoans => {
                too_low!("loaned requests per client", "max_loaned_requests", "max-loaned-requests")
            }
            Self::DoesNotSupportRequestedAmountOfBorrowedResponsesPerPendingResponse => too_low!(
                "borrowed responses per pending response",
                "max_borrowed_responses_per_pending_response",
                "max-borrowed-responses-per-pending-response"
            ),
            Self::DoesNotSupportRequestedResponseBufferSize => too_low!(
                "buffered responses",
                "max_response_buffer_size",
                "max-response-buffer-size"
            ),
            Self::DoesNotSupportRequestedAmountOfServers => {
                too_low!("servers", "max_servers", "max-servers")
            }
            Self::DoesNotSupportRequestedAmountOfClients => {
                too_low!("clients", "max_clients", "max-clients")
            }
            Self::DoesNotSupportRequestedAmountOfNodes => too_low!("nodes", "max_nodes", "max-nodes"),
            Self::ExceedsMaxNumberOfNodes => {
                "as many nodes have the service open as may; end one, or create the service for more (max_nodes, \
                 configuration key defaults.request-response.max-nodes)"
            }
            Self::VersionMismatch => {
                "the service was made by another version; build all its participants alike (the log names both sides)"
            }
            Self::InsufficientPermissions => {
                "this user may not use the service's directory (the log names it); run as its owner, or choose a \
                 directory of this user's (configuration key global.root-path)"
            }
            Self::ServiceInCorruptedState { reason } => {
                return write!(
                    f,
                    "the service cannot be understood: {reason}; end all its participants and create it again"
                );
            }
            Self::System { operation, error } => {
                return write!(f, "could not {operation}: {error}");
            }
        })
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
            Self::AlreadyExists => f.write_str(
                "the service exists already; open it, or end all its participants before creating it anew",
            ),
            Self::InsufficientPermissions => f.write_str(
                "this user may not create the service's directory (the log names it); choose a directory of this \
                 user's (configuration key global.root-path)",
            ),
            Self::LimitOutOfRange { option, value } => write!(
                f,
                "{option} = {value} is out of range; choose 1 to {LIMIT_MAX} (configuration key \
                 defaults.request-response.{})",
                option.replace('_', "-")
            ),
            Self::ServiceInCorruptedState { reason } => write!(
                f,
                "a service of that name is in use and cannot be understood: {reason}; end all its participants"
            ),
            Self::ContractNotWritable { reason } => {
                write!(f, "the service's contract cannot be written: {reason}")
            }
            Self::NoServiceId(error) => write!(f, "could not draw the service's id: {error}"),
            Self::System { operation, error } => write!(f, "could not {operation}: {error}"),
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
