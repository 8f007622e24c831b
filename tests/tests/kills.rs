// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who is left when a process is killed gets everything that was published, in order, and then the reason, whether it
//! sleeps or polls.

#![allow(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod common;

use common::{PUPPETS, WAYS, client, puppet, server, stage};
use iceoryx2_tests::census::Holdings;

const SERVICE: &str = "service buffer=8 borrows=8";

// Fails if: `Requester::detach` rescues nothing.
#[test]
fn a_dead_server_leaves_its_responses_and_then_the_reason() {
    for (role, way) in PUPPETS
        .into_iter()
        .flat_map(|role| WAYS.map(|way| (role, way)))
    {
        let stage = stage();
        let mut server = server(&stage, role, SERVICE);
        let mut client = client(&stage, role, SERVICE);
        client.expect("send 1 9", "sent 1");
        server.expect(way.take, "request 1 9");
        server.expect("stream 1 5", "ok");
        server.kill();
        for number in 0..5 {
            client.expect(&format!("{} 1", way.receive), &format!("response {number}"));
        }
        let ended = "ended ServerDied { taken: true, received: 5 }";
        client.expect(&format!("{} 1", way.receive), ended);
        client.expect("linked 1", "false");
        client.finish();
        stage.assert_cleared_after(1);
    }
}

#[test]
fn who_waits_hears_of_the_servers_death() {
    for (role, way) in PUPPETS
        .into_iter()
        .flat_map(|role| WAYS.map(|way| (role, way)))
    {
        let stage = stage();
        let mut server = server(&stage, role, SERVICE);
        let mut client = client(&stage, role, SERVICE);
        client.expect("send 1 9", "sent 1");
        server.expect(way.take, "request 1 9");
        server.expect("respond 1 0", "ok");
        client.expect(&format!("{} 1", way.receive), "response 0");
        client.tell(&format!("{} 1", way.receive));
        if way.receive == "block" {
            client.wait_until_asleep();
        }
        server.kill();
        assert_eq!(
            client.hear(),
            "ended ServerDied { taken: true, received: 1 }"
        );
        client.finish();
        stage.assert_cleared_after(1);
    }
}

/// Nobody but `outcome` is ever called.
#[test]
fn the_outcome_alone_tells_of_a_death() {
    let stage = stage();
    let mut server = server(&stage, "puppet-small", SERVICE);
    let mut client = client(&stage, "puppet-small", SERVICE);
    client.expect("send 1 1", "sent 1");
    server.expect("block-take", "request 1 1");
    client.expect("outcome 1", "none");
    server.kill();
    let begin = std::time::Instant::now();
    while client.ask("outcome 1") == "none" {
        assert!(begin.elapsed() < iceoryx2_tests::actor::GUARD);
    }
    client.expect("outcome 1", "ServerDied { taken: true, received: 0 }");
    client.finish();
    stage.assert_cleared_after(1);
}

#[test]
fn a_request_nobody_took_dies_untaken() {
    for way in WAYS {
        let stage = stage();
        let mut server = server(&stage, "puppet-large", SERVICE);
        let mut client = client(&stage, "puppet-large", SERVICE);
        client.expect("send 1 1", "sent 1");
        server.kill();
        let ended = "ended ServerDied { taken: false, received: 0 }";
        client.expect(&format!("{} 1", way.receive), ended);
        client.expect("send 2 1", "sent 0");
        client.expect(&format!("{} 2", way.receive), "ended NoServer");
        client.finish();
        stage.assert_cleared_after(1);
    }
}

// Fails if: `ServerState::take` does not begin with those that are gone.
#[test]
fn a_dead_clients_requests_are_delivered_in_order_before_the_livings() {
    for (role, way) in PUPPETS
        .into_iter()
        .flat_map(|role| WAYS.map(|way| (role, way)))
    {
        let stage = stage();
        let mut server = server(&stage, role, SERVICE);
        let mut living = client(&stage, role, SERVICE);
        let mut dying = client(&stage, role, SERVICE);
        living.expect("send 10 1", "sent 1");
        for request in 1..=4 {
            dying.expect(&format!("send {request} 1"), "sent 1");
        }
        dying.kill();
        for request in 1..=4 {
            server.expect(way.take, &format!("request {request} 1"));
            server.expect(&format!("deserted {request}"), "ok");
            server.expect(&format!("respond {request} 0"), "ok");
            server.expect(&format!("finish {request}"), "ok");
        }
        server.expect(way.take, "request 10 1");
        server.expect("respond 10 0", "ok");
        living.expect(&format!("{} 10", way.receive), "response 0");
        let alone = Holdings::of(server.pid());
        assert_eq!(
            alone.memory_objects, 2,
            "the server's own and the living client's"
        );
        living.finish();
        server.finish();
        stage.assert_cleared_after(1);
    }
}

