// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Peers that come and go, stand still, and leave without a word.

#![allow(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod common;

use common::{PUPPETS, WAYS, client, server, stage};
use iceoryx2_bb_posix::process::Signal;
use iceoryx2_tests::census::Holdings;
use std::time::Duration;

const SERVICE: &str = "service buffer=4 borrows=4";

#[test]
fn who_exits_without_dropping_is_gone() {
    for role in PUPPETS {
        let stage = stage();
        let mut dying = server(&stage, role, SERVICE);
        let mut client = client(&stage, role, SERVICE);
        client.expect("send 1 9", "sent 1");
        dying.expect("block-take", "request 1 9");
        dying.expect("respond 1 0", "ok");
        dying.tell("exit");
        dying.assert_ended();
        client.expect("block 1", "response 0");
        let ended = "ended ServerDied { taken: true, received: 1 }";
        client.expect("block 1", ended);
        client.tell("exit");
        client.assert_ended();
        stage.assert_cleared_after(2);
    }
}

#[test]
fn a_client_that_exits_without_dropping_is_gone() {
    let stage = stage();
    let mut server = server(&stage, "puppet-large", SERVICE);
    let mut dying = client(&stage, "puppet-large", SERVICE);
    dying.expect("send 1 9", "sent 1");
    server.expect("block-take", "request 1 9");
    dying.tell("exit");
    dying.assert_ended();
    server.expect("stream 1 9", "ok");
    server.expect("deserted 1", "ok");
    server.expect("finish 1", "ok");
    assert_eq!(Holdings::of(server.pid()).memory_objects, 1);
    server.finish();
    stage.assert_cleared_after(1);
}

#[test]
fn a_stopped_server_is_slow_not_dead() {
    for way in WAYS {
        let stage = stage();
        let mut server = server(&stage, "puppet-large", SERVICE);
        let mut client = client(&stage, "puppet-large", SERVICE);
        client.expect("send 1 2", "sent 1");
        server.expect(way.take, "request 1 2");
        server.signal(Signal::Stop);
        client.expect("timed 1 30", "Timeout");
        client.expect("linked 1", "true");
        client.expect("send 2 1", "sent 1");
        client.tell(&format!("{} 1", way.receive));
        server.tell("stream 1 2");
        assert_eq!(client.hear_within(Duration::from_millis(20)), None);
        server.signal(Signal::Continue);
        assert_eq!(server.hear(), "ok");
        assert_eq!(client.hear(), "response 0");
        client.expect(&format!("{} 1", way.receive), "response 1");
        server.expect(way.take, "request 2 1");
        client.finish();
        server.finish();
        stage.assert_nothing_left();
    }
}

#[test]
fn a_stopped_client_disturbs_nobody() {
    let stage = stage();
    let mut server = server(&stage, "puppet-large", SERVICE);
    let mut stopped = client(&stage, "puppet-large", SERVICE);
    let mut other = client(&stage, "puppet-large", SERVICE);
    stopped.expect("send 1 9", "sent 1");
    server.expect("block-take", "request 1 9");
    stopped.signal(Signal::Stop);
    // Overflow is on: the stopped client's stream goes on without it.
    server.expect("stream 1 99", "ok");
    server.expect("wanted 1", "true");
    for request in 2..30 {
        other.expect(&format!("send {request} 1"), "sent 1");
        server.expect("block-take", &format!("request {request} 1"));
        server.expect(&format!("stream {request} 1"), "ok");
        other.expect(&format!("block {request}"), "response 0");
        server.expect(&format!("finish {request}"), "ok");
        other.expect(&format!("cancel {request}"), "ok");
    }
    stopped.signal(Signal::Continue);
    for number in 95..99 {
        stopped.expect("block 1", &format!("response {number}"));
    }
    for actor in [stopped, other, server] {
        actor.finish();
    }
    stage.assert_nothing_left();
}

#[test]
fn the_only_place_is_free_as_soon_as_its_client_is_dead() {
    let service = "service max-clients=1 buffer=4 borrows=4";
    let stage = stage();
    let mut server = server(&stage, "puppet-large", service);
    // With its first sleep a process gets a bell for the user's wish to end, and keeps it.
    server.expect("wait 1", "ok");
    let begin = Holdings::of(server.pid());
    for round in 0..100 {
        let mut client = client(&stage, "puppet-large", service);
        client.expect("send 1 2", "sent 1");
        server.expect("block-take", "request 1 2");
        if round % 3 > 0 {
            server.expect("stream 1 2", "ok");
            client.expect("block 1", "response 0");
        }
        if round % 3 > 1 {
            client.expect("keep 1", "response 1");
        }
        client.kill();
        let mut next = common::client(&stage, "puppet-large", service);
        next.expect("send 2 1", "sent 1");
        server.expect("block-take", "request 2 1");
        server.expect("stream 2 1", "ok");
        next.expect("block 2", "response 0");
        server.expect("deserted 1", "ok");
        server.expect("finish 1", "ok");
        server.expect("finish 2", "ok");
        next.finish();
    }
    server.expect("timed-take 5", "Timeout");
    assert_eq!(Holdings::of(server.pid()), begin);
    server.finish();
    stage.assert_cleared_after(100);
}

#[test]
fn servers_that_come_and_go_leave_a_client_nothing_to_carry() {
    let stage = stage();
    let mut client = client(&stage, "puppet-large", SERVICE);
    // With its first sleep a process gets a bell for the user's wish to end, and keeps it.
    client.expect("wait 1", "ok");
    let begin = Holdings::of(client.pid());
    for round in 0..50 {
        let mut server = server(&stage, "puppet-large", SERVICE);
        client.expect("servers 1", "1");
        client.expect("send 1 2", "sent 1");
        server.expect("block-take", "request 1 2");
        server.expect("stream 1 2", "ok");
        client.expect("block 1", "response 0");
        if round % 2 == 0 {
            server.kill();
            client.expect("block 1", "response 1");
            let ended = "ended ServerDied { taken: true, received: 2 }";
            client.expect("block 1", ended);
        } else {
            server.finish();
            client.expect("block 1", "response 1");
            client.expect("block 1", "ended Finished");
        }
        client.expect("cancel 1", "ok");
    }
    client.expect("call 1 5", "NoServer");
    assert_eq!(Holdings::of(client.pid()), begin);
    client.finish();
    stage.assert_cleared_after(25);
}

#[test]
fn two_servers_one_of_which_dies() {
    for way in WAYS {
        let stage = stage();
        let mut dying = server(&stage, "puppet-small", SERVICE);
        let mut living = server(&stage, "puppet-small", SERVICE);
        let mut client = client(&stage, "puppet-small", SERVICE);
        client.expect("send 1 1", "sent 2");
        dying.expect(way.take, "request 1 1");
        living.expect(way.take, "request 1 1");
        dying.kill();
        client.tell(&format!("{} 1", way.receive));
        assert_eq!(client.hear_within(Duration::from_millis(20)), None);
        living.expect("stream 1 1", "ok");
        assert_eq!(client.hear(), "response 0");
        living.expect("finish 1", "ok");
        let ended = "ended ServerDied { taken: true, received: 0 }";
        client.expect(&format!("{} 1", way.receive), ended);
        client.finish();
        living.finish();
        stage.assert_cleared_after(1);
    }
}
