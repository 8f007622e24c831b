// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Processes that play a role in a test. They listen on standard input, speak on standard output, a line each, and are
//! killed when dropped.

use crate::stage::Stage;
use iceoryx2_bb_posix::process::{PeerProcess, Signal, send_signal};
use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

/// How long a test waits for anything.
pub const GUARD: Duration = Duration::from_secs(20);

const ROLE: &str = "role";

/// A process that plays a role.
#[derive(Debug)]
pub struct Actor {
    child: Child,
    lines: Receiver<String>,
}

impl Actor {
    /// Starts `role` on `stage`.
    pub fn start(stage: &Stage, role: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(stage.program())
            .args([ROLE, role])
            .arg(stage.root())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        // WHY: only a thread can wait for a line with a guard. It ends with the last writer of the pipe.
        std::thread::spawn(move || {
            output
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        Self { child, lines }
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Says a line to it.
    pub fn tell(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
    }

    /// The next line it says.
    pub fn hear(&self) -> String {
        self.lines
            .recv_timeout(GUARD)
            .unwrap_or_else(|error| panic!("process {} says nothing: {error}", self.pid()))
    }

    /// The next line it says within `patience`, if there is one.
    pub fn hear_within(&self, patience: Duration) -> Option<String> {
        self.lines.recv_timeout(patience).ok()
    }

    /// What it said and nobody heard yet.
    pub fn overhear(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }

    /// Says a line to it and hears the answer.
    pub fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.hear()
    }

    /// Says a line to it and checks the answer.
    #[track_caller]
    pub fn expect(&mut self, line: &str, answer: &str) {
        assert_eq!(self.ask(line), answer, "to {line}");
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        send_signal(self.pid(), signal).unwrap();
    }

    /// Kills it. What it had said can still be heard.
    pub fn kill(&mut self) {
        self.signal(Signal::Kill);
        self.wait();
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begin.elapsed() < GUARD, "process {} hangs", self.pid());
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// All that it said and nobody heard yet, once it and the child it may have made are gone.
    pub fn last_words(&mut self) -> Vec<String> {
        drop(self.child.stdin.take());
        let lines: Vec<String> = self.lines.iter().collect();
        let children = lines.iter().filter_map(|line| line.strip_prefix("child "));
        children.for_each(|child| wait_until_gone(child.parse().unwrap()));
        lines
    }

    /// Lets the sleeping child `pid` of it end.
    pub fn release_child(&mut self, pid: &str) {
        drop(self.child.stdin.take());
        wait_until_gone(pid.parse().unwrap());
    }

    /// Checks that it ended by itself, without complaint.
    #[track_caller]
    pub fn assert_ended(&mut self) {
        let status = self.wait();
        assert!(status.success(), "it ended with {status}");
    }

    /// Lets it end in order.
    #[track_caller]
    pub fn finish(mut self) {
        drop(self.child.stdin.take());
        self.assert_ended();
    }

    /// Waits until it sleeps in the kernel.
    pub fn wait_until_asleep(&self) {
        let begin = Instant::now();
        let mut quiet = 0;
        while quiet < 3 {
            quiet = if self.state() == 'S' { quiet + 1 } else { 0 };
            assert!(begin.elapsed() < GUARD, "process {} is busy", self.pid());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn state(&self) -> char {
        let stat = std::fs::read_to_string(self.proc("stat")).unwrap();
        let (_, rest) = stat.rsplit_once(") ").unwrap();
        rest.chars().next().unwrap()
    }

    /// A file of it in `/proc`.
    pub fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.pid()))
    }
}

/// Waits until a process that is nobody's child any more has given back everything.
fn wait_until_gone(pid: u32) {
    let begin = Instant::now();
    while let Ok(life) = PeerProcess::open(pid) {
        if life.is_dead().unwrap() {
            return;
        }
        assert!(begin.elapsed() < GUARD, "process {pid} hangs");
        std::thread::sleep(Duration::from_micros(200));
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets another process play `role` to its end, which it must find by itself.
pub fn errand(stage: &Stage, role: &str, arguments: &[&str]) -> ExitStatus {
    Command::new(stage.program())
        .args([ROLE, role])
        .arg(stage.root())
        .args(arguments)
        .stdin(Stdio::null())
        .status()
        .unwrap()
}

/// The role this process was started for: its name, its root, and its arguments.
pub fn role(arguments: &[String]) -> Option<(&str, PathBuf, &[String])> {
    match arguments {
        [word, role, root, rest @ ..] if word == ROLE => Some((role, root.into(), rest)),
        _ => None,
    }
}

/// Says a line to the test.
pub fn say(line: impl core::fmt::Display) {
    // WHY: one write for each line, so that a killed process leaves whole ones.
    let text = format!("{line}\n");
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// The next line the test says; `None` if it lets us go.
pub fn listen() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end().to_owned()),
    }
}
