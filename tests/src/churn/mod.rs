// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Clients come, call once and go, against one server, whose memory, descriptors and mappings stay what they were.
//!
//! ```text
//!     full house    as many clients as may live, all at once: what they cost the server
//!     ports         made and dropped by a few processes; in legs, with a rest after each
//!     visits        processes that come for one call; in legs, with a rest after each
//!
//!     rest  │ leg   │ rest │ leg   │ rest │ …          at rest nobody but the server is there: the same each time
//!     ──────┘▀▄▀▄▀▄▀└──────┘▀▄▀▄▀▄▀└──────┘            meanwhile, never more than two full houses
//! ```

mod life;
mod report;

pub use life::{host, serve, visit};
pub use report::{Phase, Report};

use crate::{
    actor::{Actor, errand},
    census::Footprint,
    course::Course,
    heap::at_rest,
    stage::Stage,
};
use iceoryx2_bb_posix::process::Signal;
use std::{
    ops::Range,
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

/// How long one leg may take.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// Between two looks at a busy server.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// Rests in a phase, if there are clients enough.
const LEGS_MAX: u64 = 100;

/// Who comes and goes.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Client ports.
    pub ports: u64,
    /// The processes that make them, and how many clients live at a time.
    pub processes: u64,
    /// Processes that come for one call.
    pub client_processes: u64,
    /// What the clients say, and how they go.
    pub seed: u64,
}

/// Lets all of them come and go.
pub fn churn(stage: &Stage, plan: Plan) -> Report {
    let mut server = ready(stage, "churn-server", &[plan.processes]);
    let mut hosts: Vec<Actor> = (0..plan.processes)
        .map(|host| ready(stage, "churn-host", &[host, plan.processes, plan.seed]))
        .collect();
    let room = full_house(&mut server, &mut hosts);

    let ports = phase(&mut server, plan.ports, plan.processes, |leg| {
        make_ports(&mut hosts, leg);
    });
    hosts.into_iter().for_each(Actor::finish);
    let visits = phase(&mut server, plan.client_processes, plan.processes, |leg| {
        send_visitors(stage, plan, leg);
    });

    server.signal(Signal::Terminate);
    server.assert_ended();
    Report::new(room, ports, visits)
}

fn ready(stage: &Stage, role: &str, arguments: &[u64]) -> Actor {
    let words: Vec<String> = arguments.iter().map(u64::to_string).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let actor = Actor::start(stage, role, &words);
    assert_eq!(actor.hear(), "ready");
    actor
}

/// What clients may add to what the server takes at rest: a port has room for twice as many peers as may live, because
/// one that has gone may be noticed after the next one has come.
fn full_house(server: &mut Actor, hosts: &mut [Actor]) -> Footprint {
    let empty = at_rest(server);
    hosts.iter_mut().for_each(|host| host.expect("stay", "ok"));
    let full = at_rest(server);
    hosts.iter_mut().for_each(|host| host.expect("leave", "ok"));
    full.join(empty, |full, empty| 2 * full.saturating_sub(empty))
}

/// Lets `clients` come in legs, and looks at the server after each and meanwhile.
fn phase(
    server: &mut Actor,
    clients: u64,
    processes: u64,
    mut run: impl FnMut(Range<u64>),
) -> Phase {
    let legs = (clients / processes).clamp(1, LEGS_MAX);
    let mut course = Course::default();
    let mut busy = Footprint::default();
    let begin = Instant::now();
    for leg in 0..legs {
        let leg = share(0..clients, leg, legs);
        let end = leg.end;
        busy = busy.join(watched(server.pid(), || run(leg)), u64::max);
        course.push(end, at_rest(server));
    }
    Phase {
        clients,
        duration: begin.elapsed(),
        course,
        busy,
    }
}

/// The part of `all` that falls to the one of `parts` with this `index`.
fn share(all: Range<u64>, index: u64, parts: u64) -> Range<u64> {
    let count = all.end - all.start;
    let from = |index: u64| all.start + count * index / parts;
    from(index)..from(index + 1)
}

/// The most that process `pid` takes during `work`, as far as looks show.
fn watched(pid: u32, work: impl FnOnce()) -> Footprint {
    let (working, done) = channel::<()>();
    thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let mut most = Footprint::of(pid);
            while done.recv_timeout(LOOK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                most = most.join(Footprint::of(pid), u64::max);
            }
            most
        });
        work();
        drop(working);
        watch.join().unwrap()
    })
}

fn make_ports(hosts: &mut [Actor], leg: Range<u64>) {
    let count = u64::try_from(hosts.len()).unwrap();
    for (index, host) in (0..).zip(&mut *hosts) {
        let part = share(leg.clone(), index, count);
        host.tell(&format!("make {} {}", part.start, part.end));
    }
    for host in hosts {
        assert_eq!(host.hear_within(PATIENCE).as_deref(), Some("ok"));
    }
}

fn send_visitors(stage: &Stage, plan: Plan, leg: Range<u64>) {
    thread::scope(|scope| {
        for index in 0..plan.processes {
            let part = share(leg.clone(), index, plan.processes);
            scope.spawn(move || part.for_each(|visitor| send_visitor(stage, plan, visitor)));
        }
    });
}

fn send_visitor(stage: &Stage, plan: Plan, visitor: u64) {
    let words = [visitor, plan.processes, plan.seed].map(|number| number.to_string());
    let status = errand(
        stage,
        "churn-visitor",
        &words.each_ref().map(String::as_str),
    );
    assert!(status.success(), "visitor {visitor} ended with {status}");
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_are_the_whole_and_nearly_equal() {
        let shares: Vec<_> = (0..8).map(|index| share(3..30, index, 8)).collect();
        assert_eq!((shares[0].start, shares[7].end), (3, 30));
        assert!(shares.windows(2).all(|two| two[0].end == two[1].start));
        assert!(
            shares
                .iter()
                .all(|it| (3..=4).contains(&it.clone().count()))
        );
    }
}
