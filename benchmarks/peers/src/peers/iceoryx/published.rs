// SPDX-License-Identifier: Apache-2.0 OR MIT
//! iceoryx2 0.10 as published.

mod asleep;
#[path = "program.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "one program, compiled with either library"
)]
mod program;

pub use program::{client, server};

use crate::{Result, row::Row};
use ::iceoryx2;
use ::iceoryx2::prelude::{Config, Path as PathName, SemanticString};
use std::path::Path;

fn config(_: Row, place: &Path) -> Result<Config> {
    let mut config = Config::default();
    let root = PathName::new(place.as_os_str().as_encoded_bytes())?;
    config.global.set_root_path(&root);
    Ok(config)
}
