// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `request_response_server` and `request_response_client`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::Stage;

#[test]
fn two_servers_answer_three_clients() {
    let stage = Stage::new();
    let servers = [(); 2].map(|()| stage.start("request_response_server", &[]));
    stage.wait_for_servers(2);
    let options = ["--cycles", "3", "--cycle-ms", "1500"];
    let clients = [(); 3].map(|()| stage.start("request_response_client", &options));

    for client in clients {
        let ended = client.finish();
        ended.assert_success();
        // Each server sends 3, 1 and 4 responses.
        assert_eq!(ended.count("  received response "), 16, "{ended:?}");
        assert_eq!(ended.lines.len(), 19, "{ended:?}");
        assert_eq!(ended.lines[0], "send request 0 ...");
        let first = "  received response 0: Power { base: 0, exponent: 1, value: 0 }";
        assert_eq!(ended.lines[1], first);
    }
    for server in servers {
        server.interrupt();
        let ended = server.finish();
        ended.assert_success();
        assert_eq!(ended.count("received request: PowersOf { base: "), 9);
        assert_eq!(ended.count("  send response: Power { base: "), 24);
    }
    stage.assert_nothing_left();
}

#[test]
fn a_client_without_server_says_so_and_ends_on_ctrl_c() {
    let stage = Stage::new();
    let mut client = stage.start("request_response_client", &["--cycle-ms", "3600000"]);
    client.wait_for_line("  no server got the request: start one");
    client.interrupt();
    client.finish().assert_success();
    stage.assert_nothing_left();
}

#[test]
fn a_server_ends_after_its_cycles() {
    let stage = Stage::new();
    let options = ["--cycles", "2", "--cycle-ms", "1"];
    let ended = stage.start("request_response_server", &options).finish();
    ended.assert_success();
    assert_eq!(ended.lines, [""; 0]);
    stage.assert_nothing_left();
}

#[test]
fn a_client_goes_on_after_its_server_was_killed() {
    let stage = Stage::new();
    let mut server = stage.start("request_response_server", &[]);
    stage.wait_for_servers(1);
    let mut client = stage.start("request_response_client", &["--cycle-ms", "20"]);
    client.wait_for_line("  received response 0: ");
    server.kill();
    client.wait_for_line("  no server got the request: start one");
    let server = stage.start("request_response_server", &[]);
    client.wait_for_line("  received response 0: ");
    client.interrupt();
    client.finish().assert_success();
    server.interrupt();
    server.finish().assert_success();
    stage.assert_nothing_left();
}
