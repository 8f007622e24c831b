// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The variant within one process behaves as the one between processes, without a file.
//!
//! Every case runs for each variant that `variants!` names, below a root path of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node_of};
use core::time::Duration;
use iceoryx2::{
    port::{
        Outcome, WaitError,
        client::ClientCreateError,
        server::{Server, ServerCreateError},
    },
    prelude::*,
    service::{
        builder::request_response::{
            RequestResponseCreateError as CreateError, RequestResponseOpenError as OpenError,
        },
        port_factory::request_response,
    },
};
use std::{
    collections::HashSet,
    path::Path,
    sync::{Barrier, mpsc},
    thread,
};

type Factory<S, P> = request_response::PortFactory<S, P, (), P, ()>;

/// Long enough for a machine under load; nothing that works waits for it.
const LONG: Duration = Duration::from_secs(60);

/// Does not fit a descriptor.
type Large = [u64; 100];

macro_rules! variants {
    ($($variant:ident)+) => {
        $(mod $variant {
            variants! { @each $variant
                a_round_trip_in_one_thread
                threads_with_nodes_of_their_own_wait_for_each_other
                a_client_is_woken_when_a_server_comes
                a_sleeping_client_is_woken_when_its_server_goes
                what_a_server_sent_before_it_went_is_received
                a_server_learns_that_nobody_listens
                a_message_outlives_its_port_and_its_node
                there_are_exactly_as_many_participants_as_agreed
                a_service_stays_while_anybody_has_it
                what_exists_is_not_created_again
                who_looks_sees_services_nodes_and_ports
                a_dropped_node_is_not_listed
                other_roots_and_prefixes_are_other_worlds
                of_sixteen_threads_at_once_one_creates_and_all_share
                threads_that_create_and_leave_never_meet_half_a_service
            }
        })+
    };
    (@each $variant:ident $($case:ident)+) => {
        $(#[test]
        fn $case() {
            super::super::$case::<iceoryx2::service::$variant::Service>();
        })+
    };
}

mod variants {
    variants! { ipc ipc_threadsafe local local_threadsafe }
}

/// A place for one test. What stays within the process leaves no trace in the file system, then or later.
struct Place(Root);

impl Place {
    fn new() -> Self {
        Self(Root::new())
    }

    fn config(&self) -> Config {
        self.0.config()
    }

    fn assert_no_file_of<S: Service>(&self) {
        if std::any::type_name::<S>().contains("local") {
            assert_eq!(self.0.content(), [""; 0]);
        }
    }
}

fn create<S: Service, P: ZeroCopySend + core::fmt::Debug>(
    node: &Node<S>,
) -> Result<Factory<S, P>, CreateError> {
    node.service_builder(&name("stage"))
        .request_response::<P, P>()
        .create()
}

fn open<S: Service, P: ZeroCopySend + core::fmt::Debug>(
    node: &Node<S>,
) -> Result<Factory<S, P>, OpenError> {
    node.service_builder(&name("stage"))
        .request_response::<P, P>()
        .open()
}

fn server_of<S: Service>(factory: &Factory<S, u64>) -> Server<S, u64, (), u64, ()> {
    factory.server_builder().create().unwrap()
}

fn exists<S: Service>(config: &Config) -> bool {
    S::does_exist(&name("stage"), config, MessagingPattern::RequestResponse).unwrap()
}

// Fails if: `ServerConnection::release` does nothing; or `finish` does not `end_stream`.
fn a_round_trip_in_one_thread<S: Service>() {
    let place = Place::new();
    let node = node_of::<S>(&place.config());
    let factory = create::<S, Large>(&node).unwrap();
    let client = factory.client_builder().create().unwrap();
    let server = factory.server_builder().create().unwrap();
    for round in 0..100 {
        let pending = client.send_copy([round; 100]).unwrap();
        assert_eq!(pending.number_of_server_connections(), 1);
        let request = server.receive().unwrap().unwrap();
        assert_eq!((*request, request.origin()), ([round; 100], client.id()));
        for answer in 0..2 {
            request.send_copy([round + answer; 100]).unwrap();
        }
        drop(request);
        for answer in 0..2 {
            let response = pending.receive().unwrap().unwrap();
            assert_eq!(
                (*response, response.origin()),
                ([round + answer; 100], server.id())
            );
        }
        assert!(pending.receive().unwrap().is_none());
        assert!(!pending.is_connected());
    }
    place.assert_no_file_of::<S>();
}

