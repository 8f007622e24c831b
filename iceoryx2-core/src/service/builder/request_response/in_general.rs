// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the variants mean in general, for a thread that does not know how an error came about.

use super::{RequestResponseCreateError, RequestResponseOpenError};

/// The sentence about a limit that an existing service does not satisfy.
macro_rules! too_low {
    ($option:literal, $key:literal) => {
        concat!(
            "the service exists with a lower ",
            $option,
            " than requested; request less, or end all its participants and create it with more (",
            $option,
            ", configuration key defaults.request-response.",
            $key,
            ")"
        )
    };
}
impl RequestResponseOpenError {
    pub(super) fn in_general(&self) -> &'static str {
        match self {
            Self::DoesNotExist => {
                "the service does not exist below this root path and prefix; start the process that creates it first, \
                 or make all processes agree on the configuration keys global.root-path and global.prefix"
            }
            Self::IncompatibleRequestOrResponseType => {
                "the service exists with another request or response type (payload or user header); build all its \
                 participants with the same types (the service's details name them)"
            }
            Self::IncompatibleAttributes => {
                "the service exists without an attribute that is required; require what there is (the service's \
                 details name its attributes), or end all its participants and create it with that attribute"
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
            Self::IncompatibleBehaviorForFireAndForgetRequests => {
                "the service exists with the other behavior for requests nobody listens to any more; request the same \
                 (enable_fire_and_forget_requests, configuration key \
                 defaults.request-response.enable-fire-and-forget-requests), or none"
            }
            Self::DoesNotSupportRequestedAmountOfActiveRequestsPerClient => {
                too_low!(
                    "max_active_requests_per_client",
                    "max-active-requests-per-client"
                )
            }
            Self::DoesNotSupportRequestedAmountOfClientRequestLoans => {
                too_low!("max_loaned_requests", "max-loaned-requests")
            }
            Self::DoesNotSupportRequestedAmountOfBorrowedResponsesPerPendingResponse => too_low!(
                "max_borrowed_responses_per_pending_response",
                "max-borrowed-responses-per-pending-response"
            ),
            Self::DoesNotSupportRequestedResponseBufferSize => {
                too_low!("max_response_buffer_size", "max-response-buffer-size")
            }
            Self::DoesNotSupportRequestedAmountOfServers => too_low!("max_servers", "max-servers"),
            Self::DoesNotSupportRequestedAmountOfClients => too_low!("max_clients", "max-clients"),
            Self::DoesNotSupportRequestedAmountOfNodes => too_low!("max_nodes", "max-nodes"),
            Self::ExceedsMaxNumberOfNodes => {
                "the service is open in as many nodes as it may; end one, or create the service for more (max_nodes, \
                 configuration key defaults.request-response.max-nodes)"
            }
            Self::VersionMismatch => {
                "the service was made by another version; build all its participants alike"
            }
            Self::InsufficientPermissions => {
                "this user may not use the service's directory; run as its owner, or choose a directory of this \
                 user's (configuration key global.root-path)"
            }
            Self::ServiceInCorruptedState { .. } => {
                "the service cannot be understood; end all its participants and create it again"
            }
            Self::System { .. } => "the system refused to open the service",
        }
    }
}

impl RequestResponseCreateError {
    pub(super) fn in_general(&self) -> &'static str {
        match self {
            Self::AlreadyExists => {
                "the service exists already; open it, or end all its participants before creating it anew"
            }
            Self::InsufficientPermissions => {
                "this user may not create the service's directory; choose a directory of this user's (configuration \
                 key global.root-path)"
            }
            Self::UnsupportedRequestOrResponseType { .. } => {
                "a service cannot have such a request or response type; choose another size or alignment"
            }
            Self::LimitOutOfRange { .. } => "a limit is out of range; choose a lower one",
            Self::ServiceInCorruptedState { .. } => {
                "a service of that name is in use and cannot be understood; end all its participants"
            }
            Self::ContractNotWritable { .. } => {
                "the service's contract cannot be written; shorten the names of the message types"
            }
            Self::NoServiceId(_) => "the system has no random bits for the service's id; try again",
            Self::System { .. } => "the system refused to create the service",
        }
    }
}
