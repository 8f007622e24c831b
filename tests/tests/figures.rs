// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Short forms of the commands whose figures stand in the README.

use iceoryx2_bb_elementary::hooks;
use iceoryx2_tests::{idle, stage::Stage, swarm, syscalls};
use std::time::Duration;

fn stage() -> Stage {
    Stage::new(env!("CARGO_BIN_EXE_iceoryx2-tests"))
}

#[test]
fn two_servers_answer_every_request_of_eight_clients() {
    let stage = stage();
    let figures = swarm::swarm(&stage, 2_000);
    assert_eq!(figures.responses, 2 * 8 * 2_000);
    stage.assert_nothing_left();
}

#[test]
fn who_waits_costs_nothing() {
    let stage = stage();
    for (who, cost) in idle::costs(&stage, Duration::from_secs(3)) {
        assert!(idle::is_idle(cost), "{who}: {cost:?}");
    }
    stage.assert_nothing_left();
}

/// How many calls there are depends on how long the machine takes; that nobody makes one unseen does not.
#[test]
fn a_tracer_sees_the_calls_the_hooks_see() {
    if !hooks::PRESENT {
        return;
    }
    let stage = stage();
    let count = syscalls::count(&stage, 20_000, true);
    assert!(count.agrees(), "{count}");
    stage.assert_nothing_left();
}
