// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What making a client and making a server have in common.

use crate::{
    port::port_name::PortName,
    service::{
        Service,
        record::PortRecord,
        service_state::ServiceState,
        static_config::message_type_details::{MessageTypeDetails, TypeDetail, TypeVariant},
    },
};
use core::{alloc::Layout, fmt};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use iceoryx2_cal::{
    SystemError, random,
    static_storage::StorageError,
    zero_copy_connection::{
        ConnectionError, ConnectionLayout, Limits, MessageLayout, MessageShape, PortLayout,
    },
};

/// What the system refused while a port was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A file or socket of the service.
    Storage(StorageError),
    /// Something without a name.
    System(SystemError),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(error) => error.fmt(f),
            Self::System(error) => {
                write!(f, "{error}")?;
                match error.kind().cure() {
                    Some(cure) => write!(f, ": {cure}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Storage(error) => Some(error),
            Self::System(error) => Some(error),
        }
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<SystemError> for Refusal {
    fn from(error: SystemError) -> Self {
        Self::System(error)
    }
}

/// A limit of the contract as the layers below count.
pub(super) fn number(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}

/// How many connections a port has room for that has `peers` peers at most. Twice as many: a process that dies gives its
/// byte back before its sockets hang up, so that a newcomer may come before the dead one was noticed.
pub(super) fn halves(peers: usize) -> u32 {
    number(peers.saturating_mul(2))
}

/// How the service's connections are laid out.
pub(super) fn connection_layout<S: Service>(
    service: &ServiceState<S>,
) -> Result<ConnectionLayout, ConnectionError> {
    let config = service.contract().request_response();
    ConnectionLayout::new(Limits {
        active_requests: number(config.max_active_requests_per_client()),
        response_buffer: number(config.max_response_buffer_size()),
        borrowed_responses: number(config.max_borrowed_responses_per_pending_response()),
        request_overflow: config.has_safe_overflow_for_requests(),
        response_overflow: config.has_safe_overflow_for_responses(),
    })
}

/// How messages of these types lie in chunks.
pub(super) fn shape(details: &MessageTypeDetails) -> Result<MessageShape, ConnectionError> {
    let layout = |detail: &TypeDetail| {
        Layout::from_size_align(detail.size, detail.alignment).map_err(|_| ConnectionError::Size)
    };
    MessageShape::new(
        layout(&details.user_header)?,
        layout(&details.payload)?,
        details.payload.variant == TypeVariant::Dynamic,
    )
}

/// Whether messages of user header `H` and payload `P` travel in their descriptors: small ones do, unless the service asks
/// for more of them than the types do.
pub(super) fn is_inline<H: ZeroCopySend, P: Payload + ?Sized>(
    details: &MessageTypeDetails,
) -> bool {
    MessageLayout::<H, P>::INLINE
        && details.payload.alignment == align_of::<P::Element>()
        && details.payload.size == size_of::<P::Element>()
        && details.user_header.size == size_of::<H>()
}

/// The memory of a port with `chunks` chunks, each for a message of `elements` elements.
pub(super) fn port_layout(
    half_size: usize,
    halves: u32,
    chunks: u32,
    shape: &MessageShape,
    elements: usize,
) -> Result<PortLayout, ConnectionError> {
    let size = shape.size_of(elements).ok_or(ConnectionError::Size)?;
    PortLayout::new(half_size, halves, chunks, size, shape.align())
}

/// What a new port says of itself.
pub(super) fn record<S: Service>(
    service: &ServiceState<S>,
    name: &PortName,
) -> Result<PortRecord, SystemError> {
    let (pid, uid) = service.process();
    Ok(PortRecord {
        id: random::random_128()?,
        node: service.node_id().value(),
        pid,
        uid,
        name: name.as_str().to_owned(),
    })
}
