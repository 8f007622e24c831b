// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The lives of those who are killed and of those who are left. Everything that matters is said in lines, after it
//! happened:
//!
//! | line | who says it |
//! |---|---|
//! | `took CLIENT REQUEST` | a server that has a request |
//! | `published CLIENT REQUEST N` | a server that has sent response N, a client that has sent the request (N is 0) |
//! | `got CLIENT REQUEST N` | a server that was handed a request that asks for N, a client that was handed response N |
//! | `sent CLIENT REQUEST SERVERS` | a client, before it listens: how many servers got it |
//! | `ended CLIENT REQUEST NS OUTCOME` | a client whose request will not be answered any further |
//! | `noticed CLIENT REQUEST NS` | a server that finds that nobody listens |
//! | `lonely`, `served` | a client that begins to wait for a server, and that has one |
//! | `flushed` | a server that was asked to say so |
//! | `wrong …` | anybody, of what must not happen |
//! | `child PID` | who made a child that sleeps |
//! | `counts …` | who should have been killed and lived to its end |

use super::executioner::{self, Aim};
use crate::{
    actor::say,
    load::{Load, Said},
    stage::config_of,
};
use core::fmt::Display;
use iceoryx2::{
    active_request::ActiveRequest,
    node::Node,
    pending_response::PendingResponse,
    port::{Outcome, WaitError, client::Client, server::Server},
    prelude::*,
    response::Response,
    service::port_factory::request_response::PortFactory as Factory,
};
use iceoryx2_bb_posix::{
    clock,
    process::{ChildBirth, sleeping_child},
};
use std::{path::Path, time::Duration};

type Ipc = ipc::Service;

/// A request that asks for so many responses is the test's own.
pub const FLUSH: u64 = 1 << 40;

/// As [`FLUSH`], and the server ends.
pub const QUIT: u64 = FLUSH + 1;

/// How many requests a victim sends or serves before it ends in order.
const REQUESTS: u64 = 6;

/// How many responses the requests of these lives ask for, at most.
const RESPONSES_MAX: u64 = 5;

const LONG: Duration = Duration::from_secs(600);

/// How a life goes.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// It sleeps while it waits; otherwise it polls.
    pub blocked: bool,
    /// A full stream loses its oldest response; otherwise the server waits.
    pub overflow: bool,
    /// The server keeps the request until the client drops it; otherwise the client waits for the stream's end.
    pub held: bool,
    /// The client sends without listening.
    pub hasty: bool,
    /// It dawdles before it receives, so that its peer dies with something on the way.
    pub slow: bool,
    /// What else the process does first.
    pub child: Option<ChildBirth>,
}

impl Style {
    /// As an argument.
    pub fn encode(self) -> String {
        let child = match self.child {
            None => '-',
            Some(ChildBirth::Fork) => 'f',
            Some(ChildBirth::BareClone) => 'c',
        };
        let letter = |flag, letter| if flag { letter } else { '-' };
        [
            letter(self.blocked, 'b'),
            letter(self.overflow, 'o'),
            letter(self.held, 'h'),
            letter(self.hasty, 'e'),
            letter(self.slow, 's'),
            child,
        ]
        .into_iter()
        .collect()
    }

    /// From an argument.
    pub fn decode(text: &str) -> Self {
        Self {
            blocked: text.contains('b'),
            overflow: text.contains('o'),
            held: text.contains('h'),
            hasty: text.contains('e'),
            slow: text.contains('s'),
            child: match text.chars().last() {
                Some('f') => Some(ChildBirth::Fork),
                Some('c') => Some(ChildBirth::BareClone),
                _ => None,
            },
        }
    }
}

/// The service all of them meet in. There is room for no more than take part, so that what leaks is missed soon.
pub fn service<T: Load>(node: &Node<Ipc>, overflow: bool) -> Factory<Ipc, T, (), T, ()> {
    node.service_builder(&"torture".try_into().unwrap())
        .request_response::<T, T>()
        .enable_safe_overflow_for_requests(false)
        .enable_safe_overflow_for_responses(overflow)
        .max_clients(2)
        .open_or_create()
        .unwrap()
}

fn node(root: &Path) -> Node<Ipc> {
    NodeBuilder::new()
        .config(&config_of(root))
        .create::<Ipc>()
        .unwrap()
}

fn fork_as_told(style: Style) {
    if let Some(birth) = style.child {
        say(format_args!("child {}", sleeping_child(birth).unwrap()));
    }
}

/// A server that dies as `aim` says.
pub fn dying_server<T: Load>(root: &Path, aim: Aim, style: Style) {
    executioner::arm(aim);
    let node = node(root);
    let service = service::<T>(&node, style.overflow);
    let server = service.server_builder().create().unwrap();
    fork_as_told(style);
    for _ in 0..REQUESTS {
        match next_request(&server, style) {
            Ok(active) => serve(&active, style),
            Err(error) => say(format_args!("wrong {error:?}")),
        }
    }
    drop((server, service, node));
    say(format_args!("counts {}", executioner::counts()));
}

/// A server that serves until it is told to quit.
pub fn living_server<T: Load>(root: &Path, style: Style) {
    let node = node(root);
    // WHY: with its first sleep a process gets a bell that it keeps, and a server that polls sleeps when there is no room.
    let _ = node.wait(Duration::from_millis(1));
    let service = service::<T>(&node, style.overflow);
    let server = service.server_builder().create().unwrap();
    loop {
        match next_request(&server, style) {
            Ok(active) => match active.payload().said().map(|said| said.number) {
                Some(QUIT) => break,
                Some(FLUSH) => {
                    say("flushed");
                }
                _ => serve(&active, style),
            },
            Err(error) => say(format_args!("wrong {error:?}")),
        }
    }
    // What others had sent by then comes before the end.
    while let Ok(Some(active)) = server.receive() {
        serve(&active, style);
    }
}

