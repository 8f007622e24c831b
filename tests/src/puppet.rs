// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An actor that does what the test tells it, call by call. Each line it hears is one call, answered by one line.
//!
//! | line | call, and the answer |
//! |---|---|
//! | `service OPTION…` | opens or creates the service; `no-overflow`, `max-clients=N`, `buffer=N`, `active=N`, `borrows=N` |
//! | `server`, `client`, `discarding-server`, `discarding-client` | makes a port |
//! | `leave` | drops factory and node |
//! | `servers N` | waits for N servers; their number |
//! | `send ID K` | sends request ID, which asks for K responses; `sent` and the number of servers |
//! | `get ID`, `spin ID`, `block ID`, `timed ID MS` | receives: `response N`, `none`, `ended OUTCOME`, or the error |
//! | `keep ID` | as `get`, and keeps the response; `release` drops all of them |
//! | `outcome ID`, `linked ID`, `cancel ID` | asks for the outcome, asks whether it is connected, drops it |
//! | `call K MS` | sends and waits for the first response |
//! | `take`, `spin-take`, `block-take`, `timed-take MS` | takes a request: `request ID K`, `none`, or the error |
//! | `respond ID N`, `stream ID N` | sends response N, or all from 0 below N |
//! | `wanted ID`, `deserted ID` | asks whether the client listens, polls until it does not |
//! | `finish ID` | drops the active request |
//! | `drop-client`, `drop-server`, `exit`, `wait MS` | drops a port; ends without dropping; waits with the node |
//! | `fork`, `bare-clone` | makes a child that sleeps until this process's input ends |
//! | `use-after-fork` | makes a forked child that uses everything and drops it; its verdict |
//! | `stand-still` | the next store to shared memory waits until it hears `go on` |

use crate::{
    actor::{listen, say},
    load::{Load, Said},
    stage::config_of,
};
use iceoryx2::{
    active_request::ActiveRequest,
    node::Node,
    pending_response::PendingResponse,
    port::{
        LoanError, ReceiveError, SendError, WaitError,
        client::{Client, RequestSendError},
        server::Server,
        update_connections::UpdateConnections,
    },
    prelude::*,
    response::Response,
    service::port_factory::request_response::PortFactory as Factory,
};
use iceoryx2_bb_elementary::hooks::{self, Observer};
use iceoryx2_bb_posix::process::{ChildBirth, in_forked_child, sleeping_child};
use std::{collections::BTreeMap, path::Path, sync::Mutex, time::Duration};

/// An actor's own client or server wait no longer than this for a peer to appear.
const LONG: Duration = Duration::from_secs(600);

type Ipc = ipc::Service;

struct Puppet<T: Load> {
    kept: Vec<Response<Ipc, T, ()>>,
    pending: BTreeMap<u64, PendingResponse<Ipc, T, (), T, ()>>,
    active: BTreeMap<u64, ActiveRequest<Ipc, T, (), T, ()>>,
    client: Option<Client<Ipc, T, (), T, ()>>,
    server: Option<Server<Ipc, T, (), T, ()>>,
    factory: Option<Factory<Ipc, T, (), T, ()>>,
    node: Option<Node<Ipc>>,
}

/// Plays until the test lets go.
pub fn play<T: Load>(root: &Path) {
    hooks::observe(&STATUE);
    let mut puppet = Puppet::<T> {
        kept: Vec::new(),
        pending: BTreeMap::new(),
        active: BTreeMap::new(),
        client: None,
        server: None,
        factory: None,
        node: Some(
            NodeBuilder::new()
                .config(&config_of(root))
                .create::<Ipc>()
                .unwrap(),
        ),
    };
    while let Some(line) = listen() {
        let words: Vec<&str> = line.split(' ').collect();
        say(puppet.obey(&words));
    }
}

