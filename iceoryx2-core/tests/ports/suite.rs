// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is required of the ports of every variant `S`.

use super::S;

#[path = "backpressure.rs"]
mod backpressure;
#[path = "builders.rs"]
mod builders;
#[path = "growth.rs"]
mod growth;
#[path = "kinds.rs"]
mod kinds;
#[path = "limits.rs"]
mod limits;
#[path = "messages.rs"]
mod messages;
#[path = "options.rs"]
mod options;
#[path = "outcome.rs"]
mod outcome;
#[path = "peers.rs"]
mod peers;
#[path = "slices.rs"]
mod slices;
#[path = "stage.rs"]
mod stage;
#[path = "waits.rs"]
mod waits;
