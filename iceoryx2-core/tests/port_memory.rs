// SPDX-License-Identifier: Apache-2.0 OR MIT
//! When pages are committed, and who learns that there are none.

#![cfg(any(debug_assertions, iceoryx2_hooks))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "ports/stage.rs"]
mod port_stage;

use iceoryx2::{
    __elementary::hooks::{self, Observer},
    port::{
        LoanError, allocation_strategy::AllocationStrategy, client::ClientCreateError,
        server::ServerCreateError,
    },
    prelude::*,
    service::port_factory::{client::PortFactoryClient, server::PortFactoryServer},
};
use port_stage::Stage;
use std::cell::Cell;

type S = ipc::Service;

/// 512 KiB: more than is committed at a time.
const LEN: usize = 1 << 16;

thread_local! {
    /// How often this thread may still commit pages.
    static COMMITS_LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// A machine whose pages run out.
#[derive(Debug)]
struct FullMachine;

impl Observer for FullMachine {
    fn before_call(&self, name: &'static str) -> Option<i32> {
        const ENOSPC: i32 = 28;
        if name != "fallocate" {
            return None;
        }
        let left = COMMITS_LEFT.try_with(Cell::get).ok()?;
        let _ = COMMITS_LEFT.try_with(|cell| cell.set(left.saturating_sub(1)));
        (left == 0).then_some(ENOSPC)
    }
}

/// What `action` comes to while the machine has pages for so many more commits.
fn with_pages_for<R>(commits: usize, action: impl FnOnce() -> R) -> R {
    hooks::observe(&FullMachine);
    COMMITS_LEFT.set(commits);
    let result = action();
    COMMITS_LEFT.set(usize::MAX);
    result
}

/// How often `action` commits pages.
fn commits_of<R>(action: impl FnOnce() -> R) -> (R, usize) {
    const MANY: usize = 1 << 30;
    hooks::observe(&FullMachine);
    COMMITS_LEFT.set(MANY);
    let result = action();
    (result, MANY - COMMITS_LEFT.replace(usize::MAX))
}

fn stage() -> Stage<[u64]> {
    Stage::with(|builder| builder.max_clients(1).max_active_requests_per_client(1))
}

type Clients<'a> = PortFactoryClient<'a, S, [u64], (), [u64], ()>;
type Servers<'a> = PortFactoryServer<'a, S, [u64], (), [u64], ()>;

fn clients(stage: &Stage<[u64]>) -> Clients<'_> {
    stage.factory.client_builder().initial_max_slice_len(LEN)
}

fn servers(stage: &Stage<[u64]>) -> Servers<'_> {
    stage.factory.server_builder().initial_max_slice_len(LEN)
}

// Fails if: `plan` does not ask `commit`.
#[test]
fn pages_are_committed_by_the_loan_that_needs_them_or_all_in_create() {
    let stage = stage();
    let (lazy, few) = commits_of(|| clients(&stage).create().unwrap());
    let (_, by_loan) = commits_of(|| lazy.loan_slice(LEN).unwrap());
    assert!(by_loan >= 4, "{by_loan} commits of at most 128 KiB");
    drop(lazy);

    let eager = || clients(&stage).commit_at_creation(true).create();
    let (eager, many) = commits_of(|| eager().unwrap());
    assert!(many >= few + by_loan, "{many} commits against {few}");
    let (_, by_loan) = commits_of(|| eager.loan_slice(LEN).unwrap());
    assert_eq!(by_loan, 0);
}

// Fails if: `reclaim_chunk` does not give the loan back.
#[test]
fn a_full_machine_is_the_loans_error_where_pages_are_committed_late() {
    let stage = stage();
    let server = servers(&stage).create().unwrap();
    let client = clients(&stage).create().unwrap();
    for _ in 0..10 {
        let full = with_pages_for(1, || client.loan_slice(LEN).map(drop));
        assert_eq!(full, Err(LoanError::OutOfMemory));
    }
    let pending = client.loan_slice(LEN).unwrap().send().unwrap();
    let active = server.receive().unwrap().unwrap();
    for _ in 0..10 {
        let full = with_pages_for(1, || active.loan_slice(LEN).map(drop));
        assert_eq!(full, Err(LoanError::OutOfMemory));
    }
    active.loan_slice(LEN).unwrap().send().unwrap();
    assert_eq!(pending.receive().unwrap().unwrap().len(), LEN);
}

// Fails if: `plan` does not commit for `Static`.
#[test]
fn a_full_machine_is_an_error_of_create_where_pages_are_committed_at_once() {
    let stage = stage();
    let fixed = AllocationStrategy::Static;
    let (_, enough) = commits_of(|| clients(&stage).create().unwrap());
    let errors = [
        with_pages_for(enough + 1, || {
            clients(&stage).commit_at_creation(true).create()
        }),
        with_pages_for(enough + 1, || {
            clients(&stage).allocation_strategy(fixed).create()
        }),
    ];
    for error in errors {
        let error = error.unwrap_err();
        assert!(matches!(error, ClientCreateError::System(_)), "{error:?}");
        assert!(error.to_string().contains("ENOSPC"), "{error}");
    }
    let late = clients(&stage).allocation_strategy(fixed);
    let late = late.commit_at_creation(false);
    assert!(with_pages_for(enough, || late.create()).is_ok());

    let (_, enough) = commits_of(|| servers(&stage).create().unwrap());
    let error = with_pages_for(enough + 1, || {
        servers(&stage).commit_at_creation(true).create()
    });
    assert!(matches!(error.unwrap_err(), ServerCreateError::System(_)));
    assert_eq!(stage.factory.dynamic_config().number_of_servers(), 0);
    assert_eq!(stage.factory.dynamic_config().number_of_clients(), 0);
}

// Fails if: `PortOptions::new` does not ask the configuration for `commit_at_creation`.
#[test]
fn the_configuration_may_commit_everything_in_create() {
    let root = common::Root::new();
    let mut config = root.config();
    config.defaults.request_response.commit_at_creation = true;
    let node = common::node_of::<S>(&config);
    let factory = node
        .service_builder(&common::name("committed"))
        .request_response::<[u64], [u64]>()
        .create()
        .unwrap();
    let clients = || factory.client_builder().initial_max_slice_len(LEN);
    let client = clients().create().unwrap();
    let (_, by_loan) = commits_of(|| client.loan_slice(LEN).unwrap());
    assert_eq!(by_loan, 0);
    let late = clients().commit_at_creation(false).create().unwrap();
    let (_, by_loan) = commits_of(|| late.loan_slice(LEN).unwrap());
    assert!(by_loan > 0, "a port may be told otherwise");
}
