// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What waiting costs.

use crate::{actor::Actor, census::Cost, stage::Stage};
use iceoryx2_bb_posix::process::Signal;
use std::time::Duration;

/// Voluntary context switches that are allowed to who waits.
const SLEEPS_MAX: u64 = 3;

/// Whether who waited has cost next to nothing.
pub const fn is_idle(cost: Cost) -> bool {
    cost.ticks == 0 && cost.sleeps <= SLEEPS_MAX
}

/// What each way to wait costs within `duration`.
pub fn costs(stage: &Stage, duration: Duration) -> Vec<(&'static str, Cost)> {
    let start_on = |stage: &Stage, port: &str| {
        let mut actor = Actor::start(stage, "puppet-large", &[]);
        actor.expect("service no-overflow buffer=2", "ok");
        if !port.is_empty() {
            actor.expect(port, "ok");
        }
        actor
    };
    let start = |port| start_on(stage, port);
    let nowhere = Stage::new(stage.program());
    let mut lonely = start_on(&nowhere, "client");
    lonely.tell("servers 1");
    let mut waits = vec![("client without any server", lonely)];

    let mut sender = start("server");
    let mut slow = start("client");
    slow.expect("send 1 9", "sent 1");
    sender.expect("block-take", "request 1 9");
    sender.expect("stream 1 2", "ok");
    sender.tell("respond 1 2");
    waits.push(("sender waiting for room", sender));

    let mut waiting = start("client");
    waiting.expect("send 2 1", "sent 1");
    waiting.tell("block 2");
    waits.push(("client on a silent server", waiting));

    let mut server = start("server");
    let client = start("client");
    server.tell("block-take");
    waits.push(("server idle with a client", server));

    let mut node = start("");
    node.tell("wait 3600000");
    waits.push(("node.wait", node));

    for (_, actor) in &waits {
        actor.wait_until_asleep();
    }
    std::thread::sleep(Duration::from_millis(100));
    let before: Vec<Cost> = waits.iter().map(|(_, it)| Cost::of(it.pid())).collect();
    std::thread::sleep(duration);
    let costs = waits
        .iter()
        .zip(before)
        .map(|((who, actor), before)| (*who, Cost::of(actor.pid()).since(before)))
        .collect();
    for (_, actor) in waits {
        actor.signal(Signal::Terminate);
        actor.hear();
        actor.finish();
    }
    slow.finish();
    client.finish();
    nowhere.assert_nothing_left();
    costs
}
