// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the builders of clients and servers have in common.

use super::ports;
use crate::{
    config,
    port::{
        Backpressure, DegradationHandlers, allocation_strategy::AllocationStrategy,
        backpressure_strategy::BackpressureStrategy, endpoint::MemoryPlan, port_name::PortName,
    },
    service::static_config::message_type_details::MessageTypeDetails,
};
use core::fmt;
use iceoryx2_cal::zero_copy_connection::{ConnectionError, Growth};

/// What a port is asked to be.
pub(super) struct PortOptions {
    pub(super) name: PortName,
    pub(super) backpressure: Backpressure,
    pub(super) degradation: DegradationHandlers,
    /// How many of the chunks that are ever needed at a time shall be had.
    pub(super) preallocation: Option<Box<dyn FnOnce(usize) -> usize>>,
    pub(super) initial_slice_len: usize,
    pub(super) allocation: AllocationStrategy,
    /// Whether everything the port may ever need is committed when it is made.
    pub(super) commit: Option<bool>,
    commit_by_default: bool,
}

impl fmt::Debug for PortOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortOptions")
            .field("name", &self.name)
            .field("backpressure", &self.backpressure)
            .field("degradation", &self.degradation)
            .field("preallocation", &self.preallocation.is_some())
            .field("initial_slice_len", &self.initial_slice_len)
            .field("allocation", &self.allocation)
            .field("commit", &self.commit)
            .finish_non_exhaustive()
    }
}

/// What a port needs room for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs<'a> {
    pub(super) half_size: usize,
    pub(super) halves: u32,
    /// Chunks that may be in use at a time; `None`: more than can be counted.
    pub(super) chunks: Option<u32>,
    pub(super) types: &'a MessageTypeDetails,
    /// The messages fit their descriptors.
    pub(super) inline: bool,
}

impl PortOptions {
    pub(super) fn new(defaults: &config::RequestResponse, strategy: BackpressureStrategy) -> Self {
        Self {
            name: PortName::default(),
            backpressure: Backpressure {
                strategy,
                handler: None,
                delivery_timeout: defaults.delivery_timeout,
            },
            degradation: DegradationHandlers::default(),
            preallocation: None,
            initial_slice_len: defaults.initial_max_slice_len,
            allocation: defaults.allocation_strategy,
            commit: None,
            commit_by_default: defaults.commit_at_creation,
        }
    }

    pub(super) fn set_initial_slice_len(&mut self, len: usize) {
        if len == 0 {
            tracing::warn!("initial_max_slice_len(0) was raised to 1");
        }
        self.initial_slice_len = len.max(1);
    }

    /// Lays the port's memory out. A port whose number of chunks was chosen by hand takes one for each message, so that
    /// the number means what it says.
    pub(super) fn plan(&mut self, needs: &Needs<'_>) -> Result<MemoryPlan, ConnectionError> {
        let shape = ports::shape(needs.types)?;
        let worst = needs.chunks.ok_or(ConnectionError::Size);
        let (inline, chunks) = match self.preallocation.take() {
            Some(choose) => {
                let worst = worst?;
                let chosen = ports::number(choose(worst as usize));
                (false, chosen.clamp(1, worst))
            }
            None if needs.inline => (true, 0),
            None => (false, worst?),
        };
        let (elements, growth) = match (shape.is_slice(), self.allocation) {
            (false, _) => (1, Growth::Never),
            (true, AllocationStrategy::Static) => (self.initial_slice_len, Growth::Never),
            (true, AllocationStrategy::BestFit) => (self.initial_slice_len, Growth::Exact),
            (true, AllocationStrategy::PowerOfTwo) => (self.initial_slice_len, Growth::PowerOfTwo),
        };
        // WHY: who rules growth out wants to know now whether there is enough.
        let commit = self.commit_by_default
            || (shape.is_slice() && self.allocation == AllocationStrategy::Static);
        let layout = ports::port_layout(needs.half_size, needs.halves, chunks, &shape, elements)?;
        Ok(MemoryPlan {
            layout,
            half_size: needs.half_size,
            growth,
            commit: self.commit.unwrap_or(commit),
            shape,
            elements_max: match growth {
                Growth::Never => elements,
                Growth::Exact | Growth::PowerOfTwo => usize::MAX,
            },
            inline,
        })
    }
}

/// The setters that the builders of clients and servers share.
macro_rules! port_setters {
    ($receiver:literal) => {
        /// A name for those who look at the service.
        #[must_use]
        pub fn name(mut self, name: &PortName) -> Self {
            self.options.name = name.clone();
            self
        }

        #[doc = concat!("What is done when a ", $receiver, " is full and overflow is off.")]
        #[must_use]
        pub fn backpressure_strategy(mut self, strategy: BackpressureStrategy) -> Self {
            self.options.backpressure.strategy = strategy;
            self
        }

        #[doc = concat!("Asks `handler` what to do when a ", $receiver, " is full and overflow is off, each time anew. ")]
        /// It is called while nothing of the port is locked, and never while overflow is on.
        #[must_use]
        pub fn set_backpressure_handler<F>(mut self, handler: F) -> Self
        where
            F: Fn(&BackpressureInfo) -> BackpressureAction + Send + Sync + 'static,
        {
            self.options.backpressure.handler = Some(Arc::new(handler));
            self
        }

        #[doc = concat!("How long a message waits for room when a ", $receiver, " is full and overflow is off; by ")]
        /// default as long as it takes.
        #[must_use]
        pub fn delivery_timeout(mut self, timeout: Duration) -> Self {
            self.options.backpressure.delivery_timeout = Some(timeout);
            self
        }

        /// Asks `handler` what to do when a connection cannot be made, or breaks while requests are on their way. It is
        /// called in the middle of a call on the port, which it must not use.
        #[must_use]
        pub fn set_request_degradation_handler<F>(mut self, handler: F) -> Self
        where
            F: Fn(DegradationCause, &DegradationInfo) -> DegradationAction
                + Send
                + Sync
                + 'static,
        {
            self.options.degradation.requests = Some(Arc::new(handler));
            self
        }

        /// Asks `handler` what to do when a connection cannot be made, or breaks while responses are on their way. It is
        /// called in the middle of a call on the port, which it must not use.
        #[must_use]
        pub fn set_response_degradation_handler<F>(mut self, handler: F) -> Self
        where
            F: Fn(DegradationCause, &DegradationInfo) -> DegradationAction
                + Send
                + Sync
                + 'static,
        {
            self.options.degradation.responses = Some(Arc::new(handler));
            self
        }

        /// Whether all memory the port may need is committed when it is made, so that no loan within its limits fails
        /// later for want of it. A port that grows commits only what it begins with.
        #[must_use]
        pub fn commit_at_creation(mut self, value: bool) -> Self {
            self.options.commit = Some(value);
            self
        }
    };
}

/// The setters of a port that sends slices.
macro_rules! slice_setters {
    () => {
        /// The longest slice the port is made for, in elements. 0 is raised to 1. What is longer makes the port grow, as
        /// its [`AllocationStrategy`] says.
        #[must_use]
        pub fn initial_max_slice_len(mut self, len: usize) -> Self {
            self.options.set_initial_slice_len(len);
            self
        }

        /// How the port grows when a slice is longer than it was made for.
        #[must_use]
        pub fn allocation_strategy(mut self, strategy: AllocationStrategy) -> Self {
            self.options.allocation = strategy;
            self
        }
    };
}

pub(super) use {port_setters, slice_setters};
