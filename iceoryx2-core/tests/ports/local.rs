// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The suite over `local`.

pub type S = iceoryx2::service::local::Service;

#[path = "suite.rs"]
mod suite;
