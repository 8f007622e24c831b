// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a service costs depends on who uses it, not on what its limits allow; and the hooks are told which operation it is
//! for.

#![cfg(any(debug_assertions, iceoryx2_hooks))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node};
use iceoryx2::{
    __elementary::hooks::{self, Observer, Operation},
    config::LIMIT_MAX,
    prelude::*,
    service::port_factory::request_response,
};
use std::cell::{Cell, RefCell};

type Factory = request_response::PortFactory<ipc::Service, u64, (), u64, ()>;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static OPERATIONS: RefCell<Vec<Operation>> = const { RefCell::new(Vec::new()) };
}

/// Counts the system calls of each thread and remembers its operations.
#[derive(Debug)]
struct Counter;

impl Observer for Counter {
    fn before_call(&self, _: &'static str) -> Option<i32> {
        let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
        None
    }

    fn enter(&self, operation: Operation) {
        let _ = OPERATIONS.try_with(|seen| seen.borrow_mut().push(operation));
    }
}

/// How many system calls `action` makes.
fn calls_of<T>(action: impl FnOnce() -> T) -> u64 {
    hooks::observe(&Counter);
    let before = CALLS.get();
    drop(action());
    CALLS.get() - before
}

/// A service of the largest limits there are.
fn largest(node: &Node<ipc::Service>) -> Factory {
    let builder = node
        .service_builder(&name("a"))
        .request_response::<u64, u64>();
    builder
        .max_nodes(LIMIT_MAX)
        .max_servers(LIMIT_MAX)
        .max_clients(LIMIT_MAX)
        .open_or_create()
        .unwrap()
}

/// More calls than anything below may make; the limits allow 65,535 of each kind.
const CALLS_MAX: u64 = 400;

// Fails if: `held_in` looks at every slot.
#[test]
fn large_limits_cost_nothing() {
    let root = Root::new();
    let (first, second) = (node(&root.config()), node(&root.config()));
    let service = largest(&first);
    let _client = service.client_builder().create().unwrap();
    let _server = service.server_builder().create().unwrap();

    let config = root.config();
    let pattern = MessagingPattern::RequestResponse;
    let looks: [(&str, &dyn Fn()); 7] = [
        ("open", &|| drop(largest(&second))),
        ("a server", &|| {
            drop(service.server_builder().create().unwrap());
        }),
        ("a client", &|| {
            drop(service.client_builder().create().unwrap());
        }),
        ("count", &|| {
            assert_eq!(service.dynamic_config().number_of_servers(), 1);
            assert_eq!(service.dynamic_config().number_of_clients(), 1);
        }),
        ("ports", &|| {
            let (mut servers, mut clients) = (0, 0);
            service.dynamic_config().list_servers(|_| {
                servers += 1;
                CallbackProgression::Continue
            });
            service.dynamic_config().list_clients(|_| {
                clients += 1;
                CallbackProgression::Continue
            });
            assert_eq!((servers, clients), (1, 1));
        }),
        ("nodes", &|| {
            let mut nodes = 0;
            let count = |_| {
                nodes += 1;
                CallbackProgression::Continue
            };
            service.nodes(count).unwrap();
            assert_eq!(nodes, 1);
        }),
        ("details", &|| {
            assert!(
                ipc::Service::details(&name("a"), &config, pattern)
                    .unwrap()
                    .is_some()
            );
        }),
    ];
    for (what, look) in looks {
        let calls = calls_of(look);
        assert!((1..CALLS_MAX).contains(&calls), "{what}: {calls} calls");
    }
}

/// The operations that `action` enters.
fn operations_of<T>(action: impl FnOnce() -> T) -> (T, Vec<Operation>) {
    hooks::observe(&Counter);
    OPERATIONS.take();
    let result = action();
    (result, OPERATIONS.take())
}

// Fails if: `create_with_attributes` does not mark its operation.
#[test]
fn nodes_and_services_mark_how_they_come_and_go() {
    let root = Root::new();
    let (node, seen) = operations_of(|| node(&root.config()));
    assert_eq!(seen, [Operation::Create]);
    let (service, seen) = operations_of(|| {
        let builder = node.service_builder(&name("a"));
        builder.request_response::<u64, u64>().create().unwrap()
    });
    assert_eq!(seen, [Operation::Create]);
    let ((), seen) = operations_of(|| drop(service));
    assert_eq!(seen, [Operation::Close]);
    let ((), seen) = operations_of(|| drop(node));
    assert_eq!(seen, [Operation::Close]);
}
