// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `request_response`: two processes from one command.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Running, Stage, signal};
use std::{collections::BTreeSet, fs};

#[test]
fn five_rounds_are_checked_and_everything_ends() {
    let stage = Stage::new();
    let ended = stage.start("request_response", &[]).finish();
    ended.assert_success();
    assert_eq!(ended.count("[client] send request "), 5);
    assert_eq!(ended.count("[server] received request: "), 5);
    assert_eq!(ended.count("[server]   send response: "), 15);
    assert_eq!(ended.count("[client]   received response "), 15);
    assert_eq!(
        (ended.count("[client] ends"), ended.count("[server] ends")),
        (1, 1)
    );
    stage.assert_nothing_left();
}

#[test]
fn each_process_writes_only_its_own_memory() {
    let stage = Stage::new();
    let mut running = start_endless(&stage);
    running.wait_for_line("[client]   received response");
    let server = shared_memory(child(&stage, &running, "server"));
    let client = shared_memory(child(&stage, &running, "client"));
    assert!(
        server
            .writable
            .intersection(&client.readable)
            .next()
            .is_some()
    );
    assert!(
        client
            .writable
            .intersection(&server.readable)
            .next()
            .is_some()
    );
    // The change hint of the service is the one file that both may write.
    let memory = |name: &&String| name.contains("memfd");
    assert_eq!(
        server.writable.intersection(&client.writable).find(memory),
        None
    );
    running.interrupt();
    running.finish().assert_success();
    stage.assert_nothing_left();
}

#[test]
fn ctrl_c_ends_parent_and_children_gracefully() {
    for interrupt in [Running::interrupt, Running::interrupt_group] {
        let stage = Stage::new();
        let mut running = start_endless(&stage);
        running.wait_for_line("[client]   received response");
        interrupt(&running);
        let ended = running.finish();
        ended.assert_success();
        assert_eq!(
            (ended.count("[client] ends"), ended.count("[server] ends")),
            (1, 1)
        );
        stage.assert_nothing_left();
    }
}

#[test]
fn a_child_that_dies_is_an_error() {
    for role in ["server", "client"] {
        let stage = Stage::new();
        let mut running = start_endless(&stage);
        running.wait_for_line("[client]   received response");
        signal("KILL", &child(&stage, &running, role).to_string());
        let ended = running.finish();
        assert_eq!(ended.code, Some(1));
        let reason = format!("error: the {role} ended with signal: 9 (SIGKILL)");
        assert_eq!(ended.errors.last(), Some(&reason));
    }
}

#[test]
fn the_children_end_when_the_parent_dies() {
    let stage = Stage::new();
    let mut running = start_endless(&stage);
    running.wait_for_line("[client]   received response");
    running.kill();
    let ended = running.finish();
    assert_eq!(
        (ended.count("[client] ends"), ended.count("[server] ends")),
        (1, 1)
    );
}

#[test]
fn a_wrong_option_is_named() {
    let stage = Stage::new();
    for (arguments, part) in [
        (
            ["--rounds", "many"],
            "--rounds cannot be \"many\"; usage: request_response",
        ),
        (
            ["--bounds", "1"],
            "the argument \"--bounds\" is not understood",
        ),
    ] {
        stage
            .start("request_response", &arguments)
            .finish()
            .assert_error(part);
    }
}

fn start_endless(stage: &Stage) -> Running {
    stage.start(
        "request_response",
        &["--rounds", "1000000000", "--cycle-ms", "5"],
    )
}

/// The process id of the child with this role.
fn child(stage: &Stage, parent: &Running, role: &str) -> u32 {
    let mut found = None;
    stage.wait_until(role, || {
        found = processes().find(|pid| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let parents = stat
                .rsplit(") ")
                .next()
                .and_then(|rest| rest.split(' ').nth(1));
            parents == Some(&parent.pid().to_string())
                && command.contains(&format!("\0--role\0{role}\0"))
        });
        found.is_some()
    });
    found.unwrap()
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").unwrap();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// The memory objects a process has mapped, each as device, inode and name.
#[derive(Default)]
struct SharedMemory {
    readable: BTreeSet<String>,
    writable: BTreeSet<String>,
}

fn shared_memory(pid: u32) -> SharedMemory {
    let mut found = SharedMemory::default();
    for line in fs::read_to_string(format!("/proc/{pid}/maps"))
        .unwrap()
        .lines()
    {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let permissions = fields.next().unwrap();
        let object: Vec<_> = fields.skip(1).collect();
        match permissions {
            "r--s" => found.readable.insert(object.join(" ")),
            "rw-s" => found.writable.insert(object.join(" ")),
            _ => false,
        };
    }
    found
}
