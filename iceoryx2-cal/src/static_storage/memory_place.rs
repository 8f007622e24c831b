// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Within one process: places in its memory, under paths that lead to no file.
//!
//! ```text
//!   World ── one per process ── Mutex<Tree>
//!     /                                         a place: entries, how many values are open, lock, bells
//!     └─ run/iox2/
//!          ├─ nodes                             an object, whatever a mechanism keeps under the name
//!          └─ My_Service-0f3c…/
//!               ├─ contract                     a document is an object, too
//!               └─ membership
//! ```
//!
//! Everything is found by its normalised absolute path: `..` takes the component before it away, and there are no
//! symbolic links. A place without entries that nobody has open is gone, and so are the places above it that were there
//! for its sake. One lock covers the tree; nobody waits or calls others while holding it, but for ringing bells.
//!
//! Everything here is `#[inline]`: it is compiled with the programs that use it, and most do not.

mod tree;
mod world;

use self::{
    tree::{Found, Node, Tree},
    world::World,
};
use super::{StaticStorage, StorageError, patience};
use crate::{SystemError, SystemErrorKind, clock::Moment, event::DrainBell};
use std::{
    any::Any,
    ffi::OsStr,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// What a mechanism keeps under a name.
pub(crate) type Object = Arc<dyn Any + Send + Sync>;

/// The longest name, in bytes: what file systems have, so that what works here works between processes.
const NAME_MAX: usize = 255;

/// A place in this process's memory.
#[derive(Debug)]
pub struct MemoryPlace {
    world: &'static World,
    /// Absolute and normalised.
    path: PathBuf,
    /// Which of the places that had the path this is.
    id: u64,
}

/// The lock of a [`MemoryPlace`]. Dropping it gives it back.
#[derive(Debug)]
pub struct MemoryPlaceLock {
    world: &'static World,
    path: PathBuf,
    id: u64,
}

/// A document.
#[derive(Debug)]
struct Document(Box<[u8]>);

/// Whether a name that is taken may be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Replace,
    Refuse,
}

impl MemoryPlace {
    /// Keeps `object` under `name`, and rings who watches the place.
    #[inline]
    pub(crate) fn put(&self, name: &str, object: Object, taken: Taken) -> Result<(), StorageError> {
        let replaced = self.change(name, |node, name| match node.entries.get(name) {
            Some(Found::Place) => Err(SystemErrorKind::IsADirectory),
            Some(Found::Object(_)) if taken == Taken::Refuse => Err(SystemErrorKind::AlreadyExists),
            _ => Ok(node.enter(name, Found::Object(object))),
        })?;
        // WHY: only here is the tree's lock free again for what the object's end may do.
        drop(replaced);
        Ok(())
    }

    /// What is kept under `name`, if it is a `T`; `None` if there is no such name.
    #[inline]
    pub(crate) fn object<T: Any + Send + Sync>(
        &self,
        name: &str,
    ) -> Result<Option<Arc<T>>, StorageError> {
        let found = self.look(name, |node, name| match node.entries.get(name) {
            Some(Found::Place) => Err(SystemErrorKind::IsADirectory),
            Some(Found::Object(object)) => Ok(Some(Arc::clone(object))),
            None => Ok(None),
        })?;
        let Some(Some(object)) = found else {
            return Ok(None);
        };
        match object.downcast() {
            Ok(object) => Ok(Some(object)),
            Err(_) => Err(self.refused(name, SystemErrorKind::InvalidInput)),
        }
    }

    /// Gives what is called `from` the name `to`, replacing what had it, and rings who watches the place.
    #[inline]
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), StorageError> {
        single_component(from).map_err(|kind| self.refused(from, kind))?;
        let replaced = self.change(to, |node, to| {
            if let Some(Found::Place) = node.entries.get(to) {
                return Err(SystemErrorKind::IsADirectory);
            }
            let object = node.entries.remove(OsStr::new(from));
            let object = object.ok_or(SystemErrorKind::NotFound)?;
            Ok(node.enter(to, object))
        })?;
        drop(replaced);
        Ok(())
    }

    /// Rings `bell` whenever a name comes, as long as somebody else has the bell.
    #[inline]
    pub(crate) fn watch(&self, bell: &Arc<DrainBell>) -> Result<(), SystemError> {
        let mut tree = self.world.tree("watch")?;
        if let Some(node) = tree.node(&self.path, self.id) {
            node.watch(bell);
        }
        Ok(())
    }

    /// Lets `action` have the place; `None` if it was removed.
    #[inline]
    fn look<R>(
        &self,
        name: &str,
        action: impl FnOnce(&mut Node, &OsStr) -> Result<R, SystemErrorKind>,
    ) -> Result<Option<R>, StorageError> {
        single_component(name).map_err(|kind| self.refused(name, kind))?;
        let mut tree = self
            .world
            .tree("look")
            .map_err(|error| self.failed(error))?;
        let done = tree
            .node(&self.path, self.id)
            .map(|node| action(node, name.as_ref()))
            .transpose();
        drop(tree);
        done.map_err(|kind| self.refused(name, kind))
    }

    /// The same for who cannot do with a place that was removed.
    #[inline]
    fn change<R>(
        &self,
        name: &str,
        action: impl FnOnce(&mut Node, &OsStr) -> Result<R, SystemErrorKind>,
    ) -> Result<R, StorageError> {
        self.look(name, action)?
            .ok_or_else(|| self.refused(name, SystemErrorKind::NotFound))
    }

    /// `name` here, as an error names it.
    #[inline]
    pub(crate) fn failed_at(&self, name: &str, error: SystemError) -> StorageError {
        StorageError::System {
            path: self.path.join(name),
            error,
        }
    }

    #[inline]
    fn refused(&self, name: &str, kind: SystemErrorKind) -> StorageError {
        self.failed_at(name, SystemError::of_kind("look", kind))
    }

    #[inline]
    fn failed(&self, error: SystemError) -> StorageError {
        at(&self.path, error)
    }

    #[inline]
    fn opened(
        path: &Path,
        find: impl FnOnce(&mut Tree, &Path) -> Result<u64, SystemErrorKind>,
    ) -> Result<Self, StorageError> {
        let call = "open";
        let kind = |kind| at(path, SystemError::of_kind(call, kind));
        let world = World::here().map_err(|error| at(path, error))?;
        let normal = normalised(path).map_err(kind)?;
        let mut tree = world.tree(call).map_err(|error| at(path, error))?;
        let id = find(&mut tree, &normal).map_err(kind)?;
        drop(tree);
        Ok(Self {
            world,
            path: normal,
            id,
        })
    }

    #[inline]
    fn try_lock(&self) -> Result<Option<MemoryPlaceLock>, SystemError> {
        let mut tree = self.world.tree("lock")?;
        // WHY: nobody is kept from a place that was removed, and who locks it sees that it is not current.
        let free = tree
            .node(&self.path, self.id)
            .is_none_or(|node| !core::mem::replace(&mut node.is_locked, true));
        Ok(free.then(|| MemoryPlaceLock {
            world: self.world,
            path: self.path.clone(),
            id: self.id,
        }))
    }
}

