// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[global]`: what all processes that want to meet must agree on.

use super::{
    field::{Field, Table},
    prefix, root_path,
};
use core::time::Duration;
use iceoryx2_bb_container::FileName;
use std::path::{Path, PathBuf};

/// `[global]`: where services live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Global {
    root_path: PathBuf,
    /// The directory below the root path. Nodes with different prefixes never see each other.
    pub prefix: FileName,
    /// How long to wait for somebody else who is creating, opening or leaving the same service.
    pub creation_timeout: Duration,
    /// `[global.node]`
    pub node: Node,
    /// `[global.service]`
    pub service: Service,
}

/// `[global.node]`: how nodes behave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Whether a new node removes what dead nodes left behind.
    pub cleanup_dead_nodes_on_creation: bool,
}

/// `[global.service]`: how services behave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// How long the last one out waits for the service's lock before it leaves the removal to the next one in.
    pub departure_timeout: Duration,
    /// How long a wait may poll before it sleeps, where that has lately paid; zero: every wait sleeps at once.
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

impl Table for Global {
    fn fields(&mut self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            ("root-path", Field::RootPath(&mut self.root_path)),
            ("prefix", Field::Prefix(&mut self.prefix)),
            (
                "creation-timeout",
                Field::Duration(&mut self.creation_timeout),
            ),
            ("node", Field::Table(&mut self.node)),
            ("service", Field::Table(&mut self.service)),
        ]
    }
}

impl Table for Node {
    fn fields(&mut self) -> Vec<(&'static str, Field<'_>)> {
        vec![(
            "cleanup-dead-nodes-on-creation",
            Field::Flag(&mut self.cleanup_dead_nodes_on_creation),
        )]
    }
}

impl Table for Service {
    fn fields(&mut self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            (
                "departure-timeout",
                Field::Duration(&mut self.departure_timeout),
            ),
            ("spin-duration", Field::Duration(&mut self.spin_duration)),
        ]
    }
}
