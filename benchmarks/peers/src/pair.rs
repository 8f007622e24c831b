// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Processes this one has started: this program once more, as one side. They end with the value that stands for them.

use crate::{
    Result,
    line::{Line, PATIENCE},
    peers::Peer,
    place::Place,
    row::Row,
    side::{Role, Side},
};
use core::time::Duration;
use iceoryx2_bb_posix::process;
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Instant,
};

/// One process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    line: Option<Line>,
}

impl Process {
    pub fn start(side: Side, place: &Path, stdin: Stdio, stdout: Stdio) -> Result<Self> {
        let listener = Line::listen(place, side.line())?;
        let child = Command::new(process::this_executable()?)
            .arg("--side")
            .args(side.words())
            .arg(place)
            .stdin(stdin)
            .stdout(stdout)
            .spawn()?;
        let mut process = Self { child, line: None };
        process.line = Some(Line::accept(&listener, || process.must_live())?);
        Ok(process)
    }

    pub fn line(&self) -> Result<&Line> {
        Ok(self.line.as_ref().ok_or("it has no line")?)
    }

    fn must_live(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("it could not begin: {status}").into()),
        }
    }

    /// What follows `word` in what it says next.
    pub fn hear(&self, word: &str) -> Result<String> {
        let (said, _) = self.line()?.hear(Some(PATIENCE))?;
        said.strip_prefix(word)
            .map(|rest| rest.trim().to_owned())
            .ok_or_else(|| said.strip_prefix("failed ").unwrap_or(&said).into())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It hears the end of the line and leaves in order, if it can.
        self.line = None;
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(2) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Client and server of one peer.
#[derive(Debug)]
pub struct Pair {
    client: Process,
    server: Process,
    // WHY: the last field is dropped last, when nothing is left below it.
    _place: Place,
}

impl Pair {
    pub fn start(peer: Peer, row: Row) -> Result<Self> {
        let place = Place::new()?;
        let (to_server, from_client) = std::io::pipe()?;
        let (to_client, from_server) = std::io::pipe()?;
        let start = |role, stdin, stdout| {
            Process::start(Side::Of(role, peer, row), place.path(), stdin, stdout)
        };
        let server = start(Role::Server, to_server.into(), from_server.into())?;
        let client = start(Role::Client, to_client.into(), from_client.into())?;
        client.hear("ready")?;
        server.hear("ready")?;
        Ok(Self {
            client,
            server,
            _place: place,
        })
    }

    /// Nanoseconds of one of `count`.
    pub fn burst(&self, count: u32) -> Result<f64> {
        let go = format!("go {count}");
        self.server.line()?.say(&go, &[])?;
        self.client.line()?.say(&go, &[])?;
        let time = self.client.hear("done")?;
        self.server.hear("done")?;
        Ok(time.parse()?)
    }
}
