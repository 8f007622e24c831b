// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[global]`: what all processes that want to meet must agree on.

use super::{duration, prefix, root_path, table};
use core::time::Duration;
use iceoryx2_bb_container::FileName;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// `[global]`: where services live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Global {
    #[serde(with = "root_path")]
    root_path: PathBuf,
    /// The directory below the root path. Nodes with different prefixes never see each other.
    #[serde(with = "prefix")]
    pub prefix: FileName,
    /// How long to wait for somebody else who is creating, opening or leaving the same service.
    #[serde(with = "duration")]
    pub creation_timeout: Duration,
    /// `[global.node]`
    #[serde(deserialize_with = "table::deserialize")]
    pub node: Node,
    /// `[global.service]`
    #[serde(deserialize_with = "table::deserialize")]
    pub service: Service,
}

/// `[global.node]`: how nodes behave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Node {
    /// Whether a new node removes what dead nodes left behind.
    pub cleanup_dead_nodes_on_creation: bool,
}

/// `[global.service]`: how services behave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Service {
    /// How long the last one out waits for the service's lock before it leaves the removal to the next one in.
    #[serde(with = "duration")]
    pub departure_timeout: Duration,
    /// How long a wait may poll before it sleeps, where that has lately paid; zero: every wait sleeps at once.
    #[serde(with = "duration")]
    pub spin_duration: Duration,
}

impl Global {
    /// The directory everything lies below.
    #[must_use]
    pub fn root_path(&self) -> &Path {
        &self.root_path
    }

    /// Changes the directory everything lies below. Make it absolute: nodes refuse a relative one.
    pub fn set_root_path<P: AsRef<Path> + ?Sized>(&mut self, path: &P) {
        self.root_path = path.as_ref().to_path_buf();
    }

    /// The directory of this root path and prefix.
    pub(crate) fn place(&self) -> PathBuf {
        self.root_path.join(self.prefix.as_str())
    }
}

impl Default for Global {
    fn default() -> Self {
        Self {
            root_path: root_path::default_root_path(),
            prefix: prefix::default(),
            creation_timeout: Duration::from_secs(10),
            node: Node::default(),
            service: Service::default(),
        }
    }
}

impl Default for Node {
    fn default() -> Self {
        Self {
            cleanup_dead_nodes_on_creation: true,
        }
    }
}

impl Default for Service {
    fn default() -> Self {
        Self {
            departure_timeout: Duration::from_millis(100),
            spin_duration: Duration::from_micros(100),
        }
    }
}
