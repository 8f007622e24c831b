// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Looking for peers by hand. Every call of a port does it anyway when there may be somebody new.

use core::fmt;
use iceoryx2_cal::{SystemError, static_storage::StorageError};

/// A port that can be asked to look for new peers now.
pub trait UpdateConnections {
    /// Looks for peers that came or went, and connects to the new ones.
    ///
    /// # Errors
    /// [`ConnectionFailure`]. Peers that can be reached are connected all the same.
    fn update_connections(&self) -> Result<(), ConnectionFailure>;
}

/// Why a peer could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionFailure {
    /// The peer is there, but the handshake with it failed.
    FailedToEstablishConnection,
    /// A peer broke the protocol, and its connection was closed.
    ConnectionCorrupted,
    /// The peer's memory could not be mapped.
    UnableToMapSendersDataSegment,
    /// The system refused.
    System(SystemError),
}

impl fmt::Display for ConnectionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailedToEstablishConnection => f.write_str(
                "a peer of the service could not be reached: check that it was built with the \
                 same release, and look at the log",
            ),
            Self::ConnectionCorrupted => f.write_str(
                "a peer broke the protocol, and its connection was closed: run it with the same \
                 release as this program",
            ),
            Self::UnableToMapSendersDataSegment => f.write_str(
                "a peer's memory could not be mapped: check this process's limit on address \
                 space (ulimit -v)",
            ),
            Self::System(error) => write!(
                f,
                "the connection to a peer failed because {error}: check this process's limits \
                 (ulimit -n, ulimit -v) and the machine's memory"
            ),
        }
    }
}

impl std::error::Error for ConnectionFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System(error) => Some(error),
            _ => None,
        }
    }
}

impl From<SystemError> for ConnectionFailure {
    fn from(error: SystemError) -> Self {
        Self::System(error)
    }
}

impl From<StorageError> for ConnectionFailure {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::System { error, .. } => Self::System(error),
            _ => Self::FailedToEstablishConnection,
        }
    }
}
