// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What all programs have in common.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The directories of the programs.
fn programs() -> Vec<PathBuf> {
    let entries = fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap();
    let directories = entries.map(|entry| entry.unwrap().path());
    let programs: Vec<_> = directories
        .filter(|directory| directory.join("main.rs").is_file())
        .collect();
    assert!(programs.len() > 10, "{programs:?}");
    programs
}

fn sources(program: &Path) -> impl Iterator<Item = (PathBuf, String)> + use<> {
    let paths = fs::read_dir(program)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
}

fn name(program: &Path) -> &str {
    program.file_name().unwrap().to_str().unwrap()
}

#[test]
fn none_needs_more_than_60_lines() {
    for program in programs() {
        for (path, source) in sources(&program) {
            let count = source.lines().count();
            assert!(count <= 60, "{path:?} has {count} lines");
        }
    }
}

#[test]
fn they_use_public_api_only() {
    let public = [
        "iceoryx2",
        "iceoryx2_bb_container",
        "iceoryx2_examples",
        "core",
        "std",
        "crate",
    ];
    for program in programs() {
        for (path, source) in sources(&program) {
            assert!(!source.contains("::__"), "{path:?} uses what is hidden");
            for line in source.lines().filter_map(|line| line.strip_prefix("use ")) {
                let root = line.split([':', ';', ' ']).next().unwrap();
                assert!(
                    public.contains(&root) || is_module(&path, root),
                    "{path:?} uses {root}"
                );
            }
        }
    }
}

fn is_module(beside: &Path, name: &str) -> bool {
    beside.with_file_name(name).with_extension("rs").is_file()
}

#[test]
fn each_says_in_its_readme_how_it_is_run_and_stands_in_the_tables() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tables = fs::read_to_string(examples.join("README.md")).unwrap();
    for program in programs() {
        let name = name(&program);
        let readme = fs::read_to_string(program.join("README.md")).unwrap();
        let command = format!("cargo run --release --example {name}");
        assert!(readme.contains(&command), "{name}: {command}");
        assert!(readme.starts_with(&format!("# {name}\n")), "{name}");
        assert!(
            tables.contains(&format!("[`{name}`]({name}/README.md)")),
            "{name}"
        );
    }
}

#[test]
fn each_tells_its_options() {
    let stage = common::Stage::new();
    for program in programs() {
        let name = name(&program);
        let ended = stage.start(name, &["--help"]).finish();
        ended.assert_success();
        assert!(
            ended.lines[0].starts_with(&format!("usage: {name}")),
            "{ended:?}"
        );
        let ended = stage.start(name, &["--nonsense"]).finish();
        ended.assert_error(&format!("; usage: {name}"));
    }
}
