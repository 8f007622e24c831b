// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Configuration: where services live, how long their creation may take, and what a builder takes when it is told
//! nothing.
//!
//! ```text
//! iceoryx2.toml                      Config
//!   [global]                           global
//!   [global.node]                        .node
//!   [global.service]                     .service
//!                                      defaults
//!   [defaults.request-response]          .request_response
//!   [defaults.publish-subscribe]         .publish_subscribe   ┐
//!   [defaults.event]                     .event               ├ of messaging patterns to come: read and checked,
//!   [defaults.blackboard]                .blackboard          ┘ so that one file serves all releases
//! ```
//!
//! A missing key takes its default. An unknown key, or a value out of range, is an error that names file, line, key,
//! what was expected and the nearest key there is.
//!
//! With the feature `serde` the types here can be written and read in other ways, too.
//!
//! A program that names no file gets the first of these: `config/iceoryx2.toml` in its working directory,
//! `iceoryx2/iceoryx2.toml` in `$XDG_CONFIG_HOME` (or `~/.config`), `/etc/iceoryx2/iceoryx2.toml`, the built-in
//! defaults. If the file found is broken, [`NodeBuilder::create`](crate::node::NodeBuilder::create) says so.
//!
//! ```
//! use iceoryx2::config::Config;
//!
//! let mut config = Config::default();
//! config.global.set_root_path("/tmp/rooms");
//! config.defaults.request_response.max_clients = 32;
//! assert_eq!(config.global.root_path(), "/tmp/rooms");
//! ```

mod blackboard;
mod diagnosis;
mod duration;
mod error;
mod event;
mod field;
mod file;
mod foreign_keys;
mod global;
mod global_config;
mod known_keys;
mod limit;
mod prefix;
mod publish_subscribe;
mod request_response;
mod root_path;
mod search;
#[cfg(feature = "serde")]
mod serde_tables;
#[cfg(feature = "serde")]
mod serde_words;
mod text;
pub(crate) mod word;

pub use blackboard::Blackboard;
pub use diagnosis::Diagnosis;
pub use error::ConfigCreationError;
pub use event::Event;
pub use global::{Global, Node, Service};
pub use limit::LIMIT_MAX;
pub use publish_subscribe::PublishSubscribe;
pub use request_response::RequestResponse;

use field::{Field, Table};
use std::path::Path;

/// Everything that can be configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// What all processes that want to meet must agree on.
    pub global: Global,
    /// What a builder takes when it is told nothing.
    pub defaults: Defaults,
}

/// One set of defaults per messaging pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Defaults of request-response services.
    pub request_response: RequestResponse,
    /// Defaults of publish-subscribe services; nothing uses them yet.
    pub publish_subscribe: PublishSubscribe,
    /// Defaults of event services; nothing uses them yet.
    pub event: Event,
    /// Defaults of blackboard services; nothing uses them yet.
    pub blackboard: Blackboard,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigCreationError`] where the file cannot be read or says something that is not understood.
    pub fn from_file(path: &Path) -> Result<Self, ConfigCreationError> {
        file::read(path)
    }

    /// The configuration of everything in this process that was given no other. The first call looks for it.
    ///
    /// If the file that was found is broken, this is the built-in defaults, an error is logged once, and
    /// [`try_global_config`](Self::try_global_config) and every node that is given no configuration say why.
    #[must_use]
    pub fn global_config() -> &'static Self {
        global_config::get().config()
    }

    /// [`global_config`](Self::global_config), unless the file that was found is broken.
    ///
    /// # Errors
    /// [`ConfigCreationError`] where there is a file that cannot be read or says something that is not understood.
    pub fn try_global_config() -> Result<&'static Self, &'static ConfigCreationError> {
        global_config::get().checked()
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
        global_config::set(config, path.to_path_buf())?;
        Ok(Self::global_config())
    }
}

impl Table for Config {
    fn fields(&mut self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            ("global", Field::Table(&mut self.global)),
            ("defaults", Field::Table(&mut self.defaults)),
        ]
    }
}

impl Table for Defaults {
    fn fields(&mut self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            ("request-response", Field::Table(&mut self.request_response)),
            (
                "publish-subscribe",
                Field::Table(&mut self.publish_subscribe),
            ),
            ("event", Field::Table(&mut self.event)),
            ("blackboard", Field::Table(&mut self.blackboard)),
        ]
    }
}
