// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The variant between processes, for ports that stay in one thread.

use super::shared::{Gated, LocalShared};

/// Connects processes of one machine. Ports and messages stay in the thread that made them.
#[derive(Debug)]
pub struct Service;

impl super::Service for Service {
    type Mechanisms = iceoryx2_cal::Ipc;
    type Shared<T: Gated + 'static> = LocalShared<T>;
}
