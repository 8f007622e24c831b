// SPDX-License-Identifier: Apache-2.0 OR MIT
//! ZeroMQ over `ipc://`: a pair of sockets, the leanest pattern it has. Its own thread does the sending and receiving, on
//! the core of its process, so nobody spins.

use super::wire::{End, Wire};
use crate::{Result, message::Content, row::Row};
use std::path::Path;

pub fn client(row: Row, place: &Path) -> Result<End<Socket>> {
    Socket::new(zmq::PAIR, |socket| socket.connect(&address(place)))
        .map(|socket| End::new(row, socket))
}

pub fn server(row: Row, place: &Path) -> Result<End<Socket>> {
    // WHY: a pair is for two, and the clients of this row come one after the other.
    let kind = if row == Row::Process {
        zmq::REP
    } else {
        zmq::PAIR
    };
    Socket::new(kind, |socket| socket.bind(&address(place))).map(|socket| End::new(row, socket))
}

fn address(place: &Path) -> String {
    format!("ipc://{}/zeromq", place.display())
}

pub struct Socket {
    socket: zmq::Socket,
    _context: zmq::Context,
}

impl Socket {
    fn new(
        kind: zmq::SocketType,
        begin: impl FnOnce(&zmq::Socket) -> zmq::Result<()>,
    ) -> Result<Self> {
        let context = zmq::Context::new();
        let socket = context.socket(kind)?;
        socket.set_linger(0)?;
        begin(&socket)?;
        Ok(Self {
            socket,
            _context: context,
        })
    }
}

impl Wire for Socket {
    fn send(&mut self, content: Content, number: u64) -> Result<()> {
        let mut message = zmq::Message::with_size(content.bytes);
        content.write(&mut message, number);
        Ok(self.socket.send(message, 0)?)
    }

    fn receive(&mut self, content: Content) -> Result<u64> {
        content.read(&self.socket.recv_msg(0)?)
    }
}
