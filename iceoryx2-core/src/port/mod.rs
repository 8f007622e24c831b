// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Ports: clients that ask and servers that answer.
//!
//! ```text
//!     Client, RequestMut, PendingResponse, Response ──▶ ClientState ──▶ one ServerConnection per server
//!     Server, ActiveRequest, ResponseMut ─────────────▶ ServerState ──▶ one ClientConnection per client
//!                                                            └── Endpoint: memory, port page, doorbell, wait set
//! ```

pub mod allocation_strategy;
pub mod backpressure_strategy;
pub mod client;
pub mod port_name;
pub mod server;
pub mod update_connections;

mod announcing;
mod backpressure;
mod chores;
mod crowd;
mod degradation;
mod errors;
pub(crate) mod outcome;
mod pace;
mod places;
mod spin;
mod wire;

pub(crate) mod endpoint;
pub(crate) mod held;
pub(crate) mod wait;

pub(crate) use backpressure::{Backpressure, Congestion, Verdict};
pub use backpressure::{BackpressureAction, BackpressureInfo};
pub(crate) use crowd::Interest;
pub(crate) use degradation::{Degradation, DegradationHandlers, Direction};
pub use degradation::{DegradationAction, DegradationCause, DegradationInfo};
pub use errors::{LoanError, ReceiveError, SendError};
pub use outcome::{CallError, Outcome, WaitError};

/// The name of a server's socket in the service's place.
pub(crate) fn server_name(server: u128) -> String {
    format!("{server:032x}")
}
