// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The suite over `local_threadsafe`.

pub type S = iceoryx2::service::local_threadsafe::Service;

#[path = "suite.rs"]
mod suite;
