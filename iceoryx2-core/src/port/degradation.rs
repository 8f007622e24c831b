// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a port does when one of its connections cannot be made or breaks.

use super::update_connections::ConnectionFailure;
use crate::identifiers::UniqueServiceId;
use core::fmt;
use std::sync::Arc;

/// What happened to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DegradationCause {
    /// The peer is there, but no connection with it could be made.
    FailedToEstablishConnection,
    /// The peer broke the protocol, and its connection was closed.
    ConnectionCorrupted,
}

/// What a degradation handler decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DegradationAction {
    /// Goes on without the peer and says nothing.
    Ignore,
    /// Goes on without the peer and logs it.
    #[default]
    Warn,
    /// Goes on without the peer, and the call that noticed it fails.
    DegradeAndFail,
}

/// Between whom it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DegradationInfo {
    /// The service.
    pub service_id: UniqueServiceId,
    /// The port that sends: of requests the client, of responses the server.
    pub sender_port_id: u128,
    /// The port that receives.
    pub receiver_port_id: u128,
}

type Handler = Arc<dyn Fn(DegradationCause, &DegradationInfo) -> DegradationAction + Send + Sync>;

/// The handlers of a port, one for each direction.
#[derive(Clone, Default)]
pub(crate) struct DegradationHandlers {
    pub(crate) requests: Option<Handler>,
    pub(crate) responses: Option<Handler>,
}

impl fmt::Debug for DegradationHandlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DegradationHandlers")
            .field("requests", &self.requests.is_some())
            .field("responses", &self.responses.is_some())
            .finish()
    }
}

/// The direction in which a connection was used when it broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Requests,
    Responses,
}

impl DegradationInfo {
    /// Of a client's connection with a server, used in this direction.
    pub(crate) const fn new(
        service_id: UniqueServiceId,
        direction: Direction,
        client: u128,
        server: u128,
    ) -> Self {
        let (sender_port_id, receiver_port_id) = match direction {
            Direction::Requests => (client, server),
            Direction::Responses => (server, client),
        };
        Self {
            service_id,
            sender_port_id,
            receiver_port_id,
        }
    }
}

/// The broken connections of a port, and what was decided about them.
#[derive(Debug)]
pub(crate) struct Degradation {
    handlers: DegradationHandlers,
    /// The call that goes on now, or else the next one, shall fail.
    failure: Option<DegradationCause>,
}

impl Degradation {
    pub(crate) const fn new(handlers: DegradationHandlers) -> Self {
        Self {
            handlers,
            failure: None,
        }
    }

    /// A connection could not be made or broke because of `reason`: asks the direction's handler what to do.
    #[cold]
    pub(crate) fn report(
        &mut self,
        direction: Direction,
        cause: DegradationCause,
        info: &DegradationInfo,
        reason: &dyn fmt::Display,
    ) {
        let handler = match direction {
            Direction::Requests => &self.handlers.requests,
            Direction::Responses => &self.handlers.responses,
        };
        let action = handler
            .as_ref()
            .map_or(DegradationAction::default(), |handler| handler(cause, info));
        if action != DegradationAction::Ignore {
            let (sender, receiver) = (info.sender_port_id, info.receiver_port_id);
            tracing::warn!(%reason, "the connection from port {sender:032x} to port {receiver:032x} was closed");
        }
        if action == DegradationAction::DegradeAndFail {
            self.failure = Some(cause);
        }
    }

    /// Whether this call or the next one shall fail.
    #[inline(always)]
    pub(crate) const fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Whether this call shall fail; if so, later ones need not.
    #[inline]
    pub(crate) fn check(&mut self) -> Result<(), ConnectionFailure> {
        match self.failure {
            None => Ok(()),
            Some(_) => self.fail(),
        }
    }

    #[cold]
    fn fail(&mut self) -> Result<(), ConnectionFailure> {
        self.failure
            .take()
            .map_or(Ok(()), |cause| Err(cause.into()))
    }
}

impl From<DegradationCause> for ConnectionFailure {
    fn from(cause: DegradationCause) -> Self {
        match cause {
            DegradationCause::FailedToEstablishConnection => Self::FailedToEstablishConnection,
            DegradationCause::ConnectionCorrupted => Self::ConnectionCorrupted,
        }
    }
}
