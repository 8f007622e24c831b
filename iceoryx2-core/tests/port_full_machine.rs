// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where there is no more memory to be had, what came home is loaned again, and else the loan says so.

#![cfg(any(debug_assertions, iceoryx2_hooks))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "ports/stage.rs"]
mod port_stage;

use iceoryx2::{
    __elementary::hooks::{self, Observer},
    port::LoanError,
    prelude::*,
};
use port_stage::Stage;
use std::cell::Cell;

type S = ipc::Service;
type Words = [u64];

thread_local! {
    /// Whether this thread gets no more memory.
    static FULL: Cell<bool> = const { Cell::new(false) };
}

#[derive(Debug)]
struct FullMachine;

impl Observer for FullMachine {
    fn before_call(&self, name: &'static str) -> Option<i32> {
        const ENOSPC: i32 = 28;
        let full = FULL.try_with(Cell::get).unwrap_or(false);
        (full && name == "fallocate").then_some(ENOSPC)
    }
}

/// Runs `action` on a full machine.
fn full<R>(action: impl FnOnce() -> R) -> R {
    hooks::observe(&FullMachine);
    FULL.set(true);
    let result = action();
    FULL.set(false);
    result
}

/// Slices within the memory a port begins with, and beyond it.
const LENGTHS: [usize; 2] = [1_000, 100_000];
const INITIAL: usize = 1_000;

// Fails if: `ClientState::reclaim_chunk` or `ServerState::reclaim_chunk` reclaims only upon `ChunkError::ReclaimFirst`.
#[test]
fn on_a_full_machine_what_came_home_is_loaned_again() {
    for len in LENGTHS {
        let stage = Stage::<Words>::new();
        let client = stage.factory.client_builder();
        let client = client.initial_max_slice_len(INITIAL).create().unwrap();
        let server = stage.factory.server_builder();
        let server = server.initial_max_slice_len(INITIAL).create().unwrap();
        let travel = || {
            let pending = client.loan_slice(len).unwrap().send().unwrap();
            let request = server.receive().unwrap().unwrap();
            request.loan_slice(len).unwrap().send().unwrap();
            assert_eq!(pending.receive().unwrap().unwrap().len(), len);
        };
        travel();
        full(|| (0..3).for_each(|_| travel()));
    }
}

// Fails if: `ClientState::reclaim_chunk` keeps the loan of who gets none.
#[test]
fn on_a_full_machine_a_loan_that_needs_memory_is_refused_and_the_next_is_not() {
    for len in LENGTHS {
        let stage = Stage::<Words>::new();
        let client = stage.factory.client_builder();
        let client = client.initial_max_slice_len(INITIAL).create().unwrap();
        let refused = full(|| client.loan_slice(len).unwrap_err());
        assert_eq!(refused, LoanError::OutOfMemory);
        let all: Vec<_> = (0..2).map(|_| client.loan_slice(len).unwrap()).collect();
        assert_eq!(
            client.loan_slice(len).unwrap_err(),
            LoanError::ExceedsMaxLoans
        );
        drop(all);
    }
}
