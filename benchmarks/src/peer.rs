// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The other process: this program once more, pinned to its core, with a line between both.
//!
//! Neither ever waits for the other without noticing its end.

use crate::{Result, arguments::Arguments};
use core::time::Duration;
use iceoryx2_bb_posix::{
    Connection, Handle, Listener, Poller, Received, Trigger, directory::Directory, process,
    random::random_128,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const NAME: &str = "benchmark";
const PATIENCE: Duration = Duration::from_secs(10);
const MESSAGE_SIZE_MAX: usize = 1024;
const HANDLES_MAX: usize = 4;

/// Looks at what is awaited between two looks at the peer's life: about a millisecond's worth.
const LOOKS: u32 = 1 << 18;

/// The line to the other process.
#[derive(Debug)]
pub struct Line(Connection);

impl Line {
    /// Meets the process that has started this one.
    pub fn to_parent(place: &Path) -> Result<Self> {
        let directory = Directory::open(place)?;
        Ok(Self(Connection::connect(&directory, NAME)?))
    }

    pub fn connection(&self) -> &Connection {
        &self.0
    }

    pub fn say(&self, message: &[u8], handles: &[&Handle]) -> Result<()> {
        Ok(self.0.send(message, handles)?)
    }

    /// The next message, awaited.
    pub fn hear(&self) -> Result<(Vec<u8>, Vec<Handle>)> {
        let mut buffer = [0; MESSAGE_SIZE_MAX];
        loop {
            match self.0.receive(&mut buffer, HANDLES_MAX)? {
                Received::Message(message) => {
                    let text = buffer.get(..message.len).unwrap_or_default();
                    return Ok((text.to_vec(), message.handles));
                }
                Received::End => return Err(gone()),
                Received::Nothing => self.wait()?,
            }
        }
    }

    /// The next message, if it is there.
    pub fn try_hear(&self) -> Result<Option<Vec<u8>>> {
        let mut buffer = [0; MESSAGE_SIZE_MAX];
        match self.0.receive(&mut buffer, 0)? {
            Received::Message(message) => {
                let text = buffer.get(..message.len).unwrap_or_default();
                Ok(Some(text.to_vec()))
            }
            Received::End => Err(gone()),
            Received::Nothing => Ok(None),
        }
    }

    /// Says where the services are.
    pub fn say_root(&self, root: &Place) -> Result<()> {
        self.say(root.path().as_os_str().as_encoded_bytes(), &[])
    }

    /// Where the services are, awaited.
    pub fn hear_root(&self) -> Result<PathBuf> {
        let (root, _) = self.hear()?;
        Ok(String::from_utf8(root)?.into())
    }

    /// Sleeps until the other process has ended.
    pub fn wait_for_end(&self) -> Result<()> {
        let poller = Poller::create()?;
        poller.add(self.0.source(), 0, Trigger::Level)?;
        while self.must_live().is_ok() {
            poller.wait(None, &mut |_| ())?;
        }
        Ok(())
    }

    fn wait(&self) -> Result<()> {
        let poller = Poller::create()?;
        poller.add(self.0.source(), 0, Trigger::Level)?;
        match poller.wait(Some(PATIENCE), &mut |_| ())? {
            0 => Err(format!("the other process said nothing for {PATIENCE:?}").into()),
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
    pub fn spin<T>(&self, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        loop {
            for _ in 0..LOOKS {
                if let Some(found) = look()? {
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

/// The process this one has started. It ends with this value.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    line: Option<Line>,
}

impl Peer {
    /// Starts this program again with the same words, to play a part if there are several, and to measure `payload_bytes`
    /// if it has not payloads of its own.
    pub fn start(
        arguments: &Arguments,
        part: Option<&str>,
        payload_bytes: impl Into<Option<usize>>,
    ) -> Result<Self> {
        let place = Place::new()?;
        let listener = Listener::bind(&Directory::open(&place.0)?, NAME)?;
        let mut command = Command::new(process::this_executable()?);
        command.args(&arguments.words);
        if let Some(part) = part {
            command.args(["--part", part]);
        }
        if let Some(bytes) = payload_bytes.into() {
            command.args(["--payload", &bytes.to_string()]);
        }
        let child = command
            .arg("--peer")
            .arg(&place.0)
            .stdin(Stdio::null())
            .spawn()?;
        let mut peer = Self { child, line: None };
        peer.line = Some(Line(accept(&listener, &mut peer.child)?));
        Ok(peer)
    }

    pub fn line(&self) -> Result<&Line> {
        self.line.as_ref().ok_or_else(gone)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It hears the end of the line and leaves; it has nothing that would have to be saved.
        self.line = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn accept(listener: &Listener, child: &mut Child) -> Result<Connection> {
    let poller = Poller::create()?;
    poller.add(listener.source(), 0, Trigger::Level)?;
    for _ in 0..100 {
        poller.wait(Some(PATIENCE / 100), &mut |_| ())?;
        if let Some(connection) = listener.accept()? {
            return Ok(connection);
        }
        if let Some(status) = child.try_wait()? {
            return Err(format!("the other process could not begin: {status}").into());
        }
    }
    Err(format!("the other process did not come within {PATIENCE:?}").into())
}

/// A directory of our own, gone with everything in it at the end.
#[derive(Debug)]
pub struct Place(PathBuf);

impl Place {
    pub fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("iox2-benchmark-{:032x}", random_128()?));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
