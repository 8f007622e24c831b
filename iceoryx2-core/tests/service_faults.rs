// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Each call of create, open and of a node's creation fails once with each of some errors: it is told, and nothing stays.

#![cfg(any(debug_assertions, iceoryx2_hooks))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, assert_says, name, node};
use iceoryx2::{
    __elementary::hooks::{self, Observer},
    prelude::*,
    service::{
        builder::request_response::{
            Builder, RequestResponseCreateError as CreateError,
            RequestResponseOpenError as OpenError,
        },
        port_factory::request_response,
    },
};
use std::cell::Cell;

type Numbers = Builder<u64, (), u64, (), ipc::Service>;
type Factory = request_response::PortFactory<ipc::Service, u64, (), u64, ()>;

fn numbers(node: &Node<ipc::Service>) -> Numbers {
    node.service_builder(&name("a"))
        .request_response::<u64, u64>()
}

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failing {
    /// One call.
    Once,
    /// That call and all after it.
    FromThenOn,
}

#[derive(Debug, Clone, Copy)]
struct Plan {
    calls_left: usize,
    errno: i32,
    failing: Failing,
    has_failed: bool,
}

thread_local! {
    static PLAN: Cell<Option<Plan>> = const { Cell::new(None) };
}

/// Fails calls of the thread that planned it.
#[derive(Debug)]
struct Saboteur;

impl Observer for Saboteur {
    fn before_call(&self, _: &'static str) -> Option<i32> {
        let mut plan = PLAN.try_with(Cell::get).ok()??;
        if let Some(left) = plan.calls_left.checked_sub(1) {
            plan.calls_left = left;
            PLAN.set(Some(plan));
            return None;
        }
        let fails = !plan.has_failed || plan.failing == Failing::FromThenOn;
        plan.has_failed = true;
        PLAN.set(Some(plan));
        fails.then_some(plan.errno)
    }
}

/// What `action` comes to when its call number `calls` fails; `None` where it makes fewer.
fn sabotaged<T>(
    calls: usize,
    errno: i32,
    failing: Failing,
    action: impl FnOnce() -> T,
) -> Option<T> {
    hooks::observe(&Saboteur);
    PLAN.set(Some(Plan {
        calls_left: calls,
        errno,
        failing,
        has_failed: false,
    }));
    let result = action();
    PLAN.take()
        .is_some_and(|plan| plan.has_failed)
        .then_some(result)
}

const EIO: i32 = 5;
const ENOMEM: i32 = 12;
const EACCES: i32 = 13;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;

/// An errno, and what a sentence about it says.
const TABLE: [(i32, &[&str]); 6] = [
    (EIO, &["EIO"]),
    (ENOMEM, &["ENOMEM", "ulimit -v"]),
    (
        EACCES,
        &["EACCES", "belongs to user", "has mode", "runs as user"],
    ),
    (EMFILE, &["EMFILE", "ulimit -n"]),
    (ENOSPC, &["ENOSPC", "free some space"]),
    (
        EROFS,
        &[
            "EROFS",
            "file system that can be written",
            "global.root-path",
        ],
    ),
];

/// Fails each call of `action` with each errno, one at a time or from there on. Says how many failures were told.
fn sweep<T>(root: &Root, failing: Failing, mut action: impl FnMut() -> Result<T, String>) -> usize {
    let path = root.path().to_str().unwrap();
    let mut told = 0;
    for (errno, parts) in TABLE {
        for calls in 0.. {
            let Some(result) = sabotaged(calls, errno, failing, &mut action) else {
                break;
            };
            let Err(sentence) = result else { continue };
            if sentence.contains(path) {
                assert_says(&sentence, parts);
            } else {
                assert_says(&sentence, &["could not ", parts[0], "; "]);
            }
            told += 1;
        }
    }
    told
}

fn create(node: &Node<ipc::Service>) -> Result<Factory, String> {
    numbers(node).create().map_err(|error| error.to_string())
}

