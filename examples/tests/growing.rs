// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `request_response_dyn_server` and `request_response_dyn_client`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Finished, Stage};
use iceoryx2_examples::growing;

/// So many that the longest message is reached, and in a debug build so many that it does not take long.
const CYCLES: u64 = if cfg!(debug_assertions) { 300 } else { 1100 };

fn assert_all_calls(client: &Finished, server: &Finished, cycles: u64) {
    client.assert_success();
    server.assert_success();
    let lines = |first: &str, last: &str, second: &str| -> Vec<String> {
        let call = |number| {
            let len = growing::len(number);
            [
                format!("{first} {number} with {len} bytes{last}"),
                format!("  {second} response with {len} bytes"),
            ]
        };
        (0..cycles).flat_map(call).collect()
    };
    assert_eq!(client.lines, lines("send request", " …", "received"));
    assert_eq!(server.lines, lines("received request", "", "send"));
}

#[test]
fn messages_grow_from_call_to_call_in_both_directions() {
    let stage = Stage::new();
    let cycles = CYCLES.to_string();
    let options = ["--cycle-ms", "0", "--cycles", &cycles];
    let server = stage.start("request_response_dyn_server", &options);
    let client = stage.start("request_response_dyn_client", &options);
    let client = client.finish();
    client.assert_success();
    assert_all_calls(&client, &server.finish(), CYCLES);
    stage.assert_nothing_left();
}

#[test]
fn the_client_may_come_first_and_the_server_ends_on_ctrl_c() {
    let stage = Stage::new();
    let options = ["--cycle-ms", "0", "--cycles", "20"];
    let client = stage.start("request_response_dyn_client", &options);
    let server = stage.start("request_response_dyn_server", &[]);
    let client = client.finish();
    server.interrupt();
    assert_all_calls(&client, &server.finish(), 20);
    stage.assert_nothing_left();
}

#[test]
fn a_client_waits_for_the_next_server_when_one_died() {
    let stage = Stage::new();
    let mut first = stage.start("request_response_dyn_server", &[]);
    let mut client = stage.start("request_response_dyn_client", &["--cycle-ms", "1"]);
    client.wait_for_line("  received response with 100 bytes");
    first.kill();
    let second = stage.start("request_response_dyn_server", &[]);
    client.wait_for_line("  received response with 40000 bytes");
    for running in [client, second] {
        running.interrupt();
        running.finish().assert_success();
    }
    stage.assert_nothing_left();
}