impl StaticStorage for MemoryPlace {
    type Lock = MemoryPlaceLock;

    #[inline]
    fn open(path: &Path) -> Result<Self, StorageError> {
        Self::opened(path, Tree::open)
    }

    #[inline]
    fn open_or_create(path: &Path) -> Result<Self, StorageError> {
        Self::opened(path, Tree::open_or_create)
    }

    #[inline]
    fn path(&self) -> &Path {
        &self.path
    }

    #[inline]
    fn is_current(&self) -> bool {
        self.world
            .tree("look")
            .is_ok_and(|mut tree| tree.node(&self.path, self.id).is_some())
    }

    #[inline]
    fn lock(&self, deadline: Moment) -> Result<MemoryPlaceLock, StorageError> {
        patience::until(deadline, || self.try_lock())
            .map_err(|error| self.failed(error))?
            .ok_or_else(|| StorageError::Busy {
                path: self.path.clone(),
            })
    }

    #[inline]
    fn publish(&self, name: &str, content: &[u8]) -> Result<(), StorageError> {
        self.put(name, Arc::new(Document(content.into())), Taken::Replace)
    }

    #[inline]
    fn read(&self, name: &str, size_max: usize) -> Result<Option<Vec<u8>>, StorageError> {
        match self.object::<Document>(name)? {
            Some(document) if document.0.len() > size_max => {
                Err(self.refused(name, SystemErrorKind::NoSpace))
            }
            document => Ok(document.map(|document| document.0.to_vec())),
        }
    }

    #[inline]
    fn contains(&self, name: &str) -> Result<bool, StorageError> {
        let there = self.look(name, |node, name| Ok(node.entries.contains_key(name)))?;
        Ok(there.unwrap_or(false))
    }

    #[inline]
    fn remove(&self, name: &str) -> Result<(), StorageError> {
        let removed = self.look(name, |node, name| match node.entries.get(name) {
            Some(Found::Place) => Err(SystemErrorKind::IsADirectory),
            _ => Ok(node.entries.remove(name)),
        })?;
        drop(removed);
        Ok(())
    }

    #[inline]
    fn names(&self) -> Result<Vec<String>, StorageError> {
        let mut tree = self
            .world
            .tree("look")
            .map_err(|error| self.failed(error))?;
        let node = tree.node(&self.path, self.id);
        let names = node.into_iter().flat_map(|node| node.entries.keys());
        Ok(names
            .filter_map(|name| name.to_str().map(str::to_owned))
            .collect())
    }

    #[inline]
    fn remove_if_empty(&self) -> Result<(), StorageError> {
        let mut tree = self
            .world
            .tree("remove")
            .map_err(|error| self.failed(error))?;
        tree.remove_if_empty(&self.path, self.id);
        Ok(())
    }
}

impl Drop for MemoryPlace {
    #[inline]
    fn drop(&mut self) {
        if let Ok(mut tree) = self.world.tree("close") {
            tree.close(&self.path, self.id);
        }
    }
}

impl Drop for MemoryPlaceLock {
    #[inline]
    fn drop(&mut self) {
        if let Ok(mut tree) = self.world.tree("unlock") {
            tree.unlock(&self.path, self.id);
        }
    }
}

#[inline]
fn at(path: &Path, error: SystemError) -> StorageError {
    StorageError::System {
        path: path.to_path_buf(),
        error,
    }
}

/// The one path that stands for all that say the same.
#[inline]
fn normalised(path: &Path) -> Result<PathBuf, SystemErrorKind> {
    let path = std::path::absolute(path).map_err(|_| SystemErrorKind::InvalidInput)?;
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(normal.pop()),
            Component::Normal(name) if name.len() > NAME_MAX => {
                return Err(SystemErrorKind::NameTooLong);
            }
            component => normal.push(component),
        }
    }
    Ok(normal)
}

/// Refuses names that lead anywhere but to an entry of the place itself.
#[inline]
fn single_component(name: &str) -> Result<(), SystemErrorKind> {
    if matches!(name, "" | "." | "..") || name.contains(['/', '\0']) {
        Err(SystemErrorKind::InvalidInput)
    } else if name.len() > NAME_MAX {
        Err(SystemErrorKind::NameTooLong)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