impl<T: Load> Puppet<T> {
    fn obey(&mut self, words: &[&str]) -> String {
        let number = |index: usize| words[index].parse::<u64>().unwrap();
        match words[0] {
            "service" => self.open(&words[1..]),
            "server" => self.make_server(BackpressureStrategy::RetryUntilDelivered),
            "client" => self.make_client(BackpressureStrategy::RetryUntilDelivered),
            "discarding-server" => self.make_server(BackpressureStrategy::DiscardData),
            "discarding-client" => self.make_client(BackpressureStrategy::DiscardData),
            "leave" => {
                (self.factory, self.node) = (None, None);
                done()
            }
            "servers" => {
                let n = usize::try_from(number(1)).unwrap();
                answer(self.client().wait_for_servers(n, LONG))
            }
            "send" => self.send(number(1), number(2)),
            "call" => self.call(number(1), Duration::from_millis(number(2))),
            "get" => shown(self.get(number(1))),
            "spin" => self.spin(number(1)),
            "block" => waited(self.pending[&number(1)].blocking_receive()),
            "timed" => {
                let timeout = Duration::from_millis(number(2));
                waited(self.pending[&number(1)].timed_receive(timeout))
            }
            "keep" => self.keep(number(1)),
            "outcome" => self.pending[&number(1)]
                .outcome()
                .map_or_else(|| "none".to_owned(), |outcome| format!("{outcome:?}")),
            "linked" => self.pending[&number(1)].is_connected().to_string(),
            "cancel" => gone(self.pending.remove(&number(1))),
            "release" => {
                self.kept.clear();
                done()
            }
            "drop-client" => gone(self.client.take()),
            _ => self.serve(words),
        }
    }

    fn serve(&mut self, words: &[&str]) -> String {
        let number = |index: usize| words[index].parse::<u64>().unwrap();
        match words[0] {
            "take" => {
                let taken = self.server().receive();
                self.taken(taken)
            }
            "spin-take" => self.spin_take(),
            "block-take" => {
                let taken = self.server().blocking_receive();
                self.awaited(taken)
            }
            "timed-take" => {
                let timeout = Duration::from_millis(number(1));
                let taken = self.server().timed_receive(timeout);
                self.awaited(taken)
            }
            "respond" => answer(self.respond(number(1), number(2)).map(|()| "ok")),
            "stream" => answer(
                (0..number(2))
                    .try_for_each(|place| self.respond(number(1), place))
                    .map(|()| "ok"),
            ),
            "wanted" => self.active[&number(1)].is_connected().to_string(),
            "deserted" => {
                while self.active[&number(1)].is_connected() {
                    core::hint::spin_loop();
                }
                done()
            }
            "finish" => gone(self.active.remove(&number(1))),
            "drop-server" => gone(self.server.take()),
            "exit" => std::process::exit(0),
            "wait" => {
                let cycle = Duration::from_millis(number(1));
                answer(self.node.as_ref().unwrap().wait(cycle).map(|()| "ok"))
            }
            "fork" => sleeping_child(ChildBirth::Fork).unwrap().to_string(),
            "bare-clone" => sleeping_child(ChildBirth::BareClone).unwrap().to_string(),
            "use-after-fork" => self.use_after_fork(),
            "stand-still" => {
                *STATUE.armed.lock().unwrap() = true;
                done()
            }
            other => panic!("nobody taught me to {other}"),
        }
    }

    fn client(&self) -> &Client<Ipc, T, (), T, ()> {
        self.client.as_ref().unwrap()
    }

    fn server(&self) -> &Server<Ipc, T, (), T, ()> {
        self.server.as_ref().unwrap()
    }

    fn open(&mut self, options: &[&str]) -> String {
        let name = "played".try_into().unwrap();
        let node = self.node.as_ref().unwrap();
        let mut builder = node.service_builder(&name).request_response::<T, T>();
        for option in options {
            let (key, value) = option.split_once('=').unwrap_or((option, "0"));
            let value = value.parse().unwrap();
            builder = match key {
                "no-overflow" => builder
                    .enable_safe_overflow_for_requests(false)
                    .enable_safe_overflow_for_responses(false),
                "max-clients" => builder.max_clients(value),
                "buffer" => builder.max_response_buffer_size(value),
                "active" => builder.max_active_requests_per_client(value),
                "borrows" => builder.max_borrowed_responses_per_pending_response(value),
                other => panic!("nobody taught me {other}"),
            };
        }
        answer(builder.open_or_create().map(|factory| {
            self.factory = Some(factory);
            "ok"
        }))
    }

