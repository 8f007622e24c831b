// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A root directory for one test, and what may be left below it.

use iceoryx2::prelude::*;
use std::{
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

static STAGES: Mutex<usize> = Mutex::new(0);

/// What all the files of one service may take at default limits.
const SERVICE_BYTES_MAX: u64 = 64 * 1024;

/// A root directory of one's own. Dropping it removes it.
#[derive(Debug)]
pub struct Stage {
    root: PathBuf,
    program: PathBuf,
}

/// The configuration of who plays below `root`.
pub fn config_of(root: &Path) -> Config {
    let mut config = Config::default();
    config.global.set_root_path(root);
    config.global.creation_timeout = Duration::from_secs(60);
    config
}

/// A node that leaves signals alone, so that the test harness keeps them.
pub fn quiet_node<S: Service>(config: &Config) -> Node<S> {
    NodeBuilder::new()
        .config(config)
        .signal_handling_mode(SignalHandlingMode::Disabled)
        .create::<S>()
        .unwrap()
}

impl Stage {
    /// A fresh stage, whose actors run `program`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let number = {
            let mut stages = STAGES.lock().unwrap();
            *stages += 1;
            *stages
        };
        let name = format!("iceoryx2-tests-{}-{number}", std::process::id());
        let root = std::env::temp_dir().join(name);
        std::fs::create_dir(&root).unwrap();
        Self {
            root,
            program: program.into(),
        }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What its actors run.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The configuration of who plays here.
    pub fn config(&self) -> Config {
        config_of(&self.root)
    }

    /// All files and sockets there are, and their sizes.
    fn files(&self) -> Vec<(PathBuf, u64)> {
        let mut files = Vec::new();
        collect(&self.root, &mut files);
        files.sort();
        files
    }

    /// Everybody left in order: checks that there is no file and no socket.
    pub fn assert_nothing_left(&self) {
        assert_eq!(self.files(), []);
    }

    /// At most `kills` processes were killed, and everybody else left: checks that there is no more than the design
    /// allows, and that the next node removes it.
    pub fn assert_cleared_after(&self, kills: usize) {
        let mut directories: Vec<PathBuf> = Vec::new();
        for (file, _) in self.files() {
            let directory = file.parent().unwrap().to_owned();
            if !directories.contains(&directory) {
                directories.push(directory);
            }
        }
        for directory in directories {
            self.check_directory(&directory, kills);
        }
        drop(quiet_node::<ipc::Service>(&self.config()));
        self.assert_nothing_left();
    }

    fn check_directory(&self, directory: &Path, kills: usize) {
        let (mut unfinished, mut bytes) = (0, 0);
        for (file, size) in self.files() {
            if file.parent() != Some(directory) {
                continue;
            }
            let name = file.file_name().unwrap().to_str().unwrap();
            bytes += size;
            if name.starts_with(".tmp") {
                unfinished += 1;
            } else {
                let known = ["contract", "membership", "nodes"].contains(&name)
                    || (name.len() == 32 && u128::from_str_radix(name, 16).is_ok());
                assert!(known, "{} has no business here", file.display());
            }
        }
        assert!(unfinished <= kills, "{:?}", self.files());
        assert!(bytes <= SERVICE_BYTES_MAX, "{:?}", self.files());
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

fn collect(directory: &Path, files: &mut Vec<(PathBuf, u64)>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => collect(&entry.path(), files),
            Ok(metadata) => files.push((entry.path(), metadata.len())),
            Err(_) => {}
        }
    }
}
