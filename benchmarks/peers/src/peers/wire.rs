// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Client and server of whatever carries messages there and back.

use crate::{
    Result,
    message::{Content, expect},
    row::{IN_FLIGHT, Row},
    side::{Client, Server},
};
use std::io::{self, ErrorKind, Read, Write};

/// Carries messages there and back.
pub trait Wire {
    /// Sends a message with this number.
    fn send(&mut self, content: Content, number: u64) -> Result<()>;

    /// The number of the next message, awaited.
    fn receive(&mut self, content: Content) -> Result<u64>;
}

/// One end.
pub struct End<W> {
    wire: W,
    content: Content,
    number: u64,
}

impl<W: Wire> End<W> {
    pub const fn new(row: Row, wire: W) -> Self {
        Self {
            wire,
            content: Content::of(row),
            number: 0,
        }
    }

    fn send(&mut self, number: u64) -> Result<()> {
        self.wire.send(self.content, number)
    }

    fn receive(&mut self) -> Result<u64> {
        self.wire.receive(self.content)
    }
}

impl<W: Wire> Client for End<W> {
    fn round_trips(&mut self, count: u32) -> Result<()> {
        for _ in 0..count {
            self.send(self.number)?;
            expect(self.number + 1, self.receive()?)?;
            self.number += 1;
        }
        Ok(())
    }

    fn in_flight(&mut self, count: u32) -> Result<()> {
        let first = self.number;
        let last = first + u64::from(count);
        for number in first..last + IN_FLIGHT as u64 {
            if number >= first + IN_FLIGHT as u64 {
                expect(self.number + 1, self.receive()?)?;
                self.number += 1;
            }
            if number < last {
                self.send(number)?;
            }
        }
        Ok(())
    }

    fn stream(&mut self, responses: u32) -> Result<()> {
        self.send(0)?;
        for number in 0..responses {
            expect(number.into(), self.receive()?)?;
        }
        Ok(())
    }
}

impl<W: Wire> Server for End<W> {
    fn answer(&mut self, requests: u32) -> Result<()> {
        for _ in 0..requests {
            let number = self.receive()?;
            self.send(number + 1)?;
        }
        Ok(())
    }

    fn stream(&mut self, responses: u32) -> Result<()> {
        self.receive()?;
        (0..responses).try_for_each(|number| self.send(number.into()))
    }
}

/// A server whose clients come one after the other and ask once each.
pub struct OneByOne<F>(pub F);

impl<W: Wire, F: FnMut() -> Result<End<W>>> Server for OneByOne<F> {
    fn answer(&mut self, requests: u32) -> Result<()> {
        (0..requests).try_for_each(|_| (self.0)()?.answer(1))
    }

    fn stream(&mut self, responses: u32) -> Result<()> {
        Server::stream(&mut (self.0)()?, responses)
    }
}

/// What carries bytes: a stream. Reads take what is there, so short messages of a stream come many at a time.
pub struct Bytes<R, W> {
    from: io::BufReader<R>,
    to: W,
    message: Vec<u8>,
}

impl<R: Read, W: Write> Bytes<R, W> {
    pub fn new(from: R, to: W) -> Self {
        Self {
            from: io::BufReader::with_capacity(1 << 16, from),
            to,
            message: Vec::new(),
        }
    }
}

impl<R: Read, W: Write> Wire for Bytes<R, W> {
    fn send(&mut self, content: Content, number: u64) -> Result<()> {
        self.message.resize(content.bytes, 0);
        content.write(&mut self.message, number);
        let mut rest = self.message.as_slice();
        while !rest.is_empty() {
            let done = persist(|| self.to.write(rest))?;
            rest = rest.get(done..).unwrap_or_default();
        }
        Ok(())
    }

    fn receive(&mut self, content: Content) -> Result<u64> {
        self.message.resize(content.bytes, 0);
        let mut rest = self.message.as_mut_slice();
        while !rest.is_empty() {
            match persist(|| self.from.read(rest))? {
                0 => return Err("the other process has ended".into()),
                done => rest = rest.get_mut(done..).unwrap_or_default(),
            }
        }
        content.read(&self.message)
    }
}

/// Spins where the stream does not block.
fn persist(mut action: impl FnMut() -> io::Result<usize>) -> Result<usize> {
    loop {
        match action() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return Ok(result?),
        }
    }
}
