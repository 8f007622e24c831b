// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a port does when the system refuses it further memory, or a way to tell its peers of it.

#![cfg(any(debug_assertions, iceoryx2_hooks))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node};
use iceoryx2::{
    __elementary::hooks::{self, Observer},
    active_request::ActiveRequest,
    pending_response::PendingResponse,
    port::{LoanError, Outcome, client::Client, server::Server},
    prelude::*,
    service::{builder::request_response::Builder, port_factory::request_response::PortFactory},
};
use std::cell::Cell;

type Words = [u64];
type S = ipc::Service;
type Factory = PortFactory<S, Words, (), Words, ()>;
type Options = Builder<Words, (), Words, (), S>;
type Pending = PendingResponse<S, Words, (), Words, ()>;
type Active = ActiveRequest<S, Words, (), Words, ()>;

const EPERM: i32 = 1;
const EAGAIN: i32 = 11;
const ENOMEM: i32 = 12;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;
const ETOOMANYREFS: i32 = 109;

thread_local! {
    /// Which call of this thread fails with what, after how many that do not, and how often.
    static PLAN: Cell<Option<Plan>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
struct Plan {
    call: &'static str,
    errno: i32,
    skip: usize,
    times: usize,
}

/// Fails calls of the thread that planned it.
#[derive(Debug)]
struct Saboteur;

impl Observer for Saboteur {
    fn before_call(&self, name: &'static str) -> Option<i32> {
        let mut plan = PLAN.try_with(Cell::get).ok()??;
        if plan.call != name || plan.times == 0 {
            return None;
        }
        let fails = plan.skip == 0;
        if fails {
            plan.times -= 1;
        } else {
            plan.skip -= 1;
        }
        PLAN.set(Some(plan));
        fails.then_some(plan.errno)
    }
}

/// What `action` comes to while calls fail; as many as planned must.
fn sabotaged<T>(plan: Plan, action: impl FnOnce() -> T) -> T {
    hooks::observe(&Saboteur);
    PLAN.set(Some(plan));
    let result = action();
    let left = PLAN.take().unwrap().times;
    assert_eq!(left, 0, "{} was not called as often", plan.call);
    result
}

const fn once(call: &'static str, errno: i32) -> Plan {
    Plan {
        call,
        errno,
        skip: 0,
        times: 1,
    }
}

struct Stage {
    client: Client<S, Words, (), Words, ()>,
    server: Server<S, Words, (), Words, ()>,
    factory: Factory,
    _node: Node<S>,
    _root: Root,
}

impl Stage {
    fn new(options: impl FnOnce(Options) -> Options) -> Self {
        let root = Root::new();
        let node = node(&root.config());
        let builder = node.service_builder(&name("a")).request_response();
        let factory = options(builder).create().unwrap();
        let client = factory.client_builder().create().unwrap();
        let stage = Self {
            server: factory.server_builder().create().unwrap(),
            client,
            factory,
            _node: node,
            _root: root,
        };
        // So that both know each other, and hold something of the base.
        stage.travel(1, 1);
        stage
    }

    fn send(&self, len: usize) -> Pending {
        let loan = self.client.loan_slice_uninit(len).unwrap();
        loan.write_from_fn(|index| index as u64).send().unwrap()
    }

    fn travel(&self, there: usize, back: usize) {
        let pending = self.send(there);
        let request = self.server.receive().unwrap().unwrap();
        assert_counts(&request, there);
        respond(&request, back);
        assert_counts(&pending.receive().unwrap().unwrap(), back);
    }
}

fn respond(request: &Active, len: usize) {
    let loan = request.loan_slice_uninit(len).unwrap();
    loan.write_from_fn(|index| index as u64).send().unwrap();
}

fn assert_counts(slice: &[u64], len: usize) {
    assert_eq!(slice.len(), len);
    assert!(
        (0..)
            .zip(slice)
            .all(|(index, word): (u64, _)| *word == index)
    );
}

// Fails if: `take_from_new_memory` does not listen.
#[test]
fn memory_the_system_refuses_is_an_error_of_the_loan_and_nothing_else() {
    for (call, errno, skip) in [
        ("memfd_create", EMFILE, 0),
        ("ftruncate", ENOMEM, 0),
        ("mmap", ENOMEM, 0),
        ("fallocate", ENOSPC, 0),
        ("fallocate", ENOSPC, 1),
        ("fcntl(F_ADD_SEALS)", ENOMEM, 0),
    ] {
        let stage = Stage::new(|builder| builder);
        let held = stage.send(5_000);
        let request = stage.server.receive().unwrap().unwrap();
        for _ in 0..5 {
            // Before it gives up, a port looks at what was released.
            let plan = Plan {
                call,
                errno,
                skip,
                times: usize::MAX,
            };
            hooks::observe(&Saboteur);
            PLAN.set(Some(plan));
            let refused = stage.client.loan_slice_uninit(20_000).unwrap_err();
            let refused_there = request.loan_slice_uninit(20_000).unwrap_err();
            PLAN.set(None);
            let expected = LoanError::OutOfMemory;
            assert_eq!((refused, refused_there), (expected, expected), "{call}");
        }
        assert_counts(&request, 5_000);
        assert_counts(&held, 5_000);
        respond(&request, 20_000);
        assert_counts(&held.receive().unwrap().unwrap(), 20_000);
        stage.travel(20_000, 40_000);
    }
}

// Fails if: `hold_back` waits whether or not a full queue replaces.
#[test]
fn with_overflow_what_cannot_be_announced_now_counts_as_evicted() {
    for errno in [EAGAIN, ETOOMANYREFS, EMFILE, ENOMEM] {
        let stage = Stage::new(|builder| builder);
        let lost = sabotaged(once("sendmsg", errno), || stage.send(5_000));
        assert_eq!(lost.outcome(), Some(Outcome::Evicted));
        assert!(lost.receive().unwrap().is_none() && !lost.is_connected());
        assert!(stage.server.receive().unwrap().is_none());
        stage.travel(5_000, 1);

        let pending = stage.send(1);
        let request = stage.server.receive().unwrap().unwrap();
        sabotaged(once("sendmsg", errno), || respond(&request, 5_000));
        respond(&request, 6_000);
        assert_counts(&pending.receive().unwrap().unwrap(), 6_000);
        drop(request);
        assert!(pending.receive().unwrap().is_none());
        assert_eq!(pending.outcome(), Some(Outcome::Finished));
        drop(lost);
        stage.travel(5_000, 5_000);
    }
}

fn without_overflow(builder: Options) -> Options {
    builder
        .enable_safe_overflow_for_requests(false)
        .enable_safe_overflow_for_responses(false)
}

// Fails if: `hold_back` does not ask for another try; then it never ends.
#[test]
fn without_overflow_what_cannot_be_announced_now_is_announced_later() {
    let stage = Stage::new(without_overflow);
    let plan = Plan {
        call: "sendmsg",
        errno: ETOOMANYREFS,
        skip: 0,
        times: 5,
    };
    let pending = sabotaged(plan, || stage.send(5_000));
    let request = stage.server.receive().unwrap().unwrap();
    assert_counts(&request, 5_000);
    sabotaged(plan, || respond(&request, 7_000));
    assert_counts(&pending.receive().unwrap().unwrap(), 7_000);
    assert!(stage.server.receive().unwrap().is_none());
}

// Fails if: `announce_segment` takes `WouldBlock` for said.
#[test]
fn who_discards_discards_what_cannot_be_announced_now() {
    let mut stage = Stage::new(without_overflow);
    let strategy = BackpressureStrategy::DiscardData;
    let client = stage.factory.client_builder();
    stage.client = client.backpressure_strategy(strategy).create().unwrap();
    stage.travel(1, 1);
    let lost = sabotaged(once("sendmsg", EAGAIN), || stage.send(5_000));
    assert_eq!(lost.number_of_server_connections(), 0);
    assert!(stage.server.receive().unwrap().is_none());
    stage.travel(5_000, 5_000);
}

// Fails if: `announce_segment` tries again whatever the system says.
#[test]
fn who_may_not_announce_loses_the_connection_and_does_not_hang() {
    let stage = Stage::new(without_overflow);
    let lost = sabotaged(once("sendmsg", EPERM), || stage.send(5_000));
    assert_eq!(lost.number_of_server_connections(), 0);
    assert_eq!(lost.outcome(), Some(Outcome::NoServer));
}
