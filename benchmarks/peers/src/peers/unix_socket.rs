// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A Unix stream socket: without blocking where peers spin, blocking where they sleep.

use super::{
    meeting::persist,
    wire::{Bytes, End, OneByOne},
};
use crate::{
    Result,
    row::Row,
    side::{Client, Server},
};
use std::{
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
};

const NAME: &str = "socket";

pub fn client(row: Row, place: &Path) -> Result<Box<dyn Client>> {
    let path = place.join(NAME);
    let stream = persist(|| UnixStream::connect(&path))?;
    Ok(Box::new(end(row, stream)?))
}

pub fn server(row: Row, place: &Path) -> Result<Box<dyn Server>> {
    let listener = UnixListener::bind(place.join(NAME))?;
    let accept = move || end(row, listener.accept()?.0);
    if row == Row::Process {
        return Ok(Box::new(OneByOne(accept)));
    }
    Ok(Box::new(accept()?))
}

fn end(row: Row, stream: UnixStream) -> Result<End<Bytes<UnixStream, UnixStream>>> {
    stream.set_nonblocking(!row.asleep())?;
    Ok(End::new(row, Bytes::new(stream.try_clone()?, stream)))
}
