// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Waits end when they should, and cost nothing until then.

#![allow(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod common;

use common::{WAYS, client, puppet, server, stage};
use iceoryx2_bb_elementary::hooks;
use iceoryx2_bb_posix::process::Signal;
use iceoryx2_tests::actor::Actor;
use std::time::Duration;

const SERVICE: &str = "service";
const FULL_WAITS: &str = "service no-overflow buffer=2 active=2";

/// A look at the kernel just before the sleep used to swallow the ring of a response to another request of the client.
#[test]
fn a_ring_for_another_request_is_not_lost() {
    if !hooks::PRESENT {
        return;
    }
    let stage = stage();
    let mut server = server(&stage, "puppet-small", SERVICE);
    let mut client = client(&stage, "puppet-small", SERVICE);
    client.expect("send 1 1", "sent 1");
    client.expect("send 2 1", "sent 1");
    server.expect("block-take", "request 1 1");
    server.expect("block-take", "request 2 1");
    client.expect("timed 1 5", "Timeout");
    client.expect("stand-still", "ok");
    std::thread::sleep(Duration::from_millis(3));
    client.tell("block 1");
    assert_eq!(client.hear(), "standing still");
    server.expect("respond 2 0", "ok");
    std::thread::sleep(Duration::from_millis(3));
    client.tell("go on");
    client.wait_until_asleep();
    server.expect("respond 1 0", "ok");
    assert_eq!(client.hear(), "response 0");
    client.expect("get 2", "response 0");
    client.finish();
    server.finish();
    stage.assert_nothing_left();
}

#[test]
fn a_server_that_waits_for_room_is_woken_by_every_end_of_the_wait() {
    for role in common::PUPPETS {
        for (event, answer) in [
            ("get 1", "response 0"),
            ("cancel 1", "ok"),
            ("drop", "ok"),
            ("finish", "ok"),
        ] {
            let stage = stage();
            let mut server = server(&stage, role, FULL_WAITS);
            let mut client = client(&stage, role, FULL_WAITS);
            client.expect("send 1 9", "sent 1");
            server.expect("block-take", "request 1 9");
            server.expect("stream 1 2", "ok");
            server.tell("respond 1 2");
            server.wait_until_asleep();
            assert_eq!(server.hear_within(Duration::from_millis(20)), None);
            match event {
                "drop" => {
                    client.expect("drop-client", answer);
                    client.expect("cancel 1", "ok");
                }
                "finish" => {}
                event => client.expect(event, answer),
            }
            if event == "finish" {
                client.finish();
                assert_eq!(server.hear(), "ok");
            } else {
                assert_eq!(server.hear(), "ok");
                client.finish();
            }
            server.finish();
            stage.assert_nothing_left();
        }
    }
}

#[test]
fn a_client_that_waits_for_room_is_woken_by_a_take() {
    let stage = stage();
    let mut server = server(&stage, "puppet-large", FULL_WAITS);
    let mut client = client(&stage, "puppet-large", FULL_WAITS);
    for request in 1..=2 {
        client.expect(&format!("send {request} 1"), "sent 1");
        client.expect(&format!("cancel {request}"), "ok");
    }
    client.tell("send 3 1");
    client.wait_until_asleep();
    assert_eq!(client.hear_within(Duration::from_millis(20)), None);
    server.expect("take", "request 1 1");
    assert_eq!(client.hear(), "sent 1");
    client.finish();
    server.finish();
    stage.assert_nothing_left();
}

#[test]
fn a_client_that_waits_for_room_is_woken_as_the_server_goes() {
    let stage = stage();
    let server = server(&stage, "puppet-large", FULL_WAITS);
    let mut client = client(&stage, "puppet-large", FULL_WAITS);
    for request in 1..=2 {
        client.expect(&format!("send {request} 1"), "sent 1");
        client.expect(&format!("cancel {request}"), "ok");
    }
    client.tell("send 3 1");
    client.wait_until_asleep();
    server.finish();
    assert_eq!(client.hear(), "sent 0");
    client.finish();
    stage.assert_nothing_left();
}

