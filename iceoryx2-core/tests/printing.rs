// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a program prints, and from what level on it logs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::Root;
use iceoryx2::prelude::*;
use std::process::Command;

const TASK: &str = "IOX2_TEST_TASK";
const ROOT: &str = "IOX2_TEST_PLACE";
const LEVEL: &str = "IOX2_LOG_LEVEL";

/// Not a test: what the children of this program do.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    match task.as_str() {
        "prints" => {
            cout!("one ");
            coutln!("{}", "two");
            cerr!("three ");
            cerrln!("{}", "four");
            return;
        }
        "silent" => {}
        "warn or" => set_log_level_from_env_or(LogLevel::Warn),
        "error or" => set_log_level_from_env_or(LogLevel::Error),
        "default" => set_log_level_from_env_or_default(),
        "set to error" => set_log_level(LogLevel::Error),
        other => panic!("nobody can do {other}"),
    }
    raise_zero();
}

/// Does what is told as a warning: a limit of 0 is raised to 1.
fn raise_zero() {
    let mut config = Config::default();
    let root = std::env::var_os(ROOT).unwrap();
    config.global.set_root_path(std::path::Path::new(&root));
    let node = common::node(&config);
    let builder = node.service_builder(&common::name("quiet"));
    let service = builder
        .request_response::<u64, u64>()
        .max_clients(0)
        .create()
        .unwrap();
    assert_eq!(service.static_config().max_clients(), 1);
    let client = service.client_builder().max_active_requests(0).create();
    assert_eq!(client.unwrap().max_active_requests(), 1);
}

/// What a child prints on its standard output and error.
fn printed(task: &str, level: Option<&str>) -> (String, String) {
    let root = Root::new();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child", "--nocapture", "--test-threads", "1"])
        .env(TASK, task)
        .env(ROOT, root.path())
        .env_remove(LEVEL);
    if let Some(level) = level {
        command.env(LEVEL, level);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

// Fails if: `coutln!` prints to the standard error, or `cerr!` a line.
#[test]
fn the_printing_macros_print_where_their_names_say() {
    let (out, err) = printed("prints", None);
    assert!(out.contains("one two\n"), "{out}");
    assert!(err.contains("three four\n"), "{err}");
}

// Fails if: `NodeBuilder::create` sets a level.
#[test]
fn a_program_that_asks_for_no_log_gets_none() {
    assert_eq!(printed("silent", Some("trace")).1, "");
}

// Fails if: `set_log_level_from_env_or` does not ask the variable.
#[test]
fn the_level_is_the_variables_or_the_argument() {
    for (task, level, is_told) in [
        ("warn or", None, true),
        ("error or", None, false),
        ("warn or", Some("error"), false),
        ("error or", Some("WARN"), true),
        ("error or", Some("trace"), true),
        ("default", None, true),
        ("default", Some("fatal"), false),
        ("set to error", Some("trace"), false),
    ] {
        let (_, err) = printed(task, level);
        assert_eq!(
            err.contains("raised to 1"),
            is_told,
            "{task} {level:?}: {err}"
        );
    }
}

// Fails if: `set_log_level_from_env_or` complains about nothing.
#[test]
fn a_level_that_does_not_exist_is_complained_about() {
    let (_, err) = printed("warn or", Some("loud"));
    assert!(err.contains("\"loud\" names no level"), "{err}");
}

// Fails if: `max_active_requests` raises 0 without a word.
#[test]
fn raising_zero_is_told_by_service_and_port_builders() {
    let (_, err) = printed("warn or", None);
    for option in ["max_clients", "max_active_requests"] {
        let line = err.lines().find(|line| line.contains(option));
        assert!(
            line.is_some_and(|line| line.contains("raised to 1")),
            "{err}"
        );
    }
}
