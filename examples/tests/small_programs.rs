// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The programs that show one thing and end.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Finished, Stage};

/// Runs a program that ends by itself and well.
fn run(stage: &Stage, program: &str) -> Finished {
    let ended = stage.start(program, &[]).finish();
    ended.assert_success();
    ended
}

#[test]
fn complex_data_types_arrive_as_they_were_written() {
    let stage = Stage::new();
    let ended = run(&stage, "complex_data_types");
    assert_eq!(
        ended.lines,
        [
            "received 31477296 bytes about Mont Blanc",
            "  Goûter at Saint-Gervais-les-Bains",
            "  Col du Midi at 45.8692° N, 6.8892° E",
            "received Report { highest: 4805.59, warmest: {\"Goûter\": Measured { value: -2.25, \
             deviation: 0.5 }} }"
        ]
    );
    stage.assert_nothing_left();
}

#[test]
fn user_headers_travel_beside_the_payload_both_ways() {
    let stage = Stage::new();
    let ended = run(&stage, "request_response_user_header");
    assert_eq!(ended.lines.len(), 6);
    assert_eq!(
        ended.lines[4..],
        [
            "request 2: Asked { by_table: 7, is_urgent: true }",
            "  response 4: Answered { requests_before: 2 }",
        ]
    );
    stage.assert_nothing_left();
}

#[test]
fn attributes_are_said_required_and_missed() {
    let stage = Stage::new();
    let ended = run(&stage, "service_attributes");
    assert_eq!(
        ended.lines[..2],
        [
            "created with \"kitchen\" = \"italian\", \"speaks\" = \"en\", \"speaks\" = \"it\"",
            "opened, the kitchen is italian",
        ]
    );
    let refusal = &ended.lines[2];
    assert!(refusal.starts_with("refused: "), "{refusal}");
    assert!(
        refusal.contains("\"speaks\" = \"fr\" is required"),
        "{refusal}"
    );
    stage.assert_nothing_left();
}

#[test]
fn domains_do_not_see_each_other() {
    let stage = Stage::new();
    let ended = run(&stage, "domains");
    let expected = ["blue", "red", "far"].map(|domain| {
        [
            format!("the client in {domain} sends to 1 server"),
            format!("  the server in {domain} received 7"),
        ]
    });
    assert_eq!(ended.lines, expected.concat());
    stage.assert_no_file_left();
}

#[test]
fn discovery_of_nothing_finds_nothing_and_makes_nothing() {
    let stage = Stage::new();
    let ended = run(&stage, "discovery");
    assert_eq!(ended.lines, [""; 0]);
    assert!(!stage.path("iceoryx2").exists());
}

#[test]
fn discovery_lists_nodes_services_and_who_has_them_open() {
    let stage = Stage::new();
    let server = stage.start("request_response_server", &[]);
    stage.wait_for_servers(1);
    let mut client = stage.start("request_response_client", &["--cycle-ms", "3600000"]);
    client.wait_for_line("  received response 2: ");

    let ended = run(&stage, "discovery");
    assert_eq!(nodes(&ended, "node "), 2, "{ended:?}");
    assert_eq!(ended.count("service "), 1, "{ended:?}");
    assert_eq!(ended.count("service \"Examples/Powers\""), 1, "{ended:?}");
    assert_eq!(ended.count("  request of 16 bytes: "), 1, "{ended:?}");
    assert_eq!(ended.count("  response of 24 bytes: "), 1, "{ended:?}");
    assert_eq!(ended.count("  at most 16 servers"), 1, "{ended:?}");
    assert_eq!(ended.count("  at most 64 clients"), 1, "{ended:?}");
    assert_eq!(nodes(&ended, "  open in node "), 2, "{ended:?}");

    for running in [server, client] {
        running.interrupt();
        running.finish().assert_success();
    }
    stage.assert_nothing_left();
}

#[test]
fn discovery_tells_the_dead_from_the_living() {
    let stage = Stage::new();
    let mut server = stage.start("request_response_server", &[]);
    stage.wait_for_servers(1);
    server.kill();
    let ended = run(&stage, "discovery");
    assert_eq!(ended.lines.len(), 1, "{ended:?}");
    assert!(ended.lines[0].ends_with(", which is dead"), "{ended:?}");

    // The next node sweeps.
    run(&stage, "request_response_user_header");
    stage.assert_nothing_left();
}

/// How many lines that begin with `start` name one of the two programs.
fn nodes(ended: &Finished, start: &str) -> usize {
    let programs = ["/request_response_server\"", "/request_response_client\""];
    let lines = ended.lines.iter().filter(|line| line.starts_with(start));
    lines
        .filter(|line| programs.iter().any(|program| line.ends_with(program)))
        .count()
}
