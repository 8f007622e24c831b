// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[defaults.blackboard]`: for a messaging pattern to come. Read and checked, so that one file serves all releases.

use super::limit;
use serde::{Deserialize, Serialize};

/// What a blackboard service will take when it is told nothing. Read and checked; nothing uses it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Blackboard {
    /// How many readers a service has at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_readers: usize,
    /// How many nodes have a service open at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_nodes: usize,
}

impl Default for Blackboard {
    fn default() -> Self {
        Self {
            max_readers: 8,
            max_nodes: 20,
        }
    }
}
