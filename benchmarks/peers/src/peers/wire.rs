// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Client and server of whatever carries messages there and back.

use crate::{
    Result,
    message::{Content, expect},
    row::{IN_FLIGHT, Row},
    side::{Client, Server},
};
use std::io::{self, ErrorKind, Read, Write};

/// Carries messages of a length that both ends know.
pub trait Wire {
    fn send(&mut self, message: &[u8]) -> Result<()>;

    /// The next message, awaited.
    fn receive(&mut self, message: &mut [u8]) -> Result<()>;
}

/// One end.
pub struct End<W> {
    wire: W,
    content: Content,
    out: Vec<u8>,
    back: Vec<u8>,
    number: u64,
}

impl<W: Wire> End<W> {
    pub fn new(row: Row, wire: W) -> Self {
        let content = Content::of(row);
        Self {
            wire,
            content,
            out: vec![0; content.bytes],
            back: vec![0; content.bytes],
            number: 0,
        }
    }

    fn send(&mut self, number: u64) -> Result<()> {
        self.content.write(&mut self.out, number);
        self.wire.send(&self.out)
    }

    fn receive(&mut self) -> Result<u64> {
        self.wire.receive(&mut self.back)?;
        self.content.read(&self.back)
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

/// What carries bytes: a stream. What `from` gives it may be there already in part: so messages of a stream are read
/// many at a time.
pub struct Bytes<R, W> {
    from: io::BufReader<R>,
    to: W,
}

impl<R: Read, W: Write> Bytes<R, W> {
    pub fn new(from: R, to: W) -> Self {
        Self {
            from: io::BufReader::with_capacity(1 << 16, from),
            to,
        }
    }
}

impl<R: Read, W: Write> Wire for Bytes<R, W> {
    fn send(&mut self, message: &[u8]) -> Result<()> {
        let mut rest = message;
        while !rest.is_empty() {
            let done = persist(|| self.to.write(rest))?;
            rest = rest.get(done..).unwrap_or_default();
        }
        Ok(())
    }

    fn receive(&mut self, message: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while let Some(rest) = message.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match persist(|| self.from.read(rest))? {
                0 => return Err("the other process has ended".into()),
                some => done += some,
            }
        }
        Ok(())
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
