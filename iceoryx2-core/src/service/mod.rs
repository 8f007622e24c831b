// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Services: what processes meet in.
//!
//! A service is a directory with a contract in it (see [`static_config`]) that some node holds open. It is created and
//! removed under the directory's lock; whoever joins what others hold open, or only wants to look, takes no lock.
//!
//! ```text
//! create           lock ─ exists? ── yes ─ AlreadyExists
//!                            └─ no ── clear residue ─ membership ─ own byte ─ contract
//! open             exists? ─ agree? ─ own byte ─ still there? ── yes ─ opened
//!                     └─ no             no ─┴─ lock ─ exists? ─ no ── DoesNotExist (residue goes)
//!                                                        └─ yes ─ agree? ─ own byte
//! open_or_create   the same, but where it does not exist, as create
//! last one out     free own byte ─ any node's byte held? ─ no ─ lock ─ shut the membership ─ remove everything
//! ```

pub mod alignment;
pub mod attribute;
pub mod builder;
pub mod dynamic_config;
/// What every message says beside its payload, by messaging pattern.
pub mod header {
    #[doc(inline)]
    pub use crate::message::header as request_response;

    /// What the headers of all messages say alike.
    pub mod payload_header {
        #[doc(inline)]
        pub use crate::message::header::PayloadHeader;
    }
}
pub mod ipc;
pub mod ipc_threadsafe;
pub mod local;
pub mod local_threadsafe;
pub mod marker;
pub mod messaging_pattern;
pub mod port_factory;
pub mod service_hash;
pub mod service_name;
pub mod shared;
pub mod static_config;

pub(crate) mod access;
mod details;
pub(crate) mod place;
pub(crate) mod record;
pub(crate) mod service_state;
pub(crate) mod slots;

pub use access::AccessDenied;
pub use details::{ServiceDetails, ServiceDetailsError, ServiceDynamicDetails, ServiceListError};

use crate::{callback_progression::CallbackProgression, config::Config};
use core::fmt::Debug;
use messaging_pattern::MessagingPattern;
use service_name::ServiceName;
use shared::{Gated, Shared};

/// A service variant: what connects the ports, and whether they may change threads.
pub trait Service: Debug + Sized + 'static {
    /// What everything is made of.
    type Mechanisms: iceoryx2_cal::Mechanisms;
    /// What the handles of one port share.
    type Shared<T: Gated + 'static>: Shared<T>;

    /// Shows every service below the configuration's root path and prefix to `callback`. Takes no lock, changes
    /// nothing, and skips what vanishes meanwhile or cannot be read.
    ///
    /// # Errors
    /// [`ServiceListError`].
    fn list<F: FnMut(ServiceDetails<Self>) -> CallbackProgression>(
        config: &Config,
        callback: F,
    ) -> Result<(), ServiceListError> {
        details::list(config, callback)
    }

    /// What is known of one service; `None` if it does not exist. Takes no lock and changes nothing.
    ///
    /// # Errors
    /// [`ServiceDetailsError`].
    fn details(
        name: &ServiceName,
        config: &Config,
        pattern: MessagingPattern,
    ) -> Result<Option<ServiceDetails<Self>>, ServiceDetailsError> {
        details::details(name, config, pattern)
    }

    /// Whether a service exists now. Takes no lock and changes nothing.
    ///
    /// # Errors
    /// [`ServiceDetailsError`].
    fn does_exist(
        name: &ServiceName,
        config: &Config,
        pattern: MessagingPattern,
    ) -> Result<bool, ServiceDetailsError> {
        details::details::<Self>(name, config, pattern).map(|details| details.is_some())
    }
}
