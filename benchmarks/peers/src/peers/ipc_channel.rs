// SPDX-License-Identifier: Apache-2.0 OR MIT
//! ipc-channel: a channel of bytes in each direction, met through its one-shot server.

use super::{
    meeting,
    wire::{End, OneByOne, Wire},
};
use crate::{Result, message::Content, row::Row, side::Server};
use ipc_channel::{
    TryRecvError,
    ipc::{self, IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcSender},
};
use std::path::Path;

/// What the client sends the server first.
type Ends = (IpcBytesSender, IpcBytesReceiver);

pub fn client(row: Row, place: &Path) -> Result<End<Channels>> {
    let meet: IpcSender<Ends> = IpcSender::connect(meeting::hear(place)?)?;
    let (to_server, from_client) = ipc::bytes_channel()?;
    let (to_client, from_server) = ipc::bytes_channel()?;
    meet.send((to_client, from_client))?;
    Ok(end(row, to_server, from_server))
}

pub fn server(row: Row, place: &Path) -> Result<Box<dyn Server>> {
    let mut waiting = Some(listen(place)?);
    let place = place.to_owned();
    let mut accept = move || {
        let server = waiting.take().ok_or("nobody is awaited")?;
        let (_, (to_client, from_client)) = server.accept()?;
        if row == Row::Process {
            waiting = Some(listen(&place)?);
        }
        Ok(end(row, to_client, from_client))
    };
    if row == Row::Process {
        return Ok(Box::new(OneByOne(accept)));
    }
    Ok(Box::new(accept()?))
}

fn listen(place: &Path) -> Result<IpcOneShotServer<Ends>> {
    let (server, name) = IpcOneShotServer::new()?;
    meeting::say(place, &name)?;
    Ok(server)
}

fn end(row: Row, to: IpcBytesSender, from: IpcBytesReceiver) -> End<Channels> {
    let channels = Channels {
        to,
        from,
        message: vec![0; row.bytes()],
        asleep: row.asleep(),
    };
    End::new(row, channels)
}

pub struct Channels {
    to: IpcBytesSender,
    from: IpcBytesReceiver,
    message: Vec<u8>,
    asleep: bool,
}

impl Wire for Channels {
    fn send(&mut self, content: Content, number: u64) -> Result<()> {
        content.write(&mut self.message, number);
        Ok(self.to.send(&self.message)?)
    }

    fn receive(&mut self, content: Content) -> Result<u64> {
        if self.asleep {
            return content.read(&self.from.recv()?);
        }
        loop {
            match self.from.try_recv() {
                Ok(message) => return content.read(&message),
                Err(TryRecvError::Empty) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
