// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can go wrong with nodes.

use crate::{
    config::ConfigCreationError,
    service::access::{AccessDenied, SystemWithCure, WithCure},
};
use core::fmt;
use iceoryx2_cal::{SystemError, static_storage::StorageError};
use std::path::PathBuf;

/// Why there is no node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeCreationFailure {
    /// The node was given no configuration, and the file that was found cannot be used.
    Configuration(ConfigCreationError),
    /// The root path depends on the working directory, so other processes would look elsewhere.
    RelativeRootPath {
        /// The root path.
        path: PathBuf,
    },
    /// This user may not use the root path.
    InsufficientPermissions(AccessDenied),
    /// The root path cannot be used.
    Storage(StorageError),
    /// The system refused something that has no path.
    System {
        /// What was to be done, to follow "could not".
        operation: &'static str,
        /// What the system said.
        error: SystemError,
    },
}

/// Why [`Node::wait`](super::Node::wait) did not sleep to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeWaitFailure {
    /// The user wants the program to end.
    TerminationRequest,
    /// The wait broke off, as it does in a forked child.
    Interrupt,
}

/// Why nodes could not be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeListFailure {
    /// This user may not look.
    InsufficientPermissions(AccessDenied),
    /// The system refused.
    System(StorageError),
}

/// Why what a dead node left is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeCleanupFailure {
    /// This user may not remove it.
    InsufficientPermissions(AccessDenied),
    /// The system refused.
    System(StorageError),
}

impl fmt::Display for NodeCreationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(error) => write!(
                f,
                "there is a configuration file, but it cannot be used: {error}; correct it, or give the node a \
                 configuration with NodeBuilder::config"
            ),
            Self::RelativeRootPath { path } => write!(
                f,
                "the root path {path:?} is relative, so other processes would look elsewhere; make it absolute \
                 (configuration key global.root-path)"
            ),
            Self::InsufficientPermissions(denied) => {
                write!(f, "this user may not use the node's root path: {denied}")
            }
            Self::Storage(error) => {
                write!(
                    f,
                    "the node's root path cannot be used: {}",
                    WithCure(error)
                )
            }
            Self::System { operation, error } => {
                write!(f, "could not {operation}: {}", SystemWithCure(*error))
            }
        }
    }
}

impl std::error::Error for NodeCreationFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Configuration(error) => Some(error),
            Self::RelativeRootPath { .. } => None,
            Self::InsufficientPermissions(denied) => Some(denied),
            Self::Storage(error) => Some(error),
            Self::System { error, .. } => Some(error),
        }
    }
}

impl fmt::Display for NodeWaitFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TerminationRequest => "the user wants the program to end; leave the loop",
            Self::Interrupt => {
                "the node's wait broke off; in a forked child, create a node of its own"
            }
        })
    }
}

impl std::error::Error for NodeWaitFailure {}

impl fmt::Display for NodeListFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InsufficientPermissions(denied) => {
                write!(f, "this user may not list the nodes: {denied}")
            }
            Self::System(error) => write!(f, "could not list the nodes: {}", WithCure(error)),
        }
    }
}

impl std::error::Error for NodeListFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InsufficientPermissions(denied) => Some(denied),
            Self::System(error) => Some(error),
        }
    }
}

impl fmt::Display for NodeCleanupFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InsufficientPermissions(denied) => {
                write!(
                    f,
                    "this user may not remove what a dead node left: {denied}"
                )
            }
            Self::System(error) => {
                write!(
                    f,
                    "could not remove what a dead node left: {}",
                    WithCure(error)
                )
            }
        }
    }
}

impl std::error::Error for NodeCleanupFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InsufficientPermissions(denied) => Some(denied),
            Self::System(error) => Some(error),
        }
    }
}
