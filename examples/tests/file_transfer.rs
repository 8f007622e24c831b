// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `file_server` and `file_client`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Running, Stage};
use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::Path,
};

/// How large the large file is, in bytes.
const LARGE: u64 = if cfg!(debug_assertions) {
    16 << 20
} else {
    256 << 20
};

/// So large that every transfer of it is under way when it is interrupted. The file has holes, so it costs no room.
const ENDLESS: u64 = 1 << 36;

/// A stage with a directory `served`, and a server of it.
fn serve() -> (Stage, Running) {
    let stage = Stage::new();
    fs::create_dir(stage.path("served")).unwrap();
    let server = start_server(&stage);
    (stage, server)
}

fn start_server(stage: &Stage) -> Running {
    let mut server = stage.start("file_server", &["--root", "served"]);
    server.wait_for_line("serving ");
    server
}

fn end(stage: &Stage, server: Running) {
    server.interrupt();
    server.finish().assert_success();
    stage.assert_nothing_left();
}

fn write_random(path: &Path, size: u64) {
    let mut random = File::open("/dev/urandom").unwrap().take(size);
    io::copy(&mut random, &mut File::create(path).unwrap()).unwrap();
}

fn is_same(one: &Path, other: &Path) -> bool {
    let bytes = |path| BufReader::new(File::open(path).unwrap()).bytes();
    let same = bytes(one)
        .map(Result::unwrap)
        .eq(bytes(other).map(Result::unwrap));
    same && fs::metadata(one).unwrap().len() == fs::metadata(other).unwrap().len()
}

/// A transfer of the endless file to `copy`, under way.
fn start_endless(stage: &Stage) -> Running {
    let file = File::create(stage.path("served/endless")).unwrap();
    file.set_len(ENDLESS).unwrap();
    let client = stage.start("file_client", &["endless", "copy"]);
    let partial = stage.path(&format!("copy.part-{}", client.pid()));
    stage.wait_until("the first part", || {
        fs::metadata(&partial).is_ok_and(|file| file.len() > 1 << 20)
    });
    client
}

/// Fails unless these are all the files whose names begin like that of the copy.
fn assert_called_copy(stage: &Stage, expected: &[&str]) {
    let entries = fs::read_dir(stage.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let copies: Vec<_> = names.filter(|name| name.starts_with("copy")).collect();
    assert_eq!(copies, expected);
}

/// Fetches a small file, to see that the server serves.
fn assert_serves(stage: &Stage) {
    write_random(&stage.path("served/small"), 100_000);
    stage
        .start("file_client", &["small", "fetched"])
        .finish()
        .assert_success();
    assert!(is_same(&stage.path("served/small"), &stage.path("fetched")));
}

#[test]
fn files_of_every_size_arrive_byte_for_byte() {
    let (stage, server) = serve();
    for size in [0, 1, 4097, 65_536, 65_537, LARGE] {
        write_random(&stage.path("served/file"), size);
        let ended = stage.start("file_client", &["./file", "copy"]).finish();
        ended.assert_success();
        assert_eq!(
            ended.count(&format!("received \"./file\": {size} bytes in ")),
            1,
            "{ended:?}"
        );
        assert!(
            is_same(&stage.path("served/file"), &stage.path("copy")),
            "{size} bytes"
        );
        assert_called_copy(&stage, &["copy"]);
    }
    end(&stage, server);
}

#[test]
fn what_lies_outside_or_is_no_file_is_refused() {
    let (stage, mut server) = serve();
    fs::write(stage.path("secret"), "secret").unwrap();
    fs::create_dir(stage.path("served/directory")).unwrap();
    std::os::unix::fs::symlink("../secret", stage.path("served/link")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(stage.path("served/socket")).unwrap();
    fs::write(stage.path("copy"), "as before").unwrap();

    let absolute = stage.path("secret");
    for (remote, reason) in [
        ("../secret", "leads out of the served directory"),
        (
            "directory/../../secret",
            "leads out of the served directory",
        ),
        (
            absolute.to_str().unwrap(),
            "leads out of the served directory",
        ),
        ("link", "leads out of the served directory"),
        ("directory", "is no regular file"),
        ("socket", "is no regular file"),
        ("", "is no regular file"),
        ("nothing", "No such file"),
    ] {
        stage
            .start("file_client", &[remote, "copy"])
            .finish()
            .assert_error(reason);
        server.wait_for_line(&format!("did not send {remote:?}: "));
    }
    assert_eq!(fs::read_to_string(stage.path("copy")).unwrap(), "as before");
    end(&stage, server);
}

#[test]
fn a_server_killed_midway_leaves_no_file_and_the_next_one_serves() {
    let (stage, mut server) = serve();
    let client = start_endless(&stage);
    server.kill();
    client
        .finish()
        .assert_error("\"endless\" was not received: a server died");
    assert_called_copy(&stage, &[]);

    let server = start_server(&stage);
    assert_serves(&stage);
    end(&stage, server);
}

#[test]
fn a_client_killed_midway_costs_the_server_a_line() {
    let (stage, mut server) = serve();
    let mut client = start_endless(&stage);
    client.kill();
    server.wait_for_line("the client of \"endless\" left after ");
    assert!(!stage.path("copy").exists());
    assert_serves(&stage);
    end(&stage, server);
}

#[test]
fn an_interrupted_client_removes_what_it_has() {
    let (stage, mut server) = serve();
    let client = start_endless(&stage);
    client.interrupt();
    client.finish().assert_error("interrupted");
    assert_called_copy(&stage, &[]);
    server.wait_for_line("the client of \"endless\" left after ");
    end(&stage, server);
}

#[test]
fn an_interrupted_server_tells_its_client() {
    let (stage, server) = serve();
    let client = start_endless(&stage);
    // The server waits for room, and has none to say why it ends.
    client.signal("STOP");
    server.interrupt();
    let ended = server.finish();
    ended.assert_success();
    let line = "did not send \"endless\": the server was asked to end".to_owned();
    assert_eq!(ended.lines.last(), Some(&line));
    client.signal("CONT");
    client
        .finish()
        .assert_error("\"endless\" was not received: the server ");
    assert_called_copy(&stage, &[]);
    stage.assert_nothing_left();
}

#[test]
fn a_second_server_is_told_the_limit() {
    let (stage, server) = serve();
    let second = stage.start("file_server", &["--root", "served"]).finish();
    second.assert_error("max_servers");
    end(&stage, server);
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_asked() {
    let stage = Stage::new();
    let long = "x".repeat(5000);
    for (program, arguments, part) in [
        (
            "file_server",
            &["--root", "nowhere"][..],
            "\"nowhere\" cannot be served",
        ),
        (
            "file_server",
            &[],
            "--root is missing; usage: file_server --root DIR",
        ),
        (
            "file_client",
            &["file"],
            "LOCAL is missing; usage: file_client REMOTE LOCAL",
        ),
        (
            "file_client",
            &["file", "."],
            "\".\" is a directory: name a file",
        ),
        ("file_client", &["file", "no/where"], "cannot be created"),
        (
            "file_client",
            &[&long, "copy"],
            "is too long: at most 4096 bytes",
        ),
        (
            "file_client",
            &["file", "copy"],
            "no file_server is running: start one",
        ),
    ] {
        stage.start(program, arguments).finish().assert_error(part);
    }
    assert_called_copy(&stage, &[]);
    stage.assert_nothing_left();
}