// Fails if: `ServiceState::create` does not clear what it could not finish; or `AccessDenied::of` takes nothing for
// denied.
#[test]
fn whatever_fails_in_create_is_told_and_leaves_nothing() {
    let root = Root::new();
    let node = node(&root.config());
    let told = sweep(&root, Failing::Once, || {
        let created = create(&node);
        if created.is_err() {
            assert_eq!(root.files(), ["iox2/nodes"]);
        }
        created
    });
    assert!(told > 100, "{told}");
    assert!(create(&node).is_ok());
}

// Fails if: `AccessDenied::of` takes nothing for denied.
#[test]
fn whatever_fails_in_open_is_told_and_open_works_again() {
    let root = Root::new();
    let (creator, opener) = (node(&root.config()), node(&root.config()));
    let _service = create(&creator).unwrap();
    let open = || numbers(&opener).open().map_err(|error| error.to_string());
    // WHY: what goes wrong once without the lock goes well under it.
    sweep(&root, Failing::Once, open);
    let told = sweep(&root, Failing::FromThenOn, open);
    assert!(told > 40, "{told}");
    assert!(open().is_ok());
}

// Fails if: `AccessDenied::of` takes nothing for denied.
#[test]
fn whatever_fails_in_a_node_is_told_and_the_next_node_comes() {
    let root = Root::new();
    let new_node = || {
        NodeBuilder::new()
            .config(&root.config())
            .signal_handling_mode(SignalHandlingMode::Disabled)
            .create::<ipc::Service>()
            .map_err(|error| error.to_string())
    };
    let told = sweep(&root, Failing::Once, new_node);
    assert!(told > 50, "{told}");
    sweep(&root, Failing::FromThenOn, new_node);
    drop(new_node().unwrap());
    root.assert_nothing_left();
}

/// The errors of `action` when each of its calls fails with `errno`, one at a time or from there on.
fn errors<T, E>(errno: i32, failing: Failing, mut action: impl FnMut() -> Result<T, E>) -> Vec<E> {
    (0..)
        .map_while(|calls| sabotaged(calls, errno, failing, &mut action))
        .filter_map(Result::err)
        .collect()
}

// Fails if: `Refusals::denied` asks about another errno, or `NoServiceId` becomes another variant.
#[test]
fn each_refusal_of_the_system_has_a_variant_of_its_own() {
    let root = Root::new();
    let (creator, opener) = (node(&root.config()), node(&root.config()));
    let create = |errno| errors(errno, Failing::Once, || numbers(&creator).create());
    let denied = |error: &CreateError| *error == CreateError::InsufficientPermissions;
    let system = |error: &CreateError| matches!(error, CreateError::System { .. });
    let no_id = |error: &CreateError| matches!(error, CreateError::NoServiceId(_));
    assert!(create(EACCES).iter().any(denied));
    assert!(!create(EIO).iter().any(denied));
    assert!(create(EIO).iter().any(system));
    // WHY: identifiers are drawn several at a time, so that not every service asks for some.
    let create_after = |drawn| {
        errors(EIO, Failing::Once, || {
            for _ in 0..drawn {
                let _ = iceoryx2_cal::random::random_128();
            }
            numbers(&creator).create()
        })
    };
    assert!((0..4).flat_map(create_after).any(|error| no_id(&error)));

    let _service = numbers(&creator).create().unwrap();
    let open = |errno| errors(errno, Failing::FromThenOn, || numbers(&opener).open());
    let denied = |error: &OpenError| *error == OpenError::InsufficientPermissions;
    let system = |error: &OpenError| matches!(error, OpenError::System { .. });
    assert!(open(EACCES).iter().any(denied));
    assert!(open(EIO).iter().all(system));
}

// Fails if: `cure_of` has no cure for a full disk.
#[test]
fn a_full_disk_at_the_contract_is_told_with_its_path() {
    let root = Root::new();
    let node = node(&root.config());
    let full = |calls| {
        let result = sabotaged(calls, ENOSPC, Failing::Once, || create(&node))?;
        Some(result.err().unwrap_or_default())
    };
    let sentences: Vec<String> = (0..).map_while(full).collect();
    let about_contract =
        |sentence: &&String| sentence.starts_with("could not publish the contract: ");
    let sentence = sentences.iter().find(about_contract).unwrap();
    assert_says(
        sentence,
        &[
            root.path().to_str().unwrap(),
            "/contract: ",
            "free some space",
            "global.root-path",
        ],
    );
}
