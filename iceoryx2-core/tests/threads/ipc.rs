// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The suite over `ipc_threadsafe`.

pub type S = iceoryx2::service::ipc_threadsafe::Service;

#[path = "suite.rs"]
mod suite;
