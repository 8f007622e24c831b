// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The ways to talk.

use core::fmt;

/// How the ports of a service talk. The same name may be used by a service of each pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessagingPattern {
    /// Clients ask, servers answer with a stream of responses.
    RequestResponse,
}

impl MessagingPattern {
    /// The name it has in contracts.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::RequestResponse => "request-response",
        }
    }

    /// The pattern of that name in a contract.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        (name == Self::RequestResponse.as_str()).then_some(Self::RequestResponse)
    }
}

impl fmt::Display for MessagingPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
