// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A Unix stream socket: without blocking where peers spin, blocking where they sleep.

use super::wire::{Bytes, End};
use crate::{
    Result,
    line::PATIENCE,
    row::Row,
    side::{Client, Server},
};
use std::{
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    thread,
    time::{Duration, Instant},
};

const NAME: &str = "socket";

pub fn client(row: Row, place: &Path) -> Result<Box<dyn Client>> {
    let path = place.join(NAME);
    let stream = persist(|| UnixStream::connect(&path))?;
    Ok(Box::new(end(row, stream)?))
}

pub fn server(row: Row, place: &Path) -> Result<Box<dyn Server>> {
    let listener = UnixListener::bind(place.join(NAME))?;
    Ok(Box::new(end(row, listener.accept()?.0)?))
}

fn end(row: Row, stream: UnixStream) -> Result<End<Bytes<UnixStream, UnixStream>>> {
    stream.set_nonblocking(!row.asleep())?;
    Ok(End::new(row, Bytes::new(stream.try_clone()?, stream)))
}

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
