// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why there is no configuration.

use super::diagnosis::Diagnosis;
use core::fmt;
use iceoryx2_cal::SystemError;
use std::path::PathBuf;

/// Why a file did not become a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigCreationError {
    /// The system does not let us read the file.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: SystemError,
    },
    /// What has the file's name is no file that could be a configuration.
    Unsuitable {
        /// What has the file's name.
        path: PathBuf,
        /// Why it cannot be a configuration.
        reason: &'static str,
    },
    /// The file says something that is not understood.
    Invalid(Box<Diagnosis>),
    /// Something in this process has used the global configuration already, so it cannot change any more.
    GlobalConfigInUse {
        /// The file that came too late.
        path: PathBuf,
    },
}

impl fmt::Display for ConfigCreationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, error } => write!(
                f,
                "the configuration file {} cannot be read: {error}; check that it exists and is yours to read",
                path.display()
            ),
            Self::Unsuitable { path, reason } => write!(
                f,
                "{} cannot be a configuration file: {reason}; remove it, or put a TOML file there",
                path.display()
            ),
            Self::Invalid(diagnosis) => diagnosis.fmt(f),
            Self::GlobalConfigInUse { path } => write!(
                f,
                "the global configuration is in use already, so {} was not taken; set it up before the first node",
                path.display()
            ),
        }
    }
}

impl std::error::Error for ConfigCreationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            Self::Unsuitable { .. } | Self::Invalid(_) | Self::GlobalConfigInUse { .. } => None,
        }
    }
}
