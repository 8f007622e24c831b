// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Ports: clients that ask and servers that answer.

pub mod backpressure_strategy;
pub mod client;
pub mod server;
pub mod update_connections;

mod errors;
mod outcome;
mod pace;
mod wire;

pub(crate) mod endpoint;

pub use errors::{LoanError, ReceiveError, SendError};
pub use outcome::{CallError, Outcome, WaitError};
