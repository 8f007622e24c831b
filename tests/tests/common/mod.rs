// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the tests share: a stage, and puppets on it.

#![allow(dead_code, reason = "each test program uses a part of it")]

use iceoryx2_tests::{actor::Actor, stage::Stage};

/// How a puppet waits: its receiving calls.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub receive: &'static str,
    pub take: &'static str,
}

pub const WAYS: [Way; 2] = [
    Way {
        receive: "block",
        take: "block-take",
    },
    Way {
        receive: "spin",
        take: "spin-take",
    },
];

pub const PUPPETS: [&str; 2] = ["puppet-small", "puppet-large"];

pub fn stage() -> Stage {
    Stage::new(env!("CARGO_BIN_EXE_iceoryx2-tests"))
}

/// A puppet that has opened the service.
pub fn puppet(stage: &Stage, role: &str, service: &str) -> Actor {
    let mut actor = Actor::start(stage, role, &[]);
    actor.expect(service, "ok");
    actor
}

pub fn server(stage: &Stage, role: &str, service: &str) -> Actor {
    let mut actor = puppet(stage, role, service);
    actor.expect("server", "ok");
    actor
}

pub fn client(stage: &Stage, role: &str, service: &str) -> Actor {
    let mut actor = puppet(stage, role, service);
    actor.expect("client", "ok");
    actor
}