/// The server goes while it still owns requests of the client, so that one it never took stays in the queue.
#[test]
fn who_waits_on_a_server_that_goes_is_told_at_once() {
    let stage = stage();
    let mut server = server(&stage, "puppet-small", FULL_WAITS);
    let mut client = client(&stage, "puppet-small", FULL_WAITS);
    for request in 1..=2 {
        client.expect(&format!("send {request} 1"), "sent 1");
        server.expect("take", &format!("request {request} 1"));
        client.expect(&format!("cancel {request}"), "ok");
    }
    client.expect("send 3 1", "sent 1");
    client.tell("block 3");
    client.wait_until_asleep();
    server.expect("drop-server", "ok");
    assert_eq!(client.hear(), "ended Rejected");
    client.finish();
    server.finish();
    stage.assert_nothing_left();
}

/// Puts the actor to sleep in `wait` and asks it to end.
fn end(actor: &mut Actor, wait: &str, signal: Signal, answer: &str) {
    actor.tell(wait);
    actor.wait_until_asleep();
    actor.signal(signal);
    assert_eq!(actor.hear(), answer, "to {wait}");
}

fn interrupts_are_ignored() -> bool {
    const SIGINT: u32 = 2;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = u64::from_str_radix(ignored.unwrap().trim(), 16).unwrap();
    ignored >> (SIGINT - 1) & 1 == 1
}

#[test]
fn an_end_that_is_asked_for_ends_every_wait() {
    for signal in [Signal::Terminate, Signal::Interrupt] {
        // WHY: a shell that starts tests in the background makes them and their children ignore it.
        if signal == Signal::Interrupt && interrupts_are_ignored() {
            continue;
        }
        let stage = stage();
        let mut server = server(&stage, "puppet-large", FULL_WAITS);
        let mut client = client(&stage, "puppet-large", FULL_WAITS);
        let mut lonely = puppet(&stage, "puppet-large", FULL_WAITS);
        client.expect("send 1 9", "sent 1");
        server.expect("block-take", "request 1 9");
        server.expect("stream 1 2", "ok");
        end(&mut lonely, "wait 600000", signal, "TerminationRequest");
        end(&mut server, "respond 1 2", signal, "Terminated");
        client.expect("get 1", "response 0");
        client.expect("get 1", "response 1");
        end(&mut client, "block 1", signal, "Terminated");
        client.finish();
        let mut client = self::client(&stage, "puppet-large", FULL_WAITS);
        end(&mut client, "servers 9", signal, "Terminated");
        let mut idle = self::server(&stage, "puppet-large", FULL_WAITS);
        end(&mut idle, "block-take", signal, "Terminated");
        for actor in [client, lonely, idle, server] {
            actor.finish();
        }
        stage.assert_nothing_left();
    }
}

#[test]
fn a_node_waits_its_cycle() {
    let stage = stage();
    let mut actor = puppet(&stage, "puppet-small", SERVICE);
    actor.expect("wait 1", "ok");
    actor.finish();
    stage.assert_nothing_left();
}

#[test]
fn a_client_waits_for_the_first_server() {
    for way in WAYS {
        let stage = stage();
        let mut client = client(&stage, "puppet-small", SERVICE);
        client.expect("call 1 1", "NoServer");
        client.tell("servers 1");
        client.wait_until_asleep();
        let mut server = server(&stage, "puppet-small", SERVICE);
        assert_eq!(client.hear(), "1");
        client.tell("call 1 20000");
        server.expect(way.take, "request 0 1");
        server.expect("stream 0 1", "ok");
        assert_eq!(client.hear(), "response 0");
        client.expect("call 1 5", "Timeout");
        client.finish();
        server.finish();
        stage.assert_nothing_left();
    }
}
