// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the tests of services share: a root of their own, and children that are the test program once more.

#![allow(dead_code, reason = "each test program uses a part of it")]

use core::time::Duration;
use iceoryx2::prelude::*;
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Mutex,
};

static ROOTS: Mutex<usize> = Mutex::new(0);

const ROLE: &str = "IOX2_TEST_ROLE";
const ROOT: &str = "IOX2_TEST_ROOT";

/// What a child's lines begin with, to tell them from the test harness's.
const MARK: &str = "child: ";

/// The user that may nothing.
pub const NOBODY: u32 = 65_534;

/// A directory for one test. Dropping it removes it.
pub struct Root(PathBuf);

impl Root {
    pub fn new() -> Self {
        let number = {
            let mut made = ROOTS.lock().unwrap();
            *made += 1;
            *made
        };
        let name = format!("iceoryx2-core-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn config(&self) -> Config {
        config_of(&self.0)
    }

    /// Everything below the root, as paths relative to it, in order.
    pub fn content(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.0, &self.0, &mut found);
        found.sort();
        found
    }

    /// The same without directories.
    pub fn files(&self) -> Vec<String> {
        let mut found = self.content();
        found.retain(|path| !self.0.join(path).is_dir());
        found
    }

    /// The one service directory there is.
    pub fn service_directory(&self) -> PathBuf {
        let mut directories = std::fs::read_dir(self.0.join("iox2"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir());
        let directory = directories.next().unwrap();
        assert_eq!(directories.next(), None);
        directory
    }

    /// Fails if anything but the place itself is left.
    pub fn assert_nothing_left(&self) {
        let mut left = self.content();
        left.retain(|path| path != "iox2");
        assert_eq!(left, [""; 0]);
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn collect(root: &Path, directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        found.push(
            path.strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned(),
        );
        if path.is_dir() {
            collect(root, &path, found);
        }
    }
}

fn config_of(root: &Path) -> Config {
    let mut config = Config::default();
    config.global.set_root_path(root);
    config.global.creation_timeout = Duration::from_secs(60);
    config
}

/// A node that leaves signals alone, so that the test harness keeps them.
pub fn node(config: &Config) -> Node<ipc::Service> {
    node_of(config)
}

/// The same for any variant.
pub fn node_of<S: Service>(config: &Config) -> Node<S> {
    NodeBuilder::new()
        .config(config)
        .signal_handling_mode(SignalHandlingMode::Disabled)
        .create::<S>()
        .unwrap()
}

pub fn name(text: &str) -> ServiceName {
    text.try_into().unwrap()
}

/// Fails unless `sentence` is one line with everything of `parts` in it.
pub fn assert_says(sentence: &str, parts: &[&str]) {
    assert!(!sentence.contains('\n'), "{sentence}");
    assert!(
        !sentence.contains(" { ") && !sentence.ends_with('.'),
        "{sentence}"
    );
    for part in parts {
        assert!(sentence.contains(part), "{part:?} is not in {sentence:?}");
    }
}

/// This program once more, as a child that plays a role. It is killed when dropped.
pub struct Actor {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Actor {
    pub fn start(role: &str, root: &Path) -> Self {
        Self::spawn(command(role, root))
    }

    /// As another user; only for who may do that.
    pub fn start_as(uid: u32, role: &str, root: &Path) -> Self {
        let mut command = command(role, root);
        command.uid(uid).gid(uid);
        Self::spawn(command)
    }

    /// With one more variable in its environment.
    pub fn start_with(role: &str, root: &Path, variable: &str, value: impl ToString) -> Self {
        let mut command = command(role, root);
        command
            .env(variable, value.to_string())
            .stderr(Stdio::null());
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// The next line the child [`say`]s.
    pub fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(
                self.lines.read_line(&mut line).unwrap(),
                0,
                "the child ended"
            );
            if let Some((_, said)) = line.trim_end().split_once(MARK) {
                return said.to_owned();
            }
        }
    }

    /// Lets a child that [`listen`]s go on.
    pub fn nudge(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Waits until it ends by itself, and says whether that was in order.
    pub fn end(mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// Lets it end in order.
    pub fn finish(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }

    /// Ends it without a farewell.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(role: &str, root: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child", "--nocapture", "--test-threads", "1"])
        .env(ROLE, role)
        .env(ROOT, root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// The role this process plays and its configuration; `None` in the test itself.
pub fn role() -> Option<(String, Config)> {
    let role = std::env::var(ROLE).ok()?;
    let root = std::env::var_os(ROOT)?;
    Some((role, config_of(Path::new(&root))))
}

/// Says something to the test.
pub fn say(line: &str) {
    println!("{MARK}{line}");
    std::io::stdout().flush().unwrap();
}

/// Waits until the test nudges or lets us end.
pub fn listen() {
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
}
