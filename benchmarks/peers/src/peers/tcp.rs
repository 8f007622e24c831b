// SPDX-License-Identifier: Apache-2.0 OR MIT
//! TCP over loopback: without blocking where peers spin, blocking where they sleep.

use super::{
    meeting,
    wire::{Bytes, End, OneByOne},
};
use crate::{
    Result,
    row::Row,
    side::{Client, Server},
};
use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
};

pub fn client(row: Row, place: &Path) -> Result<Box<dyn Client>> {
    let port: u16 = meeting::hear(place)?.parse()?;
    Ok(Box::new(end(
        row,
        TcpStream::connect((Ipv4Addr::LOCALHOST, port))?,
    )?))
}

pub fn server(row: Row, place: &Path) -> Result<Box<dyn Server>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    meeting::say(place, &listener.local_addr()?.port().to_string())?;
    let accept = move || end(row, listener.accept()?.0);
    if row == Row::Process {
        return Ok(Box::new(OneByOne(accept)));
    }
    Ok(Box::new(accept()?))
}

fn end(row: Row, stream: TcpStream) -> Result<End<Bytes<TcpStream, TcpStream>>> {
    stream.set_nodelay(true)?;
    stream.set_nonblocking(!row.asleep())?;
    Ok(End::new(row, Bytes::new(stream.try_clone()?, stream)))
}
