// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What this crate's tests share: a directory of one's own, and one's own program again as a child process.

#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use crate::{directory::Directory, process::in_forked_child};
use core::sync::atomic::{AtomicU32, Ordering};
use nix::{
    libc,
    sys::{
        signal::{self, Signal},
        wait::waitpid,
    },
    unistd::Pid,
};
use std::{
    env,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{self, Command, ExitStatus, Stdio},
};

/// A fresh directory, removed with everything in it at the end.
#[derive(Debug)]
pub(crate) struct TestPlace(PathBuf);

impl TestPlace {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("iox2-posix-{}-{count}", process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn open(&self) -> Directory {
        Directory::open(&self.0).unwrap()
    }
}

impl Drop for TestPlace {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const ROLE: &str = "IOX2_TEST_CHILD";

/// The argument of a child process started by [`Child::start`]; `None` in the test itself.
pub(crate) fn argument_of_child() -> Option<OsString> {
    env::var_os(ROLE)
}

/// Says a line to the parent, from a child.
pub(crate) fn tell_parent(line: &str) {
    // WHY: println! is captured by the test harness unless told otherwise, and buffered.
    let mut out = std::io::stdout();
    writeln!(out, "\n>{line}").unwrap();
    out.flush().unwrap();
}

/// Waits until the parent lets go of a child (or is gone).
pub(crate) fn wait_for_parent() {
    let _ = std::io::stdin().read_line(&mut String::new());
}

/// One test of this program, run again in a process of its own. Killed if it is not awaited.
#[derive(Debug)]
pub(crate) struct Child {
    process: process::Child,
    lines: BufReader<process::ChildStdout>,
}

impl Child {
    /// Runs the test `path` (without the crate's name) again, as the child of itself.
    pub(crate) fn start(path: &str, argument: impl Into<OsString>) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", path, "--nocapture", "--test-threads=1"])
            .env(ROLE, argument.into())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    /// The next line the child tells; `None` once it is gone.
    pub(crate) fn listen(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            if let Some(told) = line.trim_end().strip_prefix('>') {
                return Some(told.to_owned());
            }
            line.clear();
        }
        None
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.process.id()).unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        signal::kill(Pid::from_raw(self.pid()), signal).unwrap();
    }

    /// Ends the child's [`wait_for_parent`].
    pub(crate) fn let_go(&mut self) {
        drop(self.process.stdin.take());
    }

    /// Lets the child go on, and waits for its end.
    pub(crate) fn finish(mut self) -> ExitStatus {
        self.let_go();
        self.process.wait().unwrap()
    }

    /// Kills the child and waits for its end.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs `action` in a forked child. Returns what it returned; `false` if the child died.
pub(crate) fn forked(action: impl FnOnce() -> bool) -> bool {
    in_forked_child(action).unwrap()
}

/// A child made without the handlers of a fork, so that it has duplicates of everything. Lives until dropped. To be made
/// in a [`Child`] only: it has duplicates of what other tests use, too.
#[derive(Debug)]
pub(crate) struct RawChild(Pid);

pub(crate) fn raw_child() -> RawChild {
    assert!(argument_of_child().is_some());
    // SAFETY: the child only waits for its death.
    let pid = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
    if pid == 0 {
        loop {
            // SAFETY: takes no pointer.
            unsafe { libc::pause() };
        }
    }
    assert!(pid > 0);
    RawChild(Pid::from_raw(i32::try_from(pid).unwrap()))
}

impl Drop for RawChild {
    fn drop(&mut self) {
        let _ = signal::kill(self.0, Signal::SIGKILL);
        let _ = waitpid(self.0, None);
    }
}
