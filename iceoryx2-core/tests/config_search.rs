// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where a program that names no configuration gets it from, and what it hears if that is broken.
//!
//! Each child is this program once more, in a working directory, a home and a runtime directory of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{NOBODY, Root, assert_says, say};
use iceoryx2::{
    config::{Config, ConfigCreationError},
    node::NodeCreationFailure,
    prelude::*,
};
use std::{
    fs::{Permissions, create_dir_all, set_permissions, write},
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

const TASK: &str = "IOX2_TEST_TASK";

/// A place for one child, with the directories it may find a file in.
struct Stage(Root);

impl Stage {
    fn new() -> Self {
        let root = Root::new();
        for directory in [
            "work/config",
            "home/.config/iceoryx2",
            "xdg/iceoryx2",
            "run",
        ] {
            create_dir_all(root.path().join(directory)).unwrap();
        }
        set_permissions(root.path().join("run"), Permissions::from_mode(0o700)).unwrap();
        Self(root)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The file below `name` that says the prefix is `prefix`.
    fn put(&self, name: &str, prefix: &str) -> PathBuf {
        let path = self.path(name);
        write(&path, format!("[global]\nprefix = \"{prefix}\"\n")).unwrap();
        path
    }

    /// A child without `$XDG_CONFIG_HOME`.
    fn child(&self, task: &str) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "child", "--nocapture", "--test-threads", "1"])
            .current_dir(self.path("work"))
            .env(TASK, task)
            .env("HOME", self.path("home"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env_remove("XDG_CONFIG_HOME");
        Child(command)
    }
}

const IN_WORK: &str = "work/config/iceoryx2.toml";
const IN_HOME: &str = "home/.config/iceoryx2/iceoryx2.toml";
const IN_XDG: &str = "xdg/iceoryx2/iceoryx2.toml";

struct Child(Command);

impl Child {
    fn with(mut self, variable: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.0.env(variable, value);
        self
    }

    fn without(mut self, variable: &str) -> Self {
        self.0.env_remove(variable);
        self
    }

    /// Somebody to whom closed directories are closed.
    fn of_nobody(mut self) -> Self {
        if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            self.0.uid(NOBODY).gid(NOBODY);
        }
        self
    }

    /// What the child said, and what was printed on its standard error.
    fn outcome(mut self) -> (String, String) {
        let output = self.0.output().unwrap();
        let heard = String::from_utf8(output.stdout).unwrap();
        let complaints = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{heard}{complaints}");
        let said = heard.lines().find_map(|line| line.split_once("child: "));
        (said.unwrap().1.to_owned(), complaints)
    }

    fn said(self) -> String {
        self.outcome().0
    }
}

/// What a child does and says.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    match task.split_once(' ') {
        Some(("set-up", path)) => say(&set_up(Path::new(path))),
        Some(("set-up-late", path)) => {
            let _ = Config::global_config();
            say(&set_up(Path::new(path)));
        }
        _ if task == "ask" => say(&ask()),
        _ if task == "ask-twice" => {
            set_log_level(LogLevel::Error);
            let _ = (ask(), Config::global_config());
            say(&ask());
        }
        _ if task == "node" => {
            say(&node().map_or_else(|error| error.to_string(), |node| prefix_of(node.config())))
        }
        _ if task == "configured-node" => {
            let node = NodeBuilder::new()
                .config(&Config::default())
                .create::<ipc::Service>();
            say(&prefix_of(node.unwrap().config()));
        }
        _ if task == "typed" => match node() {
            Err(NodeCreationFailure::Configuration(error)) => say(&error.to_string()),
            other => panic!("{other:?}"),
        },
        _ => panic!("nobody can do {task}"),
    }
}

fn node() -> Result<Node<ipc::Service>, NodeCreationFailure> {
    NodeBuilder::new().create::<ipc::Service>()
}

fn prefix_of(config: &Config) -> String {
    config.global.prefix.to_string()
}

fn ask() -> String {
    match Config::try_global_config() {
        Ok(config) => prefix_of(config),
        Err(error) => format!("{} because {error}", prefix_of(Config::global_config())),
    }
}

fn set_up(path: &Path) -> String {
    match Config::setup_global_config_from_file(path) {
        Ok(config) => prefix_of(config),
        Err(error @ ConfigCreationError::GlobalConfigInUse { .. }) => format!("late: {error}"),
        Err(error) => format!("{error}, then {}", ask()),
    }
}

/// What a program has that finds none of its user's files.
fn prefix_of_the_machine() -> String {
    let path = Path::new("/etc/iceoryx2/iceoryx2.toml");
    match path.exists() {
        true => prefix_of(&Config::from_file(path).unwrap()),
        false => prefix_of(&Config::default()),
    }
}

// Fails if: `candidates` in search.rs names the user's file before the program's.
#[test]
fn the_working_directorys_file_comes_before_the_users_and_that_before_the_machines() {
    let stage = Stage::new();
    let child = || {
        stage
            .child("ask")
            .with("XDG_CONFIG_HOME", stage.path("xdg"))
    };
    assert_eq!(child().said(), prefix_of_the_machine());
    stage.put(IN_HOME, "of-home");
    assert_eq!(child().said(), prefix_of_the_machine());
    assert_eq!(stage.child("ask").said(), "of-home");
    stage.put(IN_XDG, "of-xdg");
    assert_eq!(child().said(), "of-xdg");
    assert_eq!(stage.child("ask").said(), "of-home");
    stage.put(IN_WORK, "of-work");
    assert_eq!(child().said(), "of-work");
    assert_eq!(stage.child("ask").said(), "of-work");
}

