// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a request ended, and how a wait for its responses did.

use super::{
    client::RequestSendError,
    errors::{ReceiveError, SendError},
};
use core::fmt;

/// Why a pending response will never get another response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every server that got the request has ended its stream, and nothing is missing.
    Finished,
    /// No server got the request.
    NoServer,
    /// A server dropped the request unanswered.
    Rejected,
    /// A server died.
    ServerDied {
        /// A server had taken the request.
        taken: bool,
        /// How many responses came before.
        received: u64,
    },
    /// Overflow replaced the request before a server took it.
    Evicted,
    /// The request's deadline passed before a server took it.
    Expired,
}

impl Outcome {
    /// The one that tells more about what is missing; of two deaths the sum.
    pub(crate) const fn worse(self, other: Self) -> Self {
        match (self, other) {
            (
                Self::ServerDied { taken, received },
                Self::ServerDied {
                    taken: also,
                    received: more,
                },
            ) => Self::ServerDied {
                taken: taken || also,
                received: received + more,
            },
            _ if other.rank() < self.rank() => other,
            _ => self,
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::ServerDied { .. } => 0,
            Self::Evicted => 1,
            Self::Expired => 2,
            Self::Rejected => 3,
            Self::Finished => 4,
            Self::NoServer => 5,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("every server has sent its last response"),
            Self::NoServer => f.write_str("no server got the request: start one"),
            Self::Rejected => f.write_str("a server dropped the request unanswered"),
            Self::ServerDied {
                taken: true,
                received,
            } => write!(
                f,
                "a server died after it had taken the request; {received} responses came before"
            ),
            Self::ServerDied { taken: false, .. } => {
                f.write_str("a server died before it took the request: send it again")
            }
            Self::Evicted => f.write_str(
                "a later request replaced this one in a full queue: send fewer at a time or \
                 switch enable_safe_overflow_for_requests off",
            ),
            Self::Expired => f.write_str("the request's deadline passed before a server took it"),
        }
    }
}

/// Why a wait ended without a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitError {
    /// The time has passed.
    Timeout,
    /// There will never be another response.
    Ended(Outcome),
    /// The user asked the process to end.
    Terminated,
    /// Receiving failed.
    Receive(ReceiveError),
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("nothing came within the timeout"),
            Self::Ended(outcome) => outcome.fmt(f),
            Self::Terminated => f.write_str("the process was asked to end: end now"),
            Self::Receive(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for WaitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Receive(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a call has no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallError {
    /// A server has the request and did not answer within the timeout.
    Timeout,
    /// There was no server within the timeout.
    NoServer,
    /// The request ended without any response.
    Ended(Outcome),
    /// The user asked the process to end.
    Terminated,
    /// The request could not be sent.
    Send(RequestSendError),
    /// Receiving failed.
    Receive(ReceiveError),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no server answered within the timeout"),
            Self::NoServer => f.write_str("there was no server within the timeout: start one"),
            Self::Ended(outcome) => outcome.fmt(f),
            Self::Terminated => f.write_str("the process was asked to end: end now"),
            Self::Send(error) => error.fmt(f),
            Self::Receive(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Send(error) => Some(error),
            Self::Receive(error) => Some(error),
            _ => None,
        }
    }
}

impl From<WaitError> for CallError {
    fn from(error: WaitError) -> Self {
        match error {
            WaitError::Timeout => Self::Timeout,
            WaitError::Ended(Outcome::NoServer) => Self::NoServer,
            WaitError::Ended(outcome) => Self::Ended(outcome),
            WaitError::Terminated => Self::Terminated,
            WaitError::Receive(error) => Self::Receive(error),
        }
    }
}

/// A port's wait that ended early, before it is known what the caller wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    Timeout,
    Terminated,
    System(iceoryx2_cal::SystemError),
}

impl From<Stopped> for SendError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Timeout => Self::UnableToDeliver,
            Stopped::Terminated => Self::Terminated,
            Stopped::System(error) => Self::ConnectionError(error.into()),
        }
    }
}

impl From<Stopped> for WaitError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Timeout => Self::Timeout,
            Stopped::Terminated => Self::Terminated,
            Stopped::System(error) => Self::Receive(error.into()),
        }
    }
}
