// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A port's chunks, and the oracle that each comes home exactly once.

use super::super::{ChunkId, ChunkKey};
use std::collections::BTreeSet;

#[derive(Debug)]
pub(super) struct Pool {
    free: Vec<u32>,
    lent: BTreeSet<u32>,
}

impl Pool {
    pub(super) fn new(count: u32) -> Self {
        Self {
            free: (0..count).rev().collect(),
            lent: BTreeSet::new(),
        }
    }

    pub(super) fn lend(&mut self) -> ChunkId {
        let chunk = self.free.pop().expect("a chunk was lost");
        assert!(self.lent.insert(chunk));
        ChunkId::base(chunk)
    }

    pub(super) fn has_free(&self) -> bool {
        !self.free.is_empty()
    }

    pub(super) fn give(&mut self, ChunkKey(chunk): ChunkKey) {
        assert!(self.lent.remove(&chunk), "chunk {chunk} came home twice");
        self.free.push(chunk);
    }

    pub(super) fn lent(&self) -> &BTreeSet<u32> {
        &self.lent
    }
}
