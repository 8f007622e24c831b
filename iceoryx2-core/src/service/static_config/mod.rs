// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What all participants of a service agree on: written once by who creates it, adopted by who opens it.

mod attributes;
mod canonical;
mod contract;
pub mod message_type_details;
pub mod request_response;

pub use contract::Contract as StaticConfig;
pub(crate) use contract::{Contract, ContractError};