#[test]
fn a_client_that_ended_before_it_was_accepted_has_delivered() {
    for kill in [true, false] {
        for role in PUPPETS {
            let stage = stage();
            let mut server = server(&stage, role, SERVICE);
            let mut early = client(&stage, role, SERVICE);
            early.expect("send 1 3", "sent 1");
            early.expect("send 2 3", "sent 1");
            if kill {
                early.kill();
            } else {
                early.tell("exit");
                early.assert_ended();
            }
            server.expect("take", "request 1 3");
            server.expect("deserted 1", "ok");
            server.expect("stream 1 3", "ok");
            server.expect("take", "request 2 3");
            server.expect("finish 1", "ok");
            server.expect("finish 2", "ok");
            server.expect("take", "none");
            assert_eq!(Holdings::of(server.pid()).memory_objects, 1);
            server.finish();
            stage.assert_cleared_after(1);
        }
    }
}

// Fails if: `ClientState::bury` does nothing.
#[test]
fn a_client_waits_for_room_until_the_server_dies() {
    let service = "service no-overflow active=2";
    let stage = stage();
    let mut server = server(&stage, "puppet-large", service);
    let mut client = client(&stage, "puppet-large", service);
    for request in 1..=2 {
        client.expect(&format!("send {request} 1"), "sent 1");
        client.expect(&format!("cancel {request}"), "ok");
    }
    client.tell("send 3 1");
    client.wait_until_asleep();
    server.kill();
    let sent = client.hear();
    assert_eq!(sent, "sent 0");
    client.expect("block 3", "ended NoServer");
    client.finish();
    stage.assert_cleared_after(1);
}

// Fails if: `ServerState::bury` does nothing.
#[test]
fn a_server_waits_for_room_until_the_client_dies() {
    for forks in [false, true] {
        let service = "service no-overflow buffer=2";
        let stage = stage();
        let mut server = server(&stage, "puppet-large", service);
        let mut dying = client(&stage, "puppet-large", service);
        dying.expect("send 1 9", "sent 1");
        server.expect("block-take", "request 1 9");
        let child = forks.then(|| dying.ask("fork"));
        server.tell("stream 1 9");
        server.wait_until_asleep();
        dying.kill();
        assert_eq!(server.hear(), "ok");
        server.expect("deserted 1", "ok");
        server.expect("finish 1", "ok");
        assert_eq!(Holdings::of(server.pid()).memory_objects, 1);
        server.finish();
        if let Some(child) = child {
            dying.release_child(&child);
        }
        stage.assert_cleared_after(1);
    }
}

/// The child keeps a duplicate of the server's socket (by a bare clone) or none (by fork). The pidfd tells the truth.
#[test]
fn a_sleeping_child_does_not_hide_its_parents_death() {
    for (birth, way) in ["fork", "bare-clone"]
        .into_iter()
        .flat_map(|birth| WAYS.map(|way| (birth, way)))
    {
        let stage = stage();
        let mut dying = server(&stage, "puppet-large", SERVICE);
        let mut client = client(&stage, "puppet-large", SERVICE);
        client.expect("send 1 9", "sent 1");
        dying.expect("block-take", "request 1 9");
        let child = dying.ask(birth);
        dying.expect("stream 1 2", "ok");
        client.expect(&format!("{} 1", way.receive), "response 0");
        client.expect(&format!("{} 1", way.receive), "response 1");
        client.tell(&format!("{} 1", way.receive));
        dying.kill();
        assert_eq!(
            client.hear(),
            "ended ServerDied { taken: true, received: 2 }"
        );

        let mut next = server(&stage, "puppet-large", SERVICE);
        client.expect("servers 1", "1");
        client.expect("send 2 1", "sent 1");
        next.expect("block-take", "request 2 1");
        next.expect("stream 2 1", "ok");
        next.expect("finish 2", "ok");
        client.expect(&format!("{} 2", way.receive), "response 0");
        client.expect(&format!("{} 2", way.receive), "ended Finished");
        dying.release_child(&child);
        next.finish();
        client.finish();
        stage.assert_cleared_after(1);
    }
}

#[test]
fn all_killed_at_once_leave_what_the_next_removes() {
    let stage = stage();
    let mut server = server(&stage, "puppet-large", SERVICE);
    let mut client = client(&stage, "puppet-large", SERVICE);
    let mut idle = puppet(&stage, "puppet-large", SERVICE);
    client.expect("send 1 9", "sent 1");
    server.expect("block-take", "request 1 9");
    server.kill();
    client.kill();
    idle.kill();
    stage.assert_cleared_after(3);
}
