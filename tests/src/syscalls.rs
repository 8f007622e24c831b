// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How often peers that poll enter the kernel.

use crate::{
    actor::{Actor, listen, say},
    load::{Load, Said, Small},
    stage::{Stage, config_of},
};
use core::fmt;
use iceoryx2::{
    pending_response::PendingResponse,
    port::{client::Client, server::Server},
    prelude::*,
    service::port_factory::request_response::PortFactory as Factory,
};
use iceoryx2_bb_elementary::hooks;
use iceoryx2_bb_posix::trace::count_calls;
use std::{collections::VecDeque, path::Path, sync::Barrier, thread, time::Duration};

/// Calls a process may make beside what the hooks see: the heap's.
const UNSEEN_MAX: u64 = 8;

/// Round trips that are not counted: they hold the handshake.
const WARM_UP: u64 = 1_000;

/// Requests a client has on their way at a time.
const IN_FLIGHT: usize = 4;

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// What came of a run.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    messages: u64,
    /// As the hooks of both processes say.
    calls: u64,
    /// As a tracer says.
    traced: Option<u64>,
}

impl Count {
    /// Whether there was less than one call for 1,000 messages.
    pub fn is_few(&self) -> bool {
        self.traced.unwrap_or(self.calls) * 1_000 < self.messages
    }

    /// Whether the tracer saw what the hooks saw.
    pub fn agrees(&self) -> bool {
        self.traced
            .is_none_or(|traced| traced.abs_diff(self.calls) <= UNSEEN_MAX)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} messages: {} system calls", self.messages, self.calls)?;
        match self.traced {
            Some(traced) => write!(f, ", {traced} as a tracer sees them"),
            None => Ok(()),
        }
    }
}

/// Lets a client and a server that poll exchange `messages`, and counts the calls of both.
pub fn count(stage: &Stage, messages: u64, traced: bool) -> Count {
    let round_trips = (messages / 2).to_string();
    let mut server = Actor::start(stage, "spinning-server", &[&round_trips]);
    assert_eq!(server.hear(), "up");
    let mut client = Actor::start(stage, "spinning-client", &[&round_trips]);
    assert_eq!(client.hear(), "ready");
    assert_eq!(server.hear(), "ready");
    let traced = if traced {
        Some(go_traced(&mut server, &mut client))
    } else {
        server.tell("go");
        client.tell("go");
        None
    };
    let calls = [&server, &client].map(|actor| {
        let said = actor.hear_within(PATIENCE).expect("a peer hangs");
        said.parse::<u64>().expect(&said)
    });
    client.finish();
    server.finish();
    Count {
        messages,
        calls: calls.iter().sum(),
        traced,
    }
}

fn go_traced(server: &mut Actor, client: &mut Actor) -> u64 {
    let attached = Barrier::new(3);
    let pids = [server.pid(), client.pid()];
    thread::scope(|scope| {
        let tracers = pids.map(|pid| {
            let attached = &attached;
            scope.spawn(move || {
                count_calls(pid, || {
                    attached.wait();
                })
                .unwrap()
            })
        });
        attached.wait();
        server.tell("go");
        client.tell("go");
        tracers.map(|tracer| tracer.join().unwrap()).iter().sum()
    })
}

type Service = Factory<ipc::Service, Small, (), Small, ()>;

fn service(root: &Path) -> Service {
    NodeBuilder::new()
        .config(&config_of(root))
        .create::<ipc::Service>()
        .unwrap()
        .service_builder(&"spinning".try_into().unwrap())
        .request_response::<Small, Small>()
        .open_or_create()
        .unwrap()
}

/// A server that answers so many requests.
pub fn serve(root: &Path, arguments: &[String]) {
    let round_trips: u64 = arguments[0].parse().unwrap();
    let server = service(root).server_builder().create().unwrap();
    say("up");
    answer(&server, WARM_UP);
    say("ready");
    listen();
    let before = hooks::calls();
    answer(&server, round_trips);
    say(hooks::calls() - before);
    listen();
}

fn answer(server: &Server<ipc::Service, Small, (), Small, ()>, requests: u64) {
    let mut answered = 0;
    while answered < requests {
        if let Some(active) = server.receive().unwrap() {
            active.send_copy(*active.payload()).unwrap();
            answered += 1;
        }
    }
}

/// A client that sends so many requests.
pub fn ask(root: &Path, arguments: &[String]) {
    let round_trips: u64 = arguments[0].parse().unwrap();
    let client = service(root).client_builder().create().unwrap();
    client.wait_for_servers(1, PATIENCE).unwrap();
    exchange(&client, WARM_UP);
    say("ready");
    listen();
    let before = hooks::calls();
    exchange(&client, round_trips);
    say(hooks::calls() - before);
    listen();
}

fn exchange(client: &Client<ipc::Service, Small, (), Small, ()>, requests: u64) {
    let mut pending = VecDeque::new();
    for request in 0..requests {
        if pending.len() == IN_FLIGHT {
            check(&pending.pop_front().unwrap());
        }
        let load = Small::of(Said {
            client: 0,
            request,
            number: 0,
        });
        pending.push_back(client.send_copy(load).unwrap());
    }
    pending.iter().for_each(check);
}

/// Polls for the response, which repeats the request.
fn check(pending: &PendingResponse<ipc::Service, Small, (), Small, ()>) {
    let response = loop {
        if let Some(response) = pending.receive().unwrap() {
            break response;
        }
    };
    assert_eq!(response.payload().said(), pending.payload().said());
}