    fn make_server(&mut self, strategy: BackpressureStrategy) -> String {
        let builder = self.factory.as_ref().unwrap().server_builder();
        answer(
            builder
                .backpressure_strategy(strategy)
                .create()
                .map(|server| {
                    self.server = Some(server);
                    "ok"
                }),
        )
    }

    fn make_client(&mut self, strategy: BackpressureStrategy) -> String {
        let builder = self.factory.as_ref().unwrap().client_builder();
        answer(
            builder
                .backpressure_strategy(strategy)
                .create()
                .map(|client| {
                    self.client = Some(client);
                    "ok"
                }),
        )
    }

    fn send(&mut self, request: u64, responses: u64) -> String {
        let load = T::of(Said {
            client: u64::from(std::process::id()),
            request,
            number: responses,
        });
        answer(self.client().send_copy(load).map(|pending| {
            let servers = pending.number_of_server_connections();
            self.pending.insert(request, pending);
            format!("sent {servers}")
        }))
    }

    fn call(&self, responses: u64, timeout: Duration) -> String {
        let load = T::of(Said {
            client: u64::from(std::process::id()),
            request: 0,
            number: responses,
        });
        answer(
            self.client()
                .call(load, timeout)
                .map(|response| said(&response)),
        )
    }

    fn get(&self, request: u64) -> Result<Option<Response<Ipc, T, ()>>, ReceiveError> {
        self.pending[&request].receive()
    }

    fn keep(&mut self, request: u64) -> String {
        let received = self.get(request);
        let shown = match &received {
            Ok(Some(response)) => said(response),
            Ok(None) => "none".to_owned(),
            Err(error) => format!("{error:?}"),
        };
        self.kept.extend(received.ok().flatten());
        shown
    }

    fn spin(&self, request: u64) -> String {
        loop {
            match self.get(request) {
                Ok(None) => {
                    if let Some(outcome) = self.pending[&request].outcome() {
                        return format!("ended {outcome:?}");
                    }
                }
                received => return shown(received),
            }
        }
    }

    fn respond(&self, request: u64, place: u64) -> Result<(), SendError> {
        let active = &self.active[&request];
        let asked = active.payload().said().unwrap();
        active.send_copy(T::of(Said {
            number: place,
            ..asked
        }))
    }

    fn spin_take(&mut self) -> String {
        loop {
            match self.server().receive() {
                Ok(None) => {}
                taken => return self.taken(taken),
            }
        }
    }

