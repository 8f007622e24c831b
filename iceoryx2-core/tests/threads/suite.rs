// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is required of ports that threads share.

use super::S;

#[path = "ends.rs"]
mod ends;
#[path = "room.rs"]
mod room;
#[path = "sharing.rs"]
mod sharing;
#[path = "../ports/stage.rs"]
mod stage;
#[path = "storm.rs"]
mod storm;
