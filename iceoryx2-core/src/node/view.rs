// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What others see of a node.

use super::{NodeCleanupFailure, NodeName, cleanup};
use crate::{
    config::Config,
    identifiers::UniqueNodeId,
    service::{
        Service,
        access::AccessDenied,
        record::{NodeRecord, id_of},
    },
};
use core::marker::PhantomData;
use iceoryx2_cal::membership::{Record, Slot};
use std::path::{Path, PathBuf};

/// How a node was found. Another process may change that at any moment.
#[derive(Debug)]
pub enum NodeState<S: Service> {
    /// Its process lives.
    Alive(AliveNodeView<S>),
    /// Its process ended without a farewell.
    Dead(DeadNodeView<S>),
    /// This user may not look at it.
    Inaccessible(UniqueNodeId),
    /// It says of itself what this build does not understand.
    Undefined(UniqueNodeId),
}

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDetails {
    executable: PathBuf,
    name: NodeName,
    config: Config,
}

/// A node whose process lives.
#[derive(Debug)]
pub struct AliveNodeView<S: Service> {
    id: UniqueNodeId,
    details: NodeDetails,
    _service: PhantomData<fn(S)>,
}

/// A node whose process ended without a farewell.
#[derive(Debug)]
pub struct DeadNodeView<S: Service> {
    id: UniqueNodeId,
    details: NodeDetails,
    _service: PhantomData<fn(S)>,
}

impl<S: Service> NodeState<S> {
    /// What a slot says; `None` if nobody shows there.
    pub(crate) fn of_slot(slot: &Slot, config: &Config) -> Option<Self> {
        match slot {
            Slot::Free | Slot::Taken => None,
            Slot::Alive(record) => Self::of_record(record, config, |id, details| {
                Self::Alive(AliveNodeView {
                    id,
                    details,
                    _service: PhantomData,
                })
            }),
            Slot::Dead(record) => Self::of_record(record, config, |id, details| {
                Self::Dead(DeadNodeView {
                    id,
                    details,
                    _service: PhantomData,
                })
            }),
        }
    }

    fn of_record(
        record: &Record,
        config: &Config,
        known: impl FnOnce(UniqueNodeId, NodeDetails) -> Self,
    ) -> Option<Self> {
        let id = UniqueNodeId::from_value(id_of(record)?);
        Some(match NodeDetails::of_record(record, config) {
            Some(details) => known(id, details),
            None => Self::Undefined(id),
        })
    }

    /// Which node it is.
    #[must_use]
    pub fn node_id(&self) -> UniqueNodeId {
        match self {
            Self::Alive(view) => view.id,
            Self::Dead(view) => view.id,
            Self::Inaccessible(id) | Self::Undefined(id) => *id,
        }
    }
}

impl NodeDetails {
    fn of_record(record: &Record, config: &Config) -> Option<Self> {
        let record = NodeRecord::decode(record)?;
        Some(Self {
            executable: PathBuf::from(record.executable),
            name: NodeName::new(&record.name).ok()?,
            config: config.clone(),
        })
    }

    /// The program.
    #[must_use]
    pub fn executable(&self) -> &Path {
        &self.executable
    }

    /// The node's name.
    #[must_use]
    pub fn name(&self) -> &NodeName {
        &self.name
    }

    /// The configuration the node was found with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}

impl<S: Service> AliveNodeView<S> {
    /// Which node it is.
    #[must_use]
    pub fn id(&self) -> UniqueNodeId {
        self.id
    }

    /// What it says of itself.
    #[must_use]
    pub fn details(&self) -> &NodeDetails {
        &self.details
    }
}

impl<S: Service> DeadNodeView<S> {
    /// Which node it was.
    #[must_use]
    pub fn id(&self) -> UniqueNodeId {
        self.id
    }

    /// What it said of itself.
    #[must_use]
    pub fn details(&self) -> &NodeDetails {
        &self.details
    }

    /// Removes what the node left behind; `false` if somebody had done that already.
    ///
    /// # Errors
    /// [`NodeCleanupFailure`].
    pub fn try_remove_stale_resources(self) -> Result<bool, NodeCleanupFailure> {
        cleanup::cleanup_one::<S>(&self.details.config, self.id.value()).map_err(|error| {
            match AccessDenied::of(error) {
                Ok(denied) => NodeCleanupFailure::InsufficientPermissions(denied),
                Err(error) => NodeCleanupFailure::System(error),
            }
        })
    }
}

// WHY: derived, these would ask the service variant to be `Clone`.
impl<S: Service> Clone for NodeState<S> {
    fn clone(&self) -> Self {
        match self {
            Self::Alive(view) => Self::Alive(view.clone()),
            Self::Dead(view) => Self::Dead(view.clone()),
            Self::Inaccessible(id) => Self::Inaccessible(*id),
            Self::Undefined(id) => Self::Undefined(*id),
        }
    }
}

impl<S: Service> Clone for AliveNodeView<S> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            details: self.details.clone(),
            _service: PhantomData,
        }
    }
}

impl<S: Service> Clone for DeadNodeView<S> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            details: self.details.clone(),
            _service: PhantomData,
        }
    }
}
