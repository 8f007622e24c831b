// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a client finds a server: by trying until it is there, or by a file that says where.

use crate::{Result, line::PATIENCE};
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

const NAME: &str = "meeting";

/// Tries until it succeeds: the other side may not be there yet.
pub fn persist<T, E: Into<crate::Trouble>>(
    mut action: impl FnMut() -> core::result::Result<T, E>,
) -> Result<T> {
    let begin = Instant::now();
    loop {
        match action() {
            Ok(result) => return Ok(result),
            Err(error) if begin.elapsed() > PATIENCE => return Err(error.into()),
            Err(_) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Tells the client where the server is.
pub fn say(place: &Path, address: &str) -> Result<()> {
    let unfinished = place.join("meeting-unfinished");
    fs::write(&unfinished, address)?;
    Ok(fs::rename(unfinished, place.join(NAME))?)
}

/// Where the server is, once it has said so.
pub fn hear(place: &Path) -> Result<String> {
    persist(|| fs::read_to_string(place.join(NAME)))
}