/// Fails if: `LocalRinger::notify` rings nobody.
fn threads_with_nodes_of_their_own_wait_for_each_other<S: Service>() {
    const ROUNDS: u64 = 500;
    let place = Place::new();
    let node = node_of::<S>(&place.config());
    let factory = create::<S, u64>(&node).unwrap();
    let client = factory.client_builder().create().unwrap();
    let config = place.config();
    thread::scope(|scope| {
        scope.spawn(move || {
            let node = node_of::<S>(&config);
            let server = server_of(&open(&node).unwrap());
            for round in 0..ROUNDS {
                let request = server.timed_receive(LONG).unwrap();
                assert_eq!(*request, round);
                request.send_copy(round + 1).unwrap();
            }
        });
        client.wait_for_servers(1, LONG).unwrap();
        for round in 0..ROUNDS {
            let pending = client.send_copy(round).unwrap();
            assert_eq!(*pending.blocking_receive().unwrap(), round + 1);
        }
    });
    place.assert_no_file_of::<S>();
}

/// Fails if: `Node::enter` of cal's `MemoryPlace` rings nobody.
fn a_client_is_woken_when_a_server_comes<S: Service>() {
    let place = Place::new();
    let node = node_of::<S>(&place.config());
    let factory = create::<S, u64>(&node).unwrap();
    let client = factory.client_builder().create().unwrap();
    let config = place.config();
    let (done, wait) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let node = node_of::<S>(&config);
            let factory = open(&node).unwrap();
            thread::sleep(Duration::from_millis(5));
            let _servers = [server_of(&factory), server_of(&factory)];
            let _ = wait.recv();
        });
        assert_eq!(client.wait_for_servers(2, LONG), Ok(2));
        drop(done);
    });
}

/// Fails if: `ServerConnection::ending` takes a request that was dropped unanswered for finished.
fn a_sleeping_client_is_woken_when_its_server_goes<S: Service>() {
    let place = Place::new();
    let node = node_of::<S>(&place.config());
    let factory = create::<S, u64>(&node).unwrap();
    let client = factory.client_builder().create().unwrap();
    let config = place.config();
    thread::scope(|scope| {
        let server = scope.spawn(move || {
            let node = node_of::<S>(&config);
            let server = server_of(&open(&node).unwrap());
            drop(server.timed_receive(LONG).unwrap());
            drop(server);
        });
        client.wait_for_servers(1, LONG).unwrap();
        let answered = client.send_copy(1).unwrap();
        assert_eq!(
            answered.timed_receive(LONG).unwrap_err(),
            WaitError::Ended(Outcome::Rejected)
        );
        server.join().unwrap();
    });
}

// Fails if: `Requester::detach` rescues nothing.
fn what_a_server_sent_before_it_went_is_received<S: Service>() {
    let place = Place::new();
    let node = node_of::<S>(&place.config());
    let factory = create::<S, Large>(&node).unwrap();
    let client = factory.client_builder().create().unwrap();
    let server = factory.server_builder().create().unwrap();
    let pending = client.send_copy([1; 100]).unwrap();
    let request = server.receive().unwrap().unwrap();
    request.send_copy([2; 100]).unwrap();
    request.send_copy([3; 100]).unwrap();
    drop((request, server));
    let first = pending.receive().unwrap().unwrap();
    assert_eq!(*pending.receive().unwrap().unwrap(), [3; 100]);
    assert!(pending.receive().unwrap().is_none());
    assert!(!pending.is_connected());
    assert_eq!(*first, [2; 100]);
}

// Fails if: `ServerConnection::cancel` does not tell the server.
fn a_server_learns_that_nobody_listens<S: Service>() {
    let place = Place::new();
    let node = node_of::<S>(&place.config());
    let factory = create::<S, u64>(&node).unwrap();
    let client = factory.client_builder().create().unwrap();
    let server = server_of(&factory);
    let pending = client.send_copy(1).unwrap();
    let request = server.receive().unwrap().unwrap();
    assert!(request.is_connected());
    drop((pending, client));
    assert!(!request.is_connected());
    assert!(request.send_copy(2).is_ok());
    drop(request);
    assert!(server.receive().unwrap().is_none());
}

// Fails if: `PortFactory::drop` ends the service.
fn a_message_outlives_its_port_and_its_node<S: Service>() {
    let place = Place::new();
    let node = node_of::<S>(&place.config());
    let factory = create::<S, Large>(&node).unwrap();
    let client = factory.client_builder().create().unwrap();
    let server = factory.server_builder().create().unwrap();
    let pending = client.send_copy([7; 100]).unwrap();
    let request = server.receive().unwrap().unwrap();
    request.send_copy([8; 100]).unwrap();
    let response = pending.receive().unwrap().unwrap();
    drop((pending, client, server, factory, node));
    assert_eq!((*request, *response), ([7; 100], [8; 100]));
    assert!(exists::<S>(&place.config()));
    drop((request, response));
    assert!(!exists::<S>(&place.config()));
}

