// SPDX-License-Identifier: Apache-2.0 OR MIT
//! This workspace.

mod asleep;
#[path = "program.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "one program, compiled with either library"
)]
mod program;

pub use program::{client, server};

use crate::{Result, row::Row};
use ::ours as iceoryx2;
use ::ours::prelude::Config;
use std::{path::Path, time::Duration};

fn config(row: Row, place: &Path) -> Result<Config> {
    let mut config = Config::default();
    config.global.set_root_path(place);
    if row.asleep() {
        config.global.service.spin_duration = Duration::ZERO;
    }
    Ok(config)
}
