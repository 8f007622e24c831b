// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The line between the process that measures and each it has started. Nobody waits without noticing the other's end.

use crate::Result;
use core::time::Duration;
use iceoryx2_bb_posix::{
    Connection, Handle, Listener, Poller, Received, Trigger, directory::Directory,
};
use std::path::Path;

/// How long nothing at all may happen.
pub const PATIENCE: Duration = Duration::from_secs(10);

const MESSAGE_SIZE_MAX: usize = 1024;
const HANDLES_MAX: usize = 4;

/// Looks at what is awaited between two looks at the other's life: about a millisecond's worth.
const LOOKS: u32 = 1 << 18;

#[derive(Debug)]
pub struct Line(Connection);

impl Line {
    /// Meets the process that listens there: the one that has started this one, or the other side.
    pub fn to_parent(place: &Path, name: &str) -> Result<Self> {
        Ok(Self(Connection::connect(&Directory::open(place)?, name)?))
    }

    /// Where a process is met that is about to be started.
    pub fn listen(place: &Path, name: &str) -> Result<Listener> {
        Ok(Listener::bind(&Directory::open(place)?, name)?)
    }

    /// The process just started; `must_live` says whether it still may come.
    pub fn accept(listener: &Listener, mut must_live: impl FnMut() -> Result<()>) -> Result<Self> {
        const LOOKS: u32 = 100;
        let poller = Poller::create()?;
        poller.add(listener.source(), 0, Trigger::Level)?;
        for _ in 0..LOOKS {
            poller.wait(Some(PATIENCE / LOOKS), &mut |_| ())?;
            if let Some(connection) = listener.accept()? {
                return Ok(Self(connection));
            }
            must_live()?;
        }
        Err(format!("it did not come within {PATIENCE:?}").into())
    }

    pub fn say(&self, message: &str, handles: &[&Handle]) -> Result<()> {
        Ok(self.0.send(message.as_bytes(), handles)?)
    }

    /// The next message, awaited as long as the other lives, or until it was silent for `patience`.
    pub fn hear(&self, patience: Option<Duration>) -> Result<(String, Vec<Handle>)> {
        let mut buffer = [0; MESSAGE_SIZE_MAX];
        loop {
            match self.0.receive(&mut buffer, HANDLES_MAX)? {
                Received::Message(message) => {
                    let text = buffer.get(..message.len).unwrap_or_default();
                    return Ok((String::from_utf8_lossy(text).into_owned(), message.handles));
                }
                Received::End => return Err(gone()),
                Received::Nothing => self.wait(patience)?,
            }
        }
    }

    fn wait(&self, patience: Option<Duration>) -> Result<()> {
        let poller = Poller::create()?;
        poller.add(self.0.source(), 0, Trigger::Level)?;
        match poller.wait(patience, &mut |_| ())? {
            0 => Err(format!("it said nothing for {:?}", patience.unwrap_or_default()).into()),
            _ => Ok(()),
        }
    }

    pub fn must_live(&self) -> Result<()> {
        if self.0.hung_up()? {
            Err(gone())
        } else {
            Ok(())
        }
    }

    /// Spins until `look` finds something.
    #[inline]
    pub fn spin<T>(&self, mut look: impl FnMut() -> Option<T>) -> Result<T> {
        loop {
            for _ in 0..LOOKS {
                if let Some(found) = look() {
                    return Ok(found);
                }
            }
            self.must_live()?;
        }
    }
}

fn gone() -> crate::Trouble {
    "the other process has ended".into()
}
