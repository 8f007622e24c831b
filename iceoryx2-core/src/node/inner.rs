// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a node and everything made with it share.

use super::{NodeCreationFailure, NodeName, NodeWaitFailure, cleanup, registry};
use crate::{
    config::Config,
    identifiers::UniqueNodeId,
    service::{
        Service,
        record::NodeRecord,
        service_hash::ServiceHash,
        service_state::{ServiceState, deadline},
    },
    signal_handling_mode::SignalHandlingMode,
};
use core::time::Duration;
use iceoryx2_bb_elementary::{
    SortedMap,
    hooks::{self, Operation},
};
use iceoryx2_cal::{
    Mechanisms, SystemError,
    clock::{Clock, Moment},
    membership::Record,
    random,
    termination::Termination,
    this_program, user,
    wait_set::{Trigger, WaitSet},
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

/// A node's part in one service, if it has one. Locked while it is opened, so that a node opens each service only once
/// and a service that is slow to open holds up no other.
pub(crate) type OpenedService<S> = Mutex<Weak<ServiceState<S>>>;

/// What a node and everything made with it share.
#[derive(Debug)]
pub(crate) struct NodeInner<S: Service> {
    id: UniqueNodeId,
    name: NodeName,
    config: Config,
    record: Box<Record>,
    /// Our process and its user, when the node was made.
    process: (u32, u32),
    services: Mutex<SortedMap<ServiceHash, Arc<OpenedService<S>>>>,
    /// Made by the first wait.
    wait_set: OnceLock<<S::Mechanisms as Mechanisms>::WaitSet>,
    termination: Option<<S::Mechanisms as Mechanisms>::Termination>,
    /// Holds our byte of the root's membership.
    registration: super::registry::Registration<S::Mechanisms>,
}

impl<S: Service> NodeInner<S> {
    pub(super) fn create(
        name: NodeName,
        config: Config,
        mode: SignalHandlingMode,
    ) -> Result<Arc<Self>, NodeCreationFailure> {
        let _scope = hooks::enter(Operation::Create);
        let path = config.global.place();
        if !path.is_absolute() {
            return Err(NodeCreationFailure::RelativeRootPath { path });
        }
        let refused =
            |operation| move |error: SystemError| NodeCreationFailure::System { operation, error };
        let id = random::random_128().map_err(refused("draw the node's id"))?;
        let described = describe(id, &name);
        let (record, process) = (Box::new(described.encode()), (described.pid, described.uid));
        let termination = register::<S>(mode).map_err(refused("handle termination requests"))?;

        let (registration, somebody_died) = registry::register(&path, process.1, &record, &config)?;
        if somebody_died && config.global.node.cleanup_dead_nodes_on_creation {
            cleanup::cleanup::<S>(&config);
        }
        Ok(Arc::new(Self {
            id: UniqueNodeId::from_value(id),
            name,
            config,
            record,
            process,
            services: Mutex::default(),
            wait_set: OnceLock::new(),
            termination,
            registration,
        }))
    }

    pub(crate) fn id(&self) -> UniqueNodeId {
        self.id
    }

    pub(crate) fn name(&self) -> &NodeName {
        &self.name
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// What the node says of itself, in the root's membership and in those of its services.
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// The number of our process and its user, when the node was made.
    pub(crate) const fn process(&self) -> (u32, u32) {
        self.process
    }

    /// The place of the services.
    pub(crate) fn root(&self) -> &<S::Mechanisms as Mechanisms>::Storage {
        self.registration.storage()
    }

    /// The user's wish to end, where this node handles it.
    pub(crate) fn termination(&self) -> Option<&<S::Mechanisms as Mechanisms>::Termination> {
        self.termination.as_ref()
    }

    /// Until when something that begins now may wait for a lock.
    pub(crate) fn creation_deadline(&self) -> Moment {
        deadline::<S::Mechanisms>(self.config.global.creation_timeout)
    }

    /// This node's part in a service. Forgets those that ended and that nobody is opening.
    pub(crate) fn opened_service(&self, hash: ServiceHash) -> Arc<OpenedService<S>> {
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        services.retain(|_, opened| {
            let is_being_opened = Arc::strong_count(opened) > 1;
            is_being_opened || opened.lock().is_ok_and(|part| part.strong_count() > 0)
        });
        if let Some(opened) = services.get(&hash) {
            return Arc::clone(opened);
        }
        let opened = Arc::default();
        services.insert(hash, Arc::clone(&opened));
        opened
    }

    pub(super) fn wait(&self, cycle_time: Duration) -> Result<(), NodeWaitFailure> {
        type Now<S> = <<S as Service>::Mechanisms as Mechanisms>::Clock;
        let end = deadline::<S::Mechanisms>(cycle_time);
        loop {
            if self
                .termination
                .as_ref()
                .is_some_and(Termination::requested)
            {
                return Err(NodeWaitFailure::TerminationRequest);
            }
            let rest = end.since(<Now<S> as Clock>::now());
            if rest.is_zero() {
                return Ok(());
            }
            self.sleep(rest).map_err(|_| NodeWaitFailure::Interrupt)?;
        }
    }

    fn sleep(&self, timeout: Duration) -> Result<(), SystemError> {
        let wait_set = match self.wait_set.get() {
            Some(wait_set) => wait_set,
            None => {
                let made = wait_set::<S>(self.termination.as_ref())?;
                self.wait_set.get_or_init(|| made)
            }
        };
        wait_set.wait(Some(timeout), |_| {}).map(drop)
    }
}

fn describe(id: u128, name: &NodeName) -> NodeRecord {
    let executable = this_program().unwrap_or_default();
    NodeRecord {
        id,
        pid: std::process::id(),
        uid: user::effective_uid(),
        name: name.as_str().to_owned(),
        executable: executable.to_string_lossy().into_owned(),
    }
}

fn register<S: Service>(
    mode: SignalHandlingMode,
) -> Result<Option<<S::Mechanisms as Mechanisms>::Termination>, SystemError> {
    match mode {
        SignalHandlingMode::HandleTerminationRequests => Termination::register().map(Some),
        SignalHandlingMode::Disabled => Ok(None),
    }
}

/// What the node sleeps in: it wakes for nothing but a termination request.
fn wait_set<S: Service>(
    termination: Option<&<S::Mechanisms as Mechanisms>::Termination>,
) -> Result<<S::Mechanisms as Mechanisms>::WaitSet, SystemError> {
    let wait_set = <<S::Mechanisms as Mechanisms>::WaitSet as WaitSet>::create()?;
    if let Some(termination) = termination {
        wait_set.attach(termination.source()?, 0, Trigger::Level)?;
    }
    Ok(wait_set)
}
