// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Short forms of the commands whose figures stand in the README.

use iceoryx2_bb_elementary::hooks;
use iceoryx2_tests::{churn, idle, reconnect, stage::Stage, swarm, syscalls};
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

/// Fails if: `ServerState::sweep` forgets the places it empties.
#[test]
fn clients_come_and_go_without_a_trace() {
    let stage = stage();
    let plan = churn::Plan {
        ports: 2_000,
        processes: 8,
        client_processes: 100,
        seed: 20_261_121,
    };
    let report = churn::churn(&stage, plan);
    assert_eq!(report.complaints(), [""; 0], "{report}");
    stage.assert_cleared_after(0);
}

/// Fails if: `ClientConnection::bury` gives back no chunk.
#[test]
fn the_next_client_is_served_although_the_server_holds_requests_of_the_killed() {
    let stage = stage();
    let report = reconnect::reconnect(&stage, 50, 20_261_121);
    assert_eq!(report.complaints(), [""; 0], "{report}");
    stage.assert_cleared_after(60);
}
