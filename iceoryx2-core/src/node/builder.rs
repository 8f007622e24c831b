// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a node is made.

use super::{Node, NodeCreationFailure, NodeInner, NodeName};
use crate::{config::Config, service::Service, signal_handling_mode::SignalHandlingMode};

/// Makes a node. Whatever is not set takes its default.
#[derive(Debug, Clone, Default)]
pub struct NodeBuilder {
    name: NodeName,
    config: Option<Config>,
    signal_handling_mode: SignalHandlingMode,
}

impl NodeBuilder {
    /// Begins.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What others shall call the node. Default: nothing.
    #[must_use]
    pub fn name(mut self, name: &NodeName) -> Self {
        self.name = name.clone();
        self
    }

    /// Where to live. Default: [`Config::global_config`], if the file it comes from is in order.
    #[must_use]
    pub fn config(mut self, config: &Config) -> Self {
        self.config = Some(config.clone());
        self
    }

    /// What to do about Ctrl-C and SIGTERM. Default: end every wait.
    #[must_use]
    pub fn signal_handling_mode(mut self, mode: SignalHandlingMode) -> Self {
        self.signal_handling_mode = mode;
        self
    }

    /// Makes the node.
    ///
    /// # Errors
    /// [`NodeCreationFailure`].
    pub fn create<S: Service>(self) -> Result<Node<S>, NodeCreationFailure> {
        let config = match self.config {
            Some(config) => config,
            None => Config::try_global_config()
                .map_err(|error| NodeCreationFailure::Configuration(error.clone()))?
                .clone(),
        };
        let inner = NodeInner::create(self.name, config, self.signal_handling_mode)?;
        Ok(Node { inner })
    }
}
