// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The suite over `ipc`.

pub type S = iceoryx2::service::ipc::Service;

#[path = "suite.rs"]
mod suite;
