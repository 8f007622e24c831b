// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every message says beside its payload.

use crate::identifiers::{UniqueClientId, UniqueNodeId, UniqueServerId};

/// What the headers of all messages say alike.
pub trait PayloadHeader {
    /// How many elements the payload has; 1 unless it is a slice.
    #[must_use]
    fn number_of_elements(&self) -> u64;
}

impl PayloadHeader for RequestHeader {
    fn number_of_elements(&self) -> u64 {
        self.elements
    }
}

impl PayloadHeader for ResponseHeader {
    fn number_of_elements(&self) -> u64 {
        self.elements
    }
}

/// What a request says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHeader {
    pub(crate) client: UniqueClientId,
    pub(crate) node: UniqueNodeId,
    pub(crate) elements: u64,
}

impl RequestHeader {
    /// Who asks.
    #[must_use]
    pub fn client_id(&self) -> UniqueClientId {
        self.client
    }

    /// The node of who asks.
    #[must_use]
    pub fn node_id(&self) -> UniqueNodeId {
        self.node
    }

    /// How many elements the payload has; 1 unless it is a slice.
    #[must_use]
    pub fn number_of_elements(&self) -> u64 {
        self.elements
    }
}

/// What a response says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseHeader {
    pub(crate) server: UniqueServerId,
    pub(crate) node: UniqueNodeId,
    pub(crate) elements: u64,
}

impl ResponseHeader {
    /// Who answers.
    #[must_use]
    pub fn server_id(&self) -> UniqueServerId {
        self.server
    }

    /// The node of who answers.
    #[must_use]
    pub fn node_id(&self) -> UniqueNodeId {
        self.node
    }

    /// How many elements the payload has; 1 unless it is a slice.
    #[must_use]
    pub fn number_of_elements(&self) -> u64 {
        self.elements
    }
}
