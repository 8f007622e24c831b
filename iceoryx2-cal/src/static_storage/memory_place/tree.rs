// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The places of one process, with what is in them.
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

use super::Object;
use crate::{SystemErrorKind, event::DrainBell};
use iceoryx2_bb_elementary::SortedMap;
use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

/// All places, by their paths.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// INVARIANT: with a place also the one above it is here and has it as an entry.
    places: SortedMap<PathBuf, Node>,
    /// How many places were ever made.
    made: u64,
}

/// One place.
#[derive(Debug, Default)]
pub(super) struct Node {
    id: u64,
    pub(super) entries: SortedMap<OsString, Found>,
    /// How many values stand for it.
    open: usize,
    pub(super) is_locked: bool,
    watchers: Vec<Weak<DrainBell>>,
}

/// What a name leads to.
#[derive(Debug)]
pub(super) enum Found {
    Place,
    Object(Object),
}

impl Node {
    /// Takes a name into the place and gives back what had it.
    #[inline]
    pub(super) fn enter(&mut self, name: &OsStr, found: Found) -> Option<Found> {
        let replaced = self.entries.insert(name.to_owned(), found);
        self.watchers.retain(|bell| match bell.upgrade() {
            Some(bell) => {
                bell.ring();
                true
            }
            None => false,
        });
        replaced
    }

    #[inline]
    pub(super) fn watch(&mut self, bell: &Arc<DrainBell>) {
        self.watchers.retain(|bell| bell.strong_count() > 0);
        self.watchers.push(Arc::downgrade(bell));
    }

    #[inline]
    fn is_idle(&self) -> bool {
        self.open == 0 && self.entries.is_empty() && !self.is_locked
    }
}

impl Tree {
    /// The place that has this path, if it still is the one with this id.
    #[inline]
    pub(super) fn node(&mut self, path: &Path, id: u64) -> Option<&mut Node> {
        self.places.get_mut(path).filter(|node| node.id == id)
    }

    /// Opens a place that is there.
    #[inline]
    pub(super) fn open(&mut self, path: &Path) -> Result<u64, SystemErrorKind> {
        let node = self.places.get_mut(path);
        let node = node.ok_or(SystemErrorKind::NotFound)?;
        node.open += 1;
        Ok(node.id)
    }

    /// Opens a place, and makes it and what is missing above it.
    #[inline]
    pub(super) fn open_or_create(&mut self, path: &Path) -> Result<u64, SystemErrorKind> {
        let ancestors: Vec<&Path> = path.ancestors().collect();
        for path in ancestors.into_iter().rev() {
            self.make(path)?;
        }
        self.open(path)
    }

    #[inline]
    fn make(&mut self, path: &Path) -> Result<(), SystemErrorKind> {
        if self.places.contains_key(path) {
            return Ok(());
        }
        if let (Some(above), Some(name)) = (path.parent(), path.file_name()) {
            let above = self.places.get_mut(above);
            let above = above.ok_or(SystemErrorKind::NotFound)?;
            if above.entries.contains_key(name) {
                return Err(SystemErrorKind::NotADirectory);
            }
            above.enter(name, Found::Place);
        }
        self.made += 1;
        let node = Node {
            id: self.made,
            ..Node::default()
        };
        self.places.insert(path.to_path_buf(), node);
        Ok(())
    }

    /// One value less stands for the place.
    #[inline]
    pub(super) fn close(&mut self, path: &Path, id: u64) {
        if let Some(node) = self.node(path, id) {
            node.open = node.open.saturating_sub(1);
            self.remove_idle(path);
        }
    }

    #[inline]
    pub(super) fn unlock(&mut self, path: &Path, id: u64) {
        if let Some(node) = self.node(path, id) {
            node.is_locked = false;
            self.remove_idle(path);
        }
    }

    /// Removes a place that has no entries, whoever has it open.
    #[inline]
    pub(super) fn remove_if_empty(&mut self, path: &Path, id: u64) {
        let node = self.node(path, id);
        if node.is_some_and(|node| node.entries.is_empty()) {
            self.remove(path);
            path.parent()
                .into_iter()
                .for_each(|above| self.remove_idle(above));
        }
    }

    /// Removes a place nobody needs, and those above it that were there for its sake.
    #[inline]
    fn remove_idle(&mut self, path: &Path) {
        for path in path.ancestors() {
            if !self.places.get(path).is_some_and(Node::is_idle) {
                return;
            }
            self.remove(path);
        }
    }

    #[inline]
    fn remove(&mut self, path: &Path) {
        self.places.remove(path);
        if let (Some(above), Some(name)) = (path.parent(), path.file_name()) {
            if let Some(above) = self.places.get_mut(above) {
                above.entries.remove(name);
            }
        }
    }

    /// Whether there is a place at or below a path.
    #[cfg(test)]
    #[inline]
    pub(super) fn has_below(&self, path: &Path) -> bool {
        self.places.keys().any(|place| place.starts_with(path))
    }
}
