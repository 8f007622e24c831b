// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A service for one client. Whoever it is gets killed while the server holds its request, and the next one is served
//! at once.
//!
//! ```text
//!     client 1   create, call, send ──────── ✗ killed
//!     client 2                               create, call, send ──── ✗ killed
//!     client 3                                                       create, call, …
//!     server        answers ┘    └ holds it …     answers ┘    └ holds both …
//! ```
//!
//! Each client also dies with a borrowed response. A chunk that did not come home from a dead client would be missed
//! soon: there are few.

use crate::{
    actor::{Actor, say},
    course::{Course, QUANTITIES},
    draw::Draw,
    heap,
    load::{Large, Load, Said},
    stage::{Stage, config_of},
};
use core::fmt;
use iceoryx2::{
    node::Node, port::WaitError, prelude::*,
    service::port_factory::request_response::PortFactory as Factory,
};
use iceoryx2_bb_posix::process::Signal;
use std::{
    collections::VecDeque,
    path::Path,
    time::{Duration, Instant},
};

/// How many requests of the dead the server holds.
const HELD: usize = 3;

/// Kills after which the server holds as many as it will.
const WARM_UP: u64 = 2 * HELD as u64;

/// Looks at the server, if there are kills enough.
const LOOKS_MAX: u64 = 100;

/// How long the next client's `create()` may take, and its first call, on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(1);

const PATIENCE: Duration = Duration::from_secs(15);

/// What came of it.
#[derive(Debug, Clone)]
pub struct Report {
    kills: u64,
    /// From each client's `create()`, in order.
    created: Vec<Duration>,
    /// From each client's first call, in order.
    served: Vec<Duration>,
    /// What the server took after a kill.
    course: Course,
}

/// Kills client after client.
pub fn reconnect(stage: &Stage, kills: u64, seed: u64) -> Report {
    let mut draw = Draw::new(seed);
    let mut server = Actor::start(stage, "reconnect-server", &[]);
    assert_eq!(server.hear(), "ready");
    let mut report = Report {
        kills,
        created: Vec::new(),
        served: Vec::new(),
        course: Course::default(),
    };
    let interval = kills.div_ceil(LOOKS_MAX).max(1);
    for kill in 0..WARM_UP + kills {
        let mut client = next_client(stage, kill, &mut draw, &mut report);
        assert_eq!(server.hear(), format!("holding {kill}"));
        client.kill();
        if kill >= WARM_UP && (kill - WARM_UP) % interval == 0 {
            report.course.push(kill, heap::at_rest(&mut server));
        }
    }
    server.signal(Signal::Terminate);
    server.assert_ended();
    report.created.sort();
    report.served.sort();
    report
}

/// A client that has been served, and waits for an answer it will not live to see.
fn next_client(stage: &Stage, number: u64, draw: &mut Draw, report: &mut Report) -> Actor {
    let way = draw.of(&["block", "poll"]);
    let client = Actor::start(stage, "reconnect-client", &[&number.to_string(), way]);
    let said = client.hear();
    let times: Vec<u64> = said.split(' ').map(|it| it.parse().unwrap()).collect();
    report.created.push(Duration::from_micros(times[0]));
    report.served.push(Duration::from_micros(times[1]));
    client
}

impl Report {
    /// What is wrong, a sentence each.
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints: Vec<String> = self.course.complaints().collect();
        for (what, times) in [("create()", &self.created), ("call()", &self.served)] {
            let latest = percentile(times, 100);
            if latest > AT_ONCE {
                complaints.push(format!("a {what} took {latest:?}, more than {AT_ONCE:?}"));
            }
        }
        complaints
    }
}

/// Of times in order.
fn percentile(times: &[Duration], percent: usize) -> Duration {
    times[(times.len() - 1) * percent / 100]
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kills = self.kills;
        writeln!(f, "{kills} kills, each time the next client was served")?;
        for (what, times) in [("create()", &self.created), ("call()", &self.served)] {
            let [median, late, latest] = [50, 99, 100].map(|percent| percentile(times, percent));
            writeln!(
                f,
                "  {what:<8} median {median:?}, p99 {late:?}, latest {latest:?}"
            )?;
        }
        for quantity in QUANTITIES {
            writeln!(f, "  {:<11} {}", quantity.name, self.course.trend(quantity))?;
        }
        Ok(())
    }
}

type Single = Factory<ipc::Service, Large, (), Large, ()>;

fn service(root: &Path) -> (Node<ipc::Service>, Single) {
    let node = NodeBuilder::new()
        .config(&config_of(root))
        .create::<ipc::Service>()
        .unwrap();
    let service = node
        .service_builder(&"reconnect".try_into().unwrap())
        .request_response::<Large, Large>()
        .max_clients(1)
        .max_servers(1)
        .max_nodes(2)
        .open_or_create()
        .unwrap();
    (node, service)
}

const ANSWER_THIS: u64 = 0;
const HOLD_THIS: u64 = 1;

/// The server: answers each client's first request and holds the other, until more are held than shall be.
pub fn serve(root: &Path) {
    let (_node, service) = service(root);
    let server = service.server_builder().create().unwrap();
    let mut held = VecDeque::new();
    heap::tell_when_asked();
    say("ready");
    let ended = loop {
        let active = match server.blocking_receive() {
            Ok(active) => active,
            Err(error) => break error,
        };
        let asked = active.payload().said().expect("a torn request");
        if asked.request == ANSWER_THIS {
            active.send_copy(Large::of(asked.answer())).unwrap();
            continue;
        }
        held.push_back(active);
        say(format_args!("holding {}", asked.client));
        if held.len() > HELD {
            let late = held.pop_front().unwrap();
            let asked = late.payload().said().expect("a torn request");
            // Nobody listens any more, which is no error.
            late.send_copy(Large::of(asked.answer())).unwrap();
        }
    };
    assert_eq!(ended, WaitError::Terminated);
}

/// A client: is served, keeps the response, asks once more, and waits, asleep or awake.
pub fn ask(root: &Path, arguments: &[String]) {
    let [number, way] = arguments else {
        panic!("a client needs a number and a way to wait");
    };
    let said = |request| Said {
        client: number.parse().unwrap(),
        request,
        number: 0x5eed,
    };
    let (_node, service) = service(root);
    let begin = Instant::now();
    let client = service.client_builder().create().unwrap();
    let created = begin.elapsed().as_micros();
    let begin = Instant::now();
    let asked = said(ANSWER_THIS);
    let response = client.call(Large::of(asked), PATIENCE).unwrap();
    let served = begin.elapsed().as_micros();
    assert_eq!(response.payload().said(), Some(asked.answer()));
    let pending = client.send_copy(Large::of(said(HOLD_THIS))).unwrap();
    say(format_args!("{created} {served}"));
    let answer = if way == "block" {
        pending.blocking_receive().map(Some)
    } else {
        loop {
            match pending.receive() {
                Ok(None) => {}
                received => break received.map_err(WaitError::Receive),
            }
        }
    };
    panic!("nobody was to answer: {answer:?}");
}
