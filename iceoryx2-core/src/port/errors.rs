// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What loaning, sending and receiving may answer.

use super::update_connections::ConnectionFailure;
use core::fmt;
use iceoryx2_cal::{SystemError, SystemErrorKind};

/// Why there is no loan.
// WHY repr: a byte laid over the first byte of a loan would make every copy of the loan one of odd bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum LoanError {
    /// The machine has no memory for it.
    OutOfMemory,
    /// As many loans are out as there may be.
    ExceedsMaxLoans,
    /// The payload is longer than the port may send.
    ExceedsMaxLoanSize,
    /// The port belongs to the parent of this forked process.
    UsedAfterFork,
}

impl fmt::Display for LoanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfMemory => {
                "the machine has no memory for the loan: free some, or drop messages that are held"
            }
            Self::ExceedsMaxLoans => {
                "the port has as many loans as it may: send or drop one, or raise \
                 max_loaned_requests (key defaults.request-response.max-loaned-requests) for requests, \
                 max_loaned_responses_per_request of the server's builder for responses"
            }
            Self::ExceedsMaxLoanSize => {
                "the payload is longer than the port may send: send it in shorter pieces"
            }
            Self::UsedAfterFork => USED_AFTER_FORK,
        })
    }
}

impl std::error::Error for LoanError {}

/// Why a message was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendError {
    /// A receiver broke the protocol.
    ConnectionCorrupted,
    /// There was no memory to send from.
    LoanError(LoanError),
    /// A receiver could not be reached.
    ConnectionError(ConnectionFailure),
    /// A receiver had no room until the port's delivery timeout.
    UnableToDeliver,
    /// A receiver had no room when the user asked the process to end.
    Terminated,
    /// The port belongs to the parent of this forked process.
    UsedAfterFork,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectionCorrupted => f.write_str(
                "a receiver broke the protocol, and its connection was closed: run it with the \
                 same release as this program",
            ),
            Self::LoanError(error) => error.fmt(f),
            Self::ConnectionError(error) => error.fmt(f),
            Self::UnableToDeliver => f.write_str(
                "a receiver's queue stayed full: let it receive faster, or allow overflow or \
                 BackpressureStrategy::DiscardData",
            ),
            Self::Terminated => f.write_str(
                "a receiver's queue was full when the process was asked to end: end now",
            ),
            Self::UsedAfterFork => f.write_str(USED_AFTER_FORK),
        }
    }
}

impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::LoanError(error) => Some(error),
            Self::ConnectionError(error) => Some(error),
            _ => None,
        }
    }
}

impl From<LoanError> for SendError {
    fn from(error: LoanError) -> Self {
        Self::LoanError(error)
    }
}

impl From<ConnectionFailure> for SendError {
    fn from(error: ConnectionFailure) -> Self {
        match error {
            ConnectionFailure::ConnectionCorrupted => Self::ConnectionCorrupted,
            error => Self::ConnectionError(error),
        }
    }
}

/// Why nothing could be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiveError {
    /// As many messages are borrowed as may be.
    ExceedsMaxBorrows,
    /// A sender could not be reached.
    ConnectionFailure(ConnectionFailure),
    /// The port belongs to the parent of this forked process.
    UsedAfterFork,
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExceedsMaxBorrows => f.write_str(
                "as many messages are held as may be: drop one, or raise \
                 max_borrowed_responses_per_pending_response (key \
                 defaults.request-response.max-borrowed-responses-per-pending-response) for \
                 responses, max_active_requests_per_client (key \
                 defaults.request-response.max-active-requests-per-client) for requests",
            ),
            Self::ConnectionFailure(error) => error.fmt(f),
            Self::UsedAfterFork => f.write_str(USED_AFTER_FORK),
        }
    }
}

impl std::error::Error for ReceiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::ConnectionFailure(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ConnectionFailure> for ReceiveError {
    fn from(error: ConnectionFailure) -> Self {
        match error {
            ConnectionFailure::System(error) if error.kind() == SystemErrorKind::UsedAfterFork => {
                Self::UsedAfterFork
            }
            error => Self::ConnectionFailure(error),
        }
    }
}

impl From<SystemError> for ReceiveError {
    fn from(error: SystemError) -> Self {
        ConnectionFailure::System(error).into()
    }
}

pub(crate) const USED_AFTER_FORK: &str =
    "the port belongs to the parent of this forked process: make a node and a port of its own here";