// Fails if: `config_home.filter(absolute)` in search.rs becomes `config_home`.
#[test]
fn a_relative_or_empty_config_home_counts_as_none() {
    let stage = Stage::new();
    stage.put(IN_HOME, "of-home");
    create_dir_all(stage.path("work/here/iceoryx2")).unwrap();
    stage.put("work/here/iceoryx2/iceoryx2.toml", "of-here");
    for value in ["", "here", "./here"] {
        let child = stage.child("ask").with("XDG_CONFIG_HOME", value);
        assert_eq!(child.said(), "of-home");
    }
}

// Fails if: `home.filter(absolute)` in search.rs becomes `home`.
#[test]
fn without_a_home_there_is_no_file_of_the_user() {
    let stage = Stage::new();
    stage.put(IN_HOME, "of-home");
    let of_the_machine = prefix_of_the_machine();
    assert_eq!(stage.child("ask").without("HOME").said(), of_the_machine);
    assert_eq!(stage.child("ask").with("HOME", "").said(), of_the_machine);
    let relative = stage.child("ask").with("HOME", "../home");
    assert_eq!(relative.said(), of_the_machine);
}

// Fails if: `PermissionDenied` is removed from `is_there` in search.rs.
#[test]
fn a_home_that_may_not_be_looked_into_holds_no_file() {
    let stage = Stage::new();
    stage.put(IN_HOME, "of-home");
    set_permissions(stage.path("home"), Permissions::from_mode(0o000)).unwrap();
    let said = stage.child("ask").of_nobody().said();
    set_permissions(stage.path("home"), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(said, prefix_of_the_machine());
}

// Fails if: `checked` in global_config.rs answers a broken file with the configuration.
#[test]
fn a_broken_file_is_not_passed_over() {
    let stage = Stage::new();
    stage.put(IN_HOME, "of-home");
    let path = stage.path(IN_WORK);
    write(&path, "[global]\nprefx = \"a\"\n").unwrap();
    let said = stage.child("ask").said();
    assert!(said.starts_with("iox2 because "), "{said}");
    assert_says(
        &said,
        &[
            &format!("{}:2: global.prefx: unknown key", path.display()),
            "did you mean `prefix`?",
        ],
    );
}

// Fails if: `NodeBuilder::create` takes `Config::global_config()`.
#[test]
fn a_node_that_is_given_no_configuration_says_what_is_broken() {
    let stage = Stage::new();
    let path = stage.path(IN_WORK);
    write(&path, "[global]\nprefix = 3\n").unwrap();
    let place = format!("{}:2: global.prefix: ", path.display());

    assert_says(
        &stage.child("node").said(),
        &[
            "there is a configuration file",
            &place,
            "expected the name of a directory",
            "NodeBuilder::config",
        ],
    );
    assert!(stage.child("typed").said().starts_with(&place));
    assert_eq!(stage.child("configured-node").said(), "iox2");
}

// Fails if: `get` in global_config.rs does not report, or reports each time.
#[test]
fn a_broken_file_is_logged_once() {
    let stage = Stage::new();
    let path = stage.path(IN_WORK);
    write(&path, "[global]\nprefix = 3\n").unwrap();
    let (_, log) = stage.child("ask-twice").outcome();
    let lines = log.lines().filter(|line| line.starts_with("[ERROR]"));
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert_says(lines[0], &[&format!("{}:2", path.display())]);
}

// Fails if: `place` in config/global.rs leaves out the prefix.
#[test]
fn a_node_lives_where_the_file_says() {
    let stage = Stage::new();
    stage.put(IN_WORK, "of-work");
    assert_eq!(stage.child("node").said(), "of-work");
    assert!(stage.path("run/iceoryx2/of-work").is_dir());
}

// Fails if: `content` in file.rs does not ask `is_dir`.
#[test]
fn a_directory_or_a_closed_file_in_the_files_place_is_an_error() {
    let stage = Stage::new();
    create_dir_all(stage.path(IN_WORK)).unwrap();
    assert_says(
        &stage.child("typed").said(),
        &[stage.path(IN_WORK).to_str().unwrap(), "it is a directory"],
    );

    let stage = Stage::new();
    let path = stage.put(IN_WORK, "of-work");
    set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    assert_says(
        &stage.child("typed").of_nobody().said(),
        &[
            path.to_str().unwrap(),
            "open failed",
            "check that it exists and is yours to read",
        ],
    );
}

// Fails if: `set` in global_config.rs calls `get` first.
#[test]
fn a_file_the_program_names_in_time_is_taken_and_no_other_looked_at() {
    let stage = Stage::new();
    write(stage.path(IN_WORK), "broken").unwrap();
    let path = stage.put("named.toml", "of-the-program");
    let task = format!("set-up {}", path.display());
    let (said, log) = stage.child(&task).outcome();
    assert_eq!(said, "of-the-program", "{log}");
}

// Fails if: `set` in global_config.rs drops the error of `GLOBAL_CONFIG.set`.
#[test]
fn a_file_the_program_names_too_late_is_refused() {
    let stage = Stage::new();
    let path = stage.put("named.toml", "of-the-program");
    let said = stage
        .child(&format!("set-up-late {}", path.display()))
        .said();
    assert_says(
        &said,
        &[
            "late: the global configuration is in use",
            path.to_str().unwrap(),
        ],
    );
}

// Fails if: `setup_global_config_from_file` takes the default for a broken file.
#[test]
fn a_broken_file_the_program_names_changes_nothing() {
    let stage = Stage::new();
    stage.put(IN_WORK, "of-work");
    let path = stage.path("named.toml");
    write(&path, "[global]\nprefix = \"\"\n").unwrap();
    let said = stage.child(&format!("set-up {}", path.display())).said();
    assert_says(&said, &[&format!("{}:2: global.prefix", path.display())]);
    assert!(said.ends_with(", then of-work"), "{said}");
}
