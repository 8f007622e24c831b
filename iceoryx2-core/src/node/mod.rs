// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Nodes: a program's way in, and what others see of it.
//!
//! A node owns one byte of the file `nodes` below the root path and prefix, with a record that says who it is. The
//! kernel gives the byte back when the process ends, however it ends; the record then tells the next node that
//! somebody died. That node sweeps the services and clears the record last, so that a sweeper that is killed is
//! followed by the next.
//!
//! ```
//! use iceoryx2::prelude::*;
//!
//! # let mut config = Config::default();
//! # let root = std::env::temp_dir().join(format!("iceoryx2-core-node-{}", std::process::id()));
//! # config.global.set_root_path(&root);
//! let node = NodeBuilder::new()
//!     .name(&"kitchen".try_into()?)
//! #   .config(&config)
//!     .create::<ipc::Service>()?;
//! assert_eq!(node.name().as_str(), "kitchen");
//! # drop(node);
//! # std::fs::remove_dir_all(&root)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod cleanup;
mod error;
mod inner;
mod list;
pub mod node_name;
mod registry;
mod view;

pub use builder::NodeBuilder;
pub use cleanup::CleanupState;
pub use error::{NodeCleanupFailure, NodeCreationFailure, NodeListFailure, NodeWaitFailure};
pub(crate) use inner::{NodeInner, OpenedService};
pub(crate) use list::show;
pub use node_name::NodeName;
pub use view::{AliveNodeView, DeadNodeView, NodeDetails, NodeState};

pub use crate::service::AccessDenied;

use crate::{
    callback_progression::CallbackProgression,
    config::Config,
    identifiers::UniqueNodeId,
    service::{Service, builder::Builder, service_name::ServiceName},
};
use core::time::Duration;
use std::sync::Arc;

/// A program's way in. Services and ports made with it keep what it stands for alive; dropping it alone ends nothing.
#[derive(Debug)]
pub struct Node<S: Service> {
    inner: Arc<NodeInner<S>>,
}

impl<S: Service> Node<S> {
    /// The name it was given.
    #[must_use]
    pub fn name(&self) -> &NodeName {
        self.inner.name()
    }

    /// Which node this is.
    #[must_use]
    pub fn id(&self) -> UniqueNodeId {
        self.inner.id()
    }

    /// The configuration it was given.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.inner.config()
    }

    /// Begins to create or open a service.
    #[must_use]
    pub fn service_builder(&self, name: &ServiceName) -> Builder<S> {
        Builder::new(Arc::clone(&self.inner), name.clone())
    }

    /// Sleeps for `cycle_time`, or until the user wants the program to end.
    ///
    /// ```no_run
    /// # use iceoryx2::prelude::*;
    /// # let node = NodeBuilder::new().create::<ipc::Service>()?;
    /// while node.wait(core::time::Duration::from_secs(1)).is_ok() {
    ///     println!("still here");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NodeWaitFailure`].
    pub fn wait(&self, cycle_time: Duration) -> Result<(), NodeWaitFailure> {
        self.inner.wait(cycle_time)
    }

    /// Shows every node below the configuration's root path and prefix to `callback`. Takes no lock and changes
    /// nothing; nodes come and go meanwhile.
    ///
    /// # Errors
    /// [`NodeListFailure`].
    pub fn list<F: FnMut(NodeState<S>) -> CallbackProgression>(
        config: &Config,
        callback: F,
    ) -> Result<(), NodeListFailure> {
        list::list(config, callback)
    }

    /// Removes what dead nodes left behind and says what there was to do. Normally that is nothing: the kernel takes
    /// back what matters at once, and every new node sweeps.
    #[must_use]
    pub fn try_cleanup_dead_nodes(config: &Config) -> CleanupState {
        cleanup::cleanup::<S>(config)
    }
}
