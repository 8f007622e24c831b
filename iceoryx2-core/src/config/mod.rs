// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Configuration: where services live, how long their creation may take, and what a builder takes when it is told
//! nothing.
//!
//! ```text
//! iceoryx2.toml                      Config
//!   [global]                           global
//!   [global.node]                        .node
//!   [global.service]                     .service
//!   [defaults.request-response]        defaults
//!                                        .request_response
//! ```
//!
//! A missing key takes its default. An unknown key, or a value out of range, is an error that names file, line, key,
//! what was expected and the nearest key there is.
//!
//! ```
//! use iceoryx2::config::Config;
//!
//! let mut config = Config::default();
//! config.global.set_root_path("/tmp/rooms".as_ref());
//! config.defaults.request_response.max_clients = 32;
//! assert_eq!(config.global.root_path(), "/tmp/rooms");
//! ```

mod diagnosis;
mod duration;
mod error;
mod global;
mod limit;
mod prefix;
mod request_response;
mod root_path;

pub use error::ConfigCreationError;
pub use global::{Global, Node, Service};
pub use limit::LIMIT_MAX;
pub use prefix::{Prefix, PrefixError};
pub use request_response::RequestResponse;

use serde::{Deserialize, Serialize};
use std::{path::Path, sync::OnceLock};

static GLOBAL_CONFIG: OnceLock<Config> = OnceLock::new();

/// Everything that can be configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// What all processes that want to meet must agree on.
    pub global: Global,
    /// What a builder takes when it is told nothing.
    pub defaults: Defaults,
}

/// One set of defaults per messaging pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Defaults {
    /// Defaults of request-response services.
    pub request_response: RequestResponse,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigCreationError`] where the file cannot be read or says something that is not understood.
    pub fn from_file(path: &Path) -> Result<Self, ConfigCreationError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigCreationError::Unreadable {
                path: path.to_path_buf(),
                error,
            })?;
        toml::from_str(&text).map_err(|error| {
            ConfigCreationError::Invalid(Box::new(diagnosis::diagnose(path, &text, &error)))
        })
    }

    /// The configuration of everything in this process that was given no other.
    #[must_use]
    pub fn global_config() -> &'static Self {
        GLOBAL_CONFIG.get_or_init(Self::default)
    }

    /// The root paths that processes of this user have by default, depending on their environment, as far as they exist
    /// and are this user's.
    pub(crate) fn default_root_paths() -> Vec<std::path::PathBuf> {
        root_path::default_root_paths()
    }

    /// Makes a file's content the [`global_config`](Self::global_config). To be called before anything uses it.
    ///
    /// # Errors
    /// [`ConfigCreationError`] where the file is at fault, or where the global configuration is in use already.
    pub fn setup_global_config_from_file(
        path: &Path,
    ) -> Result<&'static Self, ConfigCreationError> {
        let config = Self::from_file(path)?;
        GLOBAL_CONFIG
            .set(config)
            .map_err(|_| ConfigCreationError::GlobalConfigInUse {
                path: path.to_path_buf(),
            })?;
        Ok(Self::global_config())
    }
}

#[cfg(test)]
mod tests;
