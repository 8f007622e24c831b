// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a node does about Ctrl-C and SIGTERM.

/// What a node does about Ctrl-C and SIGTERM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SignalHandlingMode {
    /// The first request ends every wait, so that the program can leave in order; a second one ends the process.
    /// Handlers that were there before are still called, and come back with the last node that handles requests.
    #[default]
    HandleTerminationRequests,
    /// The node leaves signals alone.
    Disabled,
}