/// Fails if: `MemberTable::claim` takes no regard of the end of the range.
fn there_are_exactly_as_many_participants_as_agreed<S: Service>() {
    let place = Place::new();
    let (first, second, third) = (
        node_of::<S>(&place.config()),
        node_of::<S>(&place.config()),
        node_of::<S>(&place.config()),
    );
    let builder = first
        .service_builder(&name("stage"))
        .request_response::<u64, u64>();
    let builder = builder.max_nodes(2).max_clients(3).max_servers(2);
    let factory = builder.create().unwrap();
    let other: Factory<S, u64> = open(&second).unwrap();
    let full = open::<S, u64>(&third).unwrap_err();
    assert_eq!(full, OpenError::ExceedsMaxNumberOfNodes);

    let client = |factory: &Factory<S, u64>| factory.client_builder().create();
    let mut clients = vec![client(&factory).unwrap(), client(&other).unwrap()];
    clients.push(client(&factory).unwrap());
    for factory in [&factory, &other] {
        let error = client(factory).unwrap_err();
        assert!(matches!(
            error,
            ClientCreateError::ExceedsMaxSupportedClients
        ));
    }
    clients.pop();
    clients.push(client(&other).unwrap());

    let mut servers = vec![server_of(&factory), server_of(&other)];
    let error = other.server_builder().create().unwrap_err();
    assert!(matches!(
        error,
        ServerCreateError::ExceedsMaxSupportedServers
    ));
    servers.pop();
    servers.push(server_of(&factory));
    drop((servers, clients, other));
    assert!(open::<S, u64>(&third).is_ok());
}

fn a_service_stays_while_anybody_has_it<S: Service>() {
    let place = Place::new();
    let (first, second) = (node_of::<S>(&place.config()), node_of::<S>(&place.config()));
    assert!(!exists::<S>(&place.config()));
    let created: Factory<S, u64> = create(&first).unwrap();
    let id = created.unique_service_id();
    let opened: Factory<S, u64> = open(&second).unwrap();
    drop((created, first));
    assert_eq!(opened.unique_service_id(), id);
    let server = server_of(&opened);
    drop((opened, second));
    assert!(exists::<S>(&place.config()));
    drop(server);
    assert!(!exists::<S>(&place.config()));

    let node = node_of::<S>(&place.config());
    assert_eq!(open::<S, u64>(&node).unwrap_err(), OpenError::DoesNotExist);
    assert_ne!(create::<S, u64>(&node).unwrap().unique_service_id(), id);
    place.assert_no_file_of::<S>();
}

fn what_exists_is_not_created_again<S: Service>() {
    let place = Place::new();
    let (first, second) = (node_of::<S>(&place.config()), node_of::<S>(&place.config()));
    let _service = create::<S, u64>(&first).unwrap();
    for node in [&first, &second] {
        assert_eq!(
            create::<S, u64>(node).unwrap_err(),
            CreateError::AlreadyExists
        );
    }
    let refused = open::<S, Large>(&second).unwrap_err();
    assert_eq!(refused, OpenError::IncompatibleRequestOrResponseType);
}

fn who_looks_sees_services_nodes_and_ports<S: Service>() {
    let place = Place::new();
    let config = place.config();
    S::list(&config, |_| panic!("there is nothing")).unwrap();
    Node::<S>::list(&config, |_| panic!("there is nobody")).unwrap();
    let node = NodeBuilder::new()
        .name(&"kitchen".try_into().unwrap())
        .config(&config)
        .create::<S>()
        .unwrap();
    let factory = create::<S, u64>(&node).unwrap();
    let client = factory
        .client_builder()
        .name(&"guest".try_into().unwrap())
        .create()
        .unwrap();
    let server = server_of(&factory);

    let pattern = MessagingPattern::RequestResponse;
    let details = S::details(&name("stage"), &config, pattern);
    let details = details.unwrap().unwrap();
    assert_eq!(details.static_details.name().as_str(), "stage");
    assert_eq!(details.dynamic_details.unwrap().nodes.len(), 1);
    let mut services = Vec::new();
    S::list(&config, |details| {
        services.push(details.static_details.unique_service_id());
        CallbackProgression::Continue
    })
    .unwrap();
    assert_eq!(services, [factory.unique_service_id()]);

    let mut nodes = Vec::new();
    Node::<S>::list(&config, |state| {
        let NodeState::Alive(view) = state else {
            panic!("nobody has died")
        };
        nodes.push((view.id(), view.details().name().as_str().to_owned()));
        CallbackProgression::Continue
    })
    .unwrap();
    assert_eq!(nodes, [(node.id(), "kitchen".to_owned())]);

    let dynamic = factory.dynamic_config();
    let mut ports = Vec::new();
    dynamic.list_clients(|details| {
        ports.push((
            details.client_id.to_string(),
            details.client_id == client.id(),
        ));
        CallbackProgression::Continue
    });
    dynamic.list_servers(|details| {
        ports.push((
            details.server_id.to_string(),
            details.server_id == server.id(),
        ));
        CallbackProgression::Continue
    });
    assert_eq!(ports.len(), 2);
    assert!(ports.iter().all(|(_, is_ours)| *is_ours));
    assert_eq!(
        (dynamic.number_of_clients(), dynamic.number_of_servers()),
        (1, 1)
    );
}