fn dawdle(style: Style) {
    if style.slow {
        std::thread::sleep(Duration::from_micros(300));
    }
}

fn next_request<T: Load>(
    server: &Server<Ipc, T, (), T, ()>,
    style: Style,
) -> Result<ActiveRequest<Ipc, T, (), T, ()>, WaitError> {
    dawdle(style);
    if style.blocked {
        return server.blocking_receive();
    }
    loop {
        if let Some(active) = server.receive().map_err(WaitError::Receive)? {
            return Ok(active);
        }
    }
}

fn serve<T: Load>(active: &ActiveRequest<Ipc, T, (), T, ()>, style: Style) {
    let Some(asked) = active.payload().said() else {
        say("wrong torn request");
        return;
    };
    let Said {
        client, request, ..
    } = asked;
    say(format_args!("took {client} {request}"));
    say(format_args!("got {client} {request} {}", asked.number));
    for number in 0..asked.number.min(RESPONSES_MAX) {
        match active.send_copy(T::of(Said { number, ..asked })) {
            Ok(()) => say(format_args!("published {client} {request} {number}")),
            Err(error) => say(format_args!("wrong {error:?}")),
        }
        if !active.is_connected() {
            say(format_args!(
                "noticed {client} {request} {}",
                clock::now_ns()
            ));
            return;
        }
    }
    while style.held && active.is_connected() {
        core::hint::spin_loop();
    }
    if style.held {
        say(format_args!(
            "noticed {client} {request} {}",
            clock::now_ns()
        ));
    }
}

/// A client that dies as `aim` says.
pub fn dying_client<T: Load>(root: &Path, aim: Aim, style: Style) {
    executioner::arm(aim);
    let node = node(root);
    let service = service::<T>(&node, style.overflow);
    let client = service.client_builder().create().unwrap();
    fork_as_told(style);
    if let Err(error) = client.wait_for_servers(1, LONG) {
        say(format_args!("wrong {error:?}"));
    }
    let me = u64::from(std::process::id());
    if style.hasty {
        let pending: Vec<_> = (0..4).map(|request| ask(&client, me, request)).collect();
        drop(pending);
    } else {
        for request in 0..REQUESTS {
            let pending = ask(&client, me, request);
            listen_to(&pending, style);
        }
    }
    drop((client, service, node));
    say(format_args!("counts {}", executioner::counts()));
}

/// A client that asks whichever server there is until it is told to end.
pub fn living_client<T: Load>(root: &Path, style: Style) {
    let node = node(root);
    let service = service::<T>(&node, style.overflow);
    let client = service.client_builder().create().unwrap();
    // WHY: the first sleep goes without a bell for the wish to end. What a client holds is what it holds with that.
    for _ in 0..2 {
        let alone = client.wait_for_servers(usize::MAX, Duration::from_millis(1));
        if alone.is_ok() {
            say("wrong number of servers");
        }
    }
    let me = u64::from(std::process::id());
    let mut request = 0;
    loop {
        say("lonely");
        if client.wait_for_servers(1, LONG).is_err() {
            return;
        }
        say("served");
        loop {
            let pending = ask(&client, me, request);
            request += 1;
            if !listen_to(&pending, style) {
                break;
            }
        }
    }
}

fn ask<T: Load>(
    client: &Client<Ipc, T, (), T, ()>,
    me: u64,
    request: u64,
) -> PendingResponse<Ipc, T, (), T, ()> {
    let load = T::of(Said {
        client: me,
        request,
        number: request % RESPONSES_MAX + 1,
    });
    let pending = client.send_copy(load).unwrap();
    let servers = pending.number_of_server_connections();
    say(format_args!("published {me} {request} 0"));
    say(format_args!("sent {me} {request} {servers}"));
    pending
}

/// Takes all responses. Returns whether the server is likely to answer more.
fn listen_to<T: Load>(pending: &PendingResponse<Ipc, T, (), T, ()>, style: Style) -> bool {
    let asked = pending.payload().said().unwrap();
    let Said {
        client, request, ..
    } = asked;
    loop {
        match next_response(pending, style) {
            Ok(response) => {
                let said = response.payload().said();
                match said {
                    Some(said) if (said.client, said.request) == (client, request) => {
                        say(format_args!("got {client} {request} {}", said.number));
                        if style.held && said.number + 1 == asked.number {
                            return true;
                        }
                    }
                    said => say(format_args!("wrong response {said:?} to {asked:?}")),
                }
            }
            Err(WaitError::Ended(outcome)) => {
                say_ended(client, request, outcome);
                return outcome == Outcome::Finished;
            }
            Err(WaitError::Terminated) => return false,
            Err(error) => say(format_args!("wrong {error:?}")),
        }
    }
}

fn say_ended(client: u64, request: u64, outcome: impl core::fmt::Debug) {
    let line: &dyn Display =
        &format_args!("ended {client} {request} {} {outcome:?}", clock::now_ns());
    say(line);
}

fn next_response<T: Load>(
    pending: &PendingResponse<Ipc, T, (), T, ()>,
    style: Style,
) -> Result<Response<Ipc, T, ()>, WaitError> {
    dawdle(style);
    if style.blocked {
        return pending.blocking_receive();
    }
    loop {
        if let Some(response) = pending.receive().map_err(WaitError::Receive)? {
            return Ok(response);
        }
        if let Some(outcome) = pending.outcome() {
            return Err(WaitError::Ended(outcome));
        }
    }
}
