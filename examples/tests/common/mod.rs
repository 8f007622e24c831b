// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Runs the examples as processes, each test in a world of its own.

#![allow(dead_code, reason = "each test program uses a part of it")]

use core::time::Duration;
use iceoryx2::prelude::*;
use iceoryx2_examples::powers::{self, Power, PowersOf};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::{fs::DirBuilderExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Instant,
};

/// No test takes longer; one that would hangs.
const GUARD: Duration = Duration::from_secs(60);

static STAGES: Mutex<usize> = Mutex::new(0);

/// A directory in which the processes of one test meet. Dropping it removes it.
pub struct Stage {
    directory: PathBuf,
    end: Instant,
}

impl Stage {
    pub fn new() -> Self {
        let number = {
            let mut stages = STAGES.lock().unwrap();
            *stages += 1;
            *stages
        };
        let name = format!("iceoryx2-examples-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        let create = fs::DirBuilder::new().mode(0o700).create(&directory);
        create.unwrap();
        Self {
            directory,
            end: Instant::now() + GUARD,
        }
    }

    /// The place of a file that a test needs.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub fn start(&self, example: &str, arguments: &[&str]) -> Running {
        let mut command = Command::new(binary(example));
        let child = command
            .args(arguments)
            .env("XDG_RUNTIME_DIR", &self.directory)
            .env("XDG_CONFIG_HOME", &self.directory)
            .current_dir(&self.directory)
            // WHY: a signal to the group reaches these processes only, as Ctrl-C does in a terminal.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Running::new(child, example, self.end)
    }

    /// Waits until there are so many servers of powers.
    pub fn wait_for_servers(&self, count: usize) {
        let mut config = Config::default();
        config
            .global
            .set_root_path(&self.directory.join("iceoryx2"));
        let node = NodeBuilder::new()
            .config(&config)
            .signal_handling_mode(SignalHandlingMode::Disabled)
            .create::<ipc::Service>()
            .unwrap();
        let name = powers::SERVICE.try_into().unwrap();
        self.wait_until(&format!("{count} servers"), || {
            let service = node
                .service_builder(&name)
                .request_response::<PowersOf, Power>();
            let servers = |service: powers::Service| service.dynamic_config().number_of_servers();
            service
                .open()
                .is_ok_and(|service| servers(service) == count)
        });
    }

    pub fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        while !is_so() {
            assert!(Instant::now() < self.end, "waited in vain for {what}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Fails if any file is left, in whatever directory.
    pub fn assert_no_file_left(&self) {
        let mut left = Vec::new();
        collect(&self.directory, &mut left);
        left.retain(|path| !path.is_dir());
        assert_eq!(left, [""; 0].map(PathBuf::from));
    }

    /// Fails if anything of a node or service is left.
    pub fn assert_nothing_left(&self) {
        let mut left = Vec::new();
        collect(&self.directory.join("iceoryx2"), &mut left);
        assert_eq!(left, [self.directory.join("iceoryx2/iox2")]);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        found.push(path.clone());
        if path.is_dir() {
            collect(&path, found);
        }
    }
}

/// The example's program, which cargo puts beside the directory of the tests' programs.
fn binary(example: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let path = profile.join("examples").join(example);
    assert!(
        path.is_file(),
        "{path:?} is not built; `cargo test -p iceoryx2-examples` builds it, `--test NAME` does not"
    );
    path
}

/// A process and what it prints. Dropping it kills the process and its children.
pub struct Running {
    child: Child,
    example: String,
    lines: Receiver<String>,
    errors: Receiver<String>,
    seen: Vec<String>,
    end: Instant,
}

/// What a process that has ended printed.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub lines: Vec<String>,
    pub errors: Vec<String>,
}

impl Finished {
    /// How many lines begin with `start`.
    pub fn count(&self, start: &str) -> usize {
        let starting = self.lines.iter().filter(|line| line.starts_with(start));
        starting.count()
    }

    /// Fails if it did not end well.
    #[track_caller]
    pub fn assert_success(&self) {
        assert_eq!((self.code, self.errors.as_slice()), (Some(0), &[][..]));
    }

    /// Fails if it did not end with 1 and exactly one sentence, which contains `part`.
    #[track_caller]
    pub fn assert_error(&self, part: &str) {
        assert_eq!((self.code, self.errors.len()), (Some(1), 1), "{self:?}");
        assert!(self.errors[0].contains(part), "{self:?}");
    }
}

impl Running {
    fn new(mut child: Child, example: &str, end: Instant) -> Self {
        Self {
            lines: lines_of(child.stdout.take().unwrap()),
            errors: lines_of(child.stderr.take().unwrap()),
            child,
            example: example.to_owned(),
            seen: Vec::new(),
            end,
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line that contains `part`.
    #[track_caller]
    pub fn wait_for_line(&mut self, part: &str) {
        while self.next_line() {
            if self.seen.last().is_some_and(|line| line.contains(part)) {
                return;
            }
        }
        panic!("{} ended without {part:?}: {:?}", self.example, self.seen);
    }

    /// Notes the next line; `false` if there will be none.
    #[track_caller]
    fn next_line(&mut self) -> bool {
        let rest = self.end.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(rest) {
            Ok(line) => self.seen.push(line),
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => panic!("{} hangs: {:?}", self.example, self.seen),
        }
        true
    }

    /// As Ctrl-Z, or its end.
    pub fn signal(&self, name: &str) {
        signal(name, &self.pid().to_string());
    }

    /// Ctrl-C for this process alone.
    pub fn interrupt(&self) {
        self.signal(interruption());
    }

    /// Ctrl-C in a terminal: for this process and its children at once.
    pub fn interrupt_group(&self) {
        signal(interruption(), &format!("-{}", self.pid()));
    }

    /// Kills it and waits until the kernel has taken back what it held, so that the next node sees that it is dead.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it and all that print where it does have ended.
    #[track_caller]
    pub fn finish(mut self) -> Finished {
        while self.next_line() {}
        let status = self.child.wait().unwrap();
        Finished {
            code: status.code(),
            lines: core::mem::take(&mut self.seen),
            errors: self.errors.iter().collect(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            signal("KILL", &format!("-{}", self.pid()));
            let _ = self.child.wait();
        }
    }
}

fn lines_of(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

pub fn signal(name: &str, target: &str) {
    let command = format!("kill -{name} {target}");
    let _ = Command::new("sh").args(["-c", &command]).status().unwrap();
}

/// WHY: a shell that starts tests in the background makes them and their children ignore SIGINT.
fn interruption() -> &'static str {
    const SIGINT: u32 = 2;
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = u64::from_str_radix(ignored.unwrap().trim(), 16).unwrap();
    if ignored >> (SIGINT - 1) & 1 == 0 {
        "INT"
    } else {
        "TERM"
    }
}