fn a_dropped_node_is_not_listed<S: Service>() {
    let place = Place::new();
    let count = || {
        let mut count = 0;
        Node::<S>::list(&place.config(), |_| {
            count += 1;
            CallbackProgression::Continue
        })
        .unwrap();
        count
    };
    let mut nodes: Vec<_> = (0..5).map(|_| node_of::<S>(&place.config())).collect();
    assert_eq!(count(), 5);
    drop(nodes.remove(1));
    assert_eq!(count(), 4);
    drop(nodes);
    assert_eq!(count(), 0);
    place.assert_no_file_of::<S>();
}

// Fails if: `place` in config/global.rs leaves out the prefix.
fn other_roots_and_prefixes_are_other_worlds<S: Service>() {
    let (place, elsewhere) = (Place::new(), Place::new());
    let mut prefixed = place.config();
    prefixed.global.prefix = "other".try_into().unwrap();
    let node = node_of::<S>(&place.config());
    let _service = create::<S, u64>(&node).unwrap();
    for config in [prefixed, elsewhere.config()] {
        assert!(!exists::<S>(&config));
        let node = node_of::<S>(&config);
        let missing = open::<S, u64>(&node).unwrap_err();
        assert_eq!(missing, OpenError::DoesNotExist);
        assert!(create::<S, u64>(&node).is_ok());
    }
}

/// Fails if: `MemoryPlace::try_lock` always gives the lock.
fn of_sixteen_threads_at_once_one_creates_and_all_share<S: Service>() {
    let place = Place::new();
    for _ in 0..10 {
        let start = Barrier::new(16);
        let services: Vec<_> = thread::scope(|scope| {
            let starters: Vec<_> = (0..16)
                .map(|_| {
                    let (start, config) = (&start, place.config());
                    scope.spawn(move || {
                        let node = node_of::<S>(&config);
                        start.wait();
                        node.service_builder(&name("stage"))
                            .request_response::<u64, u64>()
                            .open_or_create()
                            .unwrap()
                    })
                })
                .collect();
            starters
                .into_iter()
                .map(|starter| starter.join().unwrap())
                .collect()
        });
        let ids: HashSet<_> = services.iter().map(Factory::unique_service_id).collect();
        assert_eq!(ids.len(), 1);
    }
    assert!(!exists::<S>(&place.config()));
    place.assert_no_file_of::<S>();
}

/// Fails if: `ServiceState::leave` asks the departing part's own membership whether anybody is left.
fn threads_that_create_and_leave_never_meet_half_a_service<S: Service>() {
    let place = Place::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let node = node_of::<S>(&place.config());
                for _ in 0..30 {
                    let service = node
                        .service_builder(&name("stage"))
                        .request_response::<u64, u64>()
                        .max_servers(4)
                        .open_or_create()
                        .unwrap();
                    assert_eq!(service.static_config().max_clients(), 8);
                    drop(server_of(&service));
                }
            });
        }
    });
    assert!(!exists::<S>(&place.config()));
}

// Fails if: `local::Service` takes the mechanisms of `ipc`.
#[test]
fn a_root_path_that_cannot_exist_is_as_good_as_any() {
    let mut config = Config::default();
    config.global.set_root_path(Path::new("/proc/nowhere/iox2"));
    let node = node_of::<local::Service>(&config);
    let factory = create::<local::Service, u64>(&node).unwrap();
    let server = server_of(&factory);
    let client = factory.client_builder().create().unwrap();
    let pending = client.send_copy(1).unwrap();
    assert_eq!(*server.receive().unwrap().unwrap(), 1);
    drop(pending);
}

// Fails if: `local::Service` takes the mechanisms of `ipc`.
#[test]
fn variants_do_not_see_each_other() {
    let place = Place::new();
    let config = place.config();
    let between = node_of::<ipc::Service>(&config);
    let within = node_of::<local::Service>(&config);
    let _between = create::<_, u64>(&between).unwrap();
    assert!(!exists::<local::Service>(&config));
    let _within = create::<_, u64>(&within).unwrap();
    assert!(exists::<local::Service>(&config));
}
