// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The variant within one process, for ports that stay in one thread.

use super::shared::{Gated, LocalShared};

/// Connects threads of one process and touches no file. Root path and prefix tell its services apart as those between
/// processes, but need not exist. Ports and messages stay in the thread that made them.
#[derive(Debug)]
pub struct Service;

impl super::Service for Service {
    type Mechanisms = iceoryx2_cal::Local;
    type Shared<T: Gated + 'static> = LocalShared<T>;
}
