// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Further processes of a measurement: this program once more, with a part to play, and lines of text in both directions.
//!
//! A part ends when its standard input does, or with the process that plays the leading one, at the latest when that is
//! dropped.

use crate::{Result, arguments::Arguments, heap};
use iceoryx2_bb_posix::{
    process::this_executable,
    trace::{self, End, Go, Seen},
};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// What a part is asked for its heap with.
const HEAP: &str = "heap?";

/// The command that plays `part` at `place`.
pub fn command(arguments: &Arguments, part: &str, place: &Path) -> Result<Command> {
    let mut command = Command::new(this_executable()?);
    command
        .arg(arguments.measurement.name)
        .args(["--part", part])
        .arg("--peer")
        .arg(place);
    Ok(command)
}

/// A process that plays a part.
#[derive(Debug)]
pub struct Part {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
}

impl Part {
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or("a child has no output")?;
        Ok(Self {
            child,
            stdin,
            lines: BufReader::new(stdout),
        })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn tell(&mut self, line: &str) -> Result<()> {
        let stdin = self.stdin.as_mut().ok_or("the part was dismissed")?;
        Ok(writeln!(stdin, "{line}")?)
    }

    /// Has nothing more to tell it.
    pub fn dismiss(&mut self) {
        self.stdin = None;
    }

    /// The next line it says.
    pub fn hear(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.lines.read_line(&mut line)? == 0 {
            return Err(format!("a part has ended: {}", self.child.wait()?).into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// Waits until it says `line`.
    pub fn expect(&mut self, line: &str) -> Result<()> {
        match self.hear()? {
            said if said == line => Ok(()),
            said => Err(format!("a part said {said:?} instead of {line:?}").into()),
        }
    }

    /// How many bytes of its heap are in use, if it [answers](answer_questions).
    pub fn heap_bytes(&mut self) -> Result<u64> {
        self.tell(HEAP)?;
        Ok(self.hear()?.parse()?)
    }

    /// Follows it until it has ended well. It goes on when `see` hears that it is attached.
    pub fn follow(&mut self, mut see: impl FnMut(Seen) -> Go) -> Result<()> {
        let mut stdin = self.stdin.take();
        let end = trace::follow(self.pid(), |seen| {
            if seen == Seen::Attached {
                drop(stdin.take());
            }
            see(seen)
        })?;
        match end {
            End::Exited(0) => Ok(()),
            end => Err(format!("a part ended badly: {end:?}").into()),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says a line to the process that has started this one.
pub fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// The next line from the process that has started this one; `None` once it wants no more.
pub fn listen() -> Result<Option<String>> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

/// Answers questions in a thread, and ends this process when there are no more to come.
pub fn answer_questions() {
    std::thread::spawn(|| {
        while let Ok(Some(line)) = listen() {
            if line == HEAP && say(&heap::living_bytes().to_string()).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
}