    fn taken(
        &mut self,
        taken: Result<Option<ActiveRequest<Ipc, T, (), T, ()>>, ReceiveError>,
    ) -> String {
        match taken {
            Ok(Some(active)) => self.own(active),
            Ok(None) => "none".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    }

    fn awaited(&mut self, taken: Result<ActiveRequest<Ipc, T, (), T, ()>, WaitError>) -> String {
        match taken {
            Ok(active) => self.own(active),
            Err(error) => format!("{error:?}"),
        }
    }

    fn own(&mut self, active: ActiveRequest<Ipc, T, (), T, ()>) -> String {
        let Some(said) = active.payload().said() else {
            return "torn".to_owned();
        };
        self.active.insert(said.request, active);
        format!("request {} {}", said.request, said.number)
    }

    /// A forked child uses and drops all there is. What fails it is told on standard error.
    /// Polls until nothing is due for a while, so that a child finds the short ways as open as they may be.
    fn poll_in_vain(&self) {
        let server = self.server.as_ref();
        let idle = server.filter(|server| !server.has_requests().unwrap());
        let silent = self.pending.values().filter(|it| !it.has_response());
        let silent: Vec<_> = silent.collect();
        for _ in 0..300 {
            assert!(idle.is_none_or(|server| server.receive().unwrap().is_none()));
            assert!(silent.iter().all(|it| it.receive().unwrap().is_none()));
        }
    }

    fn use_after_fork(&self) -> String {
        self.poll_in_vain();
        let fine = in_forked_child(|| {
            let pending = self.pending.values().all(|pending| {
                let refused = matches!(pending.receive(), Err(ReceiveError::UsedAfterFork));
                let waited = matches!(
                    pending.blocking_receive(),
                    Err(WaitError::Receive(ReceiveError::UsedAfterFork))
                );
                let silent = !pending.is_connected() && !pending.has_response();
                pending.set_disconnect_hint();
                let _ = (pending.outcome(), pending.number_of_server_connections());
                refused && waited && silent
            });
            let client = self.client.as_ref().is_none_or(Self::refuses_as_client);
            let server = self.server.as_ref().is_none_or(Self::refuses_as_server);
            let active = self.active.values().all(|active| {
                let refused = matches!(active.loan_uninit(), Err(LoanError::UsedAfterFork));
                refused && !active.is_connected() && !active.has_disconnect_hint()
            });
            let all = client && server && pending && active;
            if !all {
                eprintln!("client {client}, server {server}, pending {pending}, active {active}");
            }
            // SAFETY: the child ends after this and never uses the copies that stay in `self`.
            drop(unsafe { core::ptr::read(self) });
            all
        });
        fine.unwrap().to_string()
    }

    fn refuses_as_client(client: &Client<Ipc, T, (), T, ()>) -> bool {
        let load = T::of(Said {
            client: 0,
            request: 0,
            number: 0,
        });
        let sent = matches!(
            client.send_copy(load),
            Err(RequestSendError::SendError(
                SendError::UsedAfterFork | SendError::LoanError(LoanError::UsedAfterFork)
            ))
        );
        let waited = client
            .wait_for_servers(1, Duration::from_millis(1))
            .is_err();
        sent && waited && client.update_connections().is_err()
    }

    fn refuses_as_server(server: &Server<Ipc, T, (), T, ()>) -> bool {
        // WHY first: whatever takes a longer way shuts the short ones.
        let refused = matches!(server.receive(), Err(ReceiveError::UsedAfterFork));
        let _ = server.update_connections();
        refused
            && matches!(server.has_requests(), Err(ReceiveError::UsedAfterFork))
            && matches!(
                server.blocking_receive(),
                Err(WaitError::Receive(ReceiveError::UsedAfterFork))
            )
    }
}

fn done() -> String {
    "ok".to_owned()
}

fn gone<U>(it: Option<U>) -> String {
    assert!(it.is_some());
    done()
}

fn answer<U: core::fmt::Display, E: core::fmt::Debug>(result: Result<U, E>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(error) => format!("{error:?}"),
    }
}

fn said<T: Load>(response: &Response<Ipc, T, ()>) -> String {
    response.payload().said().map_or_else(
        || "torn".to_owned(),
        |said| format!("response {}", said.number),
    )
}

fn shown<T: Load>(received: Result<Option<Response<Ipc, T, ()>>, ReceiveError>) -> String {
    match received {
        Ok(Some(response)) => said(&response),
        Ok(None) => "none".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

fn waited<T: Load>(received: Result<Response<Ipc, T, ()>, WaitError>) -> String {
    match received {
        Ok(response) => said(&response),
        Err(WaitError::Ended(outcome)) => format!("ended {outcome:?}"),
        Err(error) => format!("{error:?}"),
    }
}

/// Stops this process at its next store to shared memory, if it was told so.
struct Statue {
    armed: Mutex<bool>,
}

static STATUE: Statue = Statue {
    armed: Mutex::new(false),
};

impl Observer for Statue {
    fn after_store(&self) {
        let stops = core::mem::take(&mut *self.armed.lock().unwrap());
        if stops {
            say("standing still");
            assert_eq!(listen().as_deref(), Some("go on"));
        }
    }
}
