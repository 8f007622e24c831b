// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[defaults.blackboard]`: for a messaging pattern to come. Read and checked, so that one file serves all releases.

use super::{
    field::{Field, Table},
    limit,
};

/// What a blackboard service will take when it is told nothing. Read and checked; nothing uses it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blackboard {
    /// How many readers a service has at a time.
    pub max_readers: usize,
    /// How many nodes have a service open at a time.
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

impl Table for Blackboard {
    fn fields(&mut self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            (
                "max-readers",
                Field::Number(&mut self.max_readers, limit::LIMIT),
            ),
            (
                "max-nodes",
                Field::Number(&mut self.max_nodes, limit::LIMIT),
            ),
        ]
    }
}
