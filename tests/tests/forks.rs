// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A forked child can use nothing of its parent's, breaks nothing, and keeps nothing alive.

#![allow(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod common;

use common::{PUPPETS, client, server, stage};

const SERVICE: &str = "service buffer=4 borrows=4";

#[test]
fn a_child_uses_and_drops_everything_and_the_parent_goes_on() {
    for role in PUPPETS {
        let stage = stage();
        let mut server = server(&stage, role, SERVICE);
        let mut client = client(&stage, role, SERVICE);
        client.expect("use-after-fork", "true");
        server.expect("use-after-fork", "true");
        client.expect("send 1 4", "sent 1");
        client.expect("use-after-fork", "true");
        server.expect("block-take", "request 1 4");
        server.expect("respond 1 0", "ok");
        server.expect("use-after-fork", "true");
        client.expect("keep 1", "response 0");
        client.expect("use-after-fork", "true");
        server.expect("wanted 1", "true");
        server.expect("respond 1 1", "ok");
        client.expect("block 1", "response 1");
        server.expect("finish 1", "ok");
        client.expect("block 1", "ended Finished");
        client.expect("send 2 1", "sent 1");
        server.expect("block-take", "request 2 1");
        server.expect("stream 2 1", "ok");
        client.expect("block 2", "response 0");
        client.finish();
        server.finish();
        stage.assert_nothing_left();
    }
}

#[test]
fn a_sleeping_child_of_an_orderly_parent_keeps_nothing() {
    for birth in ["fork", "bare-clone"] {
        let stage = stage();
        let mut parent = server(&stage, "puppet-large", SERVICE);
        let mut client = client(&stage, "puppet-large", SERVICE);
        client.expect("send 1 2", "sent 1");
        parent.expect("block-take", "request 1 2");
        let child = parent.ask(birth);
        parent.expect("stream 1 2", "ok");
        parent.expect("finish 1", "ok");
        parent.expect("drop-server", "ok");
        parent.expect("leave", "ok");
        client.expect("block 1", "response 0");
        client.expect("block 1", "response 1");
        client.expect("block 1", "ended Finished");
        client.expect("send 2 1", "sent 0");
        client.finish();
        stage.assert_nothing_left();
        parent.release_child(&child);
    }
}
