// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two servers, eight clients, and every response the right one.

use crate::{
    actor::{Actor, listen, say},
    load::{Load, Said, Small},
    stage::{Stage, config_of},
};
use core::fmt;
use iceoryx2::{
    node::Node, prelude::*, service::port_factory::request_response::PortFactory as Factory,
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const SERVERS: u64 = 2;
const CLIENTS: u64 = 8;

/// How long a swarm may take.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// What came of a swarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Right responses.
    pub responses: u64,
    /// How long it took.
    pub duration: Duration,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.duration.as_secs_f64();
        write!(
            f,
            "{SERVERS} servers, {CLIENTS} clients: {} right responses in {seconds:.1} s",
            self.responses
        )
    }
}

/// Lets each client send `requests` requests to both servers.
pub fn swarm(stage: &Stage, requests: u64) -> Figures {
    let start = |role, arguments: &[&str]| {
        let actor = Actor::start(stage, role, arguments);
        assert_eq!(actor.hear(), "ready");
        actor
    };
    let servers: Vec<_> = (0..SERVERS).map(|_| start("swarm-server", &[])).collect();
    let requests = requests.to_string();
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|client| start("swarm-client", &[&client.to_string(), &requests]))
        .collect();
    let begin = Instant::now();
    clients.iter_mut().for_each(|client| client.tell("go"));
    let counts = clients.iter().map(|client| {
        let said = client.hear_within(PATIENCE).expect("a client hangs");
        said.parse::<u64>().expect(&said)
    });
    let figures = Figures {
        responses: counts.sum(),
        duration: begin.elapsed(),
    };
    clients.into_iter().for_each(Actor::finish);
    for mut server in servers {
        server.signal(iceoryx2_bb_posix::process::Signal::Terminate);
        server.assert_ended();
    }
    figures
}

type Swarm = Factory<ipc::Service, Small, (), Small, ()>;

fn service(root: &Path) -> (Node<ipc::Service>, Swarm) {
    let node = NodeBuilder::new()
        .config(&config_of(root))
        .create::<ipc::Service>()
        .unwrap();
    let service = node
        .service_builder(&"swarm".try_into().unwrap())
        .request_response::<Small, Small>()
        .enable_safe_overflow_for_requests(false)
        .enable_safe_overflow_for_responses(false)
        .open_or_create()
        .unwrap();
    (node, service)
}

/// A server: answers until it is told to end.
pub fn serve(root: &Path) {
    let (_node, service) = service(root);
    let server = service.server_builder().create().unwrap();
    say("ready");
    while let Ok(active) = server.blocking_receive() {
        let asked = active.payload().said().expect("a torn request");
        active.send_copy(Small::of(asked.answer())).unwrap();
    }
}

/// A client: sends its requests one after the other, and counts the responses.
pub fn ask(root: &Path, arguments: &[String]) {
    let [client_number, requests] = arguments else {
        panic!("a client of a swarm needs a number and how many requests to send");
    };
    let (client_number, requests) = (client_number.parse().unwrap(), requests.parse().unwrap());
    let (_node, service) = service(root);
    let client = service.client_builder().create().unwrap();
    let servers = usize::try_from(SERVERS).unwrap();
    assert_eq!(client.wait_for_servers(servers, PATIENCE), Ok(servers));
    say("ready");
    listen();
    let mut responses: u64 = 0;
    for request in 0..requests {
        let asked = Said {
            client: client_number,
            request,
            number: request.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        };
        let pending = client.send_copy(Small::of(asked)).unwrap();
        assert_eq!(pending.number_of_server_connections(), servers);
        let mut origins = Vec::new();
        while let Ok(response) = pending.blocking_receive() {
            assert_eq!(response.payload().said(), Some(asked.answer()));
            assert!(!origins.contains(&response.origin()), "answered twice");
            origins.push(response.origin());
            responses += 1;
        }
        assert_eq!(pending.outcome(), Some(iceoryx2::port::Outcome::Finished));
    }
    say(responses);
    listen();
}
